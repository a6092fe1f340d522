/**
 * Spreads transactions: what this node accepted goes to its peers, what they send goes to the pool.
 *
 * Owns: batching, and not sending a transaction back to where it came from.
 * Does not own: judging transactions (PoolPort). Every node is one hop from every validator here; the gossip
 * overlay for larger networks comes with the hierarchy (whitepaper §2.4.2 (3)).
 * Called by: node.
 */
import type { ClockPort } from "../ports/clock.ts";
import type { PendingTransaction, PoolPort } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { MAX_FRAME_BYTES, MAX_GOSSIP_TRANSACTIONS } from "../types/limits.ts";
import type { Message } from "../types/messages.ts";
import type { Hash } from "../types/primitives.ts";

export interface GossipOptions {
  readonly pool: PoolPort;
  readonly clock: ClockPort;
  broadcast(message: Message): void;
}

/** Transactions accepted within this time travel in one frame: under load this saves a frame per transaction. */
const BATCH_MS = 2;
const MAX_BATCH_BYTES = MAX_FRAME_BYTES / 4;

export class TransactionGossip {
  readonly #options: GossipOptions;
  /** Accepted from a peer: that peer has sent it to everybody already (full mesh). */
  readonly #fromPeers = new Set<Hash>();
  #outgoing: Uint8Array[] = [];
  #outgoingBytes = 0;
  #scheduled = false;
  readonly #unsubscribe: () => void;

  constructor(options: GossipOptions) {
    this.#options = options;
    this.#unsubscribe = options.pool.onAccepted((transactions) => this.#accepted(transactions));
  }

  /**
   * Puts a peer's transactions into the pool. Returns the error of a transaction that no honest peer would have
   * accepted; transactions that merely came late or twice are nobody's fault.
   */
  async receive(transactions: readonly Uint8Array[], hashOf: (raw: Uint8Array) => Hash): Promise<CunError | undefined> {
    const hashes = transactions.map(hashOf);
    for (const hash of hashes) this.#fromPeers.add(hash);
    const results = await this.#options.pool.submit(transactions);
    for (const hash of hashes) this.#fromPeers.delete(hash);
    return results.find((result) => result instanceof CunError && result.action === "reject") as CunError | undefined;
  }

  stop(): void {
    this.#unsubscribe();
  }

  #accepted(transactions: readonly PendingTransaction[]): void {
    for (const { hash, raw } of transactions) {
      if (this.#fromPeers.has(hash)) continue;
      if (this.#outgoing.length >= MAX_GOSSIP_TRANSACTIONS || this.#outgoingBytes + raw.length > MAX_BATCH_BYTES) {
        this.#flush();
      }
      this.#outgoing.push(raw);
      this.#outgoingBytes += raw.length;
    }
    if (this.#scheduled || this.#outgoing.length === 0) return;
    this.#scheduled = true;
    this.#options.clock.after(BATCH_MS, () => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    this.#options.broadcast({ type: "transactions", transactions: this.#outgoing });
    this.#outgoing = [];
    this.#outgoingBytes = 0;
  }
}
