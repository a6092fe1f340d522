/**
 * The succession of consensus engines: one for each epoch, each with its own driver, the next when the last block of an
 * epoch is stored.
 *
 * Owns: which engine runs, its set, its leaders and this node's place in it; what comes of messages of other epochs.
 * Does not own: the end of an epoch (node/consensus/reproposal.ts), who validates (EpochSource), effects
 * (consensus-driver.ts). Called by: node. Requirements NET-6, VAL-5; ADR 11.
 *
 * Where the node stands is read from the block store alone: which epoch the head is in, or starts. So it makes no
 * difference whether consensus or catching up brought the boundary, nor where a crash came between.
 */
import { ConsensusEngine } from "../consensus/engine.ts";
import type { EngineOptions, FinalizedHead } from "../consensus/events.ts";
import { type LeaderElection, roundRobin, weightedRandom } from "../consensus/leader.ts";
import type { ClockPort } from "../ports/clock.ts";
import type { ExecutionPort } from "../ports/execution.ts";
import type { Peer } from "../ports/network.ts";
import type { LogPort, SigningGuardPort } from "../ports/storage.ts";
import { decodeMessage } from "../types/codec.ts";
import { invariant } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import type { Message, ProposalRequest } from "../types/messages.ts";
import { type Epoch, type PeerId, ZERO_ADDRESS } from "../types/primitives.ts";
import { ConsensusDriver, type DriverOptions } from "./consensus-driver.ts";
import type { Identity, IdentityIn } from "./consensus-keys.ts";
import { EarlyMessages, type EpochMessage } from "./early-messages.ts";
import type { EpochHistory, KnownEpoch } from "./epoch-history.ts";

type FromNode = Pick<
  DriverOptions,
  "finalizer" | "broadcast" | "send" | "report" | "catchUp" | "fatal" | "buildDeadlineMs" | "logger" | "logRewriteBytes"
>;

export interface EpochRunnerOptions extends FromNode {
  readonly history: EpochHistory;
  readonly execution: ExecutionPort;
  readonly guard: SigningGuardPort;
  readonly writeAheadLog: LogPort;
  readonly clock: ClockPort;
  readonly timing: Genesis["timing"];
  readonly identityIn: IdentityIn;
  /** This set is now the present one; called before its engine runs. */
  entered(epoch: KnownEpoch): void;
  /** A peer is in an epoch that this node has not reached. */
  askAhead(peer: PeerId): void;
  sendTo(peer: PeerId, message: Message): void;
  /** A connected peer with its place in the present set. */
  peer(id: PeerId): Peer | undefined;
}

/** One epoch under way. */
interface Running {
  readonly known: KnownEpoch;
  readonly engine: ConsensusEngine;
  readonly driver: ConsensusDriver;
  readonly identity: Identity | undefined;
  readonly sinceMs: number;
}

/** So many view timeouts pass before a peer that is ahead is asked again: some answers that never came. */
const ASK_AGAIN_VIEWS = 4;

