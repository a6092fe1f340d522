/**
 * From the text of a message to the text of its answer: the JSON-RPC envelope, batches, notifications.
 *
 * Owns: the envelope and its errors, the order of a batch's answers, the bounds on calls in flight.
 * Does not own: transport (http.ts, websocket.ts), methods, error mapping (errors.ts).
 * Called by: http, websocket. JSON-RPC 2.0.
 */
import { CunError } from "../types/errors.ts";
import type { RpcLogger } from "./backend.ts";
import { toRpcError } from "./errors.ts";
import type { Gate } from "./gate.ts";
import type { Method, Methods, RpcContext, RpcSession } from "./method.ts";

/** Calls of one batch that are worked on together; the next ones wait, so that one client cannot fill memory. */
const BATCH_STEP_CALLS = 100;
const MAX_SHOWN_NAME_CHARACTERS = 64;

type Id = string | number | null;

interface Call {
  /** Undefined for a notification: it gets no answer. */
  readonly id: Id | undefined;
  readonly method: string;
  readonly parameters: unknown;
}

interface DispatcherOptions {
  readonly context: RpcContext;
  readonly methods: Methods;
  readonly gate: Gate;
  readonly logger: RpcLogger | undefined;
}

type Members = Readonly<Record<string, unknown>>;

function idOf(message: unknown): Id | undefined {
  if (typeof message !== "object" || message === null) return null;
  const id = (message as Members)["id"];
  if (id === undefined) return undefined;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

const invalid = (reason: string): CunError => new CunError("rpcRequestInvalid", { reason });

/** @throws CunError rpcRequestInvalid */
function toCall(message: unknown): Call {
  if (typeof message !== "object" || message === null || Array.isArray(message)) throw invalid("not an object");
  if ((message as Members)["jsonrpc"] !== "2.0") throw invalid('jsonrpc is not "2.0"');
  const method = (message as Members)["method"];
  if (typeof method !== "string") throw invalid("method is not a string");
  const id = (message as Members)["id"];
  if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number") {
    throw invalid("id is neither a string nor a number nor null");
  }
  return { id, method, parameters: (message as Members)["params"] ?? [] };
}

export class Dispatcher {
  readonly #context: RpcContext;
  readonly #methods: Methods;
  readonly #gate: Gate;
  readonly #logger: RpcLogger | undefined;
  #inFlight = 0;

  constructor(options: DispatcherOptions) {
    this.#context = options.context;
    this.#methods = options.methods;
    this.#gate = options.gate;
    this.#logger = options.logger;
  }

  /** The answer to a message, or undefined when it asks for none. Never throws. */
  async answer(text: string, session: RpcSession): Promise<string | undefined> {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return this.refusal(new CunError("rpcParseFailed", {}));
    }
    return Array.isArray(message) ? this.#batch(message, session) : this.#single(message, session);
  }

  /** An answer that refuses a message as a whole. */
  refusal(error: unknown, id: Id = null): string {
    return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(this.#describe(error))}}`;
  }

  async #batch(messages: readonly unknown[], session: RpcSession): Promise<string | undefined> {
    const { maxBatchCalls, maxBatchResponseBytes } = this.#context.limits;
    if (messages.length === 0) return this.refusal(invalid("an empty batch"));
    if (messages.length > maxBatchCalls) {
      return this.refusal(new CunError("rpcLimitExceeded", { what: "calls in a batch", limit: maxBatchCalls }));
    }
    const answers: string[] = [];
    let bytes = 0;
    for (let i = 0; i < messages.length; i += BATCH_STEP_CALLS) {
      const isFull = bytes > maxBatchResponseBytes;
      const step = messages.slice(i, i + BATCH_STEP_CALLS);
      const answered = isFull
        ? step.map((message) => this.#tooLarge(message, maxBatchResponseBytes))
        : await Promise.all(step.map((message) => this.#single(message, session)));
      for (const answer of answered) {
        if (answer === undefined) continue;
        answers.push(answer);
        bytes += answer.length;
      }
    }
    return answers.length > 0 ? `[${answers.join(",")}]` : undefined;
  }

  #tooLarge(message: unknown, limit: number): string | undefined {
    const id = idOf(message);
    if (id === undefined) return undefined;
    return this.refusal(new CunError("rpcLimitExceeded", { what: "bytes of a batch's answers", limit }), id);
  }

  async #single(message: unknown, session: RpcSession): Promise<string | undefined> {
    let id: Id | undefined;
    this.#inFlight++;
    try {
      id = idOf(message) ?? null;
      const call = toCall(message);
      id = call.id;
      const result = (await this.#invoke(call, session)) ?? null;
      return id === undefined
        ? undefined
        : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`;
    } catch (error) {
      return id === undefined ? this.#dropped(error) : this.refusal(error, id);
    } finally {
      this.#inFlight--;
    }
  }

  #invoke(call: Call, session: RpcSession): unknown {
    const limit = this.#context.limits.maxCallsInFlight;
    if (this.#inFlight > limit) throw new CunError("rpcLimitExceeded", { what: "calls in flight", limit });
    const method: Method | undefined = this.#methods.get(call.method);
    if (!method) {
      throw new CunError("rpcMethodUnknown", { method: call.method.slice(0, MAX_SHOWN_NAME_CHARACTERS) });
    }
    const { parameters } = call;
    if (!Array.isArray(parameters)) {
      throw new CunError("rpcParameterInvalid", { position: 0, reason: "parameters by name are not supported" });
    }
    if (!method.isHeavy) return method.call(this.#context, parameters, session);
    return this.#gate.run(() => method.call(this.#context, parameters, session));
  }

  /** The error of a notification has nobody to go to, except our own failures. */
  #dropped(error: unknown): undefined {
    this.#describe(error);
  }

  #describe(error: unknown): object {
    const { object, internal } = toRpcError(error);
    if (internal) this.#logger?.error({ error }, "JSON-RPC call failed inside the node");
    return object;
  }
}
