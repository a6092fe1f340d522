/**
 * A node around the shipping engine: carries out effects under virtual time, loses what was not durable in a crash.
 *
 * Owns: one node's disk (log, guard, chain), its crashes, its part in fetching and catching up.
 * Does not own: the rules (node/consensus), the network (transport.ts). The same job as node/app/consensus-driver.ts.
 * Called by: world.ts. Effects of a step happen one after another; each takes its time, and a crash cuts the rest off.
 */
import { ConsensusEngine } from "../../node/consensus/engine.ts";
import type { Effect, EngineEvent, EngineOptions, FinalizedHead } from "../../node/consensus/events.ts";
import { isCunError } from "../../node/types/errors.ts";
import type { Ballot, Certificate, Message, Proposal } from "../../node/types/messages.ts";
import { asHeight, type Epoch, type Hash, type ValidatorIndex } from "../../node/types/primitives.ts";
import type { Strategy } from "./byzantine.ts";
import { type Checkers, Violation } from "./checkers.ts";
import { fakeSign } from "./fake-crypto.ts";
import { closesEpoch, digestOf, encodeBlock, GENESIS, isExecutable } from "./fake-execution.ts";
import type { Random } from "./random.ts";
import { type Durable, SimChain } from "./sim-chain.ts";
import type { Delivery, SimFinalBlock, SimMessage, SimSyncResponse, Transport } from "./transport.ts";
import type { VirtualTime } from "./virtual-time.ts";

const DISK_MS = 2;
const SIGN_MS = 1;
const EXECUTE_MS = 5;
const SYNC_TIMEOUT_MS = 400;
const FETCH_HOLDERS = 2;
/** A head that has not moved for this long makes a node ask, as node/app/synchronizer.ts does. */
const STALE_MS = 1_000;
/** Whoever still is in an epoch that is over is told so this often. */
const LAGGARD_ANSWER_MS = 100;

/** What a node finds around itself. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly checkers: Checkers;
  readonly transport: Transport;
  readonly nodes: readonly SimNode[];
  setOf(epoch: Epoch): readonly ValidatorIndex[];
  seatOf(node: ValidatorIndex, epoch: Epoch): ValidatorIndex | undefined;
  engineOptions(node: ValidatorIndex, epoch: Epoch, seed: Hash): EngineOptions;
  blockCloses(): boolean;
  readonly asksWhenStale: boolean;
}

export interface SimNodeOptions {
  /** Who it is in the world; its place in a set is another matter. */
  readonly index: ValidatorIndex;
  readonly world: Surroundings;
  /** Undefined for an honest node. */
  readonly strategy: Strategy | undefined;
}

export class SimNode {
  readonly index: ValidatorIndex;
  readonly #world: Surroundings;
  readonly #strategy: Strategy | undefined;
  #engine: ConsensusEngine | undefined;
  /** The epoch that the engine is of. */
  #epoch = GENESIS.epoch;
  #incarnation = 0;
  /** When each incarnation ended. */
  readonly #crashes: number[] = [];
  /** The effects under way are done at this time. */
  #cursorMs = 0;
  #log: Durable<Message>[] = [];
  #ballots: Durable<Ballot>[] = [];
  readonly #chain: SimChain;
  /** Blocks executed since the start, with their heights. */
  #executed = new Map<Hash, number>();
  #syncUntilMs = 0;
  /** When each node was last told that its epoch is over. */
  readonly #answeredMs = new Map<ValidatorIndex, number>();
  view = 0;

  constructor({ index, world, strategy }: SimNodeOptions) {
    this.index = index;
    this.#world = world;
    this.#chain = new SimChain((epoch) => world.setOf(epoch));
    this.#strategy = strategy;
  }

  get isByzantine(): boolean {
    return this.#strategy !== undefined;
  }
  get isUp(): boolean {
    return this.#engine !== undefined;
  }
  get engine(): ConsensusEngine | undefined {
    return this.#engine;
  }
  get head(): FinalizedHead {
    return this.#chain.head;
  }

