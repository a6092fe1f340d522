/**
 * A network under virtual time whose nodes can die between two instructions.
 *
 * Owns: links, latency, order per pair, and loss as the test says. What was sent before a death still arrives.
 * Does not own: admission, scores (test/compliance/network.ts). Called by: crash-cluster.
 */
import type { NetworkEvents, NetworkPort, Peer } from "../../node/ports/network.ts";
import { decodeMessage } from "../../node/types/codec.ts";
import type { Message } from "../../node/types/messages.ts";
import type { PeerId, ValidatorIndex } from "../../node/types/primitives.ts";
import type { Life } from "./crash-disk.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A node of the network. */
export interface Station {
  readonly id: PeerId;
  /** Its number for good; its place in a set is another matter. */
  readonly number: number;
  readonly life: Life;
  /** Where it sees another in the set of its present epoch. */
  placeOf(id: PeerId): ValidatorIndex | undefined;
}

interface Seat extends Station {
  readonly events: NetworkEvents;
}

const seenBy = (seat: Station, id: PeerId): Peer => ({ id, index: seat.placeOf(id) });

export interface CrashHubOptions {
  readonly clock: VirtualClock;
  sent(from: number, message: Message): void;
  /** True for a message that gets lost on the way. */
  isLost(message: Message, from: number, to: number): boolean;
}

export class CrashHub {
  readonly options: CrashHubOptions;
  readonly #seats = new Map<PeerId, Seat>();
  /** Code → how often a peer was reported with action reject. */
  readonly rejects = new Map<string, number>();

  constructor(options: CrashHubOptions) {
    this.options = options;
  }

  join(seat: Seat): void {
    this.#seats.set(seat.id, seat);
    this.options.clock.after(1, () => {
      for (const other of this.others(seat.id)) {
        other.events.connected(seenBy(other, seat.id));
        if (seat.life.alive) seat.events.connected(seenBy(seat, other.id));
      }
    });
  }

  leave(id: PeerId): void {
    if (!this.#seats.delete(id)) return;
    this.options.clock.after(1, () => {
      for (const other of this.others(id)) other.events.disconnected(seenBy(other, id), "it died");
    });
  }

  others(id: PeerId): Seat[] {
    return [...this.#seats.values()].filter((seat) => seat.id !== id && seat.life.alive);
  }

  carry(from: Station, to: Seat, frame: Uint8Array): void {
    const message = decodeMessage(frame);
    this.options.sent(from.number, message);
    if (this.options.isLost(message, from.number, to.number)) return;
    const latencyMs = 1 + ((from.number + 2 * to.number) % 3);
    this.options.clock.after(latencyMs, () => {
      if (to.life.alive && this.#seats.get(to.id) === to) to.events.frame(seenBy(to, from.id), frame);
    });
  }
}

export class CrashNetwork implements NetworkPort {
  readonly #hub: CrashHub;
  readonly #station: Station;

  constructor(hub: CrashHub, station: Station) {
    this.#hub = hub;
    this.#station = station;
  }

  async start(events: NetworkEvents): Promise<void> {
    if (this.#station.life.alive) this.#hub.join({ ...this.#station, events });
  }
  broadcast(frame: Uint8Array): void {
    if (!this.#station.life.alive) return;
    for (const seat of this.#hub.others(this.#station.id)) this.#hub.carry(this.#station, seat, frame);
  }
  send(id: PeerId, frame: Uint8Array): boolean {
    const seat = this.#hub.others(this.#station.id).find((other) => other.id === id);
    if (!this.#station.life.alive || !seat) return false;
    this.#hub.carry(this.#station, seat, frame);
    return true;
  }
  peers(): readonly Peer[] {
    if (!this.#station.life.alive) return [];
    return this.#hub.others(this.#station.id).map(({ id }) => seenBy(this.#station, id));
  }
  report(_peer: PeerId, action: string, code: string): void {
    if (action === "reject") this.#hub.rejects.set(code, (this.#hub.rejects.get(code) ?? 0) + 1);
  }
  recheckAdmission(): void {}
  async stop(): Promise<void> {
    this.#hub.leave(this.#station.id);
  }
}
