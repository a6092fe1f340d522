/**
 * One authenticated socket to a peer: hello, frames in and out, signs of life.
 *
 * Owns: framing, the bounded queue of a slow reader, keep-alive and silence, closing with a reason. Frames that are
 * sent in one turn of the event loop leave together. Does not own: who the peer is and whether it may stay
 * (tls-network, which makes and listens to connections).
 */
import type { TLSSocket } from "node:tls";
import type { ClockPort } from "../ports/clock.ts";
import type { ChainInfo } from "../ports/execution.ts";
import type { Peer } from "../ports/network.ts";
import { CunError } from "../types/errors.ts";
import { HANDSHAKE_TIMEOUT_MS, KEEP_ALIVE_MS, MAX_FRAME_BYTES, PEER_SILENCE_MS } from "../types/limits.ts";
import { encodeFrame, FRAME_HEAD_BYTES, FrameParser, KEEP_ALIVE_FRAME } from "./frames.ts";
import { checkHello, encodeHello, encodeRefusal, MAX_HANDSHAKE_FRAME_BYTES } from "./handshake.ts";
import type { PeerCounters } from "./peer-stats.ts";
import type { SendQueue } from "./send-queue.ts";

export interface ConnectionOptions {
  readonly socket: TLSSocket;
  readonly peer: Peer;
  readonly address: string;
  /** Whether this side dialled. */
  readonly isDialer: boolean;
  readonly chain: ChainInfo;
  readonly clock: ClockPort;
  /** Counters and queue belong to the peer and outlive its connections. */
  readonly counters: PeerCounters;
  readonly queue: SendQueue;
  readonly timing: ConnectionTiming;
}

export interface ConnectionTiming {
  readonly handshakeMs: number;
  readonly keepAliveMs: number;
  readonly silenceMs: number;
}

export const DEFAULT_TIMING: ConnectionTiming = {
  handshakeMs: HANDSHAKE_TIMEOUT_MS,
  keepAliveMs: KEEP_ALIVE_MS,
  silenceMs: PEER_SILENCE_MS,
};

export interface ConnectionEvents {
  /** The peer's hello is right. Throws to refuse the peer after all; the acceptor says hello only after this. */
  greeted(connection: Connection): void;
  /** Frames may be sent from here on. */
  opened(connection: Connection): void;
  frame(connection: Connection, frame: Uint8Array): void;
  /** Every keep-alive interval. Throws to close the connection. */
  tick(connection: Connection): void;
  closed(connection: Connection, error: CunError | undefined): void;
}

/** A peer that does not read would keep a socket half closed for ever. */
const HANG_UP_MS = 500;

/** Sends a last frame, if there is one, and ends the socket. */
export function hangUp(socket: TLSSocket, clock: ClockPort, lastFrame?: Buffer): void {
  if (lastFrame !== undefined && socket.writable) socket.write(lastFrame);
  socket.end();
  const cancel = clock.after(HANG_UP_MS, () => socket.destroy());
  socket.once("close", cancel);
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #parser = new FrameParser(MAX_HANDSHAKE_FRAME_BYTES);
  #isOpen = false;
  #isClosed = false;
  #mayWrite = true;
  #isCorked = false;
  #heardMs: number;
  #sentMs: number;
  #cancelTimer: () => void;
  peer: Peer;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.peer = options.peer;
    const { socket, clock, timing } = options;
    this.#heardMs = this.#sentMs = clock.nowMs();
    this.#cancelTimer = clock.after(timing.handshakeMs, () => this.close(this.#handshakeFailed("no hello in time")));
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("drain", () => this.#drain());
    socket.on("error", (error) => this.close(this.#socketFailed(error)));
    socket.on("close", () => this.close(this.#isOpen ? undefined : this.#handshakeFailed("the peer hung up")));
    if (options.isDialer) this.#write(encodeFrame(encodeHello(options.chain)));
  }

  get isDialer(): boolean {
    return this.#options.isDialer;
  }

  /** Sends a frame made with encodeFrame, or queues it while the peer does not keep up. */
  send(frame: Buffer): void {
    const { queue, counters } = this.#options;
    if (this.#mayWrite && queue.bytes === 0) this.#writeFrame(frame);
    else counters.framesDropped += queue.push(frame);
  }

  /** Closes once; a dialler that is not let in is told the error's number in place of a hello. */
  close(error: CunError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer();
    const { socket, clock, isDialer } = this.#options;
    const isRefused = error !== undefined && !this.#isOpen && !isDialer;
    hangUp(socket, clock, isRefused ? encodeFrame(encodeRefusal(error)) : undefined);
    this.#events.closed(this, error);
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#heardMs = this.#options.clock.nowMs();
    try {
      for (const frame of this.#parser.push(chunk)) {
        if (!this.#isOpen) this.#greet(frame);
        else if (frame.length > 0) this.#deliver(frame);
        if (this.#isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof CunError)) throw error;
      this.close(error);
    }
  }

  #greet(frame: Uint8Array): void {
    const { chain, clock, timing, isDialer } = this.#options;
    checkHello(frame, this.peer.id, chain);
    this.#events.greeted(this);
    this.#isOpen = true;
    this.#parser.limitBytes = MAX_FRAME_BYTES;
    if (!isDialer) this.#write(encodeFrame(encodeHello(chain)));
    this.#cancelTimer();
    this.#cancelTimer = clock.after(timing.keepAliveMs, () => this.#tick());
    this.#events.opened(this);
    this.#drain();
  }

  #deliver(frame: Uint8Array): void {
    const { counters } = this.#options;
    counters.framesIn++;
    counters.bytesIn += FRAME_HEAD_BYTES + frame.length;
    this.#events.frame(this, frame);
  }

  #tick(): void {
    const { clock, timing } = this.#options;
    const silentMs = clock.nowMs() - this.#heardMs;
    try {
      if (silentMs >= timing.silenceMs) throw new CunError("peerSilent", { fingerprint: this.peer.id, silentMs });
      this.#events.tick(this);
    } catch (error) {
      if (!(error instanceof CunError)) throw error;
      this.close(error);
    }
    if (this.#isClosed) return;
    if (clock.nowMs() - this.#sentMs >= timing.keepAliveMs && this.#mayWrite) this.#write(KEEP_ALIVE_FRAME);
    this.#cancelTimer = clock.after(timing.keepAliveMs, () => this.#tick());
  }

  #drain(): void {
    this.#mayWrite = true;
    while (this.#mayWrite && this.#isOpen && !this.#isClosed) {
      const frame = this.#options.queue.shift();
      if (frame === undefined) return;
      this.#writeFrame(frame);
    }
  }

  #writeFrame(frame: Buffer): void {
    const { counters } = this.#options;
    counters.framesOut++;
    counters.bytesOut += frame.length;
    this.#write(frame);
  }

  #write(frame: Buffer): void {
    const { socket, clock } = this.#options;
    this.#sentMs = clock.nowMs();
    if (!this.#isCorked) {
      this.#isCorked = true;
      socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        socket.uncork();
      });
    }
    this.#mayWrite = socket.write(frame);
  }

  #handshakeFailed(reason: string): CunError {
    return new CunError("handshakeFailed", { address: this.#options.address, reason });
  }

  #socketFailed(error: Error): CunError | undefined {
    return this.#isOpen ? undefined : this.#handshakeFailed(error.message);
  }
}
