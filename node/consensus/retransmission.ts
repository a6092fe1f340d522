/**
 * Makes up for lost messages: what is still needed is sent again, and whoever fell behind is told where we are.
 *
 * Owns: what a tick sends, and answers to votes of views that are over. Does not own: the clock (timer effects).
 * Called by: proposals, voting, engine. In a view without faults none of this sends anything, so a block costs 2N(N−1) messages.
 * Bounded: one answer per validator and tick, MAX_CERTIFICATES_PER_ANSWER certificates each.
 */
import { MAX_CERTIFICATES_PER_ANSWER, STALE_VIEWS } from "../types/limits.ts";
import type { Certificate, Message, Vote } from "../types/messages.ts";
import { asView, type ValidatorIndex, type View } from "../types/primitives.ts";
import { fetchBlock } from "./missing.ts";
import { requestSync } from "./progress.ts";
import type { Round } from "./round.ts";
import type { EngineState } from "./state.ts";

/** With pipelining a view begins before the one before it is final; a head further back means trouble. */
const USUAL_LAG = 2;

/** A vote so far back that it is not merely late. */
export function isLaggard(state: EngineState, vote: Vote): boolean {
  return vote.view + STALE_VIEWS < state.view;
}

/** Sends the certificates that take the voter from its view to ours. Nothing when there are none. */
export function answerLaggard(state: EngineState, vote: Vote, from: ValidatorIndex | undefined): void {
  const to = from ?? vote.signer;
  if (state.answered.has(to)) return;
  const certificates = certificatesFor(state, vote);
  if (certificates.length === 0) return;
  state.answered.add(to);
  for (const certificate of certificates) {
    state.emit({ type: "send", to, message: { type: "certificate", certificate } });
  }
}

function certificatesFor(state: EngineState, vote: Vote): Certificate[] {
  const { head } = state;
  // A finalize vote is answered by finality alone: its sender has left the view long ago.
  if (vote.kind === "finalize") {
    const newest = newestFinalization(state);
    return newest && newest.view >= vote.view ? [newest] : [];
  }
  const found = vote.view <= head.view && head.certificate ? [head.certificate] : [];
  const missing = state.openRounds().filter(({ view }) => view >= vote.view && view < state.view);
  // The oldest of what it lacks, so that no gap stays; of those the newest first, so that it moves once.
  return [...found, ...missing.flatMap(certificatesOf)].slice(0, MAX_CERTIFICATES_PER_ANSWER).reverse();
}

/** The proof of the newest block known to be final, whether or not the block is here. */
function newestFinalization({ finalizations, head }: EngineState): Certificate | undefined {
  return [...finalizations.values()].sort((a, b) => b.view - a.view)[0] ?? head.certificate;
}

function certificatesOf({ certificates }: Round): Certificate[] {
  const { notarize, finalize, nullify } = certificates;
  return [finalize ?? notarize, nullify].filter((certificate) => certificate !== undefined);
}

/** The retransmission timer of the current view fired. */
export function onTick(state: EngineState, view: View): void {
  if (view !== state.view) return;
  state.answered.clear();
  state.repeaters.clear();
  state.suspects.clear();
  resendVotes(state);
  if (state.round(view).own.nullify || state.view > state.head.view + USUAL_LAG) resendCertificates(state);
  for (const digest of state.wanted.keys()) fetchBlock(state, digest);
  state.syncAsked = { target: asView(0), inView: asView(0) };
  requestMissingFinality(state, state.view);
  state.emit({ type: "setTimer", view, timer: "retransmit", delayMs: state.options.retransmitMs });
}

/** Own votes that have not led to a certificate. */
function resendVotes(state: EngineState): void {
  const newestFinal = Math.max(0, ...state.finalizations.keys());
  const unfinalized = state.openRounds().filter(({ view }) => view > newestFinal);
  for (const { ownVotes } of unfinalized.slice(-MAX_CERTIFICATES_PER_ANSWER)) {
    if (ownVotes.finalize) broadcastVote(state, ownVotes.finalize);
  }
  const { ownVotes } = state.round(state.view);
  if (ownVotes.notarize) broadcastVote(state, ownVotes.notarize);
  if (ownVotes.nullify) broadcastVote(state, ownVotes.nullify);
}

/** A leader's notarize vote travels inside its proposal. */
export function broadcastVote(state: EngineState, vote: Vote): void {
  const proposal = vote.kind === "notarize" ? state.proposalIn(vote.view, vote.digest) : undefined;
  const message: Message =
    proposal && proposal.vote.signer === vote.signer ? { type: "proposal", proposal } : { type: "vote", vote };
  state.emit({ type: "broadcast", message });
}

/**
 * Finality does not keep up, or this node gave up its view: others may lack what brought us here. Sends the newest
 * finalization and the newest other certificates, and goes round through the older ones, so that every gap is closed.
 */
function resendCertificates(state: EngineState): void {
  const finality = newestFinalization(state);
  const open = state.openRounds().flatMap(certificatesOf);
  const newest = open.slice(-2);
  const older = open.slice(0, -2);
  const turns = Math.min(older.length, MAX_CERTIFICATES_PER_ANSWER);
  const turn = Array.from({ length: turns }, (_, step) => older[(state.rotation + step) % older.length]!);
  state.rotation = older.length === 0 ? 0 : (state.rotation + turns) % older.length;
  for (const certificate of [...(finality ? [finality] : []), ...turn, ...newest]) {
    state.emit({ type: "broadcast", message: { type: "certificate", certificate } });
  }
}

/**
 * Views change quicker than ticks come when only this node lacks something: then so many views count as a tick.
 * Call after the view has changed.
 */
export function onViewChanged(state: EngineState): void {
  for (const [digest, { askedIn, wantedIn }] of state.wanted) {
    if ((askedIn ?? wantedIn) + STALE_VIEWS <= state.view) fetchBlock(state, digest);
  }
  requestMissingFinality(state, asView(state.view - STALE_VIEWS));
}

/** Blocks up to this view are final but their chain is not here: fetching them one by one did not help. */
function requestMissingFinality(state: EngineState, newest: View): void {
  for (const certificate of [...state.finalizations.values()].sort((a, b) => b.view - a.view)) {
    if (certificate.view > newest || state.tree.pathFrom(state.head, certificate).status !== "missing") continue;
    requestSync(state, certificate);
    return;
  }
}