  /** Starts, or starts again from what is on the disk. */
  start(): void {
    this.#cursorMs = this.#world.time.nowMs;
    this.#executed = new Map(this.#chain.blocks.map(({ block }) => [block.digest, block.height]));
    this.#syncUntilMs = 0;
    this.#open();
    if (this.#world.asksWhenStale) this.#askWhenStale(this.#incarnation, this.head.height);
  }

  /**
   * A new member of the next set that missed the end of this epoch, in which it has no vote, is told of it by nobody:
   * those who know wait for it.
   */
  #askWhenStale(incarnation: number, heightBefore: number): void {
    const { time } = this.#world;
    time.at(time.nowMs + STALE_MS, () => {
      if (this.#incarnation !== incarnation) return;
      this.#cursorMs = Math.max(this.#cursorMs, time.nowMs);
      if (this.head.height === heightBefore) this.#requestSync();
      this.#askWhenStale(incarnation, this.head.height);
    });
  }

  /** An engine for the epoch of the head. */
  #open(): void {
    const { head } = this;
    this.#epoch = head.epoch;
    this.view = head.view;
    const options = this.#world.engineOptions(this.index, head.epoch, this.#chain.seedOf(head.epoch));
    this.#engine = new ConsensusEngine(options, head);
    this.#engine.restore({
      messages: this.#log.map(({ item }) => item),
      ballots: this.#ballots.map(({ item }) => item),
    });
    this.dispatch({ type: "start" });
  }

  /** Ends at once: what had not reached the disk is gone, what had not left is never sent. */
  crash(): void {
    const nowMs = this.#world.time.nowMs;
    const survives = ({ atMs }: Durable<unknown>) => atMs <= nowMs;
    this.#log = this.#log.filter(survives);
    this.#ballots = this.#ballots.filter(survives);
    this.#chain.cut(nowMs);
    this.#crashes[this.#incarnation] = nowMs;
    this.#incarnation++;
    this.#engine = undefined;
  }

  hasSent({ incarnation, sentMs }: Delivery): boolean {
    return sentMs <= (this.#crashes[incarnation] ?? Number.POSITIVE_INFINITY);
  }

  receive({ from: sender, message }: Delivery): void {
    if (!this.#engine || this.#isOfAnotherEpoch(sender, message)) return;
    const from = this.#world.seatOf(sender, this.#epoch);
    switch (message.type) {
      case "proposal":
        this.dispatch({ type: "proposal", proposal: message.proposal, from });
        break;
      case "vote":
        this.dispatch({ type: "vote", vote: message.vote, from });
        break;
      case "certificate":
        this.dispatch({ type: "certificate", certificate: message.certificate, from });
        break;
      case "proposalRequest": {
        const answer = this.#engine.answer(message.request);
        if (answer) this.#send(sender, answer);
        break;
      }
      case "syncRequest":
        this.#answerSync(sender, message.request.fromHeight);
        break;
      case "simSyncResponse":
        this.#acceptSync(message);
        break;
    }
  }

  /** True for what the engine cannot use; a node that is ahead is asked, one that is behind is told. */
  #isOfAnotherEpoch(sender: ValidatorIndex, message: SimMessage): boolean {
    const epoch = epochOf(message);
    if (epoch === undefined || epoch === this.#epoch) return false;
    const { nowMs } = this.#world.time;
    if (epoch > this.#epoch) {
      this.#requestSync(sender);
    } else if ((this.#answeredMs.get(sender) ?? -LAGGARD_ANSWER_MS) + LAGGARD_ANSWER_MS <= nowMs) {
      this.#answeredMs.set(sender, nowMs);
      const closing = this.#chain.closingOf(epoch);
      if (closing) this.#send(sender, { type: "certificate", certificate: closing });
    }
    return true;
  }

  dispatch(event: EngineEvent): void {
    if (!this.#engine) return;
    this.#cursorMs = Math.max(this.#cursorMs, this.#world.time.nowMs);
    for (const effect of this.#step(this.#engine, event)) this.#carryOut(effect);
  }

  #step(engine: ConsensusEngine, event: EngineEvent): Effect[] {
    try {
      return engine.step(event);
    } catch (error) {
      // Node software stops here; a corrupt one does as it likes.
      if (!isCunError(error, "finalityConflict")) throw error;
      if (this.isByzantine) return [];
      throw new Violation("agreement", `node ${this.index}: ${error.message}`);
    }
  }

  #carryOut(effect: Effect): void {
    const { checkers } = this.#world;
    switch (effect.type) {
      case "persist":
        this.#cursorMs += DISK_MS;
        this.#log.push({ atMs: this.#cursorMs, item: effect.message });
        break;
      case "sign":
        this.#sign(effect.ballot);
        break;
      case "broadcast":
        this.#broadcast(effect.message);
        break;
      case "send":
        this.#send(this.#nodeAt(effect.to), effect.message);
        break;
      case "build":
        this.#build(effect);
        break;
      case "verify":
        this.#verify(effect.proposal);
        break;
      case "finalize":
        this.#finalize(effect.proposals, effect.certificate);
        break;
      case "certified":
        if (!this.isByzantine) checkers.certificate(this.index, effect.certificate);
        break;
      case "setTimer":
        this.#later(effect.delayMs, { type: "timeout", view: effect.view, timer: effect.timer });
        break;
      case "fetch":
        for (const holder of this.#world.random.shuffled(effect.holders).slice(0, FETCH_HOLDERS)) {
          this.#send(this.#nodeAt(holder), {
            type: "proposalRequest",
            request: { view: effect.view, digest: effect.digest },
          });
        }
        break;
      case "sync":
        this.#requestSync();
        break;
      case "viewEntered":
        this.view = effect.view;
        break;
      case "report":
        if (!this.isByzantine) checkers.reported(this.index, this.#nodeAt(effect.validator), effect.error);
        break;
      case "epochEnded":
        this.#enterEpoch();
        break;
      case "evidence":
        if (!this.isByzantine) checkers.accused(effect.first);
    }
  }

  #nodeAt(seat: ValidatorIndex): ValidatorIndex {
    return this.#world.setOf(this.#epoch)[seat]!;
  }

  /** When the block that closed the epoch is on the disk. */
  #enterEpoch(): void {
    this.#after(DISK_MS, () => {
      if (this.head.epoch !== this.#epoch) this.#open();
    });
  }

  #sign(ballot: Ballot): void {
    this.#cursorMs += DISK_MS;
    this.#ballots.push({ atMs: this.#cursorMs, item: ballot });
    this.#cursorMs += SIGN_MS;
    this.#later(0, { type: "signed", vote: fakeSign(ballot, this.#world.seatOf(this.index, ballot.epoch)!) });
  }

  #build({ view, parentView, parentDigest }: Extract<Effect, { type: "build" }>): void {
    const height = asHeight(this.#heightOf(parentDigest) + 1);
    const salt = this.#world.random.uint32();
    const closes = this.#world.blockCloses();
    const epoch = this.#epoch;
    const payload = encodeBlock({ valid: true, closes, height, epoch, view, parentView, parentDigest, salt });
    const digest = digestOf(payload);
    this.#executed.set(digest, height);
    this.#later(EXECUTE_MS, { type: "built", view, digest, height, payload, closesEpoch: closes });
  }

  #verify(proposal: Proposal): void {
    const { view, digest, parentDigest, payload } = proposal;
    this.#heightOf(parentDigest);
    const valid = isExecutable(proposal);
    if (valid) this.#executed.set(digest, proposal.height);
    this.#later(EXECUTE_MS, { type: "verified", view, digest, valid, closesEpoch: valid && closesEpoch(payload) });
  }

  #heightOf(parent: Hash): number {
    const height = parent === GENESIS.digest ? 0 : this.#executed.get(parent);
    if (height === undefined) throw new Violation("execution order", `node ${this.index} has not executed ${parent}`);
    return height;
  }

  #finalize(proposals: readonly Proposal[], certificate: Certificate): void {
    if (!this.isByzantine) this.#world.checkers.certificate(this.index, certificate);
    for (const block of proposals) {
      this.#append({ block, certificate: block === proposals.at(-1) ? certificate : undefined });
    }
    const { view } = this.head;
    if (this.#log.length < 200) return;
    this.#log = this.#log.filter(({ item }) => epochOf(item) === this.#epoch && viewOf(item) > view - 4);
  }

  /** Puts a block on the chain unless it is there. */
  #append({ block, certificate }: SimFinalBlock): void {
    const { head } = this;
    if (block.height <= head.height) return;
    if (!this.isByzantine) this.#world.checkers.finalized(this.index, block, head);
    this.#executed.set(block.digest, block.height);
    this.#chain.append({ block, certificate }, this.#cursorMs + DISK_MS);
  }

  #requestSync(ahead?: ValidatorIndex): void {
    const { time, random, nodes } = this.#world;
    if (time.nowMs < this.#syncUntilMs) return;
    this.#syncUntilMs = time.nowMs + SYNC_TIMEOUT_MS;
    const peer = ahead ?? random.pick(nodes.filter((node) => node !== this)).index;
    this.#send(peer, { type: "syncRequest", request: { fromHeight: asHeight(this.head.height + 1) } });
  }

  #answerSync(to: ValidatorIndex, fromHeight: number): void {
    const blocks = this.#chain.from(fromHeight);
    if (blocks.length > 0) this.#send(to, { type: "simSyncResponse", blocks });
  }

  #acceptSync(response: SimSyncResponse): void {
    this.#syncUntilMs = 0;
    const before = this.head.height;
    this.#chain.accept(response, (item) => this.#append(item));
    if (this.head.height === before) return;
    if (this.head.epoch === this.#epoch) this.dispatch({ type: "synced", head: this.head });
    else this.#enterEpoch();
  }

  #broadcast(message: SimMessage): void {
    for (const { index } of this.#world.nodes) if (index !== this.index) this.#send(index, message);
  }

  #send(to: ValidatorIndex, message: SimMessage): void {
    const messages = this.#strategy ? this.#strategy.outgoing(message, to) : [message];
    for (const outgoing of messages) this.sendRaw(to, outgoing);
  }

  /** Past the strategy: what it sends of its own accord. */
  sendRaw(to: ValidatorIndex, message: SimMessage): void {
    const sentMs = Math.max(this.#cursorMs, this.#world.time.nowMs);
    this.#world.transport.send({ from: this.index, to, message, sentMs, incarnation: this.#incarnation });
  }

  /** An event of this incarnation, after the effects so far and the delay. */
  #later(delayMs: number, event: EngineEvent): void {
    this.#after(delayMs, () => {
      // Only now has the key been used: a crash before leaves no vote.
      if (event.type === "signed") this.#world.checkers.signed(this.index, event.vote);
      if (event.type === "timeout" && event.view < this.view) return;
      this.dispatch(event);
    });
  }

  /** Unless the engine of now is gone then. */
  #after(delayMs: number, run: () => void): void {
    const engine = this.#engine;
    this.#world.time.at(this.#cursorMs + delayMs, () => {
      if (this.#engine === engine) run();
    });
  }
}

function epochOf(message: SimMessage): Epoch | undefined {
  switch (message.type) {
    case "proposal":
      return message.proposal.epoch;
    case "vote":
      return message.vote.epoch;
    case "certificate":
      return message.certificate.epoch;
    default:
      return undefined;
  }
}

function viewOf(message: Message): number {
  if (message.type === "proposal") return message.proposal.view;
  return message.type === "certificate" ? message.certificate.view : 0;
}
