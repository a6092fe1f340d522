/**
 * The bn254 precompiles (alt_bn128) in WebAssembly, many times faster than JavaScript.
 *
 * Owns: what each precompile of EIPs 196 and 197 computes. Does not own: lengths and gas (@ethereumjs/evm), the curve
 * (mcl.ts). Called by: machine. Errors of any kind make the precompile consume all its gas.
 */
import type { EVMBN254Interface } from "@ethereumjs/evm";
import { bn254 } from "@noble/curves/bn254.js";
import { G1_BYTES, Mcl } from "./mcl.ts";

const POINT_ENCODED = 64;
const SCALAR_END = 96;
const FR_BYTES = 32;
const YES = Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? 1 : 0));
const NO = new Uint8Array(32);

const curve = await Mcl.open({
  type: 4,
  modulus: bn254.fields.Fp.ORDER,
  coordinateBytes: 32,
  g2Order: [1, 0, 3, 2],
});

export class FastBn254 implements EVMBN254Interface {
  add(input: Uint8Array): Uint8Array {
    return curve.with(2 * G1_BYTES, (left) => {
      const right = left + G1_BYTES;
      // The curve's order is prime: every point is in the group.
      curve.readG1(left, input.subarray(0, POINT_ENCODED), false);
      curve.readG1(right, input.subarray(POINT_ENCODED, 2 * POINT_ENCODED), false);
      curve.add("G1", left, left, right);
      return curve.writeG1(left);
    });
  }

  mul(input: Uint8Array): Uint8Array {
    return curve.with(G1_BYTES + FR_BYTES, (point) => {
      const scalar = point + G1_BYTES;
      curve.readG1(point, input.subarray(0, POINT_ENCODED), false);
      curve.readScalar(scalar, input.subarray(POINT_ENCODED, SCALAR_END));
      curve.multiply("G1", point, point, scalar);
      return curve.writeG1(point);
    });
  }

  pairing(input: Uint8Array): Uint8Array {
    return curve.pairingCheck(input) ? YES : NO;
  }
}
