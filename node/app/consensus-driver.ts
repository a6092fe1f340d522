/**
 * Carries out what the consensus engine decides: the imperative shell around the pure core.
 *
 * Owns: the order of things (persist before send, one event at a time), timers, building at the right moment.
 * Does not own: the rules (node/consensus), finalised blocks (finalizer.ts), catching up (synchronizer.ts), what comes
 * after the epoch (epoch-runner.ts). One driver for one engine.
 * Called by: epoch-runner. The simulator (test/simulation) does the same under virtual time.
 */
import type { ConsensusEngine } from "../consensus/engine.ts";
import type { Effect, EngineEvent } from "../consensus/events.ts";
import type { ClockPort } from "../ports/clock.ts";
import type { ExecutedBlock, ExecutionPort, HeaderSummary, Verdict } from "../ports/execution.ts";
import type { SignerPort } from "../ports/signer.ts";
import type { LogPort, SigningGuardPort } from "../ports/storage.ts";
import { encodeMessage } from "../types/codec.ts";
import { CunError, invariant, isCunError } from "../types/errors.ts";
import type { Certificate, Message, Proposal } from "../types/messages.ts";
import type { Address, Epoch, Hash, ValidatorIndex, View } from "../types/primitives.ts";
import type { Finalizer } from "./finalizer.ts";
import type { Logger } from "./logger.ts";

export interface DriverOptions {
  readonly engine: ConsensusEngine;
  readonly epoch: Epoch;
  readonly execution: ExecutionPort;
  readonly finalizer: Finalizer;
  readonly signer: SignerPort | undefined;
  readonly guard: SigningGuardPort;
  readonly writeAheadLog: LogPort;
  readonly clock: ClockPort;
  readonly heartbeatMs: number;
  /** How long a leader adds transactions to one block. */
  readonly buildDeadlineMs: number;
  readonly feeRecipient: Address;
  /** See LOG_REWRITE_BYTES, the default. */
  readonly logRewriteBytes?: number;
  readonly logger: Logger;
  send(to: ValidatorIndex, message: Message): void;
  broadcast(message: Message): void;
  /** Lowers the score of the validator's connection. */
  report(validator: ValidatorIndex, error: CunError): void;
  /** A block is final that consensus messages alone do not bring here. */
  catchUp(certificate: Certificate): void;
  /** Whether the epoch ends with a block that was executed here. */
  closesEpoch(block: ExecutedBlock): Promise<boolean>;
  /** The block that closes the epoch is final, and perhaps not stored yet. */
  epochEnded(): void;
  /** Something failed that this node must not survive. */
  fatal(error: unknown): void;
}

type Finalize = Extract<Effect, { type: "finalize" }>;

/** A proposal's clock may be this far ahead of ours; the vote for one further ahead waits. */
const MAX_CLOCK_SKEW_MS = 15_000;
/** No vote waits longer than this: a proposal further ahead is refused. */
const MAX_VOTE_DELAY_MS = 30_000;
/** Proposals are asked from this many holders at once: one may be gone, all would be waste. */
const FETCH_HOLDERS = 2;
/** The log is rewritten without finalised history when it has grown by this much: seldom, and read in a moment. */
const LOG_REWRITE_BYTES = 16 * 1024 * 1024;

