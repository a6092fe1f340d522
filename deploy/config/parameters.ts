/**
 * The one table of the contracts' tunable numbers. docs/PARAMETERS.md is generated from it.
 *
 * Owns: name, unit, type, default, bounds, who may change it, whitepaper section, meaning.
 * Does not own: present values (the chain), constants that nobody may change (the contracts).
 * Called by: deploy's steps, scripts/generate.ts, tests.
 */
import { CunError } from "../../node/types/errors.ts";

export interface Parameter {
  readonly name: string;
  readonly unit: string;
  /** Solidity type it is stored as. */
  readonly type: string;
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly changedBy: string;
  readonly whitepaper: string;
  readonly description: string;
}

const table = {
  originSeats: {
    unit: "validators",
    type: "uint256",
    default: 21,
    minimum: 1,
    maximum: 169,
    changedBy: "an upgrade of ValidatorRegistry, by the ValidatorCouncil after governanceDelaySeconds",
    whitepaper: "§2.4.3",
    description: "Seats of the authorities in Origin. The bound is what FinalityVerifier stores of one epoch.",
  },
  governanceDelaySeconds: {
    unit: "seconds",
    type: "uint32",
    default: 172_800,
    minimum: 3_600,
    maximum: 2_592_000,
    changedBy: "the ValidatorCouncil through AccessManager; lowering it takes the difference as time",
    whitepaper: "§3.2",
    description: "Time between an approved upgrade or change of roles and its taking effect; never none.",
  },
} as const satisfies Readonly<Record<string, Omit<Parameter, "name">>>;

export type ParameterName = keyof typeof table;
export type ParameterValues = Readonly<Record<ParameterName, number>>;

/** The table as rows. */
export const parameters: readonly Parameter[] = Object.entries(table).map(([name, entry]) => ({ name, ...entry }));

/** Defaults with the given exceptions. @throws CunError optionInvalid when one is out of bounds */
export function parameterValues(exceptions: Partial<ParameterValues> = {}): ParameterValues {
  const values = Object.fromEntries(parameters.map((entry) => [entry.name, bounded(entry, exceptions)]));
  return values as ParameterValues;
}

function bounded({ name, default: initial, minimum, maximum }: Parameter, given: Partial<ParameterValues>): number {
  const value = given[name as ParameterName] ?? initial;
  if (!Number.isSafeInteger(value) || value < minimum || value > maximum) {
    const reason = `${value} is not a whole number from ${minimum} to ${maximum}`;
    throw new CunError("optionInvalid", { option: name, reason });
  }
  return value;
}
