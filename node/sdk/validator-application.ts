/**
 * Makes a validator's application to the ValidatorRegistry: BLS proof of possession and the operator's signature.
 *
 * Owns: what the operator signs (EIP-712) and the BLS key proves. Does not own: keys and where they are kept.
 * Called by: tasks, scripts, tests; an operator's own tools. Runs in a browser. Whitepaper §2.4.3, §3.2.
 * Contract: contracts/validators/IValidatorRegistry.sol. Times are seconds since 1970.
 */
import { type TypedDataDomain, Wallet } from "ethers";
import { nobleBackend } from "../crypto/bls/noble.ts";
import { publicKeyToEvm, signatureToEvm } from "../crypto/bls/points.ts";
import { provePossession } from "../crypto/proof-of-possession.ts";
import { type Address, toHex } from "../types/primitives.ts";

/** Everything a validator applies with, secrets included. */
export interface Authority {
  /** secp256k1 secret of the operator's account, hex with 0x. */
  readonly operatorKey: string;
  /** BLS12-381 secret, 32 bytes, big endian. */
  readonly blsSecret: Uint8Array;
  /** SHA-256 of the node key (SubjectPublicKeyInfo, DER), 32 bytes as hex. */
  readonly peerKey: string;
  /** SHA-256 of the node certificate (DER), 32 bytes as hex. */
  readonly certificateFingerprint: string;
  readonly certificateNotAfter: number;
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

/** `Application` of the contract. */
export interface Application {
  readonly operator: string;
  readonly blsPublicKey: string;
  readonly proofOfPossession: string;
  readonly peerKey: string;
  readonly certificateFingerprint: string;
  readonly certificateNotAfter: number;
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
    { name: "peerKey", type: "bytes32" },
    { name: "certificateFingerprint", type: "bytes32" },
    { name: "certificateNotAfter", type: "uint64" },
    { name: "metadataURI", type: "string" },
    { name: "commissionBps", type: "uint16" },
    { name: "deadline", type: "uint64" },
    { name: "nonce", type: "uint256" },
  ],
};

/** The EIP-712 domain of a registry. */
export function registryDomain({ chainId, registry }: Pick<RegistryTarget, "chainId" | "registry">): TypedDataDomain {
  return { name: "Coopunion ValidatorRegistry", version: "1", chainId, verifyingContract: registry };
}

/** The application with its proof of possession, not yet signed by the operator. @throws CunError secretKeyInvalid */
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
    peerKey: authority.peerKey,
    certificateFingerprint: authority.certificateFingerprint,
    certificateNotAfter: authority.certificateNotAfter,
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

/** The application with both the key's proof and the operator's consent. */
export async function signApplication(
  authority: Authority,
  target: RegistryTarget,
  nonce = 0n,
): Promise<SignedApplication> {
  const application = createApplication(authority, target);
  return { application, operatorSignature: await signConsent(authority.operatorKey, application, target, nonce) };
}
