/**
 * One account's stake with one operator, counted exactly.
 *
 * Owns: stake, its stake-days, rewards, the part that a redelegation binds, and how much dust the contracts may have
 * left on it. Does not own: when what happens (staking.ts). Called by: staking.ts.
 */
import { FineSum, Fraction } from "./fraction.ts";

/**
 * Redelegated stake that still answers for its former operator, with the amount that came: what the present operator
 * loses does not lower it.
 */
export interface Bond {
  readonly from: string;
  amount: Fraction;
  /** What the former operator's slashes leave of it; taken off when the position is next touched. */
  left: Fraction;
  readonly until: bigint;
}

export class Position {
  readonly staker: string;
  readonly operator: string;
  stake = Fraction.ZERO;
  /** Σ stake · day it was staked on. */
  moment = Fraction.ZERO;
  readonly reward = new FineSum();
  bond: Bond | undefined;
  /** Operations that may have rounded the reward: the contracts may differ by one wei for each of them. */
  rewardDust = 0n;

  constructor(staker: string, operator: string) {
    this.staker = staker;
    this.operator = operator;
  }

  get isSelf(): boolean {
    return this.staker === this.operator;
  }

  boundAt(now: bigint): Fraction {
    return this.bond && now < this.bond.until ? this.bond.amount.times(this.bond.left) : Fraction.ZERO;
  }

  /** What is to be taken off for the former operator's slashes; never more than there is. */
  owed(): Fraction {
    if (!this.bond) return Fraction.ZERO;
    const lost = this.bond.amount.times(Fraction.ONE.minus(this.bond.left));
    return lost.compare(this.stake) > 0 ? this.stake : lost;
  }

  /** What may leave now. */
  availableAt(now: bigint): Fraction {
    const rest = this.worth().minus(this.boundAt(now));
    return rest.compare(Fraction.ZERO) < 0 ? Fraction.ZERO : rest;
  }

  /** The stake after what the former operator was slashed by, applied or not. */
  worth(): Fraction {
    return this.stake.minus(this.owed());
  }

  add(amount: Fraction, moment: Fraction): void {
    this.stake = this.stake.plus(amount);
    this.moment = this.moment.plus(moment);
  }

  /** Takes stake out with its part of the stake-days; returns that part of the moment. */
  take(amount: Fraction): Fraction {
    if (amount.compare(this.stake) >= 0) {
      const moment = this.moment;
      this.stake = this.moment = Fraction.ZERO;
      return moment;
    }
    const moment = this.moment.times(amount.over(this.stake));
    this.stake = this.stake.minus(amount);
    this.moment = this.moment.minus(moment);
    return moment;
  }

  /** Leaves this part of everything that is staked. */
  scale(left: Fraction): void {
    this.stake = this.stake.times(left);
    this.moment = this.moment.times(left);
  }

  /** Takes off what the former operator was slashed by; returns it. */
  applyBond(now: bigint): Fraction {
    if (!this.bond) return Fraction.ZERO;
    const lost = this.owed();
    if (!lost.isZero) this.take(lost);
    if (now >= this.bond.until) this.bond = undefined;
    else {
      this.bond.amount = this.bond.amount.times(this.bond.left);
      this.bond.left = Fraction.ONE;
    }
    return lost;
  }
}
