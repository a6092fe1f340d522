/**
 * The consensus engine: a pure state machine that turns events into effects. The class that ships is the one the
 * simulator runs.
 *
 * Owns: the order of events; every rule stands in a file of its own beside this one. Does not own: time, randomness,
 * network, disk, keys: they are effects, carried out in order by the shell. Called by: app, test/simulation.
 * Protocol: docs/protocol/consensus.md; whitepaper §2.4.2. Safety: at most a third of the weight is corrupt.
 */
import { invariant } from "../types/errors.ts";
import type { Message, ProposalRequest } from "../types/messages.ts";
import { onBuilt } from "./building.ts";
import type { Effect, EngineEvent, EngineOptions, FinalizedHead } from "./events.ts";
import { onViewTimeout } from "./pacemaker.ts";
import { onSynced, receiveCertificate } from "./progress.ts";
import { onSigned, onVerified, receiveProposal, verifyChildren } from "./proposals.ts";
import { type Restored, restore, start } from "./recovery.ts";
import { onTick, onViewChanged } from "./retransmission.ts";
import { EngineState } from "./state.ts";
import { type EngineStatus, statusOf } from "./status.ts";
import { receiveVote } from "./voting.ts";

export class ConsensusEngine {
  readonly #state: EngineState;
  #isStarted = false;

  constructor(options: EngineOptions, head: FinalizedHead) {
    invariant(options.weights.length > 0, "a validator set is not empty");
    invariant(head.epoch === options.epoch, "the head belongs to the epoch or starts it");
    this.#state = new EngineState(options, head);
  }

  /** What the log and the guard hold. Before `start`. */
  restore(restored: Restored): void {
    invariant(!this.#isStarted, "restoring comes before starting");
    restore(this.#state, restored);
  }

  /**
   * Takes one event and returns what is to be done, in this order.
   * @throws CunError finalityConflict: two blocks are certified that exclude each other; the node must stop
   */
  step(event: EngineEvent): Effect[] {
    const state = this.#state;
    invariant(this.#isStarted !== (event.type === "start"), "the first event is start, and only the first");
    this.#isStarted = true;
    if (state.isEnded) return [];
    const { view } = state;
    this.#handle(event);
    if (state.view !== view) onViewChanged(state);
    const { effects } = state;
    state.effects = [];
    return effects;
  }

  #handle(event: EngineEvent): void {
    const state = this.#state;
    switch (event.type) {
      case "start":
        start(state);
        break;
      case "proposal":
        receiveProposal(state, event.proposal, event.from);
        break;
      case "vote":
        receiveVote(state, event.vote, event.from);
        break;
      case "certificate":
        receiveCertificate(state, event.certificate, event.from);
        break;
      case "signed":
        onSigned(state, event.vote);
        break;
      case "built":
        onBuilt(state, event);
        break;
      case "verified":
        onVerified(state, event);
        break;
      case "timeout":
        if (event.timer === "view") onViewTimeout(state, event.view);
        else onTick(state, event.view);
        break;
      case "synced":
        onSynced(state, event.head);
        verifyChildren(state, state.head.digest);
    }
  }

  get head(): FinalizedHead {
    return this.#state.head;
  }

  /** The block that closes the epoch is final. */
  get isEnded(): boolean {
    return this.#state.isEnded;
  }

  /**
   * What to send to somebody who asks for a block: the proposal, when it is here, executed and not yet final; when its
   * view is final, the newest finalization, which makes the asker catch up. Undefined when this node cannot help.
   * Goes on after the end of the epoch.
   */
  answer({ view, digest }: ProposalRequest): Message | undefined {
    const { tree, head, isEnded } = this.#state;
    const entry = tree.get(digest);
    if (entry?.status === "valid") return { type: "proposal", proposal: entry.proposal };
    // A block that closes the epoch may have become final in any view from its own on.
    return (view <= head.view || isEnded) && head.certificate
      ? { type: "certificate", certificate: head.certificate }
      : undefined;
  }

  /** What the write-ahead log must keep: everything above the finalised head. */
  retained(): Message[] {
    const { tree, head } = this.#state;
    const certificates = this.#state.openRounds().flatMap((round) => Object.values(round.certificates));
    const repeated = this.#state.openRounds().flatMap((round) => round.reproposal?.proposal ?? []);
    return [...(head.certificate ? [head.certificate] : []), ...certificates]
      .map((certificate): Message => ({ type: "certificate", certificate }))
      .concat([...tree.proposals(), ...repeated].map((proposal): Message => ({ type: "proposal", proposal })));
  }

  status(): EngineStatus {
    return statusOf(this.#state);
  }
}
