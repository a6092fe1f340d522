/**
 * What the node asks of a BLS12-381 library: minimal public keys (G1, 48 bytes), signatures in G2 (96 bytes).
 *
 * Owns: the interface BlsBackend, the suite, sizes. Adapters: blst.ts (native, fast), noble.ts (pure, browser, oracle in
 * tests). Both must agree on every input; test/compliance/vote-crypto.ts runs against each.
 * Does not own: what is signed. Called by: vote-crypto, proof-of-possession, app.
 * IETF draft-irtf-cfrg-bls-signature, suite with proof of possession: keys enter a set only with such a proof, so
 * that a key made from other keys ("rogue") cannot stand in for them in an aggregate.
 */

export const BLS_SUITE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
export const SECRET_KEY_BYTES = 32;
export const PUBLIC_KEY_BYTES = 48;
export const SIGNATURE_BYTES = 96;

/** Public keys that were decoded and checked once. Positions are those in the list they were made from. */
export interface Keyring {
  /** False for anything that is not this key's signature over the message: also for bytes that are no point. */
  verify(position: number, message: Uint8Array, signature: Uint8Array): boolean;
  /** The same for a sum of signatures over one message. False when no position is given. */
  verifyAggregate(positions: readonly number[], message: Uint8Array, signature: Uint8Array): boolean;
}

export interface BlsBackend {
  readonly name: string;
  /** Compressed G1. @throws CunError secretKeyInvalid */
  publicKey(secretKey: Uint8Array): Uint8Array;
  /** Compressed G2. Deterministic. @throws CunError secretKeyInvalid */
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** @throws CunError publicKeyInvalid when a key is no point of the subgroup, or infinity */
  keyring(publicKeys: readonly Uint8Array[]): Keyring;
  /**
   * The sum of signatures; undefined when one is no point of the curve or the list is empty.
   * Promises nothing about single summands: a backend may refuse a point outside the subgroup or add it up, since
   * verifyAggregate checks the sum, which is all that a certificate vouches for.
   */
  aggregate(signatures: readonly Uint8Array[]): Uint8Array | undefined;
}
