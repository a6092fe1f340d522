/**
 * Filters that clients poll: logs, block hashes, pending transaction hashes.
 *
 * Owns: the filters, their expiry, the newest pending hashes. Does not own: log queries (log-query.ts).
 * Called by: methods/logs.ts. The chain never takes anything back, so a filter is only a cursor: the height (or the
 * number of pending transactions) that its client has seen. It costs nothing between polls.
 */
import { randomBytes } from "node:crypto";
import type { PendingTransaction, PoolPort } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { asHeight, type Hash, type Height } from "../types/primitives.ts";
import type { ChainReader } from "./chain-reader.ts";
import { encodeLocatedLog } from "./encode.ts";
import { data } from "./hex.ts";
import type { RpcLimits } from "./limits.ts";
import { filterBounds, type LogSource, logsBetween, toPattern } from "./log-query.ts";
import type { LogFilterParameter } from "./parameters.ts";

type Filter = { askedMs: number } & (
  | { readonly kind: "logs"; readonly parameter: LogFilterParameter; seen: Height }
  | { readonly kind: "blocks"; seen: Height }
  | { readonly kind: "pending"; seen: number }
);

interface FiltersOptions {
  readonly chain: ChainReader;
  readonly pool: PoolPort;
  readonly limits: RpcLimits;
  /** Milliseconds on any scale that only goes up. */
  readonly nowMs: () => number;
}

export class Filters {
  readonly #chain: ChainReader;
  readonly #pool: PoolPort;
  readonly #limits: RpcLimits;
  readonly #nowMs: () => number;
  /** In the order in which they were last asked: the first is the one that expires next. */
  readonly #filters = new Map<string, Filter>();
  readonly #pendingHashes: Hash[] = [];
  #pendingCount = 0;
  #stopListening: (() => void) | undefined;

  constructor(options: FiltersOptions) {
    this.#chain = options.chain;
    this.#pool = options.pool;
    this.#limits = options.limits;
    this.#nowMs = options.nowMs;
  }

  close(): void {
    this.#stopListening?.();
    this.#filters.clear();
  }

  /** @throws CunError rpcLimitExceeded when too many filters exist, or the pattern has too many alternatives */
  addLogs(parameter: LogFilterParameter): string {
    toPattern(parameter, this.#limits.maxLogAlternatives);
    return this.#add({ kind: "logs", parameter, seen: this.#chain.headHeight, askedMs: this.#nowMs() });
  }

  /** @throws CunError rpcLimitExceeded */
  addBlocks(): string {
    return this.#add({ kind: "blocks", seen: this.#chain.headHeight, askedMs: this.#nowMs() });
  }

  /** @throws CunError rpcLimitExceeded */
  addPending(): string {
    this.#stopListening ??= this.#pool.onAccepted((transactions) => this.#rememberPending(transactions));
    return this.#add({ kind: "pending", seen: this.#pendingCount, askedMs: this.#nowMs() });
  }

  remove(id: string): boolean {
    return this.#filters.delete(id);
  }

  /** What came since the last time. @throws CunError rpcFilterUnknown */
  async changes(source: LogSource, id: string): Promise<readonly unknown[]> {
    const filter = this.#touch(id);
    if (filter.kind === "pending") {
      const missed = this.#pendingCount - filter.seen;
      filter.seen = this.#pendingCount;
      return missed === 0 ? [] : this.#pendingHashes.slice(-missed);
    }
    const above = filter.seen;
    const upTo = this.#chain.headHeight;
    // Moved before anything is awaited, so that two polls at once do not both report a block.
    filter.seen = upTo;
    if (filter.kind === "blocks") return this.#chain.hashesBetween(above, upTo);
    const bounds = filterBounds(filter.parameter);
    const range = { from: asHeight(Math.max(bounds.from, above + 1)), to: asHeight(Math.min(bounds.to, upTo)) };
    const pattern = toPattern(filter.parameter, this.#limits.maxLogAlternatives);
    return (await logsBetween(source, pattern, range)).map(encodeLocatedLog);
  }

  /** The filter's own request, for all its logs. @throws CunError rpcFilterUnknown */
  logsParameter(id: string): LogFilterParameter {
    const filter = this.#touch(id);
    if (filter.kind !== "logs") throw new CunError("rpcFilterUnknown", { id });
    return filter.parameter;
  }

  #add(filter: Filter): string {
    this.#expire();
    const limit = this.#limits.maxFilters;
    if (this.#filters.size >= limit) throw new CunError("rpcLimitExceeded", { what: "filters", limit });
    // Random, because all clients share the table: nobody can guess a filter of another.
    const id = data(randomBytes(16));
    this.#filters.set(id, filter);
    return id;
  }

  #touch(id: string): Filter {
    this.#expire();
    const filter = this.#filters.get(id);
    if (!filter) throw new CunError("rpcFilterUnknown", { id });
    filter.askedMs = this.#nowMs();
    this.#filters.delete(id);
    this.#filters.set(id, filter);
    return filter;
  }

  #expire(): void {
    const oldestMs = this.#nowMs() - this.#limits.filterExpiryMs;
    for (const [id, filter] of this.#filters) {
      if (filter.askedMs >= oldestMs) break;
      this.#filters.delete(id);
    }
  }

  #rememberPending(transactions: readonly PendingTransaction[]): void {
    for (const transaction of transactions) this.#pendingHashes.push(transaction.hash);
    this.#pendingCount += transactions.length;
    const surplus = this.#pendingHashes.length - this.#limits.pendingHashesKept;
    // Cut in large steps: removing from the front moves everything behind.
    if (surplus > this.#limits.pendingHashesKept) this.#pendingHashes.splice(0, surplus);
  }
}
