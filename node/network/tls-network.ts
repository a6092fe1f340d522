/**
 * The NetworkPort over TLS 1.3 with certificates on both sides: one connection per pair of nodes.
 *
 * Owns: listening, who may stay connected, which of two connections is kept, scores and bans, counters.
 * Does not own: framing and queues (connection.ts), the checks of a handshake (handshake.ts), when to dial (dialer.ts).
 * TLS's own verification is switched off on purpose: certificates are self-signed and pinned by their fingerprint,
 * which admission reads from the registry; TLS still proves that the peer holds the certificate's key.
 * Called by: app. Compliance suite: test/compliance/network.ts. Whitepaper §2.3; VAL-8.
 */
import { constants, type X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect, createSecureContext, createServer, type Server, type TLSSocket } from "node:tls";
import type { ClockPort } from "../ports/clock.ts";
import type { ChainInfo } from "../ports/execution.ts";
import type { AdmissionPolicy, NetworkEvents, NetworkPort, Peer } from "../ports/network.ts";
import { CunError, type ErrorAction, invariant } from "../types/errors.ts";
import { MAX_CONNECTIONS, MAX_SEND_QUEUE_BYTES, PEER_FAULT_LIMIT, PEER_FAULT_PER_REJECT } from "../types/limits.ts";
import type { PeerId } from "../types/primitives.ts";
import { type NodeCertificate, notAfterMs, notBeforeMs, parseNodeCertificate } from "./certificates.ts";
import { Connection, type ConnectionTiming, DEFAULT_TIMING, hangUp } from "./connection.ts";
import { Dialer, type PeerAddress } from "./dialer.ts";
import { encodeFrame, encodeMessageFrame } from "./frames.ts";
import { admit, checkDates, encodeRefusal, identifyPeer } from "./handshake.ts";
import { PeerScores } from "./peer-scores.ts";
import { type NetworkStats, newCounters, type PeerCounters, type PeerStats } from "./peer-stats.ts";
import { SendQueue } from "./send-queue.ts";

/** The part of a pino logger that is used here. */
export interface NetworkLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface TlsNetworkOptions {
  readonly host: string;
  /** 0 takes any free port: see `port`. */
  readonly port: number;
  readonly certificatePem: string;
  /** Secret; never logged. */
  readonly privateKeyPem: string;
  readonly peers: readonly PeerAddress[];
  readonly admission: AdmissionPolicy;
  readonly chain: ChainInfo;
  readonly clock: ClockPort;
  readonly logger?: NetworkLogger;
  /** Longest pause between two attempts to reach a peer. Default 1 s. */
  readonly redialMsMax?: number;
  /** Default DEFAULT_TIMING. */
  readonly timing?: ConnectionTiming;
}

/** What is kept of an admitted peer; there is one per fingerprint that was ever admitted. */
interface PeerRecord {
  readonly counters: PeerCounters;
  queue: SendQueue;
  connection: Connection | undefined;
}

