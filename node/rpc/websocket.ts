/**
 * JSON-RPC over WebSocket, on the port of HTTP.
 *
 * Owns: the connections, their bounds, what happens to slow readers and dead peers. Does not own: the envelope
 * (dispatch.ts), subscriptions (subscriptions.ts), who may connect (access.ts). Called by: server. RFC 6455.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import type { AccessPolicy } from "./access.ts";
import type { RpcLogger } from "./backend.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { RpcLimits } from "./limits.ts";
import type { Subscriber, Subscriptions } from "./subscriptions.ts";

const PING_INTERVAL_MS = 30_000;

interface WebSocketOptions {
  readonly dispatcher: Dispatcher;
  readonly subscriptions: Subscriptions;
  readonly access: AccessPolicy;
  readonly limits: RpcLimits;
  readonly logger: RpcLogger | undefined;
}

/** One client. Reads no further while it has many calls in flight, and lets go of clients that do not read. */
class Connection implements Subscriber {
  readonly #socket: WebSocket;
  readonly #options: WebSocketOptions;
  #inFlight = 0;
  #isAlive = true;

  constructor(socket: WebSocket, options: WebSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (raw: RawData) => void this.#onMessage(raw));
    socket.on("close", () => options.subscriptions.drop(this));
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    socket.on("error", (error) => options.logger?.debug({ reason: error.message }, "WebSocket connection failed"));
  }

  notify(text: string): void {
    this.#send(text);
  }

  /** Disconnects a peer that did not answer the last ping. */
  checkAlive(): void {
    if (this.#isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.#isAlive = false;
  }

  async #onMessage(raw: RawData): Promise<void> {
    const { dispatcher, limits } = this.#options;
    if (++this.#inFlight >= limits.maxSocketCallsInFlight) this.#socket.pause();
    const actions: (() => void)[] = [];
    const session = { subscriber: this, afterAnswer: (action: () => void) => void actions.push(action) };
    const answer = await dispatcher.answer(raw.toString(), session);
    if (answer !== undefined) this.#send(answer);
    for (const action of actions) action();
    if (--this.#inFlight < limits.maxSocketCallsInFlight && this.#socket.isPaused) this.#socket.resume();
  }

  #send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    const backlogBytes = this.#socket.bufferedAmount;
    if (backlogBytes <= this.#options.limits.maxSocketBacklogBytes) return;
    this.#options.logger?.warn({ backlogBytes }, "WebSocket client reads too slowly and is disconnected");
    this.#options.subscriptions.drop(this);
    this.#socket.terminate();
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Serves upgrade requests of the server; returns what stops it. */
export function attachWebSocket(server: Server, options: WebSocketOptions): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.limits.maxBodyBytes,
    // Compression costs more processor time and memory per client than it saves.
    perMessageDeflate: false,
  });
  const connections = new Map<WebSocket, Connection>();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { host, origin } = request.headers;
    // Since the upgrade nobody else listens: without this a reset connection would end the process.
    socket.on("error", () => socket.destroy());
    // Browsers do not ask before they open a WebSocket to another site: the origin is checked here.
    if (!options.access.allowsHost(host) || !options.access.allowsOrigin(origin)) {
      return refuse(socket, "403 Forbidden");
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      connections.set(client, new Connection(client, options));
      client.on("close", () => connections.delete(client));
    });
  });
  const timer = setInterval(() => {
    for (const connection of connections.values()) connection.checkAlive();
  }, PING_INTERVAL_MS).unref();
  return () => {
    clearInterval(timer);
    for (const client of connections.keys()) client.terminate();
    sockets.close();
  };
}
