/**
 * The fast native and WebAssembly primitives under execution.
 *
 * Owns: synchronous keccak-256 (hash-wasm: six times noble's speed), recovery of public keys (libsecp256k1).
 * Does not own: signatures of validators (node/crypto), the precompiles (@ethereumjs/evm).
 * Called by: every file of this room. Where libsecp256k1 has no prebuilt binary its package falls back by itself.
 */
import { createKeccak } from "hash-wasm";
import secp256k1 from "secp256k1";

const keccak = await createKeccak(256);

/** 32 bytes in a buffer of their own. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak.init().update(bytes).digest("binary");
}

/** The 64 bytes of the uncompressed public key. Throws when the signature belongs to no key. */
export function recoverPublicKey(hash: Uint8Array, signature: Uint8Array, recovery: number): Uint8Array {
  return secp256k1.ecdsaRecover(signature, recovery, hash, false).subarray(1);
}

/** Bytes as a map key: one character per byte, far cheaper than hex. */
export function bytesKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Lower-case hex with 0x, through the native converter. */
export function hexOf(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.from(left.buffer, left.byteOffset, left.byteLength).equals(right);
}
