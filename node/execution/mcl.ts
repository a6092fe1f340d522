/**
 * One pairing-friendly curve in WebAssembly: points in and out as the EVM writes them, checked on the way in.
 *
 * Owns: an instance of mcl's module for one curve, its memory, the encoding of field elements.
 * Does not own: which precompile does what (bls12-381.ts, bn254.ts, kzg.ts).
 * Called by: those three. mcl's own JavaScript layer knows one curve at a time and passes numbers as text; this one
 * talks to the same functions directly. Errors are plain: in a precompile each of them burns the gas of the call.
 */
import createModule from "mcl-wasm/dist/mcl_c.js";
import { invariant } from "../types/errors.ts";

const FP_BYTES = 48;
const FR_BYTES = 32;
export const G1_BYTES = 3 * FP_BYTES;
export const G2_BYTES = 6 * FP_BYTES;
const GT_BYTES = 12 * FP_BYTES;
/** Units of the compiled-in sizes above: four words of Fr, six of Fp. */
const COMPILED_SIZES = 46;
/** Hashing to a curve as in the IRTF's draft, which EIP-2537 follows. */
const MAP_IRTF = 5;
const SCALAR_BYTES = 32;

type Call = (...values: readonly number[]) => number;
type Group = "G1" | "G2";

/** The module's exports that this file uses; addresses are numbers. */
type Functions = Readonly<
  Record<
    | "_mclBn_init"
    | "_mclBn_setMapToMode"
    | "_mclBn_verifyOrderG1"
    | "_mclBn_verifyOrderG2"
    | "_mclBn_millerLoopVec"
    | "_mclBn_finalExp"
    | "_mclBn_getUint64NumToPrecompute"
    | "_mclBn_precomputeG2"
    | "_mclBn_precomputedMillerLoop2"
    | "_mclBnGT_isOne"
    | "_mclBnFp_setBigEndianMod"
    | "_mclBnFp_getLittleEndian"
    | "_mclBnFp_mapToG1"
    | "_mclBnFp2_mapToG2"
    | "_mclBnFr_setBigEndianMod"
    | "_mclBnFr_isZero"
    | `_mclBn${Group}_${"clear" | "isValid" | "isValidOrder" | "isZero" | "add" | "neg" | "mul" | "mulVec" | "normalize"}`
    | "_malloc"
    | "_free",
    Call
  >
> & { readonly HEAP8: Int8Array };

export interface CurveShape {
  /** The library's number for the curve. */
  readonly type: number;
  readonly modulus: bigint;
  /** Bytes of one coordinate in the EVM, leading zeros of EIP-2537 included. */
  readonly coordinateBytes: number;
  /** Which coordinate stands where: EIP-197 puts the imaginary part of G2 first. */
  readonly g2Order: readonly [number, number, number, number];
}

export class Mcl {
  readonly #call: Functions;
  readonly #shape: CurveShape;
  readonly #modulus: Uint8Array;
  /** Where bytes are handed over, and a field element. */
  readonly #bytes: number;
  readonly #one: number;

  private constructor(functions: Functions, shape: CurveShape) {
    this.#call = functions;
    this.#shape = shape;
    this.#modulus = Buffer.from(shape.modulus.toString(16).padStart(2 * FP_BYTES, "0"), "hex");
    this.#bytes = functions._malloc(FP_BYTES);
    this.#one = functions._malloc(FP_BYTES);
    const one = new Uint8Array(shape.coordinateBytes);
    one[one.length - 1] = 1;
    this.#readField(this.#one, one);
  }

  static async open(shape: CurveShape): Promise<Mcl> {
    const functions = (await createModule({
      cryptoGetRandomValues: () => invariant(false, "mcl draws no numbers"),
    })) as Functions;
    invariant(functions._mclBn_init(shape.type, COMPILED_SIZES) === 0, "mcl knows the curve");
    functions._mclBn_setMapToMode(MAP_IRTF);
    // Membership of the subgroup is asked for where it is wanted.
    functions._mclBn_verifyOrderG1(0);
    functions._mclBn_verifyOrderG2(0);
    return new Mcl(functions, shape);
  }

  /** Lends memory; what it holds is undefined. */
  with<Result>(bytes: number, work: (address: number) => Result): Result {
    const address = this.#call._malloc(bytes);
    invariant(address !== 0, "mcl has memory for its points");
    try {
      return work(address);
    } finally {
      this.#call._free(address);
    }
  }

