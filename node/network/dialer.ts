/**
 * Keeps dialling the configured peers until each is connected, with a delay that doubles up to a bound.
 *
 * Owns: when to dial. Of two nodes that know each other's address the one with the lower fingerprint dials at once and
 * the other waits a while, so that usually one connection is made; what to do with two is tls-network's rule.
 * Does not own: sockets, handshakes. Called by: tls-network.
 */
import type { ClockPort } from "../ports/clock.ts";

/** Where a peer listens and which certificate it must show. */
export interface PeerAddress {
  readonly fingerprint: string;
  readonly host: string;
  readonly port: number;
}

export interface DialerOptions {
  readonly self: string;
  readonly clock: ClockPort;
  readonly delayMsMax: number;
  readonly isConnected: (fingerprint: string) => boolean;
  /** Resolves when the attempt is over, whatever its result; never rejects. */
  readonly dial: (peer: PeerAddress) => Promise<void>;
}

interface Target {
  peer: PeerAddress;
  delayMs: number;
  isBusy: boolean;
  cancel: () => void;
}

const FIRST_DELAY_MS = 50;

export class Dialer {
  readonly #options: DialerOptions;
  readonly #targets = new Map<string, Target>();
  #isStopped = false;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** Replaces the list; connections that exist are left alone. The node's own address is passed over. */
  setPeers(peers: readonly PeerAddress[]): void {
    const wanted = new Map(peers.map((peer) => [peer.fingerprint, peer]));
    wanted.delete(this.#options.self);
    for (const [fingerprint, target] of this.#targets) {
      if (wanted.has(fingerprint)) continue;
      target.cancel();
      this.#targets.delete(fingerprint);
    }
    for (const [fingerprint, peer] of wanted) {
      const known = this.#targets.get(fingerprint);
      if (known) known.peer = peer;
      else this.#add(peer);
    }
  }

  /** The connection to this peer is gone: dial it again soon. */
  disconnected(fingerprint: string): void {
    const target = this.#targets.get(fingerprint);
    if (target === undefined || target.isBusy) return;
    target.delayMs = FIRST_DELAY_MS;
    this.#schedule(target, this.#waitMs(target));
  }

  stop(): void {
    this.#isStopped = true;
    for (const target of this.#targets.values()) target.cancel();
  }

  #add(peer: PeerAddress): void {
    const target: Target = { peer, delayMs: FIRST_DELAY_MS, isBusy: false, cancel: () => undefined };
    this.#targets.set(peer.fingerprint, target);
    this.#schedule(target, this.#isFirst(target) ? 0 : this.#waitMs(target));
  }

  #isFirst(target: Target): boolean {
    return this.#options.self < target.peer.fingerprint;
  }

  #waitMs(target: Target): number {
    return this.#isFirst(target) ? target.delayMs : Math.max(target.delayMs, 2 * this.#options.delayMsMax);
  }

  #schedule(target: Target, delayMs: number): void {
    target.cancel();
    if (!this.#isStopped) target.cancel = this.#options.clock.after(delayMs, () => void this.#attempt(target));
  }

  async #attempt(target: Target): Promise<void> {
    const { fingerprint } = target.peer;
    if (this.#options.isConnected(fingerprint)) return;
    target.isBusy = true;
    await this.#options.dial(target.peer);
    target.isBusy = false;
    if (this.#targets.get(fingerprint) !== target || this.#options.isConnected(fingerprint)) return;
    target.delayMs = Math.min(2 * target.delayMs, this.#options.delayMsMax);
    this.#schedule(target, this.#waitMs(target));
  }
}
