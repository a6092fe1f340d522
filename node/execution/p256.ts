/**
 * The P256VERIFY precompile with the point arithmetic of OpenSSL: noble needs a millisecond for what costs 6900 gas.
 *
 * Owns: the rules of EIP-7951. Does not own: the curve (node:crypto's ECDH).
 * Called by: machine. node:crypto cannot verify a digest, only hash and verify, so a signature (r, s) of z by Q is
 * checked as x((r/s) · (Q + (z/r) · G)) = r: one multiplication of G, one addition here, one shared secret. Nothing
 * here is secret.
 */
import { createECDH } from "node:crypto";
import { EVMError, type PrecompileFunc } from "@ethereumjs/evm";
import { toQuantity } from "./account-data.ts";

const CURVE = "prime256v1";
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const INPUT_BYTES = 160;
const UNCOMPRESSED = 0x04;
const YES = Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? 1 : 0));
const NO = new Uint8Array(0);
const GAS = 6900n;

type Point = readonly [x: bigint, y: bigint];

const ecdh = createECDH(CURVE);

/** Whatever the input is: 32 bytes that say yes, or nothing. */
export const p256Verify: PrecompileFunc = ({ data, gasLimit }) => {
  if (gasLimit >= GAS) return { executionGasUsed: GAS, returnValue: isSignature(data) ? YES : NO };
  const exceptionError = new EVMError(EVMError.errorMessages.OUT_OF_GAS);
  return { executionGasUsed: gasLimit, returnValue: NO, exceptionError };
};

function isSignature(input: Uint8Array): boolean {
  if (input.length !== INPUT_BYTES) return false;
  const [z, r, s, x, y] = [0, 32, 64, 96, 128].map((start) => toQuantity(input.subarray(start, start + 32))) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (r === 0n || r >= N || s === 0n || s >= N || x >= P || y >= P) return false;
  // The point at infinity, written (0, 0), is not on the curve either.
  if ((y * y - (x * x - 3n) * x - B) % P !== 0n) return false;
  const inverse = invert((r * s) % N, N);
  const sum = add([x, y], multiplyBase((((z * s) % N) * inverse) % N));
  if (sum === undefined) return false;
  ecdh.setPrivateKey(bytesOf((((r * r) % N) * inverse) % N));
  const found = toQuantity(ecdh.computeSecret(Buffer.concat([Buffer.of(UNCOMPRESSED), ...sum.map(bytesOf)])));
  return found % N === r;
}

/** Undefined stands for the point at infinity. */
function multiplyBase(factor: bigint): Point | undefined {
  if (factor === 0n) return undefined;
  ecdh.setPrivateKey(bytesOf(factor));
  const point = ecdh.getPublicKey();
  return [toQuantity(point.subarray(1, 33)), toQuantity(point.subarray(33))];
}

function add([x1, y1]: Point, other: Point | undefined): Point | undefined {
  if (other === undefined) return [x1, y1];
  const [x2, y2] = other;
  // No point of the curve has y = 0, for its order is odd: equal points can be doubled.
  if (x1 === x2 && y1 !== y2) return undefined;
  const slope = x1 === x2 ? (3n * x1 * x1 - 3n) * invert(2n * y1, P) : (y2 - y1) * invert(modulo(x2 - x1, P), P);
  const reduced = modulo(slope, P);
  const x = modulo(reduced * reduced - x1 - x2, P);
  return [x, modulo(reduced * (x1 - x) - y1, P)];
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** Of a number that is not a multiple of the prime. */
function invert(value: bigint, prime: bigint): bigint {
  let [low, high] = [value % prime, prime];
  let [factor, previous] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [low, high] = [high - quotient * low, low];
    [factor, previous] = [previous - quotient * factor, factor];
  }
  return modulo(factor, prime);
}

const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
