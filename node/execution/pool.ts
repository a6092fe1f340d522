/**
 * Transactions waiting for a block: one row per sender, checked against the newest finalised state.
 *
 * Owns: admission (one error per reason), replacement, bounds, what is ready and what waits for an earlier nonce.
 * Does not own: gossip (app), the order in blocks (candidates.ts), decoding and senders (transaction.ts).
 * Called by: embedded; rpc and app through PoolPort. Texts of errors follow go-ethereum, which wallets recognise.
 */
import { setImmediate } from "node:timers/promises";
import type { AccountState, PendingTransaction, PoolPort } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import {
  MAX_POOL_BYTES,
  MAX_POOL_NONCE_GAP,
  MAX_POOL_SENDER_TRANSACTIONS,
  MAX_POOL_TRANSACTIONS,
  MIN_REPLACEMENT_BUMP_PERCENT,
} from "../types/limits.ts";
import type { Address, Hash } from "../types/primitives.ts";
import type { BlockRecord } from "./executor.ts";
import { SenderRow } from "./sender-row.ts";
import { SlowSenders } from "./slow-senders.ts";
import { authoritiesOf, type Transaction, type TransactionDecoder } from "./transaction.ts";

/** What the pool asks of the chain. */
export interface PoolChain {
  /** An account at the head. Rejects senders that are contracts. */
  account(
    address: Address,
  ): Promise<Pick<AccountState, "nonce" | "balance"> & { readonly isContract: boolean; readonly codeHash: Hash }>;
  /** Changes whenever the head does. */
  headHash(): Hash;
  gasLimit(): bigint;
  /** Base fee of a child of this block, by default of the head. */
  baseFee(parent?: Hash): bigint;
  /** True when an unfinalised block up to this one, by default any, holds the transaction. */
  isIncluded(hash: Hash, parent?: Hash): boolean;
}

type Listener = (transactions: readonly PendingTransaction[]) => void;

export interface PoolLimits {
  readonly transactions: number;
  readonly bytes: number;
  readonly perSender: number;
}

const DEFAULT_LIMITS: PoolLimits = {
  transactions: MAX_POOL_TRANSACTIONS,
  bytes: MAX_POOL_BYTES,
  perSender: MAX_POOL_SENDER_TRANSACTIONS,
};
/** Submissions let other work in after this long. */
const YIELD_AFTER_MS = 8;

export class Pool implements PoolPort {
  readonly #decoder: TransactionDecoder;
  readonly #chain: PoolChain;
  readonly #limits: PoolLimits;
  readonly #byHash = new Map<Hash, Transaction>();
  readonly #rows = new Map<Address, SenderRow>();
  readonly #listeners = new Set<Listener>();
  readonly #slow = new SlowSenders();
  #bytes = 0;

  constructor(decoder: TransactionDecoder, chain: PoolChain, limits: PoolLimits = DEFAULT_LIMITS) {
    this.#decoder = decoder;
    this.#chain = chain;
    this.#limits = limits;
  }

