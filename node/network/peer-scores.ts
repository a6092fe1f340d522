/**
 * Who misbehaved how much, and who is banned until when.
 *
 * Owns: faults that add up and fade with time, bans that end by themselves. Does not own: what a fault is (callers of
 * NetworkPort.report), closing connections. One entry per admitted peer that ever misbehaved, so it stays small.
 * Called by: tls-network, memory-network.
 */
import type { ClockPort } from "../ports/clock.ts";
import { PEER_BAN_MS, PEER_FAULT_FADE_MS, PEER_FAULT_LIMIT } from "../types/limits.ts";
import type { PeerId } from "../types/primitives.ts";

interface Entry {
  faults: number;
  updatedMs: number;
  bannedUntilMs: number;
}

export class PeerScores {
  readonly #clock: ClockPort;
  readonly #entries = new Map<PeerId, Entry>();

  constructor(clock: ClockPort) {
    this.#clock = clock;
  }

  /** Adds faults; true when the peer is banned by them. */
  addFaults(peer: PeerId, faults: number): boolean {
    const nowMs = this.#clock.nowMs();
    const total = this.faults(peer) + faults;
    const isBanned = total >= PEER_FAULT_LIMIT;
    const previous = this.#entries.get(peer)?.bannedUntilMs ?? 0;
    this.#entries.set(peer, {
      faults: isBanned ? 0 : total,
      updatedMs: nowMs,
      bannedUntilMs: isBanned ? nowMs + PEER_BAN_MS : previous,
    });
    return isBanned;
  }

  /** Faults as they have faded until now. */
  faults(peer: PeerId): number {
    const entry = this.#entries.get(peer);
    if (entry === undefined) return 0;
    const faded = Math.floor((this.#clock.nowMs() - entry.updatedMs) / PEER_FAULT_FADE_MS);
    return Math.max(0, entry.faults - Math.max(0, faded));
  }

  /** Milliseconds until the peer may come back; 0 when it may now. */
  banRemainingMs(peer: PeerId): number {
    return Math.max(0, (this.#entries.get(peer)?.bannedUntilMs ?? 0) - this.#clock.nowMs());
  }
}
