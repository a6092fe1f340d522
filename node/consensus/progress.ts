/**
 * What follows from a certificate: the next view, a finalize vote, finality.
 *
 * Owns: taking certificates in (each kind once per view, checked and persisted) and finalising the chain below.
 * Does not own: making certificates from votes (voting.ts). Called by: voting, proposals, recovery, retransmission, engine.
 * A finalised block makes all its ancestors final. Two conflicting finalizations throw finalityConflict: more than a
 * third of the weight is corrupt, and no node may go on as if nothing had happened.
 */
import { CunError, invariant } from "../types/errors.ts";
import { STALE_VIEWS } from "../types/limits.ts";
import type { Certificate } from "../types/messages.ts";
import { asView, type ValidatorIndex } from "../types/primitives.ts";
import { tryBuild } from "./building.ts";
import { castFinalize } from "./casting.ts";
import { verifyCertificate } from "./certificates.ts";
import type { FinalizedHead } from "./events.ts";
import { wantBlock } from "./missing.ts";
import { enterView } from "./pacemaker.ts";
import type { EngineState } from "./state.ts";

/**
 * assembled = from votes counted here, so the block is most likely on its way; received = others are ahead of us.
 * Certificates inside a justified proposal count as received: they were checked there.
 */
export type CertificateOrigin = "assembled" | "received";

/** Takes in a certificate from the network: checks it unless it brings nothing new. */
export function receiveCertificate(
  state: EngineState,
  certificate: Certificate,
  from: ValidatorIndex | undefined,
): void {
  const { epoch, crypto } = state.options;
  if (state.refuseEpoch(certificate, from)) return;
  if (
    certificate.view <= state.head.view &&
    !isLateFinalization(state, certificate) &&
    !provesHead(state, certificate)
  ) {
    return;
  }
  const known = state.rounds.get(certificate.view)?.certificates[certificate.kind];
  if (known?.digest === certificate.digest) return;
  try {
    verifyCertificate(certificate, { epoch, set: state.set, crypto });
  } catch (error) {
    if (!(error instanceof CunError)) throw error;
    state.reportError(from, error);
    return;
  }
  applyCertificate(state, certificate, "received");
}

/** Assumes: the certificate is valid. */
export function applyCertificate(state: EngineState, certificate: Certificate, origin: CertificateOrigin): void {
  if (certificate.view <= state.head.view) {
    applyLate(state, certificate);
    return;
  }
  const { kind, view, digest } = certificate;
  const round = state.round(view);
  const known = round.certificates[kind];
  if (known) {
    if (known.digest !== digest) throw conflict(state, known, certificate);
    return;
  }
  round.certificates[kind] = certificate;
  state.emit({ type: "persist", message: { type: "certificate", certificate } });
  if (kind === "finalize") state.finalizations.set(view, certificate);
  if (kind !== "nullify") castFinalize(state, round);
  if (kind !== "nullify") wantBlock(state, { view, digest, urgent: origin === "received" });
  if (view >= state.view) enterView(state, asView(view + 1));
  if (kind === "finalize") advanceFinality(state, origin);
  tryBuild(state);
}

/** A finalization of a view that is final already and whose own certificate was not known. */
function isLateFinalization(state: EngineState, { kind, view }: Certificate): boolean {
  const round = state.rounds.get(view);
  return kind === "finalize" && round?.finalDigest !== undefined && !round.certificates.finalize;
}

/** The head was restored without a certificate: this is one. */
export function provesHead({ head }: EngineState, { kind, view, digest }: Certificate): boolean {
  return (
    head.certificate === undefined &&
    !head.startsEpoch &&
    kind !== "nullify" &&
    view === head.view &&
    digest === head.digest
  );
}

function applyLate(state: EngineState, certificate: Certificate): void {
  if (provesHead(state, certificate)) {
    state.head = { ...state.head, certificate };
    tryBuild(state);
  }
  const round = state.rounds.get(certificate.view);
  if (!round || !isLateFinalization(state, certificate)) return;
  round.certificates.finalize = certificate;
  if (round.finalDigest !== certificate.digest) throw conflict(state, { digest: round.finalDigest! }, certificate);
  state.emit({ type: "certified", certificate });
}

function conflict(state: EngineState, known: { readonly digest: string }, certificate: Certificate): CunError {
  const { height } = state.tree.get(certificate.digest)?.proposal ?? state.head;
  return new CunError("finalityConflict", { height, stored: known.digest, certified: certificate.digest });
}

/** Finalises as far as certified blocks are here and verified; asks for what is missing. */
export function advanceFinality(state: EngineState, origin: CertificateOrigin): void {
  const newestFirst = [...state.finalizations.values()].sort((a, b) => b.view - a.view);
  for (const certificate of newestFirst) {
    const path = state.tree.pathFrom(state.head, certificate);
    if (path.status === "conflict") throw conflict(state, state.head, certificate);
    if (path.status === "missing" && origin === "received") requestSync(state, certificate);
    if (path.status !== "complete") continue;
    finalize(state, certificate, path.proposals);
    return;
  }
}

/** Asks the shell to catch up; for one target again only after some views or a tick. */
export function requestSync(state: EngineState, certificate: Certificate): void {
  const { target, inView } = state.syncAsked;
  if (target >= certificate.view && inView + STALE_VIEWS > state.view) return;
  state.syncAsked = { target: certificate.view, inView: state.view };
  state.emit({ type: "sync", certificate });
}

function finalize(
  state: EngineState,
  certificate: Certificate,
  proposals: Extract<ReturnType<EngineState["tree"]["pathFrom"]>, { status: "complete" }>["proposals"],
): void {
  const last = proposals.at(-1);
  invariant(last?.digest === certificate.digest, "the certificate covers the last finalised block");
  state.emit({ type: "finalize", proposals, certificate });
  for (const { view, digest } of proposals) {
    const round = state.round(view);
    round.finalDigest = digest;
    const own = round.certificates.finalize;
    if (!own || view === certificate.view) continue;
    if (own.digest !== digest) throw conflict(state, { digest }, own);
    state.emit({ type: "certified", certificate: own });
  }
  const { epoch, height, view, digest } = last;
  const closesEpoch = state.tree.closesEpoch(digest);
  goOnFrom(state, { epoch, height, view, digest, certificate, startsEpoch: false });
  if (!closesEpoch) return;
  state.isEnded = true;
  state.emit({ type: "epochEnded", head: state.head });
}

/** The shell has brought this node to a newer final block of this epoch, one that does not close it. */
export function onSynced(state: EngineState, head: FinalizedHead): void {
  if (head.view <= state.head.view) return;
  invariant(head.epoch === state.options.epoch, "another epoch has another engine");
  goOnFrom(state, head);
  if (head.view >= state.view) enterView(state, asView(head.view + 1));
  advanceFinality(state, "received");
  tryBuild(state);
}

function goOnFrom(state: EngineState, head: FinalizedHead): void {
  invariant(head.view > state.head.view, "finality never goes back");
  state.moveHead(head);
}
