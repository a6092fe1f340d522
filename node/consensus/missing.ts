/**
 * Blocks that are certified but not here.
 *
 * Owns: which blocks are wanted and whom to ask: those who signed, for they have executed it.
 * Does not own: the request itself (app), far-behind nodes (they synchronise: progress.ts).
 * Called by: building, progress, proposals, recovery, retransmission.
 */
import type { Hash, View } from "../types/primitives.ts";
import { decodeBitmap } from "./bitmap.ts";
import type { EngineState } from "./state.ts";

export interface WantedBlock {
  readonly view: View;
  readonly digest: Hash;
  /** Asks at once; otherwise at the next tick, because the proposal is most likely on its way. */
  readonly urgent: boolean;
}

/** Remembers the block until it is here. Does nothing when it is, or is below the head. */
export function wantBlock(state: EngineState, { view, digest, urgent }: WantedBlock): void {
  const entry = state.tree.get(digest);
  if (view <= state.head.view || (entry && entry.status !== "invalid")) return;
  const wanted = state.wanted.get(digest) ?? { view, wantedIn: state.view, askedIn: undefined };
  state.wanted.set(digest, wanted);
  if (urgent && wanted.askedIn === undefined) fetchBlock(state, digest);
}

export function fetchBlock(state: EngineState, digest: Hash): void {
  const wanted = state.wanted.get(digest);
  const certificate = wanted && state.rounds.get(wanted.view)?.parentCertificate;
  if (!wanted || certificate?.digest !== digest) return;
  wanted.askedIn = state.view;
  const signers = decodeBitmap(certificate.signers, state.set.count);
  const holders = signers.filter((signer) => signer !== state.options.self);
  state.emit({ type: "fetch", view: wanted.view, digest, holders });
}
