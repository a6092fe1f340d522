/**
 * The simulated network: delays, losses, repetitions, reordering, partitions, and a count of every message.
 *
 * Owns: what becomes of a message between two nodes. Does not own: nodes. Called by: world.ts, sim-node.ts.
 * Counts are taken where a message is handed to the network, as on a real transport.
 */
import { decodeMessage, encodeMessage } from "../../node/types/codec.ts";
import type { Certificate, Message, Proposal } from "../../node/types/messages.ts";
import type { ValidatorIndex, View } from "../../node/types/primitives.ts";
import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A final block with the certificate of its own, when it has one. */
export interface SimFinalBlock {
  readonly block: Proposal;
  readonly certificate: Certificate | undefined;
}

/** Finalised blocks on the wire; in the real node their payloads and certificates (SyncResponse). */
export interface SimSyncResponse {
  readonly type: "simSyncResponse";
  readonly blocks: readonly SimFinalBlock[];
}
export type SimMessage = Message | SimSyncResponse;

export interface TransportOptions {
  readonly latencyMsMin: number;
  readonly latencyMsMax: number;
  readonly dropRate: number;
  readonly duplicateRate: number;
  /** Encodes and decodes every message, as a wire does. */
  readonly encoded: boolean;
}

export interface Delivery {
  readonly from: ValidatorIndex;
  readonly to: ValidatorIndex;
  readonly message: SimMessage;
  readonly sentMs: number;
  /** How often the sender had been started: what it had not sent when it crashed never leaves. */
  readonly incarnation: number;
}

export class Transport {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #deliver: (delivery: Delivery) => void;
  options: TransportOptions;
  /** Side of the partition by node; undefined when the network is whole. */
  sides: readonly number[] | undefined;
  /** Messages by "type" or, for votes and proposals, "type/view". */
  readonly counts = new Map<string, number>();

  constructor(time: VirtualTime, random: Random, options: TransportOptions, deliver: (delivery: Delivery) => void) {
    this.#time = time;
    this.#random = random;
    this.options = options;
    this.#deliver = deliver;
  }

  send(delivery: Delivery): void {
    this.#count(delivery.message);
    const { latencyMsMin, latencyMsMax, dropRate, duplicateRate, encoded } = this.options;
    if (this.sides && this.sides[delivery.from] !== this.sides[delivery.to]) return;
    if (this.#random.chance(dropRate)) return;
    const carried = encoded ? { ...delivery, message: overTheWire(delivery.message) } : delivery;
    const copies = this.#random.chance(duplicateRate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const latencyMs = latencyMsMin + this.#random.fraction() * (latencyMsMax - latencyMsMin);
      this.#time.at(delivery.sentMs + latencyMs, () => this.#deliver(carried));
    }
  }

  /** A message that a test keeps from arriving. */
  countOnly(message: SimMessage): void {
    this.#count(message);
  }

  /** Votes and proposals of one view. */
  countOfView(view: View): number {
    return (this.counts.get(`vote/${view}`) ?? 0) + (this.counts.get(`proposal/${view}`) ?? 0);
  }

  #count(message: SimMessage): void {
    const key =
      message.type === "vote"
        ? `vote/${message.vote.view}`
        : message.type === "proposal"
          ? `proposal/${message.proposal.view}`
          : message.type;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

const overTheWire = (message: SimMessage): SimMessage =>
  message.type === "simSyncResponse" ? message : decodeMessage(encodeMessage(message));
