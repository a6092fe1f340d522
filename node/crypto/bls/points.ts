/**
 * Compressed points, as messages carry them, ⇄ the padded coordinates that EVM precompiles take.
 *
 * Owns: G1 48 ⇄ 128 bytes, G2 96 ⇄ 256 bytes. Does not own: signatures (backend.ts).
 * Called by: set-hash, rpc, deploy's tools, contract tests. EIP-2537: each coordinate of 48 bytes is padded on the
 * left to 64; of an Fp2 element c0 comes first, whereas the compressed form puts c1 first.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { CunError, invariant } from "../../types/errors.ts";
import { concatBytes } from "../hashes.ts";

const { G1, G2 } = bls12_381;
const COORDINATE_BYTES = 48;
const PADDED_BYTES = 64;
const G1_EVM_BYTES = 2 * PADDED_BYTES;
const G2_EVM_BYTES = 4 * PADDED_BYTES;
/** First byte of an uncompressed point carries flags; 0x40 says infinity, which EIP-2537 writes as zeros. */
const INFINITY_FLAG = 0x40;

/** Coordinates in the given order of 48-byte parts, each padded to 64. */
function pad(uncompressed: Uint8Array, order: readonly number[]): Uint8Array {
  if ((uncompressed[0]! & INFINITY_FLAG) !== 0) return new Uint8Array(order.length * PADDED_BYTES);
  const zeros = new Uint8Array(PADDED_BYTES - COORDINATE_BYTES);
  return concatBytes(
    ...order.flatMap((part) => [zeros, uncompressed.subarray(part * COORDINATE_BYTES, (part + 1) * COORDINATE_BYTES)]),
  );
}

/** The inverse of pad. Undefined when padding bytes are set. */
function unpad(padded: Uint8Array, order: readonly number[]): Uint8Array | undefined {
  const uncompressed = new Uint8Array(order.length * COORDINATE_BYTES);
  for (const [position, part] of order.entries()) {
    const coordinate = padded.subarray(position * PADDED_BYTES, (position + 1) * PADDED_BYTES);
    if (coordinate.subarray(0, PADDED_BYTES - COORDINATE_BYTES).some((byte) => byte !== 0)) return undefined;
    uncompressed.set(coordinate.subarray(PADDED_BYTES - COORDINATE_BYTES), part * COORDINATE_BYTES);
  }
  if (uncompressed.every((byte) => byte === 0)) uncompressed[0] = INFINITY_FLAG;
  return uncompressed;
}

const G1_ORDER = [0, 1];
const G2_ORDER = [1, 0, 3, 2];

/** @throws CunError publicKeyInvalid */
export function publicKeyToEvm(compressed: Uint8Array): Uint8Array {
  try {
    return pad(G1.Point.fromBytes(compressed).toBytes(false), G1_ORDER);
  } catch (error) {
    throw new CunError("publicKeyInvalid", { index: "?", reason: error instanceof Error ? error.message : "no point" });
  }
}

/** @throws CunError publicKeyInvalid */
export function publicKeyFromEvm(padded: Uint8Array): Uint8Array {
  const bytes = padded.length === G1_EVM_BYTES ? unpad(padded, G1_ORDER) : undefined;
  try {
    if (!bytes) throw new Error(`${padded.length} bytes or padding that is not zero`);
    return G1.Point.fromBytes(bytes).toBytes(true);
  } catch (error) {
    throw new CunError("publicKeyInvalid", { index: "?", reason: error instanceof Error ? error.message : "no point" });
  }
}

/** Assumes: a signature that was verified, or at least a point of the curve. */
export function signatureToEvm(compressed: Uint8Array): Uint8Array {
  return pad(G2.Point.fromBytes(compressed).toBytes(false), G2_ORDER);
}

/** Assumes: bytes made by signatureToEvm or accepted by the precompile. */
export function signatureFromEvm(padded: Uint8Array): Uint8Array {
  const bytes = padded.length === G2_EVM_BYTES ? unpad(padded, G2_ORDER) : undefined;
  invariant(bytes, "a padded G2 point has 256 bytes and zero padding");
  return G2.Point.fromBytes(bytes).toBytes(true);
}