  async submit(raw: readonly Uint8Array[]): Promise<readonly (Hash | CunError)[]> {
    const results: (Hash | CunError)[] = [];
    const accepted: Transaction[] = [];
    let yieldedAt = performance.now();
    for (const bytes of raw) {
      const result = await this.#admit(bytes);
      if (!(result instanceof CunError)) accepted.push(result);
      results.push(result instanceof CunError ? result : result.hash);
      if (performance.now() - yieldedAt < YIELD_AFTER_MS) continue;
      await setImmediate();
      yieldedAt = performance.now();
    }
    if (accepted.length > 0) for (const listener of this.#listeners) listener(accepted);
    return results;
  }

  hasReady(parent?: Hash): boolean {
    const baseFee = this.#chain.baseFee(parent);
    for (const { ready } of this.#rows.values()) {
      const first = ready.find(({ hash }) => !this.#chain.isIncluded(hash, parent));
      if (first !== undefined && first.maxFee >= baseFee) return true;
    }
    return false;
  }

  get(hash: Hash): Transaction | undefined {
    return this.#byHash.get(hash);
  }

  async nextNonce(address: Address): Promise<bigint> {
    const { nonce } = await this.#chain.account(address);
    const row = this.#rows.get(address);
    return row === undefined || row.nextNonce < nonce ? nonce : row.nextNonce;
  }

  status(): { readonly ready: number; readonly waiting: number } {
    let ready = 0;
    for (const row of this.#rows.values()) ready += row.ready.length;
    return { ready, waiting: this.#byHash.size - ready };
  }

  onAccepted(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ready transactions by sender, for a builder. */
  *rows(): Iterable<readonly Transaction[]> {
    for (const { ready } of this.#rows.values()) yield ready;
  }

  /** Takes a transaction out that can never be executed. */
  evict(transaction: Transaction): void {
    const row = this.#rows.get(transaction.sender);
    if (row?.remove(transaction.nonce, transaction.hash)) this.#forget([transaction]);
    if (row?.size === 0) this.#rows.delete(transaction.sender);
  }

  /** Takes a transaction out for good that a leader gave up on, and large ones of the same sender with it. */
  evictSlow(transaction: Transaction, error: CunError): void {
    this.#slow.remember(transaction, error);
    const all = this.#rows.get(transaction.sender)?.all() ?? [];
    for (const other of all) if (this.#slow.objection(other) !== undefined) this.evict(other);
  }

  /** A block became final: what it used up goes, what waited for it moves up. */
  async headMoved(record: BlockRecord): Promise<void> {
    const moved = record.transactions.flatMap((transaction) => [transaction.sender, ...authoritiesOf(transaction)]);
    for (const address of new Set(moved)) await this.refresh(address);
  }

  /** Brings a sender's row in line with its account at the head. */
  async refresh(sender: Address): Promise<void> {
    if (!this.#rows.has(sender)) return;
    const { nonce } = await this.#chain.account(sender);
    const row = this.#rows.get(sender);
    if (row === undefined) return;
    this.#forget(row.moveTo(nonce));
    if (row.size === 0) this.#rows.delete(sender);
  }

  async #admit(raw: Uint8Array): Promise<Transaction | CunError> {
    try {
      const transaction = this.#decoder.decode(raw);
      await this.#insert(transaction);
      return transaction;
    } catch (error) {
      if (error instanceof CunError && error.action !== "stop") return error;
      throw error;
    }
  }

  async #insert(transaction: Transaction): Promise<void> {
    const { hash, sender, nonce, gasLimit, maxFee, maxCost } = transaction;
    if (this.#byHash.has(hash)) throw new CunError("transactionKnown", { hash });
    const objection = this.#slow.objection(transaction);
    if (objection !== undefined) throw objection;
    const limit = this.#chain.gasLimit();
    if (gasLimit > limit) throw new CunError("transactionGasAboveBlock", { gas: gasLimit, limit });
    const baseFee = this.#chain.baseFee();
    if (maxFee < baseFee) throw new CunError("transactionFeeTooLow", { fee: maxFee, baseFee });
    const account = await this.#accountAtHead(sender);
    if (account.isContract) {
      throw new CunError("transactionSenderIsContract", { sender, codeHash: account.codeHash });
    }
    if (nonce < account.nonce) throw new CunError("transactionNonceTooLow", { expected: account.nonce, nonce });
    if (nonce > account.nonce + MAX_POOL_NONCE_GAP) {
      throw new CunError("transactionNonceTooHigh", { expected: account.nonce, nonce });
    }
    if (account.balance < maxCost) {
      throw new CunError("transactionFundsInsufficient", { balance: account.balance, cost: maxCost });
    }
    // The same transaction may have come in, or been given up on, while the account was read.
    const lateObjection = this.#slow.objection(transaction);
    if (lateObjection !== undefined) throw lateObjection;
    if (this.#byHash.has(hash)) throw new CunError("transactionKnown", { hash });
    this.#place(transaction, account.nonce);
  }

  /** Reads again when the head moved meanwhile: rows must never be behind it. */
  async #accountAtHead(sender: Address) {
    for (;;) {
      const head = this.#chain.headHash();
      const account = await this.#chain.account(sender);
      if (head === this.#chain.headHash()) return account;
    }
  }

  #place(transaction: Transaction, stateNonce: bigint): void {
    const { hash, sender, nonce, raw } = transaction;
    const row = this.#rows.get(sender) ?? new SenderRow(stateNonce);
    if (row.stateNonce !== stateNonce) this.#forget(row.moveTo(stateNonce));
    const replaced = row.at(nonce);
    if (replaced !== undefined) {
      checkReplacement(transaction, replaced);
    } else {
      if (row.size >= this.#limits.perSender) {
        throw new CunError("poolSenderFull", { sender, count: row.size, limit: this.#limits.perSender });
      }
      this.#makeRoom(transaction, row);
    }
    if (replaced !== undefined) this.#forget([replaced]);
    row.put(transaction);
    this.#rows.set(sender, row);
    this.#byHash.set(hash, transaction);
    this.#bytes += raw.length;
  }

  /** When the pool is full, one that waits for an earlier nonce goes first, then the one with the lowest tip. */
  #makeRoom(transaction: Transaction, row: SenderRow): void {
    const isFull = () =>
      this.#byHash.size >= this.#limits.transactions || this.#bytes + transaction.raw.length > this.#limits.bytes;
    while (isFull()) {
      const victim = this.#cheapest(row);
      const isBetter =
        victim !== undefined &&
        (victim.maxTip < transaction.maxTip || (!this.#isReady(victim) && transaction.nonce === row.nextNonce));
      if (!isBetter) {
        const isCount = this.#byHash.size >= this.#limits.transactions;
        const [count, limit] = isCount
          ? [this.#byHash.size, this.#limits.transactions]
          : [this.#bytes, this.#limits.bytes];
        throw new CunError("poolFull", { count, limit, unit: isCount ? "transactions" : "bytes" });
      }
      this.evict(victim);
    }
  }

  /** Last of each other row, so that no gap arises: a waiting one before any that is ready, then by tip. */
  #cheapest(own: SenderRow): Transaction | undefined {
    let cheapest: Transaction | undefined;
    let isCheapestReady = true;
    for (const row of this.#rows.values()) {
      const last = row === own ? undefined : row.last();
      if (last === undefined) continue;
      const isReady = row.size === row.ready.length;
      const isCheaper =
        cheapest === undefined || (isReady === isCheapestReady ? last.maxTip < cheapest.maxTip : isCheapestReady);
      if (isCheaper) [cheapest, isCheapestReady] = [last, isReady];
    }
    return cheapest;
  }

  #isReady({ sender, nonce }: Transaction): boolean {
    const row = this.#rows.get(sender);
    return row !== undefined && nonce < row.nextNonce;
  }

  #forget(transactions: readonly Transaction[]): void {
    for (const { hash, raw } of transactions) {
      if (this.#byHash.delete(hash)) this.#bytes -= raw.length;
    }
  }
}

function checkReplacement(transaction: Transaction, replaced: Transaction): void {
  const fields = [
    ["maxFeePerGas", transaction.maxFee, replaced.maxFee],
    ["maxPriorityFeePerGas", transaction.maxTip, replaced.maxTip],
  ] as const;
  for (const [field, fee, before] of fields) {
    const minimum = (before * (100n + MIN_REPLACEMENT_BUMP_PERCENT) + 99n) / 100n;
    if (fee < minimum) throw new CunError("transactionReplacementUnderpriced", { field, fee, minimum });
  }
}
