/**
 * The vocabulary of the node: branded primitives with their units, and the few helpers that make them.
 *
 * Owns: Hash, Address, View, Height, Epoch, ValidatorIndex, Weight, PeerId and bytes ⇄ hex.
 * Does not own: messages (messages.ts), their bytes (codec.ts), errors (errors.ts).
 * Called by: every room of the node. Runs in a browser.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** 32 bytes as lower-case hex with 0x. */
export type Hash = Branded<`0x${string}`, "Hash">;
/** 20 bytes as lower-case hex with 0x (not the checksummed form). */
export type Address = Branded<`0x${string}`, "Address">;
/** SHA-256 fingerprint of a node certificate (DER), lower-case hex with 0x: who a peer is. */
export type PeerId = Branded<`0x${string}`, "PeerId">;
/** Number of a consensus view: one leader, at most one certified block. Counts from 1; view 0 is genesis. */
export type View = Branded<number, "View">;
/** Block number. Genesis is 0. */
export type Height = Branded<number, "Height">;
/** Number of a validator set. The genesis set is epoch 0. */
export type Epoch = Branded<number, "Epoch">;
/** Position of a validator in the set of its epoch: the bit it has in a certificate's bitmap. */
export type ValidatorIndex = Branded<number, "ValidatorIndex">;
/** Voting weight. Equal weights are 1; staked weights are in wei. */
export type Weight = Branded<bigint, "Weight">;

/** Each check happens where a value enters (codec, configuration, RPC); inside the house the types are trusted. */
export const asView = (value: number): View => value as View;
export const asHeight = (value: number): Height => value as Height;
export const asEpoch = (value: number): Epoch => value as Epoch;
export const asIndex = (value: number): ValidatorIndex => value as ValidatorIndex;
export const asWeight = (value: bigint): Weight => value as Weight;

export const ZERO_HASH = `0x${"00".repeat(32)}` as Hash;
export const ZERO_ADDRESS = `0x${"00".repeat(20)}` as Address;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex with 0x. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  let hex = "";
  for (const byte of bytes) hex += HEX[byte];
  return `0x${hex}`;
}

/** Character code → nibble; 255 for what is no hex digit. */
const NIBBLES = new Uint8Array(128).fill(255);
for (const [nibble, digit] of [..."0123456789abcdef"].entries()) {
  NIBBLES[digit.charCodeAt(0)] = nibble;
  NIBBLES[digit.toUpperCase().charCodeAt(0)] = nibble;
}

/** The inverse of toHex; accepts upper case. Returns undefined when the text is not hex of an even length. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!text.startsWith("0x") || text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) {
    const high = NIBBLES[text.charCodeAt(2 * i + 2)] ?? 255;
    const low = NIBBLES[text.charCodeAt(2 * i + 3)] ?? 255;
    if (high === 255 || low === 255) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

export function toHash(bytes: Uint8Array): Hash {
  return toHex(bytes) as Hash;
}

export function hashBytes(hash: Hash): Uint8Array {
  return fromHex(hash)!;
}
