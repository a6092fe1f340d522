/**
 * Staking by brute force: every position is walked for every day, slash and payout, which the contracts never do.
 *
 * Owns: positions, days, slashes, unbonding, voters' rewards. Does not own: refusals (staking-rules.ts), the list of
 * candidates and persons' votes (candidates.ts), buckets (emission.ts).
 * Called by: world.ts. Whitepaper §3.1, §3.2, spec STK-1 … STK-7, VAL-6.
 */
import type { EmissionModel } from "./emission.ts";
import { BPS, bps, FineSum, Fraction, minimum } from "./fraction.ts";
import { DAY_SECONDS, dailyPool, Holdings, sum } from "./incentive.ts";
import { Position } from "./position.ts";

/** What the days are settled by. */
export interface IncentiveRules {
  readonly rateBps: bigint;
  readonly stakeDaysWeightBps: bigint;
  /** From Cape of Good Hope on. */
  readonly paid: boolean;
}

export interface UnbondingEntry {
  readonly operator: string;
  readonly self: boolean;
  /** What is left after slashes; what they took is burnt when it is paid out. */
  amount: Fraction;
  readonly original: bigint;
  readonly startedAt: bigint;
  readonly maturesAt: bigint;
  dust: bigint;
  withdrawn: boolean;
}

/** What a slash burns at once. */
export interface Slashed {
  readonly self: Fraction;
  readonly voters: Fraction;
  /** wei by which the contracts may differ. */
  readonly dust: bigint;
}

export interface PayoutOrder {
  readonly operator: string;
  readonly amount: bigint;
  readonly commissionBps: bigint;
}

/** The most ended days that one call settles. */
export const DAY_LIMIT = 800n;

/** The price of a pool under which it takes no new stake. */
const LOWEST_PRICE = Fraction.of(1n, 1_000_000n);

export class StakingModel {
  readonly positions = new Map<string, Position>();
  readonly unbondings = new Map<string, UnbondingEntry[]>();
  readonly commissions = new Map<string, FineSum>();
  /** Payouts that may have rounded each commission. */
  readonly commissionDust = new Map<string, bigint>();
  readonly closed = new Set<string>();
  /** Operators with which something was staked: the registry is not asked about them again. */
  readonly known = new Set<string>();
  settledDays: bigint;
  /** Operations that may have rounded in each pool: what one leaves behind the others have. */
  readonly #poolDust = new Map<string, bigint>();
  /** Part of each pool that all its slashes have left; missing: nothing was slashed. */
  readonly #prices = new Map<string, Fraction>();
  /** All that days have generated, and the whole wei of it that were asked from the bucket. */
  readonly #generated = new FineSum();
  #requested = 0n;

  constructor(now: bigint) {
    this.settledDays = now / DAY_SECONDS;
  }

  position(staker: string, operator: string): Position {
    const key = `${staker}|${operator}`;
    const found = this.positions.get(key) ?? new Position(staker, operator);
    this.positions.set(key, found);
    return found;
  }

  /** Positions that vote and earn. */
  voting(): Position[] {
    return [...this.positions.values()].filter(({ operator }) => !this.closed.has(operator));
  }

  with(operator: string): Position[] {
    return [...this.positions.values()].filter((position) => position.operator === operator);
  }

  selfStake(operator: string): Fraction {
    return this.position(operator, operator).stake;
  }

  stakeOf(operator: string): Fraction {
    return sum(this.with(operator).map(({ stake }) => stake));
  }

  totalStake(): Fraction {
    return sum(this.voting().map(({ stake }) => stake));
  }

  /** wei by which a position's stake may differ: one for each operation of its pool. */
  dustOf({ operator, isSelf }: Position): bigint {
    return this.#poolDust.get(poolKey(operator, isSelf)) ?? 0n;
  }