const REDIAL_MS_MAX = 1000;
/** Session tickets would let a peer come back without showing its certificate. */
const TLS_OPTIONS = {
  minVersion: "TLSv1.3",
  rejectUnauthorized: false,
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/** @throws CunError nodeCertificateInvalid */
export function createTlsNetwork(options: TlsNetworkOptions): TlsNetwork {
  return new TlsNetwork(options);
}

export class TlsNetwork implements NetworkPort {
  readonly #options: TlsNetworkOptions;
  readonly #certificate: NodeCertificate;
  readonly #context: ReturnType<typeof createSecureContext>;
  readonly #timing: ConnectionTiming;
  readonly #server: Server;
  readonly #dialer: Dialer;
  readonly #scores: PeerScores;
  readonly #records = new Map<PeerId, PeerRecord>();
  readonly #certificates = new WeakMap<Connection, X509Certificate>();
  readonly #refusals = new Map<string, number>();
  /** Every open socket, also in the middle of a handshake. */
  readonly #sockets = new Set<Socket>();
  #events: NetworkEvents | undefined;
  #isStopped = false;

  constructor(options: TlsNetworkOptions) {
    this.#options = options;
    this.#certificate = parseNodeCertificate(options.certificatePem, options.privateKeyPem);
    const { certificatePem: cert, privateKeyPem: key } = options;
    this.#context = createSecureContext({ cert, key, ...TLS_OPTIONS });
    this.#timing = options.timing ?? DEFAULT_TIMING;
    this.#scores = new PeerScores(options.clock);
    this.#server = this.#createServer();
    this.#dialer = new Dialer({
      self: this.id,
      clock: options.clock,
      delayMsMax: options.redialMsMax ?? REDIAL_MS_MAX,
      isConnected: (fingerprint) => this.#records.get(fingerprint as PeerId)?.connection !== undefined,
      dial: (peer) => this.#dial(peer),
    });
  }

  /** This node's own fingerprint. */
  get id(): PeerId {
    return this.#certificate.fingerprint;
  }

  /** The port that is listened on, once started. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#options.port;
  }

  /** @throws CunError listenFailed, nodeCertificateInvalid when the own certificate is out of date */
  async start(events: NetworkEvents): Promise<void> {
    invariant(this.#events === undefined, "a network is started once");
    this.#checkOwnDates();
    this.#events = events;
    const { host, port } = this.#options;
    try {
      this.#server.listen({ host, port });
      await once(this.#server, "listening");
    } catch (error) {
      throw new CunError("listenFailed", { host, port, reason: (error as Error).message }, { cause: error });
    }
    this.#server.on("error", (error) => this.#options.logger?.warn({ reason: error.message }, "listener failed"));
    this.#dialer.setPeers(this.#options.peers);
  }

  /** Replaces the addresses that are dialled, for when peers move or join. */
  setPeers(peers: readonly PeerAddress[]): void {
    this.#dialer.setPeers(peers);
  }

  broadcast(frame: Uint8Array): void {
    const encoded = encodeMessageFrame(frame);
    for (const { connection } of this.#records.values()) connection?.send(encoded);
  }

  send(peer: PeerId, frame: Uint8Array): boolean {
    const connection = this.#records.get(peer)?.connection;
    connection?.send(encodeMessageFrame(frame));
    return connection !== undefined;
  }

  peers(): readonly Peer[] {
    return this.#connections().map((connection) => connection.peer);
  }

  report(peer: PeerId, action: ErrorAction, code: string): void {
    if (action === "reject" && this.#records.has(peer)) this.#addFaults(peer, PEER_FAULT_PER_REJECT, code);
  }

  recheckAdmission(): void {
    for (const connection of this.#connections()) {
      try {
        this.#checkStillAdmitted(connection);
      } catch (error) {
        if (!(error instanceof CunError)) throw error;
        connection.close(error);
      }
    }
  }

  stats(): NetworkStats {
    const peers = new Map<PeerId, PeerStats>();
    for (const [id, { counters, queue, connection }] of this.#records) {
      const isConnected = connection !== undefined;
      peers.set(id, { ...counters, isConnected, queuedBytes: queue.bytes, faults: this.#scores.faults(id) });
    }
    return { peers, refusals: new Map(this.#refusals) };
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#dialer.stop();
    for (const connection of this.#connections()) connection.close(undefined);
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    // What was sent last is on its way out; sockets in the middle of a handshake have nothing to say.
    const cancel = this.#options.clock.after(this.#timing.handshakeMs / 10, () => this.#destroySockets());
    await closed;
    cancel();
    this.#destroySockets();
  }

  #createServer(): Server {
    const { cert, key } = { cert: this.#options.certificatePem, key: this.#options.privateKeyPem };
    const server = createServer({
      ...TLS_OPTIONS,
      cert,
      key,
      requestCert: true,
      handshakeTimeout: this.#timing.handshakeMs,
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.on("connection", (socket) => this.#track(socket));
    server.on("secureConnection", (socket) => this.#admit(socket, undefined));
    server.on("tlsClientError", (error, socket) => {
      this.#refused(new CunError("handshakeFailed", { address: addressOf(socket), reason: error.message }));
      socket.destroy();
    });
    server.on("drop", (info) => {
      const address = `${info?.remoteAddress}:${info?.remotePort}`;
      this.#refused(new CunError("connectionsExhausted", { address, count: MAX_CONNECTIONS }));
    });
    return server;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** One attempt; over when the handshake has succeeded or the socket is closed. */
  #dial(target: PeerAddress): Promise<void> {
    if (this.#scores.banRemainingMs(target.fingerprint as PeerId) > 0) return Promise.resolve();
    const { host, port } = target;
    const socket = connect({ host, port, secureContext: this.#context, ...TLS_OPTIONS });
    this.#track(socket);
    const address = `${host}:${port}`;
    const fail = (reason: string) => {
      this.#refused(new CunError("handshakeFailed", { address, reason }));
      socket.destroy();
    };
    const cancel = this.#options.clock.after(this.#timing.handshakeMs, () => fail("no answer in time"));
    const onError = (error: Error) => {
      cancel();
      fail(error.message);
    };
    socket.once("error", onError);
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.once("secureConnect", () => {
        cancel();
        socket.off("error", onError);
        this.#admit(socket, target, resolve);
      });
    });
  }

  /** TLS is up: finds out who is there and waits for its hello. */
  #admit(socket: TLSSocket, target: PeerAddress | undefined, opened: () => void = () => undefined): void {
    const { admission, chain, clock } = this.#options;
    const address = target ? `${target.host}:${target.port}` : addressOf(socket);
    try {
      if (this.#isStopped) return void socket.destroy();
      const certificate = socket.getPeerX509Certificate();
      const expected = target?.fingerprint;
      const peer = identifyPeer(certificate, { address, self: this.id, expected, admission, nowMs: clock.nowMs() });
      this.#checkNotBanned(peer.id);
      const { counters, queue } = this.#recordOf(peer.id);
      const isDialer = target !== undefined;
      const connection = new Connection(
        { socket, peer, address, isDialer, chain, clock, counters, queue, timing: this.#timing },
        {
          greeted: (greeted) => this.#checkNotDuplicate(greeted),
          opened: (open) => {
            this.#opened(open);
            opened();
          },
          frame: ({ peer: from }, frame) => this.#events!.frame(from, frame),
          tick: (ticking) => this.#checkStillAdmitted(ticking),
          closed: (closed, error) => this.#closed(closed, error),
        },
      );
      this.#certificates.set(connection, certificate!);
    } catch (error) {
      if (!(error instanceof CunError)) throw error;
      this.#refused(error);
      socket.on("error", () => socket.destroy());
      // Nothing is read from a stranger; an unread socket would not close.
      socket.resume();
      hangUp(socket, clock, encodeFrame(encodeRefusal(error)));
    }
  }

  #recordOf(id: PeerId): PeerRecord {
    const known = this.#records.get(id);
    if (known) return known;
    const record = { counters: newCounters(), queue: new SendQueue(MAX_SEND_QUEUE_BYTES), connection: undefined };
    this.#records.set(id, record);
    return record;
  }

  #connections(): Connection[] {
    return [...this.#records.values()].flatMap(({ connection }) => connection ?? []);
  }

  #opened(connection: Connection): void {
    const { peer } = connection;
    const record = this.#recordOf(peer.id);
    const previous = record.connection;
    record.connection = connection;
    this.#options.logger?.debug({ peer: peer.id, index: peer.index, dialed: connection.isDialer }, "peer connected");
    if (previous) previous.close(new CunError("connectionDuplicate", { fingerprint: peer.id }));
    else this.#events!.connected(peer);
  }

  #closed(connection: Connection, error: CunError | undefined): void {
    const { peer } = connection;
    if (error) this.#refused(error, peer.id);
    const record = this.#recordOf(peer.id);
    if (record.connection !== connection) return;
    record.connection = undefined;
    record.queue = new SendQueue(MAX_SEND_QUEUE_BYTES);
    // Such a frame is never sent by mistake: twice within a minute is a ban.
    if (error?.errorName === "messageTooLarge") this.#addFaults(peer.id, PEER_FAULT_LIMIT / 2 + 10, error.code);
    this.#events!.disconnected(peer, error?.message ?? "the connection was closed");
    this.#dialer.disconnected(peer.id);
  }

  /** Of two connections the one that the lower fingerprint dialled is kept; of two by one dialler the later. */
  #checkNotDuplicate(connection: Connection): void {
    const existing = this.#recordOf(connection.peer.id).connection;
    if (existing === undefined || existing.isDialer === connection.isDialer) return;
    const isDialedByLower = connection.isDialer === this.id < connection.peer.id;
    if (!isDialedByLower) throw new CunError("connectionDuplicate", { fingerprint: connection.peer.id });
  }

  #checkNotBanned(fingerprint: PeerId): void {
    const remainingMs = this.#scores.banRemainingMs(fingerprint);
    if (remainingMs > 0) throw new CunError("peerBanned", { fingerprint, remainingMs });
  }

  #checkStillAdmitted(connection: Connection): void {
    const { id } = connection.peer;
    const certificate = this.#certificates.get(connection)!;
    const nowMs = this.#options.clock.nowMs();
    checkDates(id, { fromMs: notBeforeMs(certificate), toMs: notAfterMs(certificate), nowMs });
    connection.peer = { id, index: admit(id, this.#options.admission) };
  }

  #addFaults(peer: PeerId, faults: number, code: string): void {
    const isBanned = this.#scores.addFaults(peer, faults);
    this.#options.logger?.debug({ peer, code, faults: this.#scores.faults(peer) }, "peer misbehaved");
    if (!isBanned) return;
    const remainingMs = this.#scores.banRemainingMs(peer);
    this.#options.logger?.warn({ peer, code, remainingMs }, "peer banned");
    this.#records.get(peer)?.connection?.close(new CunError("peerBanned", { fingerprint: peer, remainingMs }));
  }

  #refused(error: CunError, peer?: PeerId): void {
    this.#refusals.set(error.code, (this.#refusals.get(error.code) ?? 0) + 1);
    this.#options.logger?.debug({ peer, code: error.code, reason: error.message }, "connection refused or lost");
  }

  #checkOwnDates(): void {
    const { notBeforeMs: fromMs, notAfterMs: toMs } = this.#certificate;
    const nowMs = this.#options.clock.nowMs();
    if (fromMs <= nowMs && nowMs <= toMs) return;
    const dates = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
    throw new CunError("nodeCertificateInvalid", { reason: `it is valid from ${dates} only` });
  }
}

const addressOf = (socket: Socket): string => `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? "?"}`;
