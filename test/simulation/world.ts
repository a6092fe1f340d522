/**
 * A whole network in one process under virtual time, made from one seed.
 *
 * Owns: nodes, faults that befall them, and when a run has succeeded. Does not own: what may never be (checkers.ts),
 * which faults (scenario.ts). Called by: scenario.ts, tests.
 */

import type { EngineOptions } from "../../node/consensus/events.ts";
import { roundRobin, weightedRandom } from "../../node/consensus/leader.ts";
import { asIndex, asWeight, type Epoch, type Hash, type ValidatorIndex } from "../../node/types/primitives.ts";
import type { Behaviour } from "./byzantine.ts";
import { Conspiracy, strategyFor } from "./byzantine.ts";
import { Checkers, Violation } from "./checkers.ts";
import { fakeCrypto } from "./fake-crypto.ts";
import { Random } from "./random.ts";
import { SimNode, type Surroundings } from "./sim-node.ts";
import { Transport, type TransportOptions } from "./transport.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly count: number;
  /** Nodes without a vote that follow, beyond `count`. */
  readonly observers?: number;
  readonly byzantine?: ReadonlyMap<ValidatorIndex, Behaviour>;
  readonly transport: TransportOptions;
  readonly viewTimeoutMs?: number;
  readonly retransmitMs?: number;
  readonly skipAfterSilentViews?: number;
  /** Without it there is one epoch without an end. */
  readonly epochs?: EpochPlan;
}

/** `count` is then the number of nodes, of which each epoch has some in its set. */
export interface EpochPlan {
  /** Nodes by their place in the epoch's set. The same answer every time. */
  setOf(epoch: Epoch): readonly ValidatorIndex[];
  /** How likely a block closes its epoch. */
  readonly closeChance: number;
}

export class World implements Surroundings {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly checkers: Checkers;
  readonly transport: Transport;
  readonly nodes: readonly SimNode[];
  readonly options: WorldOptions;
  /** Nodes by their place in the set of an epoch. */
  readonly setOf: (epoch: Epoch) => readonly ValidatorIndex[];

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    const byzantine = options.byzantine ?? new Map<ValidatorIndex, Behaviour>();
    const everybody = Array.from({ length: options.count }, (_, position) => asIndex(position));
    this.setOf = options.epochs?.setOf ?? (() => everybody);
    this.checkers = new Checkers(this.setOf, (node) => byzantine.has(node));
    this.transport = new Transport(this.time, this.random, options.transport, (delivery) => {
      const sender = this.nodes[delivery.from]!;
      if (sender.hasSent(delivery)) this.nodes[delivery.to]!.receive(delivery);
    });
    const conspiracy = new Conspiracy(this.random.uint32());
    const total = options.count + (options.observers ?? 0);
    this.nodes = Array.from({ length: total }, (_, position) => {
      const index = asIndex(position);
      const behaviour = byzantine.get(index);
      return new SimNode({
        index,
        world: this,
        strategy:
          behaviour && strategyFor(behaviour, { node: index, seatOf: this.seatOf, conspiracy, random: this.random }),
      });
    });
  }

  get honest(): readonly SimNode[] {
    return this.nodes.filter((node) => !node.isByzantine);
  }
  /** Height that every honest node holds final. */
  get settledHeight(): number {
    return Math.min(...this.honest.map((node) => node.head.height));
  }
  get bestHeight(): number {
    return Math.max(...this.honest.map((node) => node.head.height));
  }

  readonly seatOf = (node: ValidatorIndex, epoch: Epoch): ValidatorIndex | undefined => {
    const place = this.setOf(epoch).indexOf(node);
    return place < 0 ? undefined : asIndex(place);
  };
  /** Epoch that every honest node has reached. */
  get settledEpoch(): number {
    return Math.min(...this.honest.map((node) => node.head.epoch));
  }

  start(): void {
    for (const node of this.nodes) node.start();
  }

  /** Runs until the condition holds. Returns false when the time is up first. */
  runUntil(condition: () => boolean, deadlineMs: number): boolean {
    for (let step = 0; ; step++) {
      // Looking at all nodes costs more than a step: look now and then.
      if (step % 16 === 0 && condition()) return true;
      if (!this.time.advance(deadlineMs)) return condition();
    }
  }

  /** Everybody finalises this many blocks more, in the given time. */
  expectProgress(blocks: number, withinMs: number): void {
    const target = this.bestHeight + blocks;
    const reached = this.runUntil(() => this.settledHeight >= target, this.time.nowMs + withinMs);
    if (reached) return;
    const where = this.honest.map((node) => `${node.index}: height ${node.head.height} view ${node.view}`).join(", ");
    throw new Violation("liveness", `height ${target} not reached by ${Math.round(this.time.nowMs)} ms (${where})`);
  }

  /** No loss, no partition, everybody up: what partial synchrony promises after a while. */
  heal(): void {
    this.transport.options = { ...this.transport.options, dropRate: 0, duplicateRate: 0 };
    this.transport.sides = undefined;
    for (const node of this.nodes) if (!node.isUp) node.start();
  }

  /** Everybody sees the end of one epoch more, in the given time. */
  expectEpochs(epochs: number, withinMs: number): void {
    const target = Math.max(...this.honest.map((node) => node.head.epoch)) + epochs;
    if (this.runUntil(() => this.settledEpoch >= target, this.time.nowMs + withinMs)) return;
    const where = this.honest.map(({ index, head, view }) => `${index}: epoch ${head.epoch} view ${view}`).join(", ");
    throw new Violation("liveness", `epoch ${target} not reached by ${Math.round(this.time.nowMs)} ms (${where})`);
  }

  /** Within one epoch the engine alone brings everybody on. */
  get asksWhenStale(): boolean {
    return this.options.epochs !== undefined;
  }

  blockCloses(): boolean {
    return this.random.chance(this.options.epochs?.closeChance ?? 0);
  }

  /** Odd epochs draw their leaders, even ones take turns. */
  engineOptions(node: ValidatorIndex, epoch: Epoch, seed: Hash): EngineOptions {
    const { viewTimeoutMs, retransmitMs, skipAfterSilentViews } = this.options;
    const weights = this.setOf(epoch).map(() => asWeight(1n));
    return {
      epoch,
      weights,
      self: this.seatOf(node, epoch),
      crypto: fakeCrypto,
      leaderOf: epoch % 2 === 0 ? roundRobin(weights.length) : weightedRandom(weights, seed),
      viewTimeoutMs: viewTimeoutMs ?? 1000,
      retransmitMs: retransmitMs ?? 300,
      skipAfterSilentViews: skipAfterSilentViews ?? 0,
    };
  }
}
