/**
 * The 6:4 election, exact.
 *
 * Owns: scores, ties, and who is seated in which stage. Does not own: tallies (staking.ts), keys.
 * Called by: world.ts, scripts/simulate/economy. Whitepaper §2.4.3, §3.2, spec VAL-4, NET-3 … NET-5.
 */
import { bps, Fraction } from "./fraction.ts";
import type { StageName } from "./stages.ts";

export interface Candidate {
  readonly operator: string;
  readonly stake: bigint;
  readonly persons: bigint;
  readonly registeredAt: bigint;
}

export interface Totals {
  readonly stake: bigint;
  readonly persons: bigint;
}

/** weight · persons for / persons voting + (1 − weight) · stake for / stake voting; nobody voting counts as zero. */
export function score(candidate: Candidate, totals: Totals, personWeightBps: bigint): Fraction {
  const weight = bps(personWeightBps);
  const persons = totals.persons === 0n ? Fraction.ZERO : Fraction.of(candidate.persons, totals.persons);
  const stake = totals.stake === 0n ? Fraction.ZERO : Fraction.of(candidate.stake, totals.stake);
  return weight.times(persons).plus(Fraction.ONE.minus(weight).times(stake));
}

/** Best first: by score, then stake, then age, then address. */
export function ranking(candidates: readonly Candidate[], totals: Totals, personWeightBps: bigint): Candidate[] {
  const scores = new Map(candidates.map((candidate) => [candidate, score(candidate, totals, personWeightBps)]));
  return candidates.toSorted(
    (a, b) =>
      scores.get(b)!.compare(scores.get(a)!) ||
      compare(b.stake, a.stake) ||
      compare(a.registeredAt, b.registeredAt) ||
      compare(BigInt(a.operator), BigInt(b.operator)),
  );
}

export interface Seats {
  readonly authorities: bigint;
  readonly elected: bigint;
  readonly generation: bigint;
}

/**
 * Operators of the next set: Origin the authorities, Cape of Good Hope the authorities and the first n others, New
 * Generation the first n. `undefined` when fewer than the minimum are left: then the former set goes on.
 */
export function seat(
  stage: StageName,
  authorities: readonly string[],
  ranked: readonly Candidate[],
  seats: Seats,
  minimumValidators: bigint,
): string[] | undefined {
  const appointed = stage === "newGeneration" ? [] : authorities.slice(0, Number(seats.authorities));
  const open = { origin: 0n, capeOfGoodHope: seats.elected, newGeneration: seats.generation }[stage];
  const elected = ranked
    .map(({ operator }) => operator)
    .filter((operator) => !appointed.includes(operator))
    .slice(0, Number(open));
  const set = [...appointed, ...elected];
  return BigInt(set.length) < minimumValidators ? undefined : set;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
