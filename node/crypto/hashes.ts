/**
 * The two hash functions of the protocol, synchronous and in every runtime.
 *
 * Owns: keccak256 and sha256 over bytes, and concatenation. Does not own: what is hashed (sign-root.ts, set-hash.ts).
 * Called by: crypto, execution, network, app, sdk. Keccak as in Ethereum, not NIST SHA-3.
 */
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Hash, toHash } from "../types/primitives.ts";

export const keccak256 = (bytes: Uint8Array): Uint8Array => keccak_256(bytes);

export const sha256 = (bytes: Uint8Array): Uint8Array => nobleSha256(bytes);

export const keccakHash = (bytes: Uint8Array): Hash => toHash(keccak_256(bytes));

/** Keccak-256 of a domain name in ASCII: the first word of everything that is signed. */
export const domainWord = (name: string): Uint8Array => keccak_256(new TextEncoder().encode(name));

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
