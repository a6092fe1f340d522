/**
 * The node key (P-256) as the ValidatorRegistry knows it: where it stands in a certificate, and what it signs to
 * prove that the operator has it.
 *
 * Owns: the key's form (SubjectPublicKeyInfo, RFC 5480, 91 bytes), its hash, the binding and its signature.
 * Does not own: certificates (node/network), the check on chain (contracts/libraries/NodeKey.sol).
 * Called by: validator-application.ts, tasks, tests. Runs in a browser. Whitepaper §2.3, §2.4.3.
 */
import { p256 } from "@noble/curves/nist.js";
import { concatBytes, domainWord, sha256 } from "../crypto/hashes.ts";
import { addressWord, uintWord } from "../crypto/words.ts";
import { CunError } from "../types/errors.ts";
import { type Address, fromHex } from "../types/primitives.ts";

const DOMAIN = domainWord("CUN_NODE_KEY_BINDING_V1");
/** id-ecPublicKey over prime256v1; the uncompressed point follows. */
const SPKI_HEAD = fromHex("0x3059301306072a8648ce3d020106082a8648ce3d030107034200")!;

export interface NodeKeyBinding {
  readonly chainId: bigint;
  /** The ValidatorRegistry that will check the signature. */
  readonly registry: Address;
  /** The account that the node belongs to. */
  readonly operator: Address;
  /** The node certificate, DER. */
  readonly certificate: Uint8Array;
}

/** SubjectPublicKeyInfo of a secret, 32 bytes big endian; its SHA-256 is the peer key. */
export const nodePublicKey = (secret: Uint8Array): Uint8Array =>
  concatBytes(SPKI_HEAD, p256.getPublicKey(secret, false));

/** Where a node's public key stands in its certificate. @throws CunError nodeCertificateInvalid */
export function nodeKeyOffset(certificate: Uint8Array, publicKey: Uint8Array): number {
  for (let offset = 0; offset + publicKey.length <= certificate.length; offset++) {
    if (publicKey.every((byte, index) => certificate[offset + index] === byte)) return offset;
  }
  throw new CunError("nodeCertificateInvalid", { reason: "it is not for this node key" });
}

/** What is signed with SHA-256: abi.encode(domain, chainId, registry, operator, sha256(certificate)). */
export const bindingMessage = ({ chainId, registry, operator, certificate }: NodeKeyBinding): Uint8Array =>
  concatBytes(DOMAIN, uintWord(chainId), addressWord(registry), addressWord(operator), sha256(certificate));

/** The node key's signature of a binding: r and s, low s, 64 bytes. */
export const signBinding = (secret: Uint8Array, binding: NodeKeyBinding): Uint8Array =>
  p256.sign(bindingMessage(binding), secret, { prehash: true, lowS: true, format: "compact" });
