/**
 * Who stands for election, who votes as a person, and the tallies of the newest epoch.
 *
 * Owns: the list, persons' votes, snapshots. Does not own: stake (staking.ts), scores (election.ts).
 * Called by: world.ts. Whitepaper §3.2, spec VAL-3, VAL-4.
 */
import type { Candidate, Totals } from "./election.ts";

interface Vote {
  readonly person: string;
  readonly operator: string;
  /** Which candidacy of the operator it is for: a vote does not come back with a later one. */
  readonly listing: number;
}

export class CandidatesModel {
  /** Operators in the order in which they were listed, and since when they are registered. */
  readonly listed = new Map<string, bigint>();
  readonly votes = new Map<string, Vote>();
  readonly #listings = new Map<string, number>();
  snapshot: { readonly epoch: bigint; readonly tallies: ReadonlyMap<string, Candidate>; readonly totals: Totals } = {
    epoch: 0n,
    tallies: new Map(),
    totals: { stake: 0n, persons: 0n },
  };

  personsOf(operator: string): bigint {
    const listing = this.#listings.get(operator) ?? 0;
    const votes = [...this.votes.values()].filter((vote) => vote.operator === operator && vote.listing === listing);
    return BigInt(votes.length);
  }

  list(operator: string, registeredAt: bigint): void {
    this.listed.set(operator, registeredAt);
    this.#listings.set(operator, (this.#listings.get(operator) ?? 0) + 1);
  }

  /** The account through which a person votes. */
  accountOf(person: string): string | undefined {
    return [...this.votes].find(([, vote]) => vote.person === person)?.[0];
  }

  vote(account: string, person: string, operator: string): void {
    this.votes.set(account, { person, operator, listing: this.#listings.get(operator) ?? 0 });
  }

  /** Ends the vote of an account whose stake with the operator has become too small by its own doing. */
  endIfTooSmall(account: string, operator: string, stake: bigint, minimumStake: bigint): void {
    if (this.votes.get(account)?.operator === operator && stake < minimumStake) this.votes.delete(account);
  }

  beginEpoch(epoch: bigint, stakeOf: (operator: string) => bigint): void {
    const tallies = new Map<string, Candidate>();
    for (const [operator, registeredAt] of this.listed)
      tallies.set(operator, { operator, registeredAt, stake: stakeOf(operator), persons: this.personsOf(operator) });
    const all = [...tallies.values()];
    const totals = {
      stake: all.reduce((total, { stake }) => total + stake, 0n),
      persons: all.reduce((total, { persons }) => total + persons, 0n),
    };
    this.snapshot = { epoch, tallies, totals };
  }
}
