/**
 * When this node may sign: the three rules that make two final blocks at one height impossible.
 *
 * Owns: one notarize per view and none after nullify; never finalize and nullify in one view; no vote for a block
 * that was not executed here. Does not own: the key and its guard, which refuse the same once more (SignerPort).
 * Called by: building, proposals, progress, pacemaker, recovery. A ballot binds from the moment it is asked to be signed.
 */
import { invariant } from "../types/errors.ts";
import type { Ballot, Proposal, VoteKind } from "../types/messages.ts";
import { type Hash, ZERO_HASH } from "../types/primitives.ts";
import type { Round } from "./round.ts";
import { ballotKey, type EngineState } from "./state.ts";

/** Asks the key for a vote; again for the same ballot after a restart. */
export function requestVote(state: EngineState, ballot: Ballot): void {
  const round = state.round(ballot.view);
  const { notarize, finalize, nullify } = round.own;
  const same = round.own[ballot.kind];
  invariant(state.options.self !== undefined, "a node outside the set does not vote");
  invariant(same === undefined || same.digest === ballot.digest, "one vote of a kind in a view");
  invariant(ballot.kind !== "notarize" || notarize || !nullify, "no notarize after nullify");
  invariant(ballot.kind !== "finalize" || !nullify, "no finalize after nullify");
  invariant(ballot.kind !== "nullify" || !finalize, "no nullify after finalize");
  round.own[ballot.kind] = ballot;
  state.awaitedVotes.add(ballotKey(ballot));
  state.emit({ type: "sign", ballot });
}

function cast(state: EngineState, round: Round, kind: VoteKind, digest: Hash): void {
  requestVote(state, { kind, epoch: state.options.epoch, view: round.view, digest });
}

/**
 * For a proposal of the current view, or of a past one that was notarised before we got round to it, when its block is
 * verified. Assumes: when it is a re-proposal, its block closes the epoch (reproposal.ts).
 */
export function castNotarize(state: EngineState, proposal: Proposal): void {
  const { view, digest } = proposal;
  const round = state.round(view);
  if (state.voter === undefined || !state.tree.isValid(digest) || view <= state.head.view) return;
  if (round.own.notarize || round.own.nullify) return;
  if (view !== state.view && round.parentCertificate?.digest !== digest) return;
  state.emit({ type: "persist", message: { type: "proposal", proposal } });
  cast(state, round, "notarize", digest);
}

/** For the notarised block of a view in which this node has not given up. */
export function castFinalize(state: EngineState, round: Round): void {
  const digest = round.parentCertificate?.digest;
  if (state.voter === undefined || digest === undefined || round.view <= state.head.view) return;
  if (round.own.finalize || round.own.nullify || !state.tree.isValid(digest)) return;
  // In another view than its own a block can only stand when it closes the epoch.
  if (state.tree.get(digest)?.proposal.view !== round.view && !state.tree.closesEpoch(digest)) return;
  cast(state, round, "finalize", digest);
}

/** Gives up on the current view. */
export function castNullify(state: EngineState): void {
  const round = state.round(state.view);
  if (state.voter === undefined || round.own.finalize || round.own.nullify) return;
  cast(state, round, "nullify", ZERO_HASH);
}
