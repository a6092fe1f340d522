/**
 * Rewards in their 90 days.
 *
 * Owns: tranches by staker and day. Exact: whole wei only. Does not own: how a reward came about.
 * Called by: world.ts, scripts/simulate/economy. Whitepaper §3.1, §3.2, spec STK-5.
 */
import { DAY_SECONDS } from "./incentive.ts";

export const LOCK_DAYS = 90n;

/**
 * The first second at which what was credited on a day may leave: 90 full days after that day's last second, so that
 * no credit of it leaves earlier than 90 days after it came.
 */
export const unlocksAt = (creditDay: bigint): bigint => (creditDay + LOCK_DAYS + 1n) * DAY_SECONDS;

export class VaultModel {
  readonly #tranches = new Map<string, Map<bigint, bigint>>();
  #total = 0n;

  get total(): bigint {
    return this.#total;
  }

  trancheOf(staker: string, day: bigint): bigint {
    return this.#tranches.get(staker)?.get(day) ?? 0n;
  }

  daysOf(staker: string): bigint[] {
    return [...(this.#tranches.get(staker)?.keys() ?? [])];
  }

  credit(staker: string, amount: bigint, now: bigint): void {
    const day = now / DAY_SECONDS;
    const tranches = this.#tranches.get(staker) ?? new Map<bigint, bigint>();
    tranches.set(day, (tranches.get(day) ?? 0n) + amount);
    this.#tranches.set(staker, tranches);
    this.#total += amount;
  }

  refusals(staker: string, day: bigint, now: bigint): string[] {
    const empty = this.trancheOf(staker, day) === 0n ? ["VaultTrancheEmpty"] : [];
    return now < unlocksAt(day) ? [...empty, "VaultTrancheLocked"] : empty;
  }

  withdraw(staker: string, day: bigint): bigint {
    const amount = this.trancheOf(staker, day);
    this.#tranches.get(staker)?.delete(day);
    this.#total -= amount;
    return amount;
  }
}
