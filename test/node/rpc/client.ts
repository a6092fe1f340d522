/**
 * What the RPC tests use to ask: a server started around each test, raw HTTP, a raw WebSocket.
 *
 * Owns: starting and stopping around tests. Does not own: the backend behind the server.
 */
import { request } from "node:http";
import { WebSocket } from "ws";
import { createRpcServer, type RpcServerOptions } from "../../../node/rpc/server.ts";

export interface RpcAnswer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** POSTs a body as it is. */
  post(body: string | Uint8Array, headers?: Record<string, string>, method?: string): Promise<HttpAnswer>;
  /** Calls a method; the whole answer comes back. */
  ask(method: string, ...params: unknown[]): Promise<RpcAnswer>;
  /** Calls a method that is expected to succeed. */
  result<Result = unknown>(method: string, ...params: unknown[]): Promise<Result>;
  /** Calls a method that is expected to fail. */
  failure(method: string, ...params: unknown[]): Promise<NonNullable<RpcAnswer["error"]>>;
  stop(): Promise<void>;
}

function send(port: number, body: string | Uint8Array, headers: Record<string, string>, method: string) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port, method, headers: { "content-type": "application/json", ...headers } },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        incoming.on("end", () => resolve({ status: incoming.statusCode!, headers: incoming.headers, text }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

export async function startServer(options: Omit<RpcServerOptions, "host" | "port">): Promise<RunningServer> {
  const server = createRpcServer({ host: "127.0.0.1", port: 0, ...options });
  const { port } = await server.start();
  const post: RunningServer["post"] = (body, headers = {}, method = "POST") => send(port, body, headers, method);
  const ask: RunningServer["ask"] = async (method, ...params) =>
    JSON.parse((await post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))).text) as RpcAnswer;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    post,
    ask,
    result: async <Result>(method: string, ...params: unknown[]) => {
      const answer = await ask(method, ...params);
      if (answer.error) throw new Error(`${method} failed: ${answer.error.code} ${answer.error.message}`);
      return answer.result as Result;
    },
    failure: async (method, ...params) => {
      const answer = await ask(method, ...params);
      if (!answer.error) throw new Error(`${method} succeeded: ${JSON.stringify(answer.result)}`);
      return answer.error;
    },
    stop: () => server.stop(),
  };
}

/** A WebSocket that keeps every message, in order. */
export class RawSocket {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (raw) => {
      this.messages.push(JSON.parse(raw.toString()) as Record<string, unknown>);
      for (const wake of this.#waiting) wake();
    });
  }

  static async open(port: number, headers: Record<string, string> = {}): Promise<RawSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers });
    const raw = new RawSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return raw;
  }

  /** Resolves once so many messages are here. */
  async received(count: number): Promise<Record<string, unknown>[]> {
    while (this.messages.length < count) {
      await new Promise<void>((wake) => {
        this.#waiting.add(wake);
      });
    }
    return this.messages;
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.socket.terminate();
  }
}
