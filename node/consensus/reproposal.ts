/**
 * How an epoch ends: the block that closes it gets no child in this epoch; until it is final, each later leader proposes
 * the same block again.
 *
 * Owns: what a re-proposal is, drafting one, voting for one, where the next epoch starts. Does not own: its
 * justification, which is that of any proposal (justification.ts), which block closes an epoch (execution says so).
 * Called by: building, proposals, justification, recovery, app. Protocol: docs/protocol/consensus.md, ADR 11.
 * Why: a child could make the block final through itself. Those who had seen the block final alone would then end the
 * epoch there, the others one block later, under another set. As it is, whatever becomes final above the block's parent
 * is the block itself, in whichever view.
 */
import type { Proposal } from "../types/messages.ts";
import { asEpoch, type Hash } from "../types/primitives.ts";
import { castFinalize, castNotarize, requestVote } from "./casting.ts";
import type { FinalizedHead } from "./events.ts";
import { wantBlock } from "./missing.ts";
import type { Round } from "./round.ts";
import type { BuildJob, EngineState } from "./state.ts";

/** It carries no payload: who notarised the block has it, who has not fetches it from one of those. */
const NO_PAYLOAD = new Uint8Array();

/** A proposal whose parent is its own block. No hash covers itself, so no other proposal looks like this. */
export const isReproposal = ({ digest, parentDigest }: Pick<Proposal, "digest" | "parentDigest">): boolean =>
  digest === parentDigest;

/** Where the engine of the next epoch begins, the same on every node: nothing of how the block became final is in it. */
export const startOfNextEpoch = ({ epoch, view, height, digest }: FinalizedHead): FinalizedHead => ({
  epoch: asEpoch(epoch + 1),
  view,
  height,
  digest,
  certificate: undefined,
  startsEpoch: true,
});

/** This node leads the view and its parent closes the epoch: sign that block for this view. */
export function draftReproposal(state: EngineState, job: BuildJob): void {
  const { view, parentDigest: digest } = job;
  const { epoch } = state.options;
  const height = state.tree.get(digest)!.proposal.height;
  const proposal = { ...job, epoch, height, digest, payload: NO_PAYLOAD };
  state.drafts.set(view, { proposal, closesEpoch: true });
  requestVote(state, { kind: "notarize", epoch, view, digest });
}

/** A re-proposal has come, or its block was executed: votes, in each view in which the block stands again. */
export function considerReproposals(state: EngineState, digest: Hash): void {
  for (const round of state.openRounds()) {
    const isRepeated = round.reproposal?.proposal.digest === digest;
    if (isRepeated) considerReproposal(state, round);
    if (round.parentCertificate?.digest === digest) castFinalize(state, round);
  }
}

function considerReproposal(state: EngineState, round: Round): void {
  const { proposal, from } = round.reproposal!;
  const { view, digest, parentView, epoch, vote } = proposal;
  if (!state.tree.isValid(digest)) {
    wantBlock(state, { view: parentView, digest, urgent: true });
  } else if (state.tree.closesEpoch(digest)) {
    castNotarize(state, proposal);
  } else {
    round.reproposal = undefined;
    state.report(from ?? vote.signer, "reproposalRefused", { view, digest, epoch });
  }
}
