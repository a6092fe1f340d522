/**
 * From a leader's proposal to this node's vote: checks, execution, and what waits for a parent.
 *
 * Owns: taking proposals in and reacting to the verdict of execution. Does not own: the justification rules
 * (justification.ts), when to sign (casting.ts), blocks that are proposed again (reproposal.ts). Called by: engine, recovery. PBFT's pre-prepare; whitepaper §2.4.2.
 */
import { CunError } from "../types/errors.ts";
import type { Proposal, Vote } from "../types/messages.ts";
import type { Hash, ValidatorIndex } from "../types/primitives.ts";
import type { BlockEntry } from "./block-tree.ts";
import { tryBuild } from "./building.ts";
import { castFinalize, castNotarize } from "./casting.ts";
import type { EngineEvent } from "./events.ts";
import { type Justified, justify } from "./justification.ts";
import { wantBlock } from "./missing.ts";
import { advanceFinality, applyCertificate } from "./progress.ts";
import { considerReproposals, isReproposal } from "./reproposal.ts";
import { broadcastVote } from "./retransmission.ts";
import type { EngineState } from "./state.ts";
import { countOwnVote, receiveVerifiedVote, receiveVote } from "./voting.ts";

type Verdict = Extract<EngineEvent, { type: "verified" }>;

/** A proposal from the network: fresh from its leader, or fetched because its block is certified. */
export function receiveProposal(state: EngineState, proposal: Proposal, from: ValidatorIndex | undefined): void {
  const { view, digest, vote } = proposal;
  const { leaderOf, self } = state.options;
  if (state.refuseEpoch(proposal, from ?? vote.signer) || state.refuseEpoch(vote, from ?? vote.signer)) return;
  const leader = leaderOf(view);
  if (vote.signer !== leader || vote.kind !== "notarize" || vote.view !== view || vote.digest !== digest) {
    state.report(from ?? vote.signer, "leaderWrong", { view, signer: vote.signer, leader });
    return;
  }
  if (!isLookedAt(state, proposal)) {
    receiveVote(state, vote, from);
    return;
  }
  if (leader !== self && !isVerified(state, vote) && !state.options.crypto.verify(vote)) {
    state.report(from ?? leader, "signatureInvalid", { kind: vote.kind, view, signer: leader });
    return;
  }
  const justified = tryJustify(state, proposal, from);
  if (justified) take(state, justified, from);
}

/** True for a proposal above the head that is new, and the first of its view or the certified one. */
function isLookedAt(state: EngineState, proposal: Proposal): boolean {
  const { view, digest } = proposal;
  if (view <= state.head.view) return false;
  if (isReproposal(proposal)) return state.rounds.get(view)?.proposed === undefined;
  const entry = state.tree.get(digest);
  // What came under this digest was not the block: another copy may be.
  if (entry) return entry.status === "invalid" && !isSameClaim(entry.proposal, proposal);
  const proposed = state.rounds.get(view)?.proposed;
  return proposed === undefined || proposed === digest || state.wanted.has(digest);
}

/** Whether execution would judge both alike. */
const isSameClaim = (a: Proposal, b: Proposal): boolean =>
  a.height === b.height &&
  a.parentView === b.parentView &&
  a.parentDigest === b.parentDigest &&
  sameBytes(a.payload, b.payload);

function isVerified(state: EngineState, vote: Vote): boolean {
  const entry = state.rounds.get(vote.view)?.votes.notarize.get(vote.signer);
  return (
    entry?.verified === true && entry.vote.digest === vote.digest && sameBytes(entry.vote.signature, vote.signature)
  );
}

function tryJustify(state: EngineState, proposal: Proposal, from: ValidatorIndex | undefined): Justified | undefined {
  try {
    return justify(state, proposal);
  } catch (error) {
    if (!(error instanceof CunError)) throw error;
    state.reportError(from ?? proposal.vote.signer, error);
    return undefined;
  }
}

