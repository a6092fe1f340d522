/**
 * Verification of KZG proofs for the point evaluation precompile: contracts may call it though this chain has no blobs.
 *
 * Owns: the one pairing equation, the one point of Ethereum's trusted setup that it needs.
 * Does not own: making proofs, blobs (refused as transactions).
 * Called by: chain-common. EIP-4844 (precompile 0x0a). A differential test against EDR pins the constant.
 */

import type { KZG } from "@ethereumjs/util";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { invariant } from "../types/errors.ts";
import { toQuantity } from "./account-data.ts";

const { G1, G2, fields } = bls12_381;
/** [τ]₂ of Ethereum's ceremony. */
const TAU_G2 = G2.Point.fromHex(
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
);

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.slice(2), "hex");

/** e(commitment − y·G₁, G₂) = e(proof, [τ]₂ − z·G₂). Throws when a point or a field element is not one. */
function verifyProof(commitmentHex: string, zHex: string, yHex: string, proofHex: string): boolean {
  const [z, y] = [toQuantity(bytesOf(zHex)), toQuantity(bytesOf(yHex))];
  if (z >= fields.Fr.ORDER || y >= fields.Fr.ORDER) throw new RangeError("C_KZG_BADARGS: not a field element");
  const [commitment, proof] = [G1.Point.fromBytes(bytesOf(commitmentHex)), G1.Point.fromBytes(bytesOf(proofHex))];
  commitment.assertValidity();
  proof.assertValidity();
  const left = y === 0n ? commitment : commitment.subtract(G1.Point.BASE.multiply(y));
  const right = z === 0n ? TAU_G2 : TAU_G2.subtract(G2.Point.BASE.multiply(z));
  const pairs = [
    { g1: left, g2: G2.Point.BASE },
    { g1: proof.negate(), g2: right },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return fields.Fp12.eql(bls12_381.pairingBatch(pairs), fields.Fp12.ONE);
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
