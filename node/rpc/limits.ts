/**
 * The bounds of one JSON-RPC server: defaults from types/limits.ts, each of them changeable by the operator.
 *
 * Owns: RpcLimits and how given values complete the defaults. Does not own: the values and their reasons.
 * Called by: server and whatever checks a bound.
 */
import * as limits from "../types/limits.ts";

const DEFAULTS = {
  maxBodyBytes: limits.RPC_MAX_BODY_BYTES,
  maxBatchCalls: limits.RPC_MAX_BATCH_CALLS,
  maxBatchResponseBytes: limits.RPC_MAX_BATCH_RESPONSE_BYTES,
  maxCallsInFlight: limits.RPC_MAX_CALLS_IN_FLIGHT,
  maxHeavyCallsWaiting: limits.RPC_MAX_HEAVY_CALLS_WAITING,
  maxCallGas: limits.RPC_MAX_CALL_GAS,
  maxLogRangeBlocks: limits.MAX_LOG_BLOCKS,
  maxLogAlternatives: limits.RPC_MAX_LOG_ALTERNATIVES,
  maxFeeHistoryBlocks: limits.RPC_MAX_FEE_HISTORY_BLOCKS,
  maxProofSlots: limits.RPC_MAX_PROOF_SLOTS,
  maxFilters: limits.RPC_MAX_FILTERS,
  filterExpiryMs: limits.RPC_FILTER_EXPIRY_MS,
  pendingHashesKept: limits.RPC_PENDING_HASHES_KEPT,
  maxConnections: limits.RPC_MAX_CONNECTIONS,
  maxSubscriptions: limits.RPC_MAX_SUBSCRIPTIONS,
  maxSocketCallsInFlight: limits.RPC_MAX_SOCKET_CALLS_IN_FLIGHT,
  maxSocketBacklogBytes: limits.RPC_MAX_SOCKET_BACKLOG_BYTES,
  maxCertificateSearchBlocks: limits.RPC_MAX_CERTIFICATE_SEARCH_BLOCKS,
  blockCacheBytes: limits.RPC_BLOCK_CACHE_BYTES,
};

/** Counts and bytes are numbers, gas is a bigint, times are milliseconds. */
export type RpcLimits = Readonly<typeof DEFAULTS>;

/** The defaults with the given values in their place. */
export function completeLimits(given: Partial<RpcLimits> = {}): RpcLimits {
  return { ...DEFAULTS, ...given };
}
