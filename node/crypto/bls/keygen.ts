/**
 * Makes BLS secret keys from randomness.
 *
 * Owns: KeyGen of the IETF draft (HKDF over the salt "BLS-SIG-KEYGEN-SALT-", until not zero).
 * Does not own: randomness and key files (node/app), use of keys (backend.ts). Called by: app, cli, tests.
 * draft-irtf-cfrg-bls-signature section 2.3; equal to blst's KeyGen, which a test checks.
 */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CunError } from "../../types/errors.ts";
import { concatBytes } from "../hashes.ts";
import { uintBytes } from "../words.ts";
import { SECRET_KEY_BYTES } from "./backend.ts";

/** Order of the subgroups G1 and G2. */
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
/** ceil(3 · ceil(log2(ORDER)) / 16): long enough that the reduction below is not biased. */
const EXPANDED_BYTES = 48;
const MIN_RANDOMNESS_BYTES = 32;

const toInteger = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** 32 bytes that stand for a number from 1 to the order less one. */
export function isSecretKey(bytes: Uint8Array): boolean {
  const secret = toInteger(bytes);
  return bytes.length === SECRET_KEY_BYTES && secret > 0n && secret < ORDER;
}

/**
 * A secret key (32 bytes, big endian) from at least 32 bytes of secret randomness.
 * @throws CunError secretKeyInvalid when there are fewer
 */
export function deriveSecretKey(randomness: Uint8Array): Uint8Array {
  if (randomness.length < MIN_RANDOMNESS_BYTES) {
    const reason = `${randomness.length} bytes of randomness given, ${MIN_RANDOMNESS_BYTES} needed`;
    throw new CunError("secretKeyInvalid", { reason });
  }
  const material = concatBytes(randomness, new Uint8Array(1));
  const info = uintBytes(EXPANDED_BYTES, 2);
  let salt = new TextEncoder().encode("BLS-SIG-KEYGEN-SALT-");
  for (;;) {
    salt = new Uint8Array(sha256(salt));
    const expanded = hkdf(sha256, material, salt, info, EXPANDED_BYTES);
    const secret = toInteger(expanded) % ORDER;
    if (secret !== 0n) return uintBytes(secret, SECRET_KEY_BYTES);
  }
}
