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

interface Seat {
  readonly peer: Peer;
  readonly life: Life;
  readonly events: NetworkEvents;
}

export interface CrashHubOptions {
  readonly clock: VirtualClock;
  sent(from: ValidatorIndex, message: Message): void;
  /** True for a message that gets lost on the way. */
  isLost(message: Message, from: ValidatorIndex, to: ValidatorIndex): boolean;
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
    this.#seats.set(seat.peer.id, seat);
    this.options.clock.after(1, () => {
      for (const other of this.others(seat.peer.id)) {
        other.events.connected(seat.peer);
        if (seat.life.alive) seat.events.connected(other.peer);
      }
    });
  }

  leave(id: PeerId): void {
    const seat = this.#seats.get(id);
    if (!seat) return;
    this.#seats.delete(id);
    this.options.clock.after(1, () => {
      for (const other of this.others(id)) other.events.disconnected(seat.peer, "it died");
    });
  }

  others(id: PeerId): Seat[] {
    return [...this.#seats.values()].filter(({ peer, life }) => peer.id !== id && life.alive);
  }

  carry(from: Peer, to: Seat, frame: Uint8Array): void {
    const message = decodeMessage(frame);
    this.options.sent(from.index!, message);
    if (this.options.isLost(message, from.index!, to.peer.index!)) return;
    const latencyMs = 1 + ((from.index! + 2 * to.peer.index!) % 3);
    this.options.clock.after(latencyMs, () => {
      if (to.life.alive && this.#seats.get(to.peer.id) === to) to.events.frame(from, frame);
    });
  }
}

export class CrashNetwork implements NetworkPort {
  readonly #hub: CrashHub;
  readonly #peer: Peer;
  readonly #life: Life;

  constructor(hub: CrashHub, peer: Peer, life: Life) {
    this.#hub = hub;
    this.#peer = peer;
    this.#life = life;
  }

  async start(events: NetworkEvents): Promise<void> {
    if (this.#life.alive) this.#hub.join({ peer: this.#peer, life: this.#life, events });
  }
  broadcast(frame: Uint8Array): void {
    if (!this.#life.alive) return;
    for (const seat of this.#hub.others(this.#peer.id)) this.#hub.carry(this.#peer, seat, frame);
  }
  send(id: PeerId, frame: Uint8Array): boolean {
    const seat = this.#hub.others(this.#peer.id).find(({ peer }) => peer.id === id);
    if (!this.#life.alive || !seat) return false;
    this.#hub.carry(this.#peer, seat, frame);
    return true;
  }
  peers(): readonly Peer[] {
    return this.#life.alive ? this.#hub.others(this.#peer.id).map(({ peer }) => peer) : [];
  }
  report(_peer: PeerId, action: string, code: string): void {
    if (action === "reject") this.#hub.rejects.set(code, (this.#hub.rejects.get(code) ?? 0) + 1);
  }
  recheckAdmission(): void {}
  async stop(): Promise<void> {
    this.#hub.leave(this.#peer.id);
  }
}
