/**
 * What a JSON-RPC method is: schemas of its parameters, and what it does with them.
 *
 * Owns: Method, the helper that types one, RpcContext (what methods work with) and RpcSession (who asks).
 * Does not own: the methods (methods/*), the envelope around them (dispatch.ts).
 * Called by: methods, dispatch, server.
 */
import type { z } from "zod";
import type { BlockStorePort } from "../ports/chain.ts";
import type { ExecutionPort } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import type { NodeStatus } from "./backend.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { FeeOracle } from "./fee-oracle.ts";
import type { Filters } from "./filters.ts";
import type { RpcLimits } from "./limits.ts";
import type { Submitter } from "./submitter.ts";
import type { Subscriber, Subscriptions } from "./subscriptions.ts";

export interface RpcContext {
  readonly execution: ExecutionPort;
  readonly store: BlockStorePort;
  readonly status: () => NodeStatus;
  readonly chain: ChainReader;
  readonly fees: FeeOracle;
  readonly filters: Filters;
  readonly subscriptions: Subscriptions;
  readonly submitter: Submitter;
  readonly limits: RpcLimits;
}

/** One message of a client. Only a WebSocket connection can be told something later. */
export interface RpcSession {
  readonly subscriber: Subscriber | undefined;
  /** Has something done once the answer to this message is on its way. */
  afterAnswer(action: () => void): void;
}

export interface Method {
  /** Executes or scans: waits for its turn at the gate. */
  readonly isHeavy: boolean;
  /** @throws CunError rpcParameterInvalid and what the method throws */
  call(context: RpcContext, parameters: readonly unknown[], session: RpcSession): unknown;
}

export type Methods = ReadonlyMap<string, Method>;

type Outputs<Schemas extends readonly z.ZodType[]> = { readonly [Key in keyof Schemas]: z.output<Schemas[Key]> };

function parse(schema: z.ZodType, value: unknown, position: number): unknown {
  // Trailing optional parameters arrive as null from some clients.
  const parsed = schema.safeParse(value === null ? undefined : value);
  if (parsed.success) return parsed.data;
  if (value == null) throw new CunError("rpcParameterInvalid", { position, reason: "the value is missing" });
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map(String).join(".").slice(0, 80);
  const reason = path === "" ? issue.message : `${path}: ${issue.message}`;
  throw new CunError("rpcParameterInvalid", { position, reason });
}

/** A method with typed parameters: one schema for each position. */
export function method<const Schemas extends readonly z.ZodType[]>(
  schemas: Schemas,
  run: (context: RpcContext, parameters: Outputs<Schemas>, session: RpcSession) => unknown,
  options: { readonly isHeavy: boolean } = { isHeavy: false },
): Method {
  return {
    isHeavy: options.isHeavy,
    call(context, parameters, session) {
      if (parameters.length > schemas.length) {
        const reason = `too many arguments, want at most ${schemas.length}`;
        throw new CunError("rpcParameterInvalid", { position: schemas.length, reason });
      }
      const outputs = schemas.map((schema, i) => parse(schema, parameters[i], i));
      return run(context, outputs as unknown as Outputs<Schemas>, session);
    },
  };
}

/** The same, for methods that execute or scan. */
export function heavyMethod<const Schemas extends readonly z.ZodType[]>(
  schemas: Schemas,
  run: (context: RpcContext, parameters: Outputs<Schemas>, session: RpcSession) => unknown,
): Method {
  return method(schemas, run, { isHeavy: true });
}
