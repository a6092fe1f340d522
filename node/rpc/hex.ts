/**
 * Numbers and bytes as the JSON-RPC specification writes them: quantities in minimal hex, data in whole bytes.
 *
 * Owns: both directions. Does not own: which field is which (encode.ts, parameters.ts).
 * Called by: every file of this room. Buffers, because types/primitives.ts must run in a browser and is slower.
 */
export type Hex = `0x${string}`;

/** Minimal hex of a number or bigint: 0 is 0x0. */
export function quantity(value: number | bigint): Hex {
  return `0x${value.toString(16)}`;
}

/** All bytes, in lower case. */
export function data(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** Big-endian bytes, as RLP keeps numbers, to minimal hex. */
export function quantityOfBytes(bytes: Uint8Array): Hex {
  const digits = data(bytes).slice(2).replace(/^0+/, "");
  return `0x${digits === "" ? "0" : digits}`;
}

/** Big-endian bytes, as RLP keeps numbers, to a bigint. */
export function bigintOfBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(data(bytes));
}

/** Assumes: the text was checked to be whole bytes of hex with 0x. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}
