/**
 * BLS through the native library blst: what a validator runs (verify about 1 ms, sign 0.4 ms).
 *
 * Owns: the adapter. Does not own: the rules (backend.ts). Called by: app, simulation benches. Not for browsers.
 * Warning: blst fixes the suite to BLS_SUITE; messages must therefore differ by content between purposes.
 */
import {
  aggregateSerializedSignatures,
  fastAggregateVerify,
  PublicKey,
  SecretKey,
  Signature,
  verify,
} from "@chainsafe/blst";
import { CunError } from "../../types/errors.ts";
import { type BlsBackend, type Keyring, SIGNATURE_BYTES } from "./backend.ts";

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function secretKeyOf(bytes: Uint8Array): SecretKey {
  try {
    return SecretKey.fromBytes(bytes);
  } catch (error) {
    throw new CunError("secretKeyInvalid", { reason: reasonOf(error) });
  }
}

function publicKeyOf(bytes: Uint8Array, index: number): PublicKey {
  try {
    if (bytes.length !== 48) throw new Error(`${bytes.length} bytes, 48 expected`);
    return PublicKey.fromBytes(bytes, true);
  } catch (error) {
    throw new CunError("publicKeyInvalid", { index, reason: reasonOf(error) });
  }
}

/** Decodes without the subgroup check, which the verification itself makes. */
function signatureOf(bytes: Uint8Array): Signature | undefined {
  if (bytes.length !== SIGNATURE_BYTES) return undefined;
  try {
    return Signature.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

class BlstKeyring implements Keyring {
  readonly #keys: readonly PublicKey[];

  constructor(keys: readonly PublicKey[]) {
    this.#keys = keys;
  }
  verify(position: number, message: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#keys[position];
    const point = signatureOf(signature);
    return key !== undefined && point !== undefined && verify(message, key, point, false, true);
  }
  verifyAggregate(positions: readonly number[], message: Uint8Array, signature: Uint8Array): boolean {
    const keys = positions.map((position) => this.#keys[position]).filter((key) => key !== undefined);
    const point = signatureOf(signature);
    if (keys.length === 0 || keys.length !== positions.length || point === undefined) return false;
    return fastAggregateVerify(message, keys, point, true);
  }
}

export const blstBackend: BlsBackend = {
  name: "blst",
  publicKey: (secretKey) => secretKeyOf(secretKey).toPublicKey().toBytes(),
  sign: (secretKey, message) => secretKeyOf(secretKey).sign(message).toBytes(),
  keyring: (publicKeys) => new BlstKeyring(publicKeys.map(publicKeyOf)),
  aggregate(signatures) {
    if (signatures.length === 0 || signatures.some((bytes) => bytes.length !== SIGNATURE_BYTES)) return undefined;
    try {
      return aggregateSerializedSignatures([...signatures], false).toBytes();
    } catch {
      return undefined;
    }
  },
};
