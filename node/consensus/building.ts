/**
 * The leader's part: choose a parent, have a block built, turn it into a proposal.
 *
 * Owns: the choice of the parent (the highest notarised block whose successors are all nullified) and the draft. On a
 * parent that closes the epoch nothing is built: it is proposed again (reproposal.ts).
 * Does not own: what is in a block (execution), when it is due (app). Called by: pacemaker, proposals, progress, engine.
 */
import type { Certificate } from "../types/messages.ts";
import { asView } from "../types/primitives.ts";
import { requestVote } from "./casting.ts";
import type { EngineEvent } from "./events.ts";
import { wantBlock } from "./missing.ts";
import { draftReproposal } from "./reproposal.ts";
import type { BuildJob, EngineState } from "./state.ts";

/** Starts building when this node leads the view, has not proposed or given up, and holds what justifies a block. */
export function tryBuild(state: EngineState): void {
  const { voter } = state;
  if (voter === undefined || state.options.leaderOf(state.view) !== voter || state.build) return;
  const round = state.round(state.view);
  if (round.own.notarize || round.own.nullify) return;
  const job = chooseParent(state);
  if (!job) return;
  if (job.parentView > state.head.view && !state.tree.isValid(job.parentDigest)) {
    wantBlock(state, { view: job.parentView, digest: job.parentDigest, urgent: true });
    return;
  }
  if (state.tree.closesEpoch(job.parentDigest)) {
    draftReproposal(state, job);
    return;
  }
  state.build = job;
  const { view, parentView, parentDigest } = job;
  state.emit({ type: "build", view, parentView, parentDigest });
}

/** Undefined when a certificate for a view in between is missing here. */
function chooseParent({ rounds, head, view }: EngineState): BuildJob | undefined {
  const nullifications: Certificate[] = [];
  for (let parentView = asView(view - 1); parentView > head.view; parentView = asView(parentView - 1)) {
    const round = rounds.get(parentView);
    const parentCertificate = round?.parentCertificate;
    if (parentCertificate) {
      return { view, parentView, parentDigest: parentCertificate.digest, parentCertificate, nullifications };
    }
    const nullification = round?.certificates.nullify;
    if (!nullification) return undefined;
    nullifications.unshift(nullification);
  }
  const { digest, certificate } = head;
  if (!certificate && !head.startsEpoch) return undefined;
  return { view, parentView: head.view, parentDigest: digest, parentCertificate: certificate, nullifications };
}

/** The block is built: sign it. It leaves as a proposal when the vote comes back. */
export function onBuilt(state: EngineState, built: Extract<EngineEvent, { type: "built" }>): void {
  const { build, options } = state;
  const { view, height, digest, payload, closesEpoch } = built;
  const round = state.round(state.view);
  // Too late: the view is over, given up, or another build replaced this one.
  if (build?.view !== view || view !== state.view || round.own.notarize || round.own.nullify) return;
  const { epoch } = options;
  state.build = undefined;
  state.drafts.set(view, { proposal: { ...build, epoch, height, digest, payload }, closesEpoch });
  requestVote(state, { kind: "notarize", epoch, view, digest });
}
