/**
 * The canonical bytes of a validator set and their hash: what genesis and hand-offs commit to.
 *
 * Owns: set blob = for each validator in bit order: 128-byte EIP-2537 public key ‖ weight as uint128; set hash =
 * keccak256(blob). contracts/consensus stores the same blob. Does not own: who is in a set.
 * Called by: execution (genesis extraData), app, deploy.
 */
import type { Hash } from "../types/primitives.ts";
import { publicKeyToEvm } from "./bls/points.ts";
import { concatBytes, keccakHash } from "./hashes.ts";
import { uintBytes } from "./words.ts";

const WEIGHT_BYTES = 16;

export interface SetMember {
  /** Compressed G1, 48 bytes. */
  readonly publicKey: Uint8Array;
  readonly weight: bigint;
}

/** @throws CunError publicKeyInvalid */
export function setBlob(members: readonly SetMember[]): Uint8Array {
  return concatBytes(
    ...members.flatMap(({ publicKey, weight }) => [publicKeyToEvm(publicKey), uintBytes(weight, WEIGHT_BYTES)]),
  );
}

/** @throws CunError publicKeyInvalid */
export const setHash = (members: readonly SetMember[]): Hash => keccakHash(setBlob(members));
