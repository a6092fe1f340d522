/**
 * One sender's waiting transactions, by nonce.
 *
 * Owns: which of them follow the account's nonce without a gap. Does not own: admission and bounds (pool.ts).
 * Called by: pool.
 */
import type { Hash } from "../types/primitives.ts";
import type { Transaction } from "./transaction.ts";

export class SenderRow {
  #stateNonce: bigint;
  #ready: Transaction[] = [];
  readonly #byNonce = new Map<bigint, Transaction>();

  constructor(stateNonce: bigint) {
    this.#stateNonce = stateNonce;
  }

  /** The account's next nonce at the head. */
  get stateNonce(): bigint {
    return this.#stateNonce;
  }
  /** In the order of their nonces, from the account's next one. */
  get ready(): readonly Transaction[] {
    return this.#ready;
  }
  get size(): number {
    return this.#byNonce.size;
  }
  /** The nonce after all that are ready. */
  get nextNonce(): bigint {
    return this.#stateNonce + BigInt(this.#ready.length);
  }

  /** In any order. */
  all(): readonly Transaction[] {
    return [...this.#byNonce.values()];
  }

  at(nonce: bigint): Transaction | undefined {
    return this.#byNonce.get(nonce);
  }

  /** The one with the highest nonce. */
  last(): Transaction | undefined {
    if (this.#byNonce.size === this.#ready.length) return this.#ready.at(-1);
    let last: Transaction | undefined;
    for (const transaction of this.#byNonce.values()) {
      if (last === undefined || transaction.nonce > last.nonce) last = transaction;
    }
    return last;
  }

  /** Adds a transaction, in place of the one with the same nonce. */
  put(transaction: Transaction): void {
    this.#byNonce.set(transaction.nonce, transaction);
    if (transaction.nonce < this.nextNonce) {
      this.#ready[Number(transaction.nonce - this.#stateNonce)] = transaction;
    } else {
      this.#extend();
    }
  }

  /** Takes one out; those after it wait from then on. False when another transaction has the nonce. */
  remove(nonce: bigint, hash: Hash): boolean {
    if (this.#byNonce.get(nonce)?.hash !== hash) return false;
    this.#byNonce.delete(nonce);
    const position = Number(nonce - this.#stateNonce);
    if (position < this.#ready.length) this.#ready = this.#ready.slice(0, position);
    return true;
  }

  /** The account's nonce changed: gives back the transactions whose nonces are used up. */
  moveTo(stateNonce: bigint): Transaction[] {
    const used: Transaction[] = [];
    for (const [nonce, transaction] of this.#byNonce) if (nonce < stateNonce) used.push(transaction);
    for (const { nonce } of used) this.#byNonce.delete(nonce);
    this.#stateNonce = stateNonce;
    this.#ready = [];
    this.#extend();
    return used;
  }

  #extend(): void {
    for (let next = this.#byNonce.get(this.nextNonce); next !== undefined; next = this.#byNonce.get(this.nextNonce)) {
      this.#ready.push(next);
    }
  }
}
