/**
 * Makes a validator's application to the ValidatorRegistry: proofs of the BLS and node keys, the operator's signature;
 * and the renewal of its node certificate.
 *
 * Owns: what the operator signs (EIP-712) and the keys prove. Does not own: keys and where they are kept.
 * Called by: tasks, scripts, tests; an operator's own tools. Runs in a browser. Whitepaper §2.4.3, §3.2.
 * Contract: contracts/validators/IValidatorRegistry.sol. Times are seconds since 1970.
 */
import { type TypedDataDomain, Wallet } from "ethers";
import { nobleBackend } from "../crypto/bls/noble.ts";
import { publicKeyToEvm, signatureToEvm } from "../crypto/bls/points.ts";
import { sha256 } from "../crypto/hashes.ts";
import { provePossession } from "../crypto/proof-of-possession.ts";
import { type Address, toHex } from "../types/primitives.ts";
import { nodeKeyOffset, nodePublicKey, signBinding } from "./node-key.ts";

/** A node certificate with its secret. */
export interface NodeIdentity {
  /** P-256 secret of the node key, 32 bytes, big endian. */
  readonly nodeSecret: Uint8Array;
  /** X.509, DER. */
  readonly certificate: Uint8Array;
  /** When the certificate ends for the registry; nodes check its own date as well. */
  readonly certificateNotAfter: number;
}

/** Everything a validator applies with, secrets included. */
export interface Authority extends NodeIdentity {
  /** secp256k1 secret of the operator's account, hex with 0x. */
  readonly operatorKey: string;
  /** BLS12-381 secret, 32 bytes, big endian. */
  readonly blsSecret: Uint8Array;
  readonly metadataURI: string;
  /** 1/10,000. */
  readonly commissionBps: number;
}

/** Where the application goes. */
export interface RegistryTarget {
  readonly chainId: bigint;
  /** The ValidatorRegistry. */
  readonly registry: string;
  /** The application is void afterwards. */
  readonly deadline: number;
}

/** `NodeCertificate` of the contract. */
export interface ProvenCertificate {
  readonly der: string;
  readonly spkiOffset: number;
  readonly notAfter: number;
  readonly signature: string;
}

/** `Application` of the contract. */
export interface Application {
  readonly operator: string;
  readonly blsPublicKey: string;
  readonly proofOfPossession: string;
  readonly nodeCertificate: ProvenCertificate;
  readonly metadataURI: string;
  readonly commissionBps: number;
  readonly deadline: number;
}

export interface SignedApplication {
  readonly application: Application;
  readonly operatorSignature: string;
}

const types = {
  Application: [
    { name: "operator", type: "address" },
    { name: "blsPublicKey", type: "bytes" },
    { name: "proofOfPossession", type: "bytes" },
    { name: "nodeCertificate", type: "NodeCertificate" },
    { name: "metadataURI", type: "string" },
    { name: "commissionBps", type: "uint16" },
    { name: "deadline", type: "uint64" },
    { name: "nonce", type: "uint256" },
  ],
  NodeCertificate: [
    { name: "der", type: "bytes" },
    { name: "spkiOffset", type: "uint16" },
    { name: "notAfter", type: "uint64" },
    { name: "signature", type: "bytes" },
  ],
};

/** The EIP-712 domain of a registry. */
export function registryDomain({ chainId, registry }: Pick<RegistryTarget, "chainId" | "registry">): TypedDataDomain {
  return { name: "Coopunion ValidatorRegistry", version: "1", chainId, verifyingContract: registry };
}

/** SHA-256 of the node key: what the registry calls the peer key. */
export const peerKeyOf = ({ nodeSecret }: Pick<NodeIdentity, "nodeSecret">): string =>
  toHex(sha256(nodePublicKey(nodeSecret)));

/** SHA-256 of the certificate: what the registry and the network call its fingerprint. */
export const fingerprintOf = ({ certificate }: Pick<NodeIdentity, "certificate">): string => toHex(sha256(certificate));

/**
 * A certificate with the node key's proof for one operator: part of an application, and all of a renewal.
 * @throws CunError nodeCertificateInvalid when it is not for this node key
 */
export function proveCertificate(
  { nodeSecret, certificate, certificateNotAfter }: NodeIdentity,
  operator: string,
  { chainId, registry }: Pick<RegistryTarget, "chainId" | "registry">,
): ProvenCertificate {
  const signature = signBinding(nodeSecret, {
    chainId,
    registry: registry.toLowerCase() as Address,
    operator: operator.toLowerCase() as Address,
    certificate,
  });
  return {
    der: toHex(certificate),
    spkiOffset: nodeKeyOffset(certificate, nodePublicKey(nodeSecret)),
    notAfter: certificateNotAfter,
    signature: toHex(signature),
  };
}

/**
 * The application with the proofs of its keys, not yet signed by the operator.
 * @throws CunError secretKeyInvalid, nodeCertificateInvalid
 */
export function createApplication(authority: Authority, target: RegistryTarget): Application {
  const operator = new Wallet(authority.operatorKey).address;
  const proof = provePossession(nobleBackend, authority.blsSecret, {
    chainId: target.chainId,
    registry: target.registry.toLowerCase() as Address,
    operator: operator.toLowerCase() as Address,
  });
  return {
    operator,
    blsPublicKey: toHex(publicKeyToEvm(nobleBackend.publicKey(authority.blsSecret))),
    proofOfPossession: toHex(signatureToEvm(proof)),
    nodeCertificate: proveCertificate(authority, operator, target),
    metadataURI: authority.metadataURI,
    commissionBps: authority.commissionBps,
    deadline: target.deadline,
  };
}

/**
 * The operator's consent to an application, for anybody to bring to the registry. `nonce` is the registry's
 * `nonces(operator)`: zero for an operator who never applied.
 */
export function signConsent(
  operatorKey: string,
  application: Application,
  target: RegistryTarget,
  nonce = 0n,
): Promise<string> {
  return new Wallet(operatorKey).signTypedData(registryDomain(target), types, { ...application, nonce });
}

/** The application with both the keys' proofs and the operator's consent. */
export async function signApplication(
  authority: Authority,
  target: RegistryTarget,
  nonce = 0n,
): Promise<SignedApplication> {
  const application = createApplication(authority, target);
  return { application, operatorSignature: await signConsent(authority.operatorKey, application, target, nonce) };
}
