/**
 * Log filters: from what a client asks to what the store answers, and whether one log matches.
 *
 * Owns: ranges and their bounds, matching. Does not own: the index (block store), the schema (parameters.ts).
 * Called by: filters, methods/logs.ts, subscriptions.
 */
import type { BlockStorePort, LocatedLog, LogFilter } from "../ports/chain.ts";
import type { LogEntry } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { asHeight, type Height } from "../types/primitives.ts";
import type { BlockReference, ChainReader } from "./chain-reader.ts";
import type { RpcLimits } from "./limits.ts";
import type { LogFilterParameter } from "./parameters.ts";

/** Where logs are looked for. */
export interface LogSource {
  readonly chain: ChainReader;
  readonly store: BlockStorePort;
  readonly limits: RpcLimits;
}

/** What a log has to look like, wherever it stands. */
export type LogPattern = Pick<LogFilter, "addresses" | "topics">;

/** @throws CunError rpcLimitExceeded when the pattern has too many alternatives */
export function toPattern(parameter: LogFilterParameter, limit: number): LogPattern {
  const { addresses, topics } = parameter;
  if (addresses.length > limit || topics.some((alternatives) => alternatives.length > limit)) {
    throw new CunError("rpcLimitExceeded", { what: "addresses or alternatives of a topic", limit });
  }
  return { addresses, topics };
}

export function matches(pattern: LogPattern, log: LogEntry): boolean {
  if (pattern.addresses.length > 0 && !pattern.addresses.includes(log.address)) return false;
  return pattern.topics.every((alternatives, position) => {
    const topic = log.topics[position];
    return topic !== undefined && (alternatives.length === 0 || alternatives.includes(topic));
  });
}

function toHeight(reference: BlockReference | undefined, head: Height): Height {
  return reference && "height" in reference ? reference.height : head;
}

/** Logs between two heights, both included; heights above the head hold none. @throws CunError rpcLimitExceeded */
export async function logsBetween(
  source: LogSource,
  pattern: LogPattern,
  range: { readonly from: Height; readonly to: Height },
): Promise<readonly LocatedLog[]> {
  const toHeight = asHeight(Math.min(range.to, source.store.head().height));
  const limit = source.limits.maxLogRangeBlocks;
  if (range.from > toHeight) return [];
  if (toHeight - range.from >= limit) throw new CunError("rpcLimitExceeded", { what: "blocks of a log query", limit });
  return source.store.logs({ ...pattern, fromHeight: range.from, toHeight });
}

/** All logs that a filter names now. @throws CunError rpcLimitExceeded, rpcBlockUnknown, rpcParameterInvalid */
export async function queryLogs(source: LogSource, parameter: LogFilterParameter): Promise<readonly LocatedLog[]> {
  const pattern = toPattern(parameter, source.limits.maxLogAlternatives);
  if (parameter.blockHash) {
    const { height } = await source.chain.require({ hash: parameter.blockHash });
    return logsBetween(source, pattern, { from: height, to: height });
  }
  const head = source.chain.headHeight;
  const range = { from: toHeight(parameter.fromBlock, head), to: toHeight(parameter.toBlock, head) };
  if (parameter.fromBlock && parameter.toBlock && range.from > range.to) {
    const reason = `fromBlock ${range.from} is above toBlock ${range.to}`;
    throw new CunError("rpcParameterInvalid", { position: 0, reason });
  }
  return logsBetween(source, pattern, range);
}

/** The heights a long-lived filter is about: everything from now on unless it says otherwise. */
export function filterBounds(parameter: LogFilterParameter): { readonly from: Height; readonly to: Height } {
  const { fromBlock, toBlock } = parameter;
  return {
    from: toHeight(fromBlock, asHeight(0)),
    to: toHeight(toBlock, asHeight(Number.MAX_SAFE_INTEGER)),
  };
}
