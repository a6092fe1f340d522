/**
 * BLS in plain JavaScript: the oracle that tests hold blst against, and what a browser uses (verify about 20 ms).
 *
 * Owns: the adapter. Does not own: the rules (backend.ts). Called by: sdk, tests.
 * Decoding checks that a point lies in the subgroup of prime order; outside it one signature could pass under several
 * keys. Infinity is in the subgroup, and is refused here.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { CunError } from "../../types/errors.ts";
import { BLS_SUITE, type BlsBackend, type Keyring, PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from "./backend.ts";
import { isSecretKey } from "./keygen.ts";

const { longSignatures, G1, G2 } = bls12_381;
type PublicPoint = InstanceType<typeof G1.Point>;
type SignaturePoint = InstanceType<typeof G2.Point>;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const hashToCurve = (message: Uint8Array): SignaturePoint => longSignatures.hash(message, BLS_SUITE);

function publicKeyOf(bytes: Uint8Array, index: number): PublicPoint {
  try {
    if (bytes.length !== PUBLIC_KEY_BYTES) throw new Error(`${bytes.length} bytes, ${PUBLIC_KEY_BYTES} expected`);
    const point = G1.Point.fromBytes(bytes);
    if (point.is0()) throw new Error("the point at infinity");
    return point;
  } catch (error) {
    throw new CunError("publicKeyInvalid", { index, reason: reasonOf(error) });
  }
}

/** A point of the subgroup: this library checks it while decoding. */
function signatureOf(bytes: Uint8Array): SignaturePoint | undefined {
  if (bytes.length !== SIGNATURE_BYTES) return undefined;
  try {
    return longSignatures.Signature.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function verifyPoint(key: PublicPoint, message: Uint8Array, signature: Uint8Array): boolean {
  const point = signatureOf(signature);
  if (point === undefined || point.is0() || key.is0()) return false;
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

function checked(secretKey: Uint8Array): Uint8Array {
  if (!isSecretKey(secretKey)) throw new CunError("secretKeyInvalid", { reason: "it is no number below the order" });
  return secretKey;
}

export const nobleBackend: BlsBackend = {
  name: "noble",
  publicKey: (secretKey) => longSignatures.getPublicKey(checked(secretKey)).toBytes(),
  sign: (secretKey, message) => longSignatures.sign(hashToCurve(message), checked(secretKey)).toBytes(),
  keyring: (publicKeys) => new NobleKeyring(publicKeys.map(publicKeyOf)),
  aggregate(signatures) {
    const points = signatures.map(signatureOf).filter((point) => point !== undefined);
    if (points.length === 0 || points.length !== signatures.length) return undefined;
    return longSignatures.aggregateSignatures(points).toBytes();
  },
};