  #rounded(position: Position): void {
    this.#poolDust.set(poolKey(position.operator, position.isSelf), this.dustOf(position) + 1n);
    position.rewardDust += 1n;
  }

  price(operator: string, self: boolean): Fraction {
    return this.#prices.get(poolKey(operator, self)) ?? Fraction.ONE;
  }

  exhausted(operator: string, self: boolean): boolean {
    return this.price(operator, self).compare(LOWEST_PRICE) < 0;
  }

  /**
   * Settles ended days, at most `limit`, each by the rules of its first second and the stake at its end.
   * Returns the whole wei asked from the nodes' bucket: dust of a day waits for the next.
   */
  settle(now: bigint, limit: bigint, rulesOf: (dayStart: bigint) => IncentiveRules, emission: EmissionModel): bigint {
    const end = minimum(now / DAY_SECONDS, this.settledDays + limit);
    if (end === this.settledDays) return 0n;
    const holdings = this.voting().filter(({ stake }) => !stake.isZero);
    const staked = new Holdings(holdings);
    const remaining = Fraction.of(emission.remaining("nodes") + this.#requested);
    for (let day = this.settledDays; day < end; day++) {
      const rules = rulesOf(day * DAY_SECONDS);
      if (!rules.paid || staked.total.isZero) continue;
      const left = remaining.minus(this.#generated.value);
      const asked = dailyPool(staked.total, rules.rateBps);
      const pool = asked.compare(left) > 0 ? left : asked;
      this.#generated.addFraction(pool);
      const { numerators, denominator } = staked.dailyParts(day, pool, rules.stakeDaysWeightBps);
      for (const [index, holding] of holdings.entries()) {
        holding.reward.add(numerators[index]!, denominator);
        holding.rewardDust += 1n;
      }
    }
    this.settledDays = end;
    const requested = this.#generated.floor() - this.#requested;
    this.#requested += requested;
    return requested;
  }

  stake(staker: string, operator: string, amount: bigint, now: bigint): void {
    const position = this.position(staker, operator);
    this.#admit(position);
    const wei = Fraction.of(amount);
    position.add(wei, wei.times(Fraction.of(now / DAY_SECONDS)));
    this.#rounded(position);
  }

  /** An empty pool begins again at price one, unless a slash took everything from those who are still in it. */
  #admit({ operator, isSelf }: Position): void {
    this.known.add(operator);
    const key = poolKey(operator, isSelf);
    const empty = this.with(operator).every((position) => position.isSelf !== isSelf || position.stake.isZero);
    if (empty && !this.price(operator, isSelf).isZero) this.#prices.delete(key);
  }

  unstake(staker: string, operator: string, amount: bigint, now: bigint, unbondingSeconds: bigint): void {
    const position = this.position(staker, operator);
    position.take(Fraction.of(amount));
    this.#rounded(position);
    const entries = this.unbondings.get(staker) ?? [];
    entries.push({
      operator,
      self: position.isSelf,
      amount: Fraction.of(amount),
      original: amount,
      startedAt: now,
      maturesAt: now + unbondingSeconds,
      dust: 0n,
      withdrawn: false,
    });
    this.unbondings.set(staker, entries);
  }

  redelegate(staker: string, from: string, to: string, amount: bigint, now: bigint, unbondingSeconds: bigint): void {
    const [source, target] = [this.position(staker, from), this.position(staker, to)];
    this.#admit(target);
    const wei = Fraction.of(amount);
    target.add(wei, source.take(wei));
    target.bond = { from, amount: wei, left: Fraction.ONE, until: now + unbondingSeconds };
    this.#rounded(source);
    this.#rounded(target);
  }

  /** Takes off what the former operator of redelegated stake was slashed by; returns it. */
  applyBond(staker: string, operator: string, now: bigint): Fraction {
    const position = this.position(staker, operator);
    const lost = position.applyBond(now);
    if (!lost.isZero) this.#rounded(position);
    return lost;
  }

  /** Returns what is burnt at once, exactly. Unbonding stake loses its part too. */
  slash(operator: string, slashBps: bigint, voterSlashBps: bigint, now: bigint): Slashed {
    // Rates are whole basis points.
    const lost = { self: bps(slashBps), voters: bps((slashBps * voterSlashBps) / BPS) };
    const burnt = { self: Fraction.ZERO, voters: Fraction.ZERO };
    // A slash takes its part of what is there, and so of what the pool's roundings have left there.
    const dust = (self: boolean) => Fraction.of(this.#poolDust.get(poolKey(operator, self)) ?? 0n);
    const dustBurnt = dust(true).times(lost.self).plus(dust(false).times(lost.voters)).floor();
    for (const side of ["self", "voters"] as const) {
      const left = Fraction.ONE.minus(lost[side]);
      const isSelf = side === "self";
      const positions = this.with(operator).filter((position) => position.isSelf === isSelf);
      // Nothing there has no price to fall.
      const isThere = sum(positions.map(({ stake }) => stake)).compare(Fraction.ONE) >= 0;
      for (const position of positions) {
        burnt[side] = burnt[side].plus(position.stake.times(lost[side]));
        position.scale(left);
        this.#rounded(position);
      }
      if (isThere) this.#prices.set(poolKey(operator, isSelf), this.price(operator, isSelf).times(left));
      this.#slashLeaving(operator, isSelf, left, now);
    }
    // Both pools' burns are whole wei.
    return { ...burnt, dust: 2n + dustBurnt };
  }

  #slashLeaving(operator: string, self: boolean, left: Fraction, now: bigint): void {
    for (const entry of [...this.unbondings.values()].flat())
      if (entry.operator === operator && entry.self === self && now < entry.maturesAt && !entry.withdrawn) {
        entry.amount = entry.amount.times(left);
        entry.dust += 1n;
      }
    if (self) return;
    for (const { bond } of this.positions.values())
      if (bond?.from === operator && now < bond.until) bond.left = bond.left.times(left);
  }

  /** Shares out block rewards: the commission to the operator, the rest to all its stake; without stake all to it. */
  distribute(payouts: readonly PayoutOrder[]): void {
    for (const { operator, amount, commissionBps } of payouts) {
      const positions = this.with(operator).filter(({ stake }) => !stake.isZero);
      const total = sum(positions.map(({ stake }) => stake));
      const commission = total.isZero ? Fraction.of(amount) : Fraction.of(amount * commissionBps, BPS);
      this.commission(operator).addFraction(commission);
      this.commissionDust.set(operator, (this.commissionDust.get(operator) ?? 0n) + 1n);
      const rest = Fraction.of(amount).minus(commission);
      for (const position of positions) {
        position.reward.addFraction(rest.times(position.stake).over(total));
        position.rewardDust += 1n;
      }
    }
  }

  commission(operator: string): FineSum {
    const found = this.commissions.get(operator) ?? new FineSum();
    this.commissions.set(operator, found);
    return found;
  }

  close(operator: string): void {
    this.closed.add(operator);
  }
}

const poolKey = (operator: string, self: boolean): string => `${operator}|${self ? "self" : "voters"}`;