  /** Reads x and y; all zeros are the point at infinity. @throws RangeError when they are no point of the curve */
  readG1(at: number, encoded: Uint8Array, mustBeInSubgroup: boolean): void {
    const { coordinateBytes } = this.#shape;
    if (isZero(encoded)) {
      this.#call._mclBnG1_clear(at);
      return;
    }
    this.#readField(at, encoded.subarray(0, coordinateBytes));
    this.#readField(at + FP_BYTES, encoded.subarray(coordinateBytes));
    this.#copy(at + 2 * FP_BYTES, this.#one);
    this.#check("G1", at, mustBeInSubgroup);
  }

  /** As `readG1`, with coordinates of two parts each. */
  readG2(at: number, encoded: Uint8Array, mustBeInSubgroup: boolean): void {
    this.#call._mclBnG2_clear(at);
    if (isZero(encoded)) return;
    const { coordinateBytes, g2Order } = this.#shape;
    g2Order.forEach((part, position) => {
      const start = position * coordinateBytes;
      this.#readField(at + part * FP_BYTES, encoded.subarray(start, start + coordinateBytes));
    });
    this.#copy(at + 4 * FP_BYTES, this.#one);
    this.#check("G2", at, mustBeInSubgroup);
  }

  writeG1(at: number): Uint8Array {
    const { coordinateBytes } = this.#shape;
    const encoded = new Uint8Array(2 * coordinateBytes);
    if (this.#call._mclBnG1_isZero(at) === 1) return encoded;
    this.#call._mclBnG1_normalize(at, at);
    this.#writeField(at, encoded.subarray(0, coordinateBytes));
    this.#writeField(at + FP_BYTES, encoded.subarray(coordinateBytes));
    return encoded;
  }

  writeG2(at: number): Uint8Array {
    const { coordinateBytes, g2Order } = this.#shape;
    const encoded = new Uint8Array(4 * coordinateBytes);
    if (this.#call._mclBnG2_isZero(at) === 1) return encoded;
    this.#call._mclBnG2_normalize(at, at);
    g2Order.forEach((part, position) => {
      const start = position * coordinateBytes;
      this.#writeField(at + part * FP_BYTES, encoded.subarray(start, start + coordinateBytes));
    });
    return encoded;
  }

  /** Any number of 32 bytes, taken modulo the order of the groups. */
  readScalar(at: number, encoded: Uint8Array): void {
    this.#call.HEAP8.set(encoded, this.#bytes);
    this.#call._mclBnFr_setBigEndianMod(at, this.#bytes, SCALAR_BYTES);
  }

  add(group: Group, sum: number, left: number, right: number): void {
    this.#call[`_mclBn${group}_add`](sum, left, right);
  }

  negate(group: Group, result: number, point: number): void {
    this.#call[`_mclBn${group}_neg`](result, point);
  }

  /** The point must be in the subgroup. */
  multiply(group: Group, product: number, point: number, scalar: number): void {
    this.#call[`_mclBn${group}_mul`](product, point, scalar);
  }

  /** Sum of products of an encoded list of points (all in the subgroup) and scalars. */
  sumOfProducts(group: Group, input: Uint8Array): Uint8Array {
    const size = group === "G1" ? G1_BYTES : G2_BYTES;
    const encodedBytes = this.#shape.coordinateBytes * (group === "G1" ? 2 : 4);
    const count = input.length / (encodedBytes + SCALAR_BYTES);
    return this.with(size + count * (size + FR_BYTES), (sum) => {
      const points = sum + size;
      const scalars = points + count * size;
      let used = 0;
      for (let index = 0; index < count; index++) {
        const start = index * (encodedBytes + SCALAR_BYTES);
        const [point, scalar] = [points + used * size, scalars + used * FR_BYTES];
        this[`read${group}`](point, input.subarray(start, start + encodedBytes), true);
        this.readScalar(scalar, input.subarray(start + encodedBytes, start + encodedBytes + SCALAR_BYTES));
        const isNothing = this.#call[`_mclBn${group}_isZero`](point) === 1 || this.#call._mclBnFr_isZero(scalar) === 1;
        if (!isNothing) used++;
      }
      if (used === 0) this.#call[`_mclBn${group}_clear`](sum);
      else this.#call[`_mclBn${group}_mulVec`](sum, points, scalars, used);
      return this[`write${group}`](sum);
    });
  }

  /** True when the product of the pairings of an encoded list of pairs is one. */
  pairingCheck(input: Uint8Array): boolean {
    const g1Bytes = 2 * this.#shape.coordinateBytes;
    const pairBytes = 3 * g1Bytes;
    const count = input.length / pairBytes;
    return this.with(Math.max(1, count) * (G1_BYTES + G2_BYTES), (lefts) => {
      const rights = lefts + count * G1_BYTES;
      let used = 0;
      for (let index = 0; index < count; index++) {
        const start = index * pairBytes;
        const [left, right] = [lefts + used * G1_BYTES, rights + used * G2_BYTES];
        this.readG1(left, input.subarray(start, start + g1Bytes), true);
        this.readG2(right, input.subarray(start + g1Bytes, start + pairBytes), true);
        if (this.#call._mclBnG1_isZero(left) !== 1 && this.#call._mclBnG2_isZero(right) !== 1) used++;
      }
      return this.isOnePairing(lefts, rights, used);
    });
  }

  /** Of points that are in their subgroups and not at infinity. */
  isOnePairing(lefts: number, rights: number, count: number): boolean {
    if (count === 0) return true;
    return this.with(GT_BYTES, (product) => {
      this.#call._mclBn_millerLoopVec(product, lefts, rights, count);
      this.#call._mclBn_finalExp(product, product);
      return this.#call._mclBnGT_isOne(product) === 1;
    });
  }

  /** Does once what a pairing does with a point of G2; the memory is never given back. */
  precompute(encoded: Uint8Array): number {
    const address = this.#call._malloc(8 * this.#call._mclBn_getUint64NumToPrecompute());
    this.with(G2_BYTES, (point) => {
      this.readG2(point, encoded, true);
      this.#call._mclBn_precomputeG2(address, point);
    });
    return address;
  }

  /** As `isOnePairing` of two pairs, whose right points are precomputed. */
  isOnePrecomputed(left1: number, right1: number, left2: number, right2: number): boolean {
    return this.with(GT_BYTES, (product) => {
      this.#call._mclBn_precomputedMillerLoop2(product, left1, right1, left2, right2);
      this.#call._mclBn_finalExp(product, product);
      return this.#call._mclBnGT_isOne(product) === 1;
    });
  }

  isInfinity(group: Group, at: number): boolean {
    return this.#call[`_mclBn${group}_isZero`](at) === 1;
  }

  mapToG1(element: Uint8Array): Uint8Array {
    return this.with(FP_BYTES + G1_BYTES, (at) => {
      this.#readField(at, element);
      invariant(this.#call._mclBnFp_mapToG1(at + FP_BYTES, at) === 0, "every field element maps to G1");
      return this.writeG1(at + FP_BYTES);
    });
  }

  mapToG2(element: Uint8Array): Uint8Array {
    const { coordinateBytes } = this.#shape;
    return this.with(2 * FP_BYTES + G2_BYTES, (at) => {
      this.#readField(at, element.subarray(0, coordinateBytes));
      this.#readField(at + FP_BYTES, element.subarray(coordinateBytes));
      invariant(this.#call._mclBnFp2_mapToG2(at + 2 * FP_BYTES, at) === 0, "every field element maps to G2");
      return this.writeG2(at + 2 * FP_BYTES);
    });
  }

  #check(group: Group, at: number, mustBeInSubgroup: boolean): void {
    if (this.#call[`_mclBn${group}_isValid`](at) !== 1) throw new RangeError("point is not on the curve");
    if (mustBeInSubgroup && this.#call[`_mclBn${group}_isValidOrder`](at) !== 1) {
      throw new RangeError("point is not in the subgroup");
    }
  }

  /** The library would reduce what is too large; the EVM refuses it. */
  #readField(at: number, encoded: Uint8Array): void {
    const excess = Math.max(0, encoded.length - FP_BYTES);
    const bytes = encoded.subarray(excess);
    if (!isZero(encoded.subarray(0, excess)) || !this.#isBelowModulus(bytes)) {
      throw new RangeError("coordinate is not in the field");
    }
    this.#call.HEAP8.set(bytes, this.#bytes);
    this.#call._mclBnFp_setBigEndianMod(at, this.#bytes, bytes.length);
  }

  #isBelowModulus(bytes: Uint8Array): boolean {
    const modulus = this.#modulus.subarray(FP_BYTES - bytes.length);
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] !== modulus[index]) return bytes[index]! < modulus[index]!;
    }
    return false;
  }

  #writeField(at: number, target: Uint8Array): void {
    const length = this.#call._mclBnFp_getLittleEndian(this.#bytes, FP_BYTES, at);
    const heap = this.#call.HEAP8;
    for (let index = 0; index < length; index++) target[target.length - 1 - index] = heap[this.#bytes + index]!;
  }

  #copy(to: number, from: number): void {
    this.#call.HEAP8.copyWithin(to, from, from + FP_BYTES);
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
