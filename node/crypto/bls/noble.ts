/**
 * BLS in plain JavaScript: the oracle that tests hold blst against, and what a browser uses (verify about 20 ms).
 *
 * Owns: the adapter. Does not own: the rules (backend.ts). Called by: sdk, tests.
 * Public keys and signatures are checked to lie in the subgroup of prime order: points outside it would let one
 * signature pass under several keys.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { CunError } from "../../types/errors.ts";
import { BLS_SUITE, type BlsBackend, type Keyring, PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from "./backend.ts";

const { longSignatures, G1, G2 } = bls12_381;
type PublicPoint = InstanceType<typeof G1.Point>;
type SignaturePoint = InstanceType<typeof G2.Point>;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const hashToCurve = (message: Uint8Array): SignaturePoint => longSignatures.hash(message, BLS_SUITE);

function publicKeyOf(bytes: Uint8Array, index: number): PublicPoint {
  try {
    if (bytes.length !== PUBLIC_KEY_BYTES) throw new Error(`${bytes.length} bytes, ${PUBLIC_KEY_BYTES} expected`);
    const point = G1.Point.fromBytes(bytes);
    point.assertValidity();
    if (point.is0()) throw new Error("the point at infinity");
    return point;
  } catch (error) {
    throw new CunError("publicKeyInvalid", { index, reason: reasonOf(error) });
  }
}

/** A point of the curve, not checked for the subgroup. */
function curvePointOf(bytes: Uint8Array): SignaturePoint | undefined {
  if (bytes.length !== SIGNATURE_BYTES) return undefined;
  try {
    return longSignatures.Signature.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function verifyPoint(key: PublicPoint, message: Uint8Array, signature: Uint8Array): boolean {
  const point = curvePointOf(signature);
  if (point === undefined || point.is0() || key.is0() || !point.isTorsionFree()) return false;
  return longSignatures.verify(point, hashToCurve(message), key);
}

class NobleKeyring implements Keyring {
  readonly #keys: readonly PublicPoint[];

  constructor(keys: readonly PublicPoint[]) {
    this.#keys = keys;
  }
  verify(position: number, message: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#keys[position];
    return key !== undefined && verifyPoint(key, message, signature);
  }
  verifyAggregate(positions: readonly number[], message: Uint8Array, signature: Uint8Array): boolean {
    const keys = positions.map((position) => this.#keys[position]).filter((key) => key !== undefined);
    if (keys.length === 0 || keys.length !== positions.length) return false;
    return verifyPoint(longSignatures.aggregatePublicKeys(keys), message, signature);
  }
}

function withSecretKey<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    throw new CunError("secretKeyInvalid", { reason: reasonOf(error) });
  }
}

export const nobleBackend: BlsBackend = {
  name: "noble",
  publicKey: (secretKey) => withSecretKey(() => longSignatures.getPublicKey(secretKey).toBytes()),
  sign: (secretKey, message) => withSecretKey(() => longSignatures.sign(hashToCurve(message), secretKey).toBytes()),
  keyring: (publicKeys) => new NobleKeyring(publicKeys.map(publicKeyOf)),
  aggregate(signatures) {
    const points = signatures.map(curvePointOf).filter((point) => point !== undefined);
    if (points.length === 0 || points.length !== signatures.length) return undefined;
    return longSignatures.aggregateSignatures(points).toBytes();
  },
};
