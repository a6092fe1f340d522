/**
 * The leader's part: choose a parent, have a block built, turn it into a proposal.
 *
 * Owns: the choice of the parent (the highest notarised block whose successors are all nullified) and the draft.
 * Does not own: what is in a block (execution), when it is due (app). Called by: pacemaker, proposals, progress, engine.
 */
import type { Certificate } from "../types/messages.ts";
import { asView } from "../types/primitives.ts";
import { requestVote } from "./casting.ts";
import type { EngineEvent } from "./events.ts";
import { wantBlock } from "./missing.ts";
import type { BuildJob, EngineState } from "./state.ts";

/** Starts building when this node leads the view, has not proposed or given up, and holds what justifies a block. */
export function tryBuild(state: EngineState): void {
  const { self, leaderOf } = state.options;
  if (self === undefined || leaderOf(state.view) !== self || state.build) return;
  const round = state.round(state.view);
  if (round.own.notarize || round.own.nullify) return;
  const job = chooseParent(state);
  if (!job) return;
  if (job.parentView > state.head.view && !state.tree.isValid(job.parentDigest)) {
    wantBlock(state, { view: job.parentView, digest: job.parentDigest, urgent: true });
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
  if (!certificate && head.view > 0) return undefined;
  return { view, parentView: head.view, parentDigest: digest, parentCertificate: certificate, nullifications };
}

/** The block is built: sign it. It leaves as a proposal when the vote comes back. */
export function onBuilt(state: EngineState, built: Extract<EngineEvent, { type: "built" }>): void {
  const { build, options } = state;
  const { view, height, digest, payload } = built;
  const round = state.round(state.view);
  // Too late: the view is over, given up, or another build replaced this one.
  if (build?.view !== view || view !== state.view || round.own.notarize || round.own.nullify) return;
  const { epoch } = options;
  state.build = undefined;
  state.drafts.set(digest, { ...build, epoch, height, digest, payload });
  requestVote(state, { kind: "notarize", epoch, view, digest });
}
