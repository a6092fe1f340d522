/**
 * A node around the shipping engine: carries out effects under virtual time, loses what was not durable in a crash.
 *
 * Owns: one node's disk (log, guard, chain), its crashes, its part in fetching and catching up.
 * Does not own: the rules (node/consensus), the network (transport.ts). The same job as node/app/consensus-driver.ts.
 * Called by: world.ts. Effects of a step happen one after another; each takes its time, and a crash cuts the rest off.
 */
import { verifyCertificate } from "../../node/consensus/certificates.ts";
import { ConsensusEngine } from "../../node/consensus/engine.ts";
import type { Effect, EngineEvent, EngineOptions, FinalizedHead } from "../../node/consensus/events.ts";
import { ValidatorSet } from "../../node/consensus/quorum.ts";
import { CunError, isCunError } from "../../node/types/errors.ts";
import type { Ballot, Certificate, Message, Proposal } from "../../node/types/messages.ts";
import { asHeight, type Hash, type ValidatorIndex } from "../../node/types/primitives.ts";
import type { Strategy } from "./byzantine.ts";
import { type Checkers, Violation } from "./checkers.ts";
import { fakeSign } from "./fake-crypto.ts";
import { digestOf, encodeBlock, GENESIS, isExecutable } from "./fake-execution.ts";
import type { Random } from "./random.ts";
import type { Delivery, SimMessage, SimSyncResponse, Transport } from "./transport.ts";
import type { VirtualTime } from "./virtual-time.ts";

const DISK_MS = 2;
const SIGN_MS = 1;
const EXECUTE_MS = 5;
const SYNC_TIMEOUT_MS = 400;
const FETCH_HOLDERS = 2;

interface Durable<Item> {
  readonly atMs: number;
  readonly item: Item;
}
interface FinalBlock {
  readonly block: Proposal;
  readonly certificate: Certificate | undefined;
}

/** What a node finds around itself. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly checkers: Checkers;
  readonly transport: Transport;
  readonly nodes: readonly SimNode[];
}

export interface SimNodeOptions {
  readonly index: ValidatorIndex;
  readonly world: Surroundings;
  readonly engineOptions: EngineOptions;
  /** Undefined for an honest node. */
  readonly strategy: Strategy | undefined;
}

export class SimNode {
  readonly index: ValidatorIndex;
  readonly #world: Surroundings;
  readonly #options: EngineOptions;
  readonly #strategy: Strategy | undefined;
  #engine: ConsensusEngine | undefined;
  #incarnation = 0;
  /** When each incarnation ended. */
  readonly #crashes: number[] = [];
  /** The effects under way are done at this time. */
  #cursorMs = 0;
  #log: Durable<Message>[] = [];
  #ballots: Durable<Ballot>[] = [];
  #chain: Durable<FinalBlock>[] = [];
  /** Blocks executed since the start, with their heights. */
  #executed = new Map<Hash, number>();
  #syncUntilMs = 0;
  view = 0;

  constructor({ index, world, engineOptions, strategy }: SimNodeOptions) {
    this.index = index;
    this.#world = world;
    this.#options = engineOptions;
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
    const last = this.#chain.at(-1)?.item;
    if (!last) return GENESIS;
    const { epoch, view, height, digest } = last.block;
    return { epoch, view, height, digest, certificate: last.certificate };
  }

  /** Starts, or starts again from what is on the disk. */
  start(): void {
    this.#cursorMs = this.#world.time.nowMs;
    this.#executed = new Map(this.#chain.map(({ item }) => [item.block.digest, item.block.height]));
    this.#syncUntilMs = 0;
    this.#engine = new ConsensusEngine(this.#options, this.head);
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
    this.#chain = this.#chain.filter(survives);
    this.#crashes[this.#incarnation] = nowMs;
    this.#incarnation++;
    this.#engine = undefined;
  }

