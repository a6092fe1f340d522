/**
 * The BLS12-381 precompiles in WebAssembly, many times faster than JavaScript: their prices suppose native code.
 *
 * Owns: what each precompile of EIP-2537 computes. Does not own: lengths, padding and gas (@ethereumjs/evm), the curve
 * (mcl.ts). Called by: machine, kzg. Errors of any kind make the precompile consume all its gas.
 */
import { PublicKey } from "@chainsafe/blst";
import type { EVMBLSInterface } from "@ethereumjs/evm";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { G1_BYTES, G2_BYTES, Mcl } from "./mcl.ts";

const G1_ENCODED = 128;
const G2_ENCODED = 256;
const FIELD_BYTES = 48;
/** In the first byte of a serialised point. */
const INFINITY_FLAG = 0x40;
const YES = Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? 1 : 0));
const NO = new Uint8Array(32);

/** The curve, also for the verification of KZG proofs. */
export const bls12381 = await Mcl.open({
  type: 5,
  modulus: bls12_381.fields.Fp.ORDER,
  coordinateBytes: 64,
  g2Order: [0, 1, 2, 3],
});

/** Reads 48 bytes as KZG commitments are written. @throws when they are no point of the subgroup */
export function readCompressedG1(at: number, compressed: Uint8Array): void {
  const point = PublicKey.fromBytes(compressed).toBytes(false);
  const encoded = new Uint8Array(G1_ENCODED);
  if ((point[0]! & INFINITY_FLAG) === 0) {
    encoded.set(point.subarray(0, FIELD_BYTES), G1_ENCODED / 2 - FIELD_BYTES);
    encoded.set(point.subarray(FIELD_BYTES), G1_ENCODED - FIELD_BYTES);
  }
  bls12381.readG1(at, encoded, true);
}

export class FastBls implements EVMBLSInterface {
  /** Points need not be in the subgroup. */
  addG1(input: Uint8Array): Uint8Array {
    return bls12381.with(2 * G1_BYTES, (left) => {
      const right = left + G1_BYTES;
      bls12381.readG1(left, input.subarray(0, G1_ENCODED), false);
      bls12381.readG1(right, input.subarray(G1_ENCODED, 2 * G1_ENCODED), false);
      bls12381.add("G1", left, left, right);
      return bls12381.writeG1(left);
    });
  }

  /** Points need not be in the subgroup. */
  addG2(input: Uint8Array): Uint8Array {
    return bls12381.with(2 * G2_BYTES, (left) => {
      const right = left + G2_BYTES;
      bls12381.readG2(left, input.subarray(0, G2_ENCODED), false);
      bls12381.readG2(right, input.subarray(G2_ENCODED, 2 * G2_ENCODED), false);
      bls12381.add("G2", left, left, right);
      return bls12381.writeG2(left);
    });
  }

  msmG1(input: Uint8Array): Uint8Array {
    return bls12381.sumOfProducts("G1", input);
  }

  msmG2(input: Uint8Array): Uint8Array {
    return bls12381.sumOfProducts("G2", input);
  }

  pairingCheck(input: Uint8Array): Uint8Array {
    return bls12381.pairingCheck(input) ? YES : NO;
  }

  mapFPtoG1(input: Uint8Array): Uint8Array {
    return bls12381.mapToG1(input);
  }

  mapFP2toG2(input: Uint8Array): Uint8Array {
    return bls12381.mapToG2(input);
  }
}
