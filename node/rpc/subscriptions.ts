/**
 * Subscriptions: what WebSocket clients are told without asking (eth_subscribe).
 *
 * Owns: who is subscribed to what, and the notifications. Does not own: the connections (websocket.ts), encoding.
 * Called by: methods/subscribe.ts, websocket. One event is encoded once, however many listen.
 */
import { randomBytes } from "node:crypto";
import type { ExecutedBlock, PendingTransaction } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import type { RpcBackend, RpcLogger } from "./backend.ts";
import type { BlockView } from "./block-view.ts";
import type { ChainReader } from "./chain-reader.ts";
import { encodeHeader, encodeLog, encodePending, encodeSyncing } from "./encode.ts";
import { data } from "./hex.ts";
import { type LogPattern, matches } from "./log-query.ts";

/** A connection that can be told something. */
export interface Subscriber {
  notify(text: string): void;
}

export type Topic =
  | { readonly kind: "newHeads" }
  | { readonly kind: "logs"; readonly pattern: LogPattern }
  | { readonly kind: "newPendingTransactions"; readonly isFull: boolean }
  | { readonly kind: "syncing" };

interface Subscription {
  readonly id: string;
  readonly subscriber: Subscriber;
  readonly topic: Topic;
  /** False until the client knows the id. */
  hasBegun: boolean;
}

interface SubscriptionsOptions {
  readonly backend: RpcBackend;
  readonly chain: ChainReader;
  readonly limitPerSubscriber: number;
  readonly logger: RpcLogger | undefined;
}

const SYNCING_POLL_MS = 1000;

export class Subscriptions {
  readonly #backend: RpcBackend;
  readonly #chain: ChainReader;
  readonly #limit: number;
  readonly #logger: RpcLogger | undefined;
  readonly #bySubscriber = new Map<Subscriber, Map<string, Subscription>>();
  /** Clients that have left: one may do so in the middle of a batch that subscribes. */
  readonly #gone = new WeakSet<Subscriber>();
  readonly #stop: (() => void)[];
  #lastSyncing: string;

  constructor({ backend, chain, limitPerSubscriber, logger }: SubscriptionsOptions) {
    this.#backend = backend;
    this.#chain = chain;
    this.#limit = limitPerSubscriber;
    this.#logger = logger;
    this.#lastSyncing = this.#syncing();
    const timer = setInterval(() => this.#guarded(() => this.#onSyncingTick()), SYNCING_POLL_MS).unref();
    this.#stop = [
      backend.store.onAppended((block) => this.#guarded(() => this.#onBlock(block))),
      backend.execution.pool.onAccepted((transactions) => this.#guarded(() => this.#onPending(transactions))),
      () => clearInterval(timer),
    ];
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#bySubscriber.clear();
  }

  /** Its id, and how to begin: called when the client knows the id. @throws CunError rpcLimitExceeded */
  prepare(subscriber: Subscriber, topic: Topic): { readonly id: string; readonly begin: () => void } {
    const own = this.#bySubscriber.get(subscriber) ?? new Map<string, Subscription>();
    if (own.size >= this.#limit) {
      throw new CunError("rpcLimitExceeded", { what: "subscriptions of a connection", limit: this.#limit });
    }
    const subscription = { id: data(randomBytes(16)), subscriber, topic, hasBegun: false };
    if (!this.#gone.has(subscriber)) this.#bySubscriber.set(subscriber, own.set(subscription.id, subscription));
    return {
      id: subscription.id,
      begin: () => {
        subscription.hasBegun = true;
      },
    };
  }

  cancel(subscriber: Subscriber, id: string): boolean {
    return this.#bySubscriber.get(subscriber)?.delete(id) ?? false;
  }

  /** The connection is gone. */
  drop(subscriber: Subscriber): void {
    this.#gone.add(subscriber);
    this.#bySubscriber.delete(subscriber);
  }

  /** Runs inside the block store's and the pool's own work: a failure to tell clients must not become theirs. */
  #guarded(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#logger?.error({ error }, "telling subscribers failed");
    }
  }

  #of<Kind extends Topic["kind"]>(kind: Kind): (Subscription & { topic: Extract<Topic, { kind: Kind }> })[] {
    const found = [];
    for (const own of this.#bySubscriber.values()) {
      for (const subscription of own.values())
        if (subscription.hasBegun && subscription.topic.kind === kind) found.push(subscription);
    }
    return found as (Subscription & { topic: Extract<Topic, { kind: Kind }> })[];
  }

  #onBlock(executed: ExecutedBlock): void {
    if (this.#bySubscriber.size === 0) return;
    const block = this.#chain.remember(executed);
    const heads = this.#of("newHeads");
    if (heads.length > 0) {
      const header = JSON.stringify(encodeHeader(block));
      for (const subscription of heads) send(subscription, header);
    }
    const logs = this.#of("logs");
    if (logs.length > 0) sendLogs(block, logs);
  }

  #onPending(transactions: readonly PendingTransaction[]): void {
    if (this.#bySubscriber.size === 0) return;
    const listeners = this.#of("newPendingTransactions");
    const isFullWanted = listeners.some((subscription) => subscription.topic.isFull);
    for (const transaction of listeners.length > 0 ? transactions : []) {
      const hash = JSON.stringify(transaction.hash);
      const full = isFullWanted ? JSON.stringify(encodePending(transaction)) : hash;
      for (const subscription of listeners) send(subscription, subscription.topic.isFull ? full : hash);
    }
  }

  #syncing(): string {
    const status = encodeSyncing(this.#backend.status());
    return JSON.stringify(status === false ? false : { syncing: true, status });
  }

  #onSyncingTick(): void {
    const listeners = this.#of("syncing");
    const now = this.#syncing();
    if (now === this.#lastSyncing) return;
    this.#lastSyncing = now;
    for (const subscription of listeners) send(subscription, now);
  }
}

function send(subscription: Subscription, result: string): void {
  subscription.subscriber.notify(
    `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${subscription.id}","result":${result}}}`,
  );
}

function sendLogs(
  block: BlockView,
  listeners: readonly (Subscription & { topic: Extract<Topic, { kind: "logs" }> })[],
): void {
  for (const [index, receipt] of block.receipts.entries()) {
    const place = { blockHash: block.hash, height: block.height, transactionHash: receipt.transactionHash, index };
    for (const [i, log] of receipt.logs.entries()) {
      const interested = listeners.filter((subscription) => matches(subscription.topic.pattern, log));
      if (interested.length === 0) continue;
      const encoded = JSON.stringify(encodeLog(log, { ...place, logIndex: block.firstLogIndexes[index]! + i }));
      for (const subscription of interested) send(subscription, encoded);
    }
  }
}
