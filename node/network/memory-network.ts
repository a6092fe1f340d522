/**
 * A network without sockets: the NetworkPort for tests, with the rules of the real one.
 *
 * Owns: a hub that nodes join under a fingerprint, admission, binding to a chain, bounded queues, scores and bans,
 * dialling again. Frames are delivered in a later turn of the event loop, in order per peer.
 * Does not own: certificates, framing (there are none here). Called by: tests of app; suite: test/compliance/network.ts.
 */
import type { ClockPort } from "../ports/clock.ts";
import type { ChainInfo } from "../ports/execution.ts";
import type { AdmissionPolicy, NetworkEvents, NetworkPort, Peer } from "../ports/network.ts";
import { CunError, type ErrorAction, invariant } from "../types/errors.ts";
import { MAX_SEND_QUEUE_BYTES, PEER_FAULT_PER_REJECT } from "../types/limits.ts";
import type { PeerId } from "../types/primitives.ts";
import { encodeMessageFrame, FRAME_HEAD_BYTES } from "./frames.ts";
import { admit, checkHello, encodeHello } from "./handshake.ts";
import { PeerScores } from "./peer-scores.ts";
import { type NetworkStats, newCounters, type PeerCounters, type PeerStats } from "./peer-stats.ts";
import { SendQueue } from "./send-queue.ts";

/** Where memory networks find each other. */
export class MemoryHub {
  readonly nodes = new Map<PeerId, MemoryNetwork>();
}

export interface MemoryNetworkOptions {
  readonly hub: MemoryHub;
  readonly id: PeerId;
  readonly admission: AdmissionPolicy;
  readonly chain: ChainInfo;
  readonly clock: ClockPort;
  /** Pause between two attempts to reach a node of the hub. Default 1 s. */
  readonly redialMs?: number;
}

interface Link {
  peer: Peer;
  readonly remote: MemoryNetwork;
  readonly queue: SendQueue;
  isFlushing: boolean;
}

const REDIAL_MS = 1000;

