/**
 * The stages of the network: their order, preconditions and beginnings.
 *
 * Owns: which stage an epoch has, and why a proposal is refused. Does not own: the figures it is judged by.
 * Called by: world.ts, scripts/simulate/economy. Whitepaper §2.4.3, spec NET-1, NET-2.
 */
export const STAGES = ["origin", "capeOfGoodHope", "newGeneration"] as const;
export type StageName = (typeof STAGES)[number];

/** A precondition: the name of its parameter, what is there, what is needed. */
export interface Precondition {
  readonly parameter: string;
  readonly value: bigint;
  readonly required: bigint;
}

export class StageModel {
  /** Epoch each stage begins with, in the order of STAGES. */
  readonly #begins: bigint[] = [0n];
  readonly #enteredAt = new Map<StageName, bigint>();
  #epoch = 0n;

  constructor(now: bigint) {
    this.#enteredAt.set("origin", now);
  }

  stageOf(epoch: bigint): StageName {
    return STAGES[this.#begins.filter((begin) => begin <= epoch).length - 1]!;
  }

  get stage(): StageName {
    return this.stageOf(this.#epoch);
  }

  /** Zero when the stage has not been entered. */
  enteredAt(stage: StageName): bigint {
    return this.#enteredAt.get(stage) ?? 0n;
  }

  refusal(preconditions: readonly Precondition[]): string | undefined {
    if (this.#begins.at(-1)! > this.#epoch) return "StagePending";
    if (this.#begins.length === STAGES.length) return "StageLast";
    return preconditions.some(({ value, required }) => value < required) ? "StagePreconditionUnmet" : undefined;
  }

  /** The next stage begins with the epoch after the next: the set of the next may be stored already. */
  proposeNext(): void {
    this.#begins.push(this.#epoch + 2n);
  }

  beginEpoch(epoch: bigint, now: bigint): void {
    this.#epoch = epoch;
    if (!this.#enteredAt.has(this.stage)) this.#enteredAt.set(this.stage, now);
  }
}
