/**
 * A BlsBackend that costs next to nothing, for tests in which it is the count of signatures that matters.
 *
 * Owns: a linear tag of 32 bits in place of a curve point; "secret" and public key are the same number. It has no
 * security at all. Does not own: real signatures (node/crypto/bls). Called by: crash tests.
 */
import type { BlsBackend, Keyring } from "../../node/crypto/bls/backend.ts";

const wordOf = (bytes: Uint8Array): number =>
  ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;

function signatureOf(word: number): Uint8Array {
  const bytes = new Uint8Array(96);
  new DataView(bytes.buffer).setUint32(0, word);
  return bytes;
}

function tag(key: Uint8Array, message: Uint8Array): number {
  const mixed = Math.imul(wordOf(message) ^ Math.imul(wordOf(key) + 1, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13) ^ wordOf(message.subarray(4))) >>> 0;
}

export const quickBls: BlsBackend = {
  name: "quick",
  publicKey: (secretKey) => Uint8Array.from({ length: 48 }, (_, at) => secretKey[at] ?? 0),
  sign: (secretKey, message) => signatureOf(tag(secretKey, message)),
  keyring: (publicKeys): Keyring => ({
    verify: (position, message, signature) => wordOf(signature) === tag(publicKeys[position]!, message),
    verifyAggregate: (positions, message, signature) => {
      const sum = positions.reduce((total, position) => (total + tag(publicKeys[position]!, message)) >>> 0, 0);
      return positions.length > 0 && sum === wordOf(signature);
    },
  }),
  aggregate: (signatures) => signatureOf(signatures.reduce((total, signature) => (total + wordOf(signature)) >>> 0, 0)),
};
