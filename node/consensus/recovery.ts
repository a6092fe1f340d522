/**
 * Continues where a node was stopped, from its write-ahead log and its signing guard.
 *
 * Owns: rebuilding the state without sending anything, and what the start event asks for.
 * Does not own: the log and the guard (node/storage). Called by: engine. Spec CON-10.
 * Every ballot of the guard binds again before the first event; votes are signed anew (BLS is deterministic), so
 * nothing signed is lost and nothing contradicts it.
 */
import type { Ballot, Certificate, Message, Proposal } from "../types/messages.ts";
import { asView } from "../types/primitives.ts";
import { requestVote } from "./casting.ts";
import { wantBlock } from "./missing.ts";
import { enterView } from "./pacemaker.ts";
import { advanceFinality, provesHead } from "./progress.ts";
import { verifyChildren } from "./proposals.ts";
import { isReproposal } from "./reproposal.ts";
import type { Round } from "./round.ts";
import type { EngineState } from "./state.ts";

export interface Restored {
  /** Records of the write-ahead log, oldest first. Trusted: this node wrote them. */
  readonly messages: readonly Message[];
  /** What the guard says this key has signed. */
  readonly ballots: readonly Ballot[];
}

export function restore(state: EngineState, { messages, ballots }: Restored): void {
  const { epoch } = state.options;
  for (const message of messages) {
    if (message.type === "certificate") restoreCertificate(state, message.certificate);
    if (message.type === "proposal") restoreProposal(state, message.proposal);
  }
  for (const ballot of ballots) {
    if (ballot.epoch === epoch && ballot.view > state.head.view) state.round(ballot.view).own[ballot.kind] = ballot;
  }
  state.lastHeard.fill(state.view);
}

function restoreCertificate(state: EngineState, certificate: Certificate): void {
  const { epoch, kind, view } = certificate;
  if (epoch !== state.options.epoch) return;
  if (provesHead(state, certificate)) state.head = { ...state.head, certificate };
  if (view <= state.head.view) return;
  state.round(view).certificates[kind] = certificate;
  if (kind === "finalize") state.finalizations.set(view, certificate);
  if (view >= state.view) state.view = asView(view + 1);
}

function restoreProposal(state: EngineState, proposal: Proposal): void {
  const { epoch, view, digest } = proposal;
  if (epoch !== state.options.epoch || view <= state.head.view) return;
  const round = state.round(view);
  round.proposed ??= digest;
  if (isReproposal(proposal)) round.reproposal = { proposal, from: undefined };
  else state.tree.add({ proposal, from: undefined, status: "waiting", closesEpoch: false });
}

/** The first event: enter the view, have blocks executed again, sign again what is not certified. */
export function start(state: EngineState): void {
  enterView(state, state.view);
  verifyChildren(state, state.head.digest);
  const open = state.openRounds();
  for (const round of open) {
    const certified = round.parentCertificate;
    if (certified) wantBlock(state, { view: round.view, digest: certified.digest, urgent: true });
  }
  if (state.voter !== undefined) for (const round of open) signAgain(state, round);
  advanceFinality(state, "received");
}

function signAgain(state: EngineState, { view, own, certificates, isCertified }: Round): void {
  const isOver = isCertified && view < state.view;
  // A leader may have stopped between signing and writing its block down: that vote never left, and must not, for
  // nobody could find the block. The view will be nullified.
  if (own.notarize && !isOver && state.proposalIn(view, own.notarize.digest)) requestVote(state, own.notarize);
  if (own.finalize && !certificates.finalize) requestVote(state, own.finalize);
  if (own.nullify && !isOver) requestVote(state, own.nullify);
}
