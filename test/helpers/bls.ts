/**
 * Keys, signatures and certificates for contract tests, in the encoding of the precompiles.
 *
 * Owns: deterministic keys. Made with blst; the contracts check them with other code. Called by: test/contracts, bench.
 */
import { blstBackend } from "../../node/crypto/bls/blst.ts";
import { deriveSecretKey } from "../../node/crypto/bls/keygen.ts";
import { publicKeyToEvm, signatureToEvm } from "../../node/crypto/bls/points.ts";
import { fromHex, toHex } from "../../node/types/primitives.ts";

/** The same secret for the same number in every run. */
export function secretOf(index: number): Uint8Array {
  return deriveSecretKey(
    new Uint8Array(32).fill(1 + (index % 251)).map((byte, at) => (at < 2 ? index >> (8 * at) : byte)),
  );
}

export const secretsOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, index) => secretOf(index));

export const publicKeyOf = (secret: Uint8Array): string => toHex(publicKeyToEvm(blstBackend.publicKey(secret)));

export const signWith = (secret: Uint8Array, message: string): string =>
  toHex(signatureToEvm(blstBackend.sign(secret, fromHex(message)!)));

/** One signature for all the secrets' signatures of the message. */
export function signTogether(secrets: readonly Uint8Array[], message: string): string {
  const signatures = secrets.map((secret) => blstBackend.sign(secret, fromHex(message)!));
  return toHex(signatureToEvm(blstBackend.aggregate(signatures)!));
}

/** Bit i of byte i/8, lowest first, for each signer. */
export function bitmapOf(count: number, signers: readonly number[]): string {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (const index of signers) bytes[index >> 3] = bytes[index >> 3]! | (1 << (index & 7));
  return toHex(bytes);
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
