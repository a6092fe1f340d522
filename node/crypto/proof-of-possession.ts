/**
 * Proof that whoever registers a BLS key holds its secret: a signature over the key and where it will be used.
 *
 * Owns: the message. Does not own: signing (bls/), the check on chain (contracts/validators/ValidatorRegistry.sol).
 * Called by: app, deploy, sdk, tests. Without it a key computed from others' keys could forge their aggregate.
 * The signature uses the suite of votes; its message has its own domain, so neither can pass as the other.
 */
import type { Address } from "../types/primitives.ts";
import type { BlsBackend } from "./bls/backend.ts";
import { publicKeyToEvm } from "./bls/points.ts";
import { concatBytes, domainWord, keccak256 } from "./hashes.ts";
import { addressWord, uintWord } from "./words.ts";

const DOMAIN = domainWord("CUN_PROOF_OF_POSSESSION_V1");

export interface PossessionClaim {
  readonly chainId: bigint;
  /** The ValidatorRegistry that will check the proof. */
  readonly registry: Address;
  /** The account that registers the key. */
  readonly operator: Address;
  /** Compressed G1, 48 bytes. */
  readonly publicKey: Uint8Array;
}

/** The 32 bytes to sign: keccak256(abi.encode(domain, chainId, registry, operator, keccak256(key))). */
export function possessionMessage({ chainId, registry, operator, publicKey }: PossessionClaim): Uint8Array {
  return keccak256(
    concatBytes(
      DOMAIN,
      uintWord(chainId),
      addressWord(registry),
      addressWord(operator),
      keccak256(publicKeyToEvm(publicKey)),
    ),
  );
}

export function provePossession(
  backend: BlsBackend,
  secretKey: Uint8Array,
  claim: Omit<PossessionClaim, "publicKey">,
): Uint8Array {
  return backend.sign(secretKey, possessionMessage({ ...claim, publicKey: backend.publicKey(secretKey) }));
}

/** @throws CunError publicKeyInvalid */
export function verifyPossession(backend: BlsBackend, claim: PossessionClaim, proof: Uint8Array): boolean {
  return backend.keyring([claim.publicKey]).verify(0, possessionMessage(claim), proof);
}
