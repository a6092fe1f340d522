/**
 * Who takes part: validators, and holders in cohorts of unlike size.
 *
 * Owns: names, sizes and whom a cohort votes for. Does not own: what they do (run.ts). Called by: run.ts.
 */
import { Random } from "../../../test/simulation/random.ts";

export const AUTHORITIES = 21;
export const OPERATORS = 84;
const COHORTS = 24;
/** Holdings fall off as 1 / rank, as measured distributions of wealth do; persons grow as holdings shrink. */
const PERSONS_GROWTH = 1.35;

export interface Cohort {
  readonly account: string;
  /** Part of what comes to the market. */
  readonly share: number;
  readonly persons: bigint;
  /** Operators it stakes with, in equal parts; its persons vote for the first. */
  readonly operators: readonly string[];
}

/** Addresses of accounts: distinct and in the order of their numbers. */
export const address = (kind: number, index: number): string =>
  `0x${(kind * 1_000 + index).toString(16).padStart(40, "0")}`;

export const operators = (): string[] => Array.from({ length: OPERATORS }, (_, index) => address(1, index));

export function cohorts(seed: number, whaleShare: number): Cohort[] {
  const random = new Random(seed);
  const weights = Array.from({ length: COHORTS }, (_, rank) => 1 / (rank + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const holders = weights.map((weight, rank) => ({
    account: address(2, rank),
    share: ((1 - whaleShare) * weight) / total,
    persons: BigInt(Math.round(PERSONS_GROWTH ** rank)),
    operators: Array.from({ length: 3 }, () => popular(random)),
  }));
  if (whaleShare === 0) return holders;
  const own = Array.from({ length: 5 }, (_, index) => address(1, OPERATORS - 1 - index));
  return [...holders, { account: address(3, 0), share: whaleShare, persons: 0n, operators: own }];
}

/** Well-known operators are chosen more often. */
function popular(random: Random): string {
  return address(1, Math.floor(random.fraction() ** 2 * OPERATORS));
}
