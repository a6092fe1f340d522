/**
 * The few static types of Solidity's abi.encode that are signed here: one 32-byte big-endian word each.
 *
 * Owns: number and address words. Does not own: dynamic types; whoever needs those uses ethers.
 * Called by: sign-root, proof-of-possession, set-hash. Solidity ABI specification, "Formal Specification of the Encoding".
 */
import { invariant } from "../types/errors.ts";
import { type Address, fromHex } from "../types/primitives.ts";

/** An unsigned integer, big endian, in exactly this many bytes. */
export function uintBytes(value: bigint | number, length: number): Uint8Array {
  let rest = BigInt(value);
  invariant(rest >= 0n, "an unsigned integer is not negative");
  const bytes = new Uint8Array(length);
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  invariant(rest === 0n, "the integer fits its width");
  return bytes;
}

export const uintWord = (value: bigint | number): Uint8Array => uintBytes(value, 32);

export function addressWord(address: Address): Uint8Array {
  const word = new Uint8Array(32);
  word.set(fromHex(address)!, 12);
  return word;
}
