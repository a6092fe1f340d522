/**
 * Parameters with bounds, order rules, a delay and their whole history.
 *
 * Owns: what holds at a time. Does not own: names and defaults (deploy/config/parameters.ts), who may propose.
 * Called by: world.ts, epochs.ts. Spec GOV-1, GOV-2.
 */
export interface ParameterRule {
  readonly name: string;
  readonly minimum: bigint;
  readonly maximum: bigint;
  readonly default: bigint;
}

/** Value of the first + gap ≤ value of the second. */
export interface OrderRule {
  readonly lower: string;
  readonly higher: string;
  readonly gap: bigint;
}

interface Entry {
  readonly value: bigint;
  readonly since: bigint;
}

export class ParameterModel {
  readonly #rules: ReadonlyMap<string, ParameterRule>;
  readonly #orders: readonly OrderRule[];
  readonly #history = new Map<string, Entry[]>();

  constructor(rules: readonly ParameterRule[], orders: readonly OrderRule[], now: bigint) {
    this.#rules = new Map(rules.map((rule) => [rule.name, rule]));
    this.#orders = orders;
    for (const { name, default: value } of rules) this.#history.set(name, [{ value, since: now }]);
  }

  /** The name of the custom error with which the proposal must be refused; undefined when it must be accepted. */
  refusal(name: string, value: bigint, now: bigint): string | undefined {
    const rule = this.#rules.get(name);
    if (!rule) return "ParameterUnknown";
    if (value < rule.minimum || value > rule.maximum) return "ParameterOutOfBounds";
    if (value === this.valueAt(name, now)) return "ParameterUnchanged";
    const broken = this.#orders.some(
      ({ lower, higher, gap }) =>
        (lower === name && this.#values(higher, now).some((other) => value + gap > other)) ||
        (higher === name && this.#values(lower, now).some((other) => other + gap > value)),
    );
    return broken ? "ParameterOrderBroken" : undefined;
  }

  /** The name of the custom error with which taking back what is pending must be refused. */
  withdrawalRefusal(name: string, now: bigint): string | undefined {
    if (!this.#rules.has(name)) return "ParameterUnknown";
    return this.pending(name, now) ? undefined : "ParameterNothingPending";
  }

  /** A change that has not taken effect is replaced. */
  propose(name: string, value: bigint, now: bigint): void {
    const history = this.#settled(name, now);
    history.push({ value, since: now + this.valueAt("parameterDelaySeconds", now) });
    this.#history.set(name, history);
  }

  withdraw(name: string, now: bigint): void {
    this.#history.set(name, this.#settled(name, now));
  }

  valueAt(name: string, time: bigint): bigint {
    const held = this.#of(name).findLast(({ since }) => since <= time);
    if (!held) throw new RangeError(`${name} had no value at ${time}`);
    return held.value;
  }

  pending(name: string, now: bigint): Entry | undefined {
    return this.#of(name).find(({ since }) => since > now);
  }

  historyOf(name: string): readonly Entry[] {
    return this.#of(name);
  }

  /** The value that holds now and the one that is pending. */
  #values(name: string, now: bigint): bigint[] {
    const pending = this.pending(name, now);
    return [this.valueAt(name, now), ...(pending ? [pending.value] : [])];
  }

  #settled(name: string, now: bigint): Entry[] {
    return this.#of(name).filter(({ since }) => since <= now);
  }

  #of(name: string): Entry[] {
    const history = this.#history.get(name);
    if (!history) throw new RangeError(`no parameter is called ${name}`);
    return history;
  }
}
