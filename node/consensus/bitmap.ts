/**
 * Sets of validators as bits: bit i, least significant of byte 0 first, is validator i.
 *
 * Owns: the one encoding a set has; any other is refused with bitmapInvalid, so that certificates cannot be varied.
 * Called by: certificates, missing, voting.
 */
import { CunError } from "../types/errors.ts";
import { asIndex, type ValidatorIndex } from "../types/primitives.ts";

export function encodeBitmap(members: Iterable<ValidatorIndex>, count: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (const member of members) bytes[member >> 3]! |= 1 << (member & 7);
  return bytes;
}

/** Members in ascending order. @throws CunError bitmapInvalid on a wrong length or bits beyond the set */
export function decodeBitmap(bytes: Uint8Array, count: number): ValidatorIndex[] {
  const fail = (reason: string): never => {
    throw new CunError("bitmapInvalid", { bytes: bytes.length, count, reason });
  };
  const length = Math.ceil(count / 8);
  if (bytes.length !== length) fail(`${length} bytes expected`);
  const members: ValidatorIndex[] = [];
  for (const [position, byte] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) members.push(asIndex(position * 8 + bit));
  }
  if ((members.at(-1) ?? 0) >= count) fail(`bit ${members.at(-1)} is set`);
  return members;
}
