/**
 * Consensus messages of the next epoch that come before this node has finished the present one.
 *
 * Owns: keeping a few by peer until the next engine starts. Does not own: their meaning. Called by: epoch-runner.
 * Nodes cross a boundary within milliseconds of each other; without this the first view of an epoch would often wait
 * for the first retransmission. What does not fit is dropped and sent again: nothing depends on it.
 */
import type { Peer } from "../ports/network.ts";
import { MAX_EARLY_BYTES, MAX_EARLY_MESSAGES_PER_PEER } from "../types/limits.ts";
import type { Message } from "../types/messages.ts";
import type { Epoch, PeerId } from "../types/primitives.ts";

/** A message that says which epoch it is of. */
export type EpochMessage = Extract<Message, { readonly type: "proposal" | "vote" | "certificate" }>;

export interface EarlyMessage {
  readonly peer: Peer;
  readonly message: EpochMessage;
  readonly epoch: Epoch;
}

export class EarlyMessages {
  #kept: EarlyMessage[] = [];
  #bytes = 0;
  readonly #counts = new Map<PeerId, number>();

  keep(early: EarlyMessage): void {
    const { peer, message } = early;
    const bytes = message.type === "proposal" ? message.proposal.payload.length : 0;
    const count = this.#counts.get(peer.id) ?? 0;
    if (count >= MAX_EARLY_MESSAGES_PER_PEER || this.#bytes + bytes > MAX_EARLY_BYTES) return;
    this.#counts.set(peer.id, count + 1);
    this.#bytes += bytes;
    this.#kept.push(early);
  }

  /** Those of the epoch, in the order in which they came; the rest is dropped. */
  take(epoch: Epoch): EarlyMessage[] {
    const taken = this.#kept.filter((early) => early.epoch === epoch);
    this.#kept = [];
    this.#bytes = 0;
    this.#counts.clear();
    return taken;
  }
}