function take(state: EngineState, { proposal, fresh }: Justified, from: ValidatorIndex | undefined): void {
  const { view, digest, vote } = proposal;
  const round = state.round(view);
  round.proposed ??= digest;
  if (isReproposal(proposal)) {
    round.reproposal = { proposal, from };
  } else {
    state.tree.add({ proposal, from, status: "waiting", closesEpoch: false });
    state.wanted.delete(digest);
  }
  // The newest first: one step to the view it leads to, instead of one through each view in between.
  for (const certificate of fresh.toReversed()) applyCertificate(state, certificate, "received");
  if (vote.signer !== state.options.self) receiveVerifiedVote(state, vote, from);
  if (isReproposal(proposal)) considerReproposals(state, digest);
  else verifyWhenReady(state, digest);
  advanceFinality(state, "assembled");
}

/** Has a block executed once its parent is; asks for a parent that is missing. */
function verifyWhenReady(state: EngineState, digest: Hash): void {
  const entry = state.tree.get(digest);
  if (entry?.status !== "waiting") return;
  const { parentView, parentDigest } = entry.proposal;
  if (state.tree.closesEpoch(parentDigest)) {
    refuseChild(state, entry);
    return;
  }
  if (parentDigest === state.head.digest || state.tree.isValid(parentDigest)) {
    entry.status = "verifying";
    state.emit({ type: "verify", proposal: entry.proposal });
    return;
  }
  wantBlock(state, { view: parentView, digest: parentDigest, urgent: true });
}

/** The epoch ends with its parent, for everybody who executes that: nobody honest proposes this. */
function refuseChild(state: EngineState, entry: BlockEntry): void {
  const { view, digest, parentDigest, epoch, vote } = entry.proposal;
  entry.status = "invalid";
  state.report(entry.from ?? vote.signer, "epochClosed", { view, digest, parentDigest, epoch });
}

/** Blocks that waited for this one to be verified, or to become the head. */
export function verifyChildren(state: EngineState, digest: Hash): void {
  for (const { proposal } of state.tree.childrenOf(digest)) verifyWhenReady(state, proposal.digest);
}

/** Execution has judged a block. */
export function onVerified(state: EngineState, verdict: Verdict): void {
  const entry = state.tree.get(verdict.digest);
  if (entry?.status !== "verifying") return;
  entry.closesEpoch = verdict.valid && verdict.closesEpoch;
  if (verdict.valid) onValid(state, entry);
  else onInvalid(state, entry);
}

function onValid(state: EngineState, entry: BlockEntry): void {
  const { view, digest } = entry.proposal;
  entry.status = "valid";
  castNotarize(state, entry.proposal);
  castFinalize(state, state.round(view));
  considerReproposals(state, digest);
  verifyChildren(state, digest);
  advanceFinality(state, "assembled");
  tryBuild(state);
}

function onInvalid(state: EngineState, entry: BlockEntry): void {
  const { view, digest, vote } = entry.proposal;
  entry.status = "invalid";
  state.report(entry.from ?? vote.signer, "payloadInvalid", { view, digest, reason: "execution refused it" });
  const isCertified = state.round(view).parentCertificate?.digest === digest;
  if (isCertified) wantBlock(state, { view, digest, urgent: false });
}

/** A vote of ours has come back from the key: out it goes. A leader's notarize vote completes its proposal. */
export function onSigned(state: EngineState, vote: Vote): void {
  const draft = vote.kind === "notarize" ? state.drafts.get(vote.view) : undefined;
  if (draft) {
    const proposal: Proposal = { ...draft.proposal, vote };
    const round = state.round(vote.view);
    state.drafts.delete(vote.view);
    round.proposed ??= vote.digest;
    if (isReproposal(proposal)) round.reproposal = { proposal, from: undefined };
    else state.tree.add({ proposal, from: undefined, status: "valid", closesEpoch: draft.closesEpoch });
    // Before it leaves, not before it is signed: a crash in between costs this view and contradicts nothing.
    state.emit({ type: "persist", message: { type: "proposal", proposal } });
  }
  broadcastVote(state, vote);
  countOwnVote(state, vote);
  if (draft) verifyChildren(state, vote.digest);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, position) => byte === b[position]);
}