  hasSent({ incarnation, sentMs }: Delivery): boolean {
    return sentMs <= (this.#crashes[incarnation] ?? Number.POSITIVE_INFINITY);
  }

  receive({ from, message }: Delivery): void {
    if (!this.#engine) return;
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
        if (answer) this.#send(from, answer);
        break;
      }
      case "syncRequest":
        this.#answerSync(from, message.request.fromHeight);
        break;
      case "simSyncResponse":
        this.#acceptSync(message);
        break;
    }
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
        this.#send(effect.to, effect.message);
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
          this.#send(holder, { type: "proposalRequest", request: { view: effect.view, digest: effect.digest } });
        }
        break;
      case "sync":
        this.#requestSync();
        break;
      case "viewEntered":
        this.view = effect.view;
        break;
      case "report":
        if (!this.isByzantine) checkers.reported(this.index, effect.validator, effect.error);
        break;
      case "evidence":
        if (!this.isByzantine) checkers.accused(effect.first);
    }
  }

  #sign(ballot: Ballot): void {
    this.#cursorMs += DISK_MS;
    this.#ballots.push({ atMs: this.#cursorMs, item: ballot });
    this.#cursorMs += SIGN_MS;
    this.#later(0, { type: "signed", vote: fakeSign(ballot, this.index) });
  }

  #build({ view, parentView, parentDigest }: Extract<Effect, { type: "build" }>): void {
    const height = asHeight(this.#heightOf(parentDigest) + 1);
    const salt = this.#world.random.uint32();
    const payload = encodeBlock({ valid: true, height, view, parentView, parentDigest, salt });
    const digest = digestOf(payload);
    this.#executed.set(digest, height);
    this.#later(EXECUTE_MS, { type: "built", view, digest, height, payload });
  }

  #verify(proposal: Proposal): void {
    const { view, digest, parentDigest } = proposal;
    this.#heightOf(parentDigest);
    const valid = isExecutable(proposal);
    if (valid) this.#executed.set(digest, proposal.height);
    this.#later(EXECUTE_MS, { type: "verified", view, digest, valid });
  }

  #heightOf(parent: Hash): number {
    const height = parent === GENESIS.digest ? 0 : this.#executed.get(parent);
    if (height === undefined) throw new Violation("execution order", `node ${this.index} has not executed ${parent}`);
    return height;
  }

  #finalize(proposals: readonly Proposal[], certificate: Certificate): void {
    if (!this.isByzantine) this.#world.checkers.certificate(this.index, certificate);
    for (const block of proposals) this.#append(block, block === proposals.at(-1) ? certificate : undefined);
    const { view } = this.head;
    if (this.#log.length < 200) return;
    this.#log = this.#log.filter(({ item }) => viewOf(item) > view - 4);
  }

  /** Puts a block on the chain unless it is there. */
  #append(block: Proposal, certificate: Certificate | undefined): void {
    const { height, digest } = this.head;
    if (block.height <= height) return;
    if (!this.isByzantine) this.#world.checkers.finalized(this.index, block, { height, digest });
    this.#executed.set(block.digest, block.height);
    this.#chain.push({ atMs: this.#cursorMs + DISK_MS, item: { block, certificate } });
  }

  #requestSync(): void {
    const { time, random, nodes } = this.#world;
    if (time.nowMs < this.#syncUntilMs) return;
    this.#syncUntilMs = time.nowMs + SYNC_TIMEOUT_MS;
    const peer = random.pick(nodes.filter((node) => node !== this)).index;
    this.#send(peer, { type: "syncRequest", request: { fromHeight: asHeight(this.head.height + 1) } });
  }

  #answerSync(to: ValidatorIndex, fromHeight: number): void {
    const { certificate } = this.head;
    const blocks = this.#chain.map(({ item }) => item.block).filter(({ height }) => height >= fromHeight);
    if (certificate && blocks.length > 0) this.#send(to, { type: "simSyncResponse", blocks, certificate });
  }

  #acceptSync({ blocks, certificate }: SimSyncResponse): void {
    const { epoch, weights, crypto } = this.#options;
    this.#syncUntilMs = 0;
    if (blocks[0]!.height > this.head.height + 1 || blocks.at(-1)!.digest !== certificate.digest) return;
    try {
      verifyCertificate(certificate, { epoch, set: new ValidatorSet(weights), crypto });
    } catch (error) {
      if (error instanceof CunError) return;
      throw error;
    }
    if (blocks.at(-1)!.height <= this.head.height) return;
    for (const block of blocks) this.#append(block, block === blocks.at(-1) ? certificate : undefined);
    this.dispatch({ type: "synced", head: this.head });
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
    const incarnation = this.#incarnation;
    this.#world.time.at(this.#cursorMs + delayMs, () => {
      if (this.#incarnation !== incarnation) return;
      // Only now has the key been used: a crash before leaves no vote.
      if (event.type === "signed") this.#world.checkers.signed(this.index, event.vote);
      if (event.type === "timeout" && event.view < this.view) return;
      this.dispatch(event);
    });
  }
}

function viewOf(message: Message): number {
  if (message.type === "proposal") return message.proposal.view;
  return message.type === "certificate" ? message.certificate.view : 0;
}