export class ConsensusDriver {
  readonly #options: DriverOptions;
  readonly #events: EngineEvent[] = [];
  readonly #timers = new Map<string, () => void>();
  /** Votes that wait for the time of their block; each cancels itself. */
  readonly #pauses = new Set<() => void>();
  /** The engine has forgotten these blocks and the store does not have them yet: only the log does. */
  readonly #unstored = new Set<Finalize>();
  /** Storing of final blocks, and rewriting of the log, under way. */
  readonly #storing = new Set<Promise<void>>();
  #bytesAfterRewrite: number;
  #isRewriting = false;
  #pendingBuild: { readonly view: View; cancel(): void } | undefined;
  #running = false;
  #stopped = false;
  #idle: Promise<void> = Promise.resolve();

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#bytesAfterRewrite = options.writeAheadLog.bytes;
  }

  /** Hands an event to the engine; events are worked off one by one in the order they came. */
  dispatch(event: EngineEvent): void {
    if (this.#stopped) return;
    this.#events.push(event);
    if (!this.#running) {
      this.#running = true;
      this.#idle = this.#work();
    }
  }

  /** Stops timers and waits for the event under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pendingBuild?.cancel();
    for (const cancel of [...this.#timers.values(), ...this.#pauses]) cancel();
    await this.#idle;
  }

  /** After the stop: resolves when what was final is stored and the log is left alone. */
  async settled(): Promise<void> {
    await Promise.all(this.#storing);
  }

  async #work(): Promise<void> {
    try {
      for (let event = this.#events.shift(); event && !this.#stopped; event = this.#events.shift()) {
        const effects = this.#options.engine.step(event);
        for (const effect of effects) if (effect.type === "finalize") this.#unstored.add(effect);
        for (const effect of effects) {
          // To stop between two effects is what a crash does at any time.
          if (this.#stopped) return;
          await this.#carryOut(effect);
        }
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running = false;
    }
  }

  async #carryOut(effect: Effect): Promise<void> {
    const { broadcast, send, report, finalizer, logger } = this.#options;
    switch (effect.type) {
      case "persist":
        return this.#persist(effect.message);
      case "sign":
        return this.#sign(effect.ballot);
      case "broadcast":
        return broadcast(effect.message);
      case "send":
        return send(effect.to, effect.message);
      case "build":
        return this.#buildWhenDue(effect);
      case "verify":
        return this.#detach(this.#verify(effect.proposal));
      case "finalize":
        return this.#store(effect);
      case "certified":
        return this.#detach(finalizer.attach(effect.certificate));
      case "epochEnded":
        return this.#options.epochEnded();
      case "setTimer":
        return this.#setTimer(effect);
      case "fetch":
        return this.#fetch(effect);
      case "sync":
        return this.#options.catchUp(effect.certificate);
      case "viewEntered":
        logger.debug({ view: effect.view, leader: effect.leader }, "view entered");
        return this.#leaveViewsBefore(effect.view);
      case "report":
        return report(effect.validator, effect.error);
      case "evidence":
        logger.warn(
          { validator: effect.first.signer, view: effect.first.view, kinds: [effect.first.kind, effect.second.kind] },
          "validator signed two contradicting votes",
        );
    }
  }

  async #persist(message: Message): Promise<void> {
    await this.#options.writeAheadLog.append([encodeMessage(message)]);
  }

  async #sign(ballot: Parameters<SignerPort["sign"]>[0]): Promise<void> {
    const { signer } = this.#options;
    invariant(signer, "only a validator is asked to sign");
    this.dispatch({ type: "signed", vote: await signer.sign(ballot) });
  }

  /** Builds at once when transactions wait, else when the first comes or the heartbeat is due. */
  #buildWhenDue(effect: Extract<Effect, { type: "build" }>): void {
    const { clock, heartbeatMs, execution } = this.#options;
    this.#pendingBuild?.cancel();
    const dueMs = this.#options.finalizer.lastAppendedMs + heartbeatMs - clock.nowMs();
    // Never longer than a heartbeat, also when the system's clock was set back.
    const waitMs = Math.min(heartbeatMs, Math.max(0, dueMs));
    let started = false;
    const start = () => {
      if (started) return;
      started = true;
      cancel();
      this.#detach(this.#build(effect).catch((error: unknown) => this.#dropBuild(effect.view, error)));
    };
    const cancelTimer = clock.after(waitMs, start);
    const unsubscribe = execution.pool.onAccepted(start);
    const cancel = () => {
      cancelTimer();
      unsubscribe();
    };
    this.#pendingBuild = { view: effect.view, cancel };
    if (execution.pool.hasReady(effect.parentDigest)) start();
  }

  async #build({ view, parentView, parentDigest }: Extract<Effect, { type: "build" }>): Promise<void> {
    const { clock, execution, epoch, feeRecipient, buildDeadlineMs } = this.#options;
    const { hash, height, payload } = await execution.build({
      parent: parentDigest,
      context: { epoch, view, parentView },
      timestamp: Math.floor(clock.nowMs() / 1000),
      feeRecipient,
      deadlineMs: buildDeadlineMs,
    });
    const closesEpoch = await this.#closesEpoch(hash);
    if (closesEpoch === undefined) throw new CunError("blockNotExecuted", { hash });
    this.dispatch({ type: "built", view, digest: hash, height, payload, closesEpoch });
  }

  /** Catching up has made a block beyond the parent final: the engine hears of it in a moment and leaves the view. */
  #dropBuild(view: View, error: unknown): void {
    if (!isCunError(error, "blockNotExecuted")) throw error;
    this.#options.logger.debug({ err: error, view }, "nothing is built on a parent that is history");
  }

  async #verify(proposal: Proposal): Promise<void> {
    const verdict = await this.#options.execution.verify(proposal.payload);
    // The engine had the parent executed. It is gone because catching up went past it: nobody is at fault, and the
    // engine hears of it in a moment.
    if (verdict.status === "unknownParent" && verdict.parentHash === proposal.parentDigest) return;
    const error = this.#proposalFault(proposal, verdict);
    if (error) this.#options.logger.warn({ err: error, view: proposal.view }, "refusing to vote for a proposal");
    const waitMs = error || verdict.status !== "valid" ? 0 : this.#untilTimelyMs(verdict.block);
    if (waitMs > 0 && !this.#stopped) await this.#pause(waitMs, proposal);
    const { view, digest } = proposal;
    if (error) return this.dispatch({ type: "verified", view, digest, valid: false, closesEpoch: false });
    const closesEpoch = await this.#closesEpoch(digest);
    // As above: it is history meanwhile.
    if (closesEpoch === undefined) return;
    this.dispatch({ type: "verified", view, digest, valid: true, closesEpoch });
  }

  /** Undefined when the block was dropped beside another that is final: then its state cannot be read either. */
  async #closesEpoch(hash: Hash): Promise<boolean | undefined> {
    const { execution, closesEpoch } = this.#options;
    const block = execution.executed(hash);
    if (!block) return undefined;
    try {
      return await closesEpoch(block);
    } catch (error) {
      if (!execution.executed(hash)) return undefined;
      throw error;
    }
  }

  /** How long until the block's time is no longer ahead of our clock by more than is tolerated. */
  #untilTimelyMs({ timestamp }: HeaderSummary): number {
    return timestamp * 1000 - this.#options.clock.nowMs() - MAX_CLOCK_SKEW_MS;
  }

  /** The vote comes late: whose clock is wrong cannot be told from here, so the proposer is not blamed. */
  #pause(waitMs: number, { view }: Proposal): Promise<void> {
    this.#options.logger.warn({ view, waitMs }, "a proposal's time is ahead of this clock: voting later");
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(waitMs, () => {
        this.#pauses.delete(cancel);
        resolve();
      });
      this.#pauses.add(cancel);
    });
  }

  /** What is wrong with a proposal's block, if anything: it must be valid and be the block the proposal says. */
  #proposalFault(proposal: Proposal, verdict: Verdict): CunError | undefined {
    const { view, digest } = proposal;
    const fault = (reason: string) => new CunError("payloadInvalid", { view, digest, reason });
    if (verdict.status === "invalid") return verdict.error;
    if (verdict.status === "unknownParent") return fault(`its parent is ${verdict.parentHash}`);
    const { block } = verdict;
    if (block.hash !== digest) return fault(`its hash is ${block.hash}`);
    if (block.parentHash !== proposal.parentDigest) return fault(`its parent is ${block.parentHash}`);
    if (block.height !== proposal.height) return fault(`its height is ${block.height}, not ${proposal.height}`);
    const { context } = block;
    if (context.view !== view || context.parentView !== proposal.parentView || context.epoch !== proposal.epoch) {
      return fault(`its header says epoch ${context.epoch}, view ${context.view}, parent view ${context.parentView}`);
    }
    const untilMs = this.#untilTimelyMs(block);
    if (untilMs > MAX_VOTE_DELAY_MS)
      return fault(`its time is ${Math.round(untilMs / 1000)} s further ahead than allowed`);
    return undefined;
  }

  #store(effect: Finalize): void {
    const stored = this.#finalize(effect).catch((error: unknown) => this.#fail(error));
    this.#storing.add(stored);
    this.#detach(stored.finally(() => this.#storing.delete(stored)));
  }

  async #finalize(effect: Finalize): Promise<void> {
    await this.#options.finalizer.finalize(effect.proposals, effect.certificate);
    this.#unstored.delete(effect);
    const { writeAheadLog, logRewriteBytes = LOG_REWRITE_BYTES } = this.#options;
    if (this.#isRewriting || writeAheadLog.bytes - this.#bytesAfterRewrite < logRewriteBytes) return;
    this.#isRewriting = true;
    await this.#forgetHistory(effect.certificate.view);
    this.#isRewriting = false;
  }

  /** Lets the guard and the log go of what is stored up to this view. Blocks may become final meanwhile. */
  async #forgetHistory(view: View): Promise<void> {
    const { engine, epoch, guard, writeAheadLog } = this.#options;
    await guard.raiseFloor({ epoch, view });
    const unstored = [...this.#unstored].flatMap(({ proposals, certificate }): Message[] => [
      ...proposals.map((proposal): Message => ({ type: "proposal", proposal })),
      { type: "certificate", certificate },
    ]);
    await writeAheadLog.rewrite([...unstored, ...engine.retained()].map(encodeMessage));
    this.#bytesAfterRewrite = writeAheadLog.bytes;
  }

  #setTimer({ view, timer, delayMs }: Extract<Effect, { type: "setTimer" }>): void {
    const key = `${view}/${timer}`;
    this.#timers.get(key)?.();
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(key);
      this.dispatch({ type: "timeout", view, timer });
    });
    this.#timers.set(key, cancel);
  }

  #leaveViewsBefore(view: View): void {
    if (this.#pendingBuild && this.#pendingBuild.view < view) this.#pendingBuild.cancel();
    for (const [key, cancel] of this.#timers) {
      if (Number(key.split("/")[0]) >= view) continue;
      cancel();
      this.#timers.delete(key);
    }
  }

  #fetch({ view, digest, holders }: Extract<Effect, { type: "fetch" }>): void {
    // Another pair each time: a holder that does not answer must not be asked for ever.
    const start = holders.length > 0 ? Math.floor(this.#options.clock.nowMs() / 100) % holders.length : 0;
    const rotated = [...holders.slice(start), ...holders.slice(0, start)];
    for (const holder of rotated.slice(0, FETCH_HOLDERS)) {
      this.#options.send(holder, { type: "proposalRequest", request: { view, digest } });
    }
  }

  /** Runs beside the event loop; its result comes back as an event. */
  #detach(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail(error));
  }

  /** No further event is worked off, whatever the owner does: effects were left out, the engine does not know. */
  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#options.fatal(error);
  }
}