export class MemoryNetwork implements NetworkPort {
  readonly #options: MemoryNetworkOptions;
  readonly #scores: PeerScores;
  readonly #links = new Map<PeerId, Link>();
  readonly #counters = new Map<PeerId, PeerCounters>();
  readonly #refusals = new Map<string, number>();
  #events: NetworkEvents | undefined;
  #cancelDialling: () => void = () => undefined;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
    this.#scores = new PeerScores(options.clock);
  }

  get id(): PeerId {
    return this.#options.id;
  }

  async start(events: NetworkEvents): Promise<void> {
    const { hub } = this.#options;
    invariant(this.#events === undefined, "a network is started once");
    if (hub.nodes.has(this.id)) {
      throw new CunError("listenFailed", { host: "(memory)", port: 0, reason: `${this.id} has joined already` });
    }
    this.#events = events;
    hub.nodes.set(this.id, this);
    this.#cancelDialling = this.#options.clock.after(0, () => this.#dialAll());
  }

  broadcast(frame: Uint8Array): void {
    const encoded = encodeMessageFrame(frame);
    for (const link of this.#links.values()) this.#enqueue(link, encoded);
  }

  send(peer: PeerId, frame: Uint8Array): boolean {
    const link = this.#links.get(peer);
    if (link) this.#enqueue(link, encodeMessageFrame(frame));
    return link !== undefined;
  }

  peers(): readonly Peer[] {
    return [...this.#links.values()].map((link) => link.peer);
  }

  report(peer: PeerId, action: ErrorAction, _code: string): void {
    if (action !== "reject" || !this.#counters.has(peer)) return;
    if (!this.#scores.addFaults(peer, PEER_FAULT_PER_REJECT)) return;
    const remainingMs = this.#scores.banRemainingMs(peer);
    this.#disconnect(peer, new CunError("peerBanned", { fingerprint: peer, remainingMs }));
  }

  recheckAdmission(): void {
    for (const link of this.#links.values()) {
      const { id } = link.peer;
      try {
        link.peer = { id, index: admit(id, this.#options.admission) };
      } catch (error) {
        if (!(error instanceof CunError)) throw error;
        this.#disconnect(id, error);
      }
    }
  }

  stats(): NetworkStats {
    const peers = new Map<PeerId, PeerStats>();
    for (const [id, counters] of this.#counters) {
      const link = this.#links.get(id);
      const queuedBytes = link?.queue.bytes ?? 0;
      peers.set(id, { ...counters, isConnected: link !== undefined, queuedBytes, faults: this.#scores.faults(id) });
    }
    return { peers, refusals: new Map(this.#refusals) };
  }

  async stop(): Promise<void> {
    this.#cancelDialling();
    if (this.#options.hub.nodes.get(this.id) === this) this.#options.hub.nodes.delete(this.id);
    for (const id of [...this.#links.keys()]) this.#disconnect(id, undefined);
  }

  #dialAll(): void {
    const { hub, clock, redialMs = REDIAL_MS } = this.#options;
    for (const remote of hub.nodes.values()) {
      if (remote !== this && !this.#links.has(remote.id)) this.#dial(remote);
    }
    this.#cancelDialling = clock.after(redialMs, () => this.#dialAll());
  }

  /** Both sides must agree before either learns of the connection. */
  #dial(remote: MemoryNetwork): void {
    try {
      const peer = this.#judge(remote);
      const self = remote.#judge(this);
      this.#connect(peer, remote);
      remote.#connect(self, this);
    } catch (error) {
      if (!(error instanceof CunError)) throw error;
    }
  }

  #judge(remote: MemoryNetwork): Peer {
    try {
      const peer = { id: remote.id, index: admit(remote.id, this.#options.admission) };
      const remainingMs = this.#scores.banRemainingMs(remote.id);
      if (remainingMs > 0) throw new CunError("peerBanned", { fingerprint: remote.id, remainingMs });
      checkHello(encodeHello(remote.#options.chain), remote.id, this.#options.chain);
      return peer;
    } catch (error) {
      if (error instanceof CunError) this.#refused(error);
      throw error;
    }
  }

  #connect(peer: Peer, remote: MemoryNetwork): void {
    this.#links.set(peer.id, { peer, remote, queue: new SendQueue(MAX_SEND_QUEUE_BYTES), isFlushing: false });
    if (!this.#counters.has(peer.id)) this.#counters.set(peer.id, newCounters());
    this.#events!.connected(peer);
  }

  #disconnect(id: PeerId, error: CunError | undefined): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#links.delete(id);
    if (error) this.#refused(error);
    this.#events!.disconnected(link.peer, error?.message ?? "the connection was closed");
    link.remote.#disconnect(this.id, undefined);
  }

  #enqueue(link: Link, frame: Buffer): void {
    this.#counters.get(link.peer.id)!.framesDropped += link.queue.push(frame);
    if (link.isFlushing) return;
    link.isFlushing = true;
    setImmediate(() => this.#flush(link));
  }

  #flush(link: Link): void {
    link.isFlushing = false;
    const counters = this.#counters.get(link.peer.id)!;
    // A frame that leads to a disconnection ends the flush, as a closed socket would.
    while (this.#links.get(link.peer.id) === link) {
      const frame = link.queue.shift();
      if (frame === undefined) return;
      counters.framesOut++;
      counters.bytesOut += frame.length;
      link.remote.#receive(this.id, frame);
    }
  }

  #receive(from: PeerId, frame: Buffer): void {
    const link = this.#links.get(from);
    if (link === undefined) return;
    const counters = this.#counters.get(from)!;
    counters.framesIn++;
    counters.bytesIn += frame.length;
    this.#events!.frame(link.peer, new Uint8Array(frame.subarray(FRAME_HEAD_BYTES)));
  }

  #refused(error: CunError): void {
    this.#refusals.set(error.code, (this.#refusals.get(error.code) ?? 0) + 1);
  }
}
