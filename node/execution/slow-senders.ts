/**
 * Transactions that a leader gave up on, and who sent them.
 *
 * Owns: refusing such a transaction when it comes again, and large ones of the same sender. What is given up on costs
 * its sender nothing, so it must not be tried twice, nor a thousand variants of it.
 * Does not own: when to give up (pace.ts, builder.ts), the pool.
 * Called by: pool. Forgotten oldest first, and when the node restarts.
 */
import { CunError } from "../types/errors.ts";
import { MAX_SLOW_REMEMBERED, MAX_SLOW_SENDER_GAS } from "../types/limits.ts";
import type { Address, Hash } from "../types/primitives.ts";
import type { Transaction } from "./transaction.ts";

export class SlowSenders {
  readonly #transactions = new Map<Hash, CunError>();
  readonly #senders = new Set<Address>();

  remember({ hash, sender }: Transaction, error: CunError): void {
    this.#transactions.set(hash, error);
    this.#senders.add(sender);
    if (this.#transactions.size > MAX_SLOW_REMEMBERED) {
      this.#transactions.delete(this.#transactions.keys().next().value!);
    }
    if (this.#senders.size > MAX_SLOW_REMEMBERED) this.#senders.delete(this.#senders.keys().next().value!);
  }

  /** Why the transaction is not taken, if it is not. */
  objection({ hash, sender, gasLimit }: Transaction): CunError | undefined {
    const known = this.#transactions.get(hash);
    if (known !== undefined || !this.#senders.has(sender) || gasLimit <= MAX_SLOW_SENDER_GAS) return known;
    return new CunError("transactionSenderSlow", { sender, gas: gasLimit, limit: MAX_SLOW_SENDER_GAS });
  }
}
