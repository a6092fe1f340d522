/**
 * The consensus key of this node: asks the signing guard, then signs.
 *
 * Owns: the order (durable record first, signature second) and keeping the key out of reach of everything else.
 * Does not own: the guard's rules (node/storage/signing-guard.ts). A remote signer would replace this file.
 * Called by: create-node.
 */
import type { BlsBackend } from "../crypto/bls/backend.ts";
import type { SigningChain } from "../crypto/sign-root.ts";
import { signBallot } from "../crypto/vote-crypto.ts";
import type { SignerPort } from "../ports/signer.ts";
import type { SigningGuardPort } from "../ports/storage.ts";
import type { ValidatorIndex } from "../types/primitives.ts";

export interface SignerOptions {
  readonly backend: BlsBackend;
  readonly guard: SigningGuardPort;
  readonly chain: SigningChain;
  readonly index: ValidatorIndex;
  /** 32 bytes. */
  readonly secretKey: Uint8Array;
}

export function createSigner({ backend, guard, chain, index, secretKey }: SignerOptions): SignerPort {
  return {
    publicKey: backend.publicKey(secretKey),
    async sign(ballot) {
      await guard.authorize(ballot);
      return signBallot({ backend, chain, secretKey, signer: index }, ballot);
    },
  };
}
