/**
 * Votes of one kind in one view: at most one per validator.
 *
 * Owns: who voted for what, and with how much weight. Does not own: signatures (checked lazily by voting.ts), rules.
 * Called by: round.ts, voting.ts, status.ts. Memory: one vote per validator, whatever is sent.
 */
import type { Vote } from "../types/messages.ts";
import type { Hash, ValidatorIndex } from "../types/primitives.ts";

export interface TallyEntry {
  readonly vote: Vote;
  /** Who handed it over, as far as known: answers for it when the signature is bad. */
  readonly from: ValidatorIndex | undefined;
  /**
   * True only after this single signature was checked. An aggregate that verifies does not make it so: colluders
   * can hand in signatures that are wrong one by one and right in the sum.
   */
  verified: boolean;
}

export class VoteTally {
  readonly #entries = new Map<ValidatorIndex, TallyEntry>();
  readonly #weights = new Map<Hash, bigint>();

  get(signer: ValidatorIndex): TallyEntry | undefined {
    return this.#entries.get(signer);
  }
  add(entry: TallyEntry, weight: bigint): void {
    const { signer, digest } = entry.vote;
    this.#entries.set(signer, entry);
    this.#weights.set(digest, this.weightFor(digest) + weight);
  }
  remove(signer: ValidatorIndex, weight: bigint): void {
    const entry = this.#entries.get(signer);
    if (!entry) return;
    this.#entries.delete(signer);
    this.#weights.set(entry.vote.digest, this.weightFor(entry.vote.digest) - weight);
  }
  weightFor(digest: Hash): bigint {
    return this.#weights.get(digest) ?? 0n;
  }
  /** In ascending order of signers. */
  entriesFor(digest: Hash): TallyEntry[] {
    const found = [...this.#entries.values()].filter((entry) => entry.vote.digest === digest);
    return found.sort((a, b) => a.vote.signer - b.vote.signer);
  }
  signers(): ValidatorIndex[] {
    return [...this.#entries.keys()].sort((a, b) => a - b);
  }
  /** The digest with most weight, for status. */
  leading(): Hash | undefined {
    let best: Hash | undefined;
    for (const [digest, weight] of this.#weights) if (!best || weight > this.weightFor(best)) best = digest;
    return best;
  }
  clear(): void {
    this.#entries.clear();
    this.#weights.clear();
  }
}
