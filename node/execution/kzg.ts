/**
 * Verification of KZG proofs for the point evaluation precompile: contracts may call it though this chain has no blobs.
 *
 * Owns: the one pairing equation, the one point of Ethereum's trusted setup that it needs.
 * Does not own: making proofs, blobs (refused as transactions), the curve (mcl.ts).
 * Called by: chain-common. EIP-4844 (precompile 0x0a). A differential test against EDR pins the constant.
 */
import type { KZG } from "@ethereumjs/util";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { invariant } from "../types/errors.ts";
import { toQuantity } from "./account-data.ts";
import { bls12381, readCompressedG1 } from "./bls12-381.ts";
import { G1_BYTES } from "./mcl.ts";

const { G1, G2, fields } = bls12_381;
/** [τ]₂ of Ethereum's ceremony. */
const TAU_G2 = G2.Point.fromHex(
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
);
const COORDINATE_BYTES = 64;
const FR_BYTES = 32;

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.slice(2), "hex");
const padded = (coordinates: readonly bigint[]): Uint8Array =>
  Buffer.from(coordinates.map((value) => value.toString(16).padStart(2 * COORDINATE_BYTES, "0")).join(""), "hex");
const g2Bytes = (point: typeof TAU_G2): Uint8Array => {
  const { x, y } = point.toAffine();
  return padded([x.c0, x.c1, y.c0, y.c1]);
};

const GENERATOR = padded([G1.Point.BASE.x, G1.Point.BASE.y]);
const [RIGHT_BASE, RIGHT_TAU] = [G2.Point.BASE, TAU_G2].map((point) => bls12381.precompute(g2Bytes(point))) as [
  number,
  number,
];

/**
 * e(commitment − y·G₁ + z·proof, G₂) = e(proof, [τ]₂), so that both points of G₂ are constants.
 * Throws when a point or a field element is not one.
 */
function verifyProof(commitmentHex: string, zHex: string, yHex: string, proofHex: string): boolean {
  const [zBytes, yBytes] = [bytesOf(zHex), bytesOf(yHex)];
  if (toQuantity(zBytes) >= fields.Fr.ORDER || toQuantity(yBytes) >= fields.Fr.ORDER) {
    throw new RangeError("C_KZG_BADARGS: not a field element");
  }
  const curve = bls12381;
  return curve.with(3 * G1_BYTES + FR_BYTES, (left) => {
    const [proof, term] = [left + G1_BYTES, left + 2 * G1_BYTES];
    const scalar = term + G1_BYTES;
    readCompressedG1(left, bytesOf(commitmentHex));
    readCompressedG1(proof, bytesOf(proofHex));
    curve.readScalar(scalar, yBytes);
    curve.readG1(term, GENERATOR, false);
    curve.multiply("G1", term, term, scalar);
    curve.negate("G1", term, term);
    curve.add("G1", left, left, term);
    curve.readScalar(scalar, zBytes);
    curve.multiply("G1", term, proof, scalar);
    curve.add("G1", left, left, term);
    curve.negate("G1", proof, proof);
    const isLeftNothing = curve.isInfinity("G1", left);
    // A pairing with the point at infinity is one, whatever the other point is.
    if (isLeftNothing || curve.isInfinity("G1", proof)) return isLeftNothing && curve.isInfinity("G1", proof);
    return curve.isOnePrecomputed(left, RIGHT_BASE, proof, RIGHT_TAU);
  });
}

const unused = (): never => invariant(false, "the interpreter only verifies proofs") as never;

export const kzg: KZG = {
  verifyProof,
  blobToKzgCommitment: unused,
  computeBlobProof: unused,
  verifyBlobProofBatch: unused,
  computeCells: unused,
  computeCellsAndProofs: unused,
  recoverCellsAndProofs: unused,
  verifyCellKzgProofBatch: unused,
};
