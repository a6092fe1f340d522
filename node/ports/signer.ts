/**
 * What the node asks of its consensus key.
 *
 * Owns: the port. The adapter in node/app asks the signing guard first, then signs; a remote signer fits here.
 * Called by: app. Errors: signingConflict, storageFailed.
 */
import type { Ballot, Vote } from "../types/messages.ts";

export interface SignerPort {
  /** Compressed BLS12-381 G1 public key, 48 bytes. */
  readonly publicKey: Uint8Array;
  /** Durably records the ballot, then signs it. Signing the same ballot again gives the same vote. */
  sign(ballot: Ballot): Promise<Vote>;
}
