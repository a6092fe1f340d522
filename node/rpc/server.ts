/**
 * The Ethereum JSON-RPC server of a node: HTTP and WebSocket on one port.
 *
 * Owns: putting the parts of this room together, starting and stopping. Does not own: the parts, the node behind.
 * Called by: app's composition root (through cli). Specification: ethereum/execution-apis; docs/protocol/json-rpc.md.
 */
import type { AddressInfo } from "node:net";
import { CunError } from "../types/errors.ts";
import { AccessPolicy } from "./access.ts";
import type { RpcBackend, RpcLogger } from "./backend.ts";
import { ChainReader } from "./chain-reader.ts";
import { Dispatcher } from "./dispatch.ts";
import { FeeOracle } from "./fee-oracle.ts";
import { Filters } from "./filters.ts";
import { Gate } from "./gate.ts";
import { createHttpServer } from "./http.ts";
import { completeLimits, type RpcLimits } from "./limits.ts";
import type { RpcContext } from "./method.ts";
import { METHODS } from "./methods/registry.ts";
import { Submitter } from "./submitter.ts";
import { Subscriptions } from "./subscriptions.ts";
import { attachWebSocket } from "./websocket.ts";

/** Heavy calls that run at once: they share the thread, so more would only mean more memory. */
const HEAVY_CALLS_AT_ONCE = 4;

export interface RpcServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly backend: RpcBackend;
  readonly logger?: RpcLogger;
  /** Values that replace the defaults of types/limits.ts. */
  readonly limits?: Partial<RpcLimits>;
  /** Names under which clients reach this node, besides localhost and IP addresses; "*" accepts every name. */
  readonly allowedHosts?: readonly string[];
  /** Origins of web pages that may call this node, such as https://dapp.example; "*" accepts every page. */
  readonly allowedOrigins?: readonly string[];
}

export interface RpcServer {
  /** Listens. @throws CunError rpcListenFailed */
  start(): Promise<{ readonly port: number }>;
  /** Disconnects all clients and lets go of the node. May be called twice. */
  stop(): Promise<void>;
}

function createContext(backend: RpcBackend, limits: RpcLimits, logger: RpcLogger | undefined): RpcContext {
  const { execution, store } = backend;
  const chain = new ChainReader(store, limits.blockCacheBytes);
  return {
    execution,
    store,
    status: () => backend.status(),
    chain,
    fees: new FeeOracle(chain, execution.state),
    filters: new Filters({ chain, pool: execution.pool, limits, nowMs: () => performance.now() }),
    subscriptions: new Subscriptions({ backend, chain, limitPerSubscriber: limits.maxSubscriptions, logger }),
    submitter: new Submitter(execution.pool),
    limits,
  };
}

export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { host, port, logger } = options;
  const limits = completeLimits(options.limits);
  const access = new AccessPolicy(options.allowedHosts ?? [], options.allowedOrigins ?? []);
  const context = createContext(options.backend, limits, logger);
  const gate = new Gate(HEAVY_CALLS_AT_ONCE, limits.maxHeavyCallsWaiting);
  const dispatcher = new Dispatcher({ context, methods: METHODS, gate, logger });
  const http = createHttpServer({ dispatcher, access, limits });
  const { subscriptions } = context;
  const detachWebSocket = attachWebSocket(http.server, { dispatcher, subscriptions, access, limits, logger });
  let stopping: Promise<void> | undefined;
  return {
    async start() {
      try {
        await http.listen({ host, port });
      } catch (error) {
        const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
        throw new CunError("rpcListenFailed", { host, port, reason }, { cause: error });
      }
      return { port: (http.server.address() as AddressInfo).port };
    },
    stop() {
      stopping ??= (async () => {
        detachWebSocket();
        subscriptions.close();
        context.filters.close();
        context.chain.close();
        await http.close();
      })();
      return stopping;
    },
  };
}
