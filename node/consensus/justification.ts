/**
 * Whether a proposal may be voted for: right leader, certified parent, a nullification for each skipped view. A
 * re-proposal names its own block as its parent and is justified in the same way.
 *
 * Owns: that check, cheap parts first. Does not own: the payload (execution), what happens next (proposals.ts).
 * Called by: proposals.ts. A block may only skip views that provably brought nothing; otherwise a leader could build
 * beside a block that is already final. Certificates that this node holds replace those that came with the proposal,
 * so that nothing unchecked is kept or passed on.
 */
import { CunError } from "../types/errors.ts";
import { MAX_NULLIFICATIONS } from "../types/limits.ts";
import type { Certificate, Proposal } from "../types/messages.ts";
import { asView } from "../types/primitives.ts";
import { verifyCertificate } from "./certificates.ts";
import { isReproposal } from "./reproposal.ts";
import type { EngineState } from "./state.ts";

export interface Justified {
  readonly proposal: Proposal;
  /** Certificates that were new here; they are valid. */
  readonly fresh: readonly Certificate[];
}

/** @throws CunError proposalUnjustified, or what verifyCertificate throws for one of its certificates */
export function justify(state: EngineState, proposal: Proposal): Justified {
  checkShape(state, proposal);
  const fresh: Certificate[] = [];
  const parentCertificate = checkParent(state, proposal, fresh);
  const nullifications = proposal.nullifications.map((certificate) => {
    const known = state.rounds.get(certificate.view)?.certificates.nullify;
    return known ?? verified(state, certificate, fresh);
  });
  return { proposal: { ...proposal, parentCertificate, nullifications }, fresh };
}

function refuse({ view, parentView }: Proposal, reason: string): never {
  throw new CunError("proposalUnjustified", { view, parentView, reason });
}

function verified(state: EngineState, certificate: Certificate, fresh: Certificate[]): Certificate {
  const { epoch, crypto } = state.options;
  verifyCertificate(certificate, { epoch, set: state.set, crypto });
  fresh.push(certificate);
  return certificate;
}

/** Everything that needs no signature. */
function checkShape(state: EngineState, proposal: Proposal): void {
  const { view, parentView, nullifications } = proposal;
  if (parentView >= view) refuse(proposal, "the parent's view is not below its own");
  if (parentView < state.head.view) refuse(proposal, `it branches off below the final view ${state.head.view}`);
  const skipped = view - parentView - 1;
  if (nullifications.length !== skipped || skipped > MAX_NULLIFICATIONS) {
    refuse(proposal, `${nullifications.length} nullifications for ${skipped} skipped views`);
  }
  for (const [position, certificate] of nullifications.entries()) {
    const expected = asView(parentView + 1 + position);
    if (certificate.kind !== "nullify" || certificate.view !== expected) {
      refuse(proposal, `${certificate.kind} of view ${certificate.view} where view ${expected} must be nullified`);
    }
  }
}

/** Returns the certificate of the parent as this node will keep it. */
function checkParent(state: EngineState, proposal: Proposal, fresh: Certificate[]): Certificate | undefined {
  const { parentView, parentDigest, height, parentCertificate } = proposal;
  // Where an epoch starts, a certificate of the block would be one of the former epoch: it has no place here.
  const needsNone = state.head.startsEpoch && parentView === state.head.view;
  if (parentCertificate === undefined ? !needsNone : needsNone || !certifies(proposal, parentCertificate)) {
    refuse(proposal, "its certificate is not one of the parent");
  }
  if (isReproposal(proposal)) checkReproposal(state, proposal);
  if (parentView === state.head.view) {
    if (parentDigest !== state.head.digest) refuse(proposal, `its parent is not the final block ${state.head.digest}`);
    if (height !== state.head.height + 1) refuse(proposal, `height ${height} on a parent of ${state.head.height}`);
    if (!state.head.certificate && parentCertificate) {
      verifyCertificate(parentCertificate, {
        epoch: state.options.epoch,
        set: state.set,
        crypto: state.options.crypto,
      });
      state.head = { ...state.head, certificate: parentCertificate };
    }
    return state.head.certificate;
  }
  const parent = state.tree.get(parentDigest)?.proposal;
  if (parent && !isReproposal(proposal) && (parent.view !== parentView || parent.height + 1 !== height)) {
    refuse(proposal, `its parent has height ${parent.height} and view ${parent.view}`);
  }
  const known = state.rounds.get(parentView)?.parentCertificate;
  if (known?.digest === parentDigest) return known;
  return parentCertificate && verified(state, parentCertificate, fresh);
}

/** Whether the block may be proposed again is known when it is executed (reproposal.ts). */
function checkReproposal(state: EngineState, proposal: Proposal): void {
  const { parentView, digest, height, payload } = proposal;
  if (payload.length > 0) refuse(proposal, `a re-proposal carries no block, this one ${payload.length} bytes`);
  if (parentView <= state.head.view) refuse(proposal, "what it proposes again is final");
  const block = state.tree.get(digest)?.proposal;
  if (block && block.height !== height) refuse(proposal, `its block has height ${block.height}, not ${height}`);
}

const certifies = (proposal: Proposal, { kind, view, digest }: Certificate): boolean =>
  kind !== "nullify" && view === proposal.parentView && digest === proposal.parentDigest;
