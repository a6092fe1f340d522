/**
 * The BLS keys in a data folder, and which of them an epoch's set knows.
 *
 * Owns: `bls.key`, and beside it `bls.new.key` while a rotation is under way; finding this node in a set by its key.
 * Does not own: making keys (keys.ts), signing (signer.ts). Called by: create-node, epoch-runner.
 * Requirement VAL-5: a new key enters with the next set; the node changes keys at that boundary by itself.
 */
import { existsSync } from "node:fs";
import type { BlsBackend } from "../crypto/bls/backend.ts";
import type { SigningChain } from "../crypto/sign-root.ts";
import type { EpochValidator } from "../ports/epochs.ts";
import type { SignerPort } from "../ports/signer.ts";
import type { SigningGuardPort } from "../ports/storage.ts";
import { asIndex, toHex, type ValidatorIndex } from "../types/primitives.ts";
import { dataPaths } from "./config.ts";
import { readSecret } from "./keys.ts";
import { createSigner } from "./signer.ts";

/** Who this node is as a validator of one epoch. */
export interface Identity {
  readonly index: ValidatorIndex;
  /** Asks the same guard as the node before it signs. */
  readonly signer: SignerPort;
}

/** Finds this node in a set; undefined when it only follows. */
export type IdentityIn = (validators: readonly EpochValidator[]) => Identity | undefined;

export interface ConsensusKeysOptions {
  readonly backend: BlsBackend;
  readonly guard: SigningGuardPort;
  readonly chain: SigningChain;
  /** 32 bytes each. */
  readonly secretKeys: readonly Uint8Array[];
}

/** The key in use, and the one that will be. @throws CunError fileInvalid */
export function readConsensusKeys(directory: string): Uint8Array[] {
  const { blsKey, newBlsKey } = dataPaths(directory);
  return [blsKey, ...(existsSync(newBlsKey) ? [newBlsKey] : [])].map(readSecret);
}

/** One guard watches over all keys: it knows no keys, only ballots, so it is never too lenient. */
export function identityIn({ backend, guard, chain, secretKeys }: ConsensusKeysOptions): IdentityIn {
  const keys = secretKeys.map((secretKey) => ({ secretKey, name: toHex(backend.publicKey(secretKey)) }));
  return (validators) => {
    const names = validators.map(({ publicKey }) => toHex(publicKey));
    for (const { secretKey, name } of keys) {
      const place = names.indexOf(name);
      if (place < 0) continue;
      const index = asIndex(place);
      return { index, signer: createSigner({ backend, guard, chain, index, secretKey }) };
    }
    return undefined;
  };
}
