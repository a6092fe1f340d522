/**
 * Adds this node's own vote to a certificate that was complete without it.
 *
 * Owns: that only a vote is added which this key has given before: the guard's record says so. Does not own: the
 * certificate's first signers. Called by: node, for samples of participation (node/chain/epoch-duties.ts). A slow
 * validator's vote comes after the quorum; without this it would look absent. Requirement EMI-4; docs/protocol/epochs.md.
 */
import { decodeBitmap, encodeBitmap } from "../consensus/bitmap.ts";
import type { SigningGuardPort } from "../ports/storage.ts";
import type { Certificate } from "../types/messages.ts";
import type { Identity } from "./consensus-keys.ts";
import type { KnownEpoch } from "./epoch-history.ts";

export interface OwnVoteOptions {
  readonly known: Pick<KnownEpoch, "epoch" | "crypto" | "validators">;
  readonly identity: Identity;
  readonly guard: Pick<SigningGuardPort, "ballots">;
}

/** The certificate with the own vote, or as it was: it is of another epoch, has the vote, or there was none. */
export async function withOwnVote(
  certificate: Certificate,
  { known, identity, guard }: OwnVoteOptions,
): Promise<Certificate> {
  const { epoch, kind, view, digest } = certificate;
  const count = known.validators.length;
  if (epoch !== known.epoch) return certificate;
  const signers = decodeBitmap(certificate.signers, count);
  if (signers.includes(identity.index)) return certificate;
  const given = guard
    .ballots()
    .find(
      (ballot) => ballot.epoch === epoch && ballot.kind === kind && ballot.view === view && ballot.digest === digest,
    );
  if (!given) return certificate;
  const vote = await identity.signer.sign(given);
  const signature = known.crypto.aggregate([certificate.signature, vote.signature]);
  return signature
    ? { ...certificate, signers: encodeBitmap([...signers, identity.index], count), signature }
    : certificate;
}
