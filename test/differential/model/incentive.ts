/**
 * Formula (5) by brute force: what each holding gets of one day's incentive pool.
 *
 * Owns: the pool of a day and its parts, exact. Does not own: who holds what (staking.ts), the bucket that pays
 * (emission.ts). Called by: staking.ts, scripts/simulate/economy. Whitepaper §3.1, spec STK-2, STK-3.
 */
import { BPS, Fraction, greatestCommonDivisor } from "./fraction.ts";

export const DAY_SECONDS = 86_400n;
export const DAYS_A_YEAR = 365n;

/** Stake and Σ stake · day it was staked on. */
export interface Holding {
  readonly stake: Fraction;
  readonly moment: Fraction;
}

/** N · rate / 365. */
export function dailyPool(votingStake: Fraction, rateBps: bigint): Fraction {
  return votingStake.times(Fraction.of(rateBps, BPS * DAYS_A_YEAR));
}

/** What every holding gets of one day: part i is numerators[i] / denominator. */
export interface DailyParts {
  readonly numerators: readonly bigint[];
  readonly denominator: bigint;
}

/** Holdings over one common denominator, so that parts of a day need no fractions of their own. */
export class Holdings {
  readonly #stakes: readonly bigint[];
  readonly #moments: readonly bigint[];
  readonly #stake: bigint;
  readonly #moment: bigint;
  /** All that is staked. */
  readonly total: Fraction;

  constructor(holdings: readonly Holding[]) {
    const scale = holdings
      .flatMap(({ stake, moment }) => [stake.denominator, moment.denominator])
      .reduce(leastCommonMultiple, 1n);
    const scaled = ({ numerator, denominator }: Fraction) => numerator * (scale / denominator);
    this.#stakes = holdings.map(({ stake }) => scaled(stake));
    this.#moments = holdings.map(({ moment }) => scaled(moment));
    this.#stake = this.#stakes.reduce((total, stake) => total + stake, 0n);
    this.#moment = this.#moments.reduce((total, moment) => total + moment, 0n);
    this.total = Fraction.of(this.#stake, scale);
  }

  /**
   * The parts of one day, in the order of the holdings: p1 by stake-days, p2 = 1 − p1 by stake. They add up to the
   * pool. The day of staking counts: stake-days are stake · (day + 1 − day it was staked on), never zero.
   */
  dailyParts(day: bigint, pool: Fraction, stakeDaysWeightBps: bigint): DailyParts {
    if (this.#stake === 0n) return { numerators: this.#stakes, denominator: 1n };
    const allDays = this.#stake * (day + 1n) - this.#moment;
    const numerators = this.#stakes.map((stake, index) => {
      const own = stake * (day + 1n) - this.#moments[index]!;
      const byStake = (BPS - stakeDaysWeightBps) * stake * allDays;
      return pool.numerator * (byStake + stakeDaysWeightBps * own * this.#stake);
    });
    return { numerators, denominator: pool.denominator * BPS * this.#stake * allDays };
  }
}

const leastCommonMultiple = (a: bigint, b: bigint): bigint => (a / greatestCommonDivisor(a, b)) * b;

export function sum(values: readonly Fraction[]): Fraction {
  return values.reduce((total, value) => total.plus(value), Fraction.ZERO);
}