export class EpochRunner {
  readonly #options: EpochRunnerOptions;
  readonly #early = new EarlyMessages();
  /** Peers that were told, in the present interval, that their epoch is over. */
  readonly #told = new Set<PeerId>();
  #toldSinceMs = 0;
  /** When each peer that is ahead was asked. */
  readonly #askedMs = new Map<PeerId, number>();
  #running: Running | undefined;
  /** The engine before: it still answers requests of those who are not here yet. */
  #former: ConsensusEngine | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: EpochRunnerOptions) {
    this.#options = options;
  }

  /** Makes the engine of the stored head, with what log and guard hold; it waits for `start`. */
  async open(): Promise<void> {
    const head = await this.#options.history.head();
    const messages = await readLog(this.#options.writeAheadLog, head);
    this.#running = await this.#create(head, messages);
  }

  start(): void {
    this.#now.driver.dispatch({ type: "start" });
  }

  get known(): KnownEpoch {
    return this.#now.known;
  }
  /** This node as a validator of the present epoch; undefined when it only follows. */
  get identity(): Identity | undefined {
    return this.#now.identity;
  }
  get engine(): ConsensusEngine {
    return this.#now.engine;
  }

  /** A consensus message from a peer, of whatever epoch. */
  receive(peer: Peer, message: EpochMessage): void {
    const { known, driver, engine } = this.#now;
    const epoch = epochOf(message);
    if (epoch === known.epoch) {
      driver.dispatch({ ...message, from: peer.index });
    } else if (epoch > known.epoch) {
      if (epoch === known.epoch + 1) this.#early.keep({ peer, message, epoch });
      if (!engine.isEnded) this.#ask(peer.id);
    } else {
      this.#tell(peer.id, epoch).catch((error: unknown) => this.#options.fatal(error));
    }
  }

  answer(request: ProposalRequest): Message | undefined {
    return this.#now.engine.answer(request) ?? this.#former?.answer(request);
  }

  /** The stored chain has grown without the engine, or its epoch has ended: goes on from the head. */
  follow(): void {
    this.#turn = this.#turn
      .then(() => this.#follow())
      .catch((error: unknown) => {
        if (!this.#isStopped) this.#options.fatal(error);
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running?.driver.stop();
    await this.#turn;
  }

  get #now(): Running {
    invariant(this.#running, "the runner was opened");
    return this.#running;
  }

  async #follow(): Promise<void> {
    if (this.#isStopped) return;
    const { history, finalizer } = this.#options;
    const { known, driver } = this.#now;
    const head = await history.head();
    if (head.epoch === known.epoch) {
      driver.dispatch({ type: "synced", head });
      return;
    }
    await driver.stop();
    await driver.settled();
    await finalizer.drained();
    if (!this.#isStopped) await this.#enter(await history.head());
  }

  /** Nothing of the former epoch is needed any more: its last block is stored, and so is its certificate. */
  async #enter(head: FinalizedHead): Promise<void> {
    const { guard, writeAheadLog, logger } = this.#options;
    const { epoch, view, height } = head;
    this.#former = this.#now.engine;
    await guard.raiseFloor({ epoch, view });
    await writeAheadLog.rewrite([]);
    const running = await this.#create(head, []);
    if (this.#isStopped) return;
    this.#running = running;
    this.#askedMs.clear();
    const { stage, validators } = running.known;
    const { self } = running.engine.status();
    logger.info({ epoch, height, stage, validators: validators.length, self }, "epoch begins");
    running.driver.dispatch({ type: "start" });
    for (const { peer, message } of this.#early.take(epoch)) {
      // Its place in the set may be another now.
      const present = this.#options.peer(peer.id);
      if (present) this.receive(present, message);
    }
  }

  async #create(head: FinalizedHead, messages: readonly Message[]): Promise<Running> {
    const { history, guard, identityIn, clock, entered, timing } = this.#options;
    const known = await history.describe(head.epoch);
    invariant(known, "the epoch of the stored head is known");
    const identity = identityIn(known.validators);
    const engine = new ConsensusEngine(engineOptions(known, timing, identity), head);
    engine.restore({ messages, ballots: guard.ballots() });
    entered(known);
    const driver = this.#createDriver(known, engine, identity);
    return { known, engine, driver, identity, sinceMs: clock.nowMs() };
  }

  #createDriver(known: KnownEpoch, engine: ConsensusEngine, identity: Identity | undefined): ConsensusDriver {
    const { history, finalizer, timing } = this.#options;
    return new ConsensusDriver({
      ...this.#options,
      engine,
      epoch: known.epoch,
      signer: identity?.signer,
      heartbeatMs: timing.heartbeatMs,
      feeRecipient: (identity && known.validators[identity.index]?.operator) ?? ZERO_ADDRESS,
      closesEpoch: (block) => history.isClosing(block),
      // The store must have the block first: it says what comes next.
      epochEnded: () => void finalizer.drained().then(() => this.follow()),
    });
  }

  /** Each peer once in a while: one that claims to be ahead and does not answer must not keep us from asking others. */
  #ask(peer: PeerId): void {
    const { clock, timing, askAhead } = this.#options;
    const nowMs = clock.nowMs();
    const askedMs = this.#askedMs.get(peer);
    if (askedMs !== undefined && Math.abs(nowMs - askedMs) < ASK_AGAIN_VIEWS * timing.viewTimeoutMs) return;
    this.#askedMs.set(peer, nowMs);
    askAhead(peer);
  }

  /**
   * Sends a peer the proof that its epoch is over; it then catches up. Not right after the boundary, when votes of the
   * last view are merely late, and once per peer and interval.
   */
  async #tell(peer: PeerId, epoch: Epoch): Promise<void> {
    const { clock, timing, history, sendTo } = this.#options;
    const nowMs = clock.nowMs();
    if (Math.abs(nowMs - this.#toldSinceMs) >= timing.retransmitMs) {
      this.#toldSinceMs = nowMs;
      this.#told.clear();
    }
    if (nowMs < this.#now.sinceMs + timing.retransmitMs || this.#told.has(peer)) return;
    this.#told.add(peer);
    const certificate = (await history.closing(epoch))?.finalization;
    if (certificate) sendTo(peer, { type: "certificate", certificate });
  }
}

function epochOf(message: EpochMessage): Epoch {
  switch (message.type) {
    case "proposal":
      return message.proposal.epoch;
    case "vote":
      return message.vote.epoch;
    case "certificate":
      return message.certificate.epoch;
  }
}

function engineOptions(known: KnownEpoch, timing: Genesis["timing"], identity: Identity | undefined): EngineOptions {
  const { epoch, crypto, validators } = known;
  const { viewTimeoutMs, retransmitMs } = timing;
  return {
    epoch,
    weights: validators.map(({ weight }) => weight),
    self: identity?.index,
    crypto,
    leaderOf: leadersOf(known),
    viewTimeoutMs,
    retransmitMs,
    skipAfterSilentViews: 2 * validators.length,
  };
}

/** NET-5: in turn while authorities lead, by lot and stake in the New Generation. */
function leadersOf({ stage, validators, seed }: KnownEpoch): LeaderElection {
  const weights = validators.map(({ weight }) => weight);
  return stage === "NewGeneration" ? weightedRandom(weights, seed) : roundRobin(weights.length);
}

/** What the log holds of the epoch from the finalised view on: the rest is history that the block store has. */
async function readLog(log: LogPort, { epoch, view }: FinalizedHead): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const record of log.records()) {
    const message = decodeMessage(record);
    const place =
      message.type === "proposal" ? message.proposal : message.type === "certificate" && message.certificate;
    if (place && place.epoch === epoch && place.view >= view) messages.push(message);
  }
  return messages;
}
