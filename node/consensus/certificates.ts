/**
 * Certificates: proof that more than two thirds of the weight signed one ballot.
 *
 * Owns: the full check of a certificate, and the ballot inside votes and certificates.
 * Does not own: collecting votes (vote-tally.ts), what follows from a certificate (progress.ts).
 * Called by: consensus, app (catching up checks finalizations with it). The same check in Solidity: FinalityVerifier.
 */
import { CunError } from "../types/errors.ts";
import type { Ballot, Certificate } from "../types/messages.ts";
import { type Epoch, type ValidatorIndex, ZERO_HASH } from "../types/primitives.ts";
import { decodeBitmap } from "./bitmap.ts";
import type { VoteCrypto } from "./events.ts";
import type { ValidatorSet } from "./quorum.ts";

export interface CertificateContext {
  readonly epoch: Epoch;
  readonly set: ValidatorSet;
  readonly crypto: VoteCrypto;
}

export const ballotOf = ({ kind, epoch, view, digest }: Ballot): Ballot => ({ kind, epoch, view, digest });

/** A nullification names no block, everything else names one. */
export const isWellFormed = ({ kind, digest }: Ballot): boolean => (kind === "nullify") === (digest === ZERO_HASH);

/**
 * Returns the signers of a valid certificate.
 * @throws CunError epochMismatch, bitmapInvalid, quorumMissing, signatureInvalid
 */
export function verifyCertificate(certificate: Certificate, context: CertificateContext): ValidatorIndex[] {
  const { epoch, set, crypto } = context;
  const { kind, view } = certificate;
  if (certificate.epoch !== epoch) {
    throw new CunError("epochMismatch", { epoch: certificate.epoch, expected: epoch });
  }
  const signers = decodeBitmap(certificate.signers, set.count);
  const weight = set.weightOfAll(signers);
  if (!set.isQuorum(weight)) throw new CunError("quorumMissing", { weight, total: set.total });
  if (!isWellFormed(certificate) || !crypto.verifyAggregate(ballotOf(certificate), signers, certificate.signature)) {
    throw new CunError("signatureInvalid", { kind, view, signer: `a certificate of ${signers.length}` });
  }
  return signers;
}
