/**
 * A ValidatorRegistry behind its proxy, and applications to it.
 *
 * Owns: composing them for tests. Called by: test/contracts.
 */
import { getBytes } from "ethers";
import { nobleBackend } from "../../node/crypto/bls/noble.ts";
import { signatureToEvm } from "../../node/crypto/bls/points.ts";
import {
  type Application,
  type Authority,
  createApplication,
  type ProvenCertificate,
  proveCertificate,
  type RegistryTarget,
  signApplication,
} from "../../node/sdk/validator-application.ts";
import { toHex } from "../../node/types/primitives.ts";
import { seededAuthority } from "../../tasks/authorities.ts";
import { developmentCertificate } from "../../tasks/development-certificate.ts";
import type { ValidatorRegistry } from "../../types/ethers-contracts/index.js";
import { type Connection, connect } from "./finality.ts";

/** ValidatorState of the contract. */
export const State = { unregistered: 0n, candidate: 1n, active: 2n, jailed: 3n, exiting: 4n, tombstoned: 5n };
/** CertificateStatus of the contract. */
export const Status = { unknown: 0n, valid: 1n, expired: 2n, revoked: 3n };

export const authorityOf = (index: number): Authority => seededAuthority(`test validator ${index}`);

/** The same validator with another certificate: for the same node key, or for the one given. */
export function recertified(authority: Authority, serial: number, nodeSecret = authority.nodeSecret): Authority {
  const certificate = developmentCertificate(nodeSecret, authority.certificateNotAfter, serial);
  return { ...authority, nodeSecret, certificate };
}

/** What the operator of an authority renews its certificate with. */
export const renewalOf = (authority: Authority, target: RegistryTarget): ProvenCertificate =>
  createApplication(authority, target).nodeCertificate;

/** Deploys with the first signer as the authority that admits; applications last until far in the future. */
export async function deployRegistry({ ethers }: Connection, seats = 21) {
  const signers = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [signers[0]!.address]);
  const code = await ethers.deployContract("ValidatorRegistry");
  const firstCall = code.interface.encodeFunctionData("initialize", [await manager.getAddress(), seats]);
  const proxy = await ethers.deployContract("ERC1967Proxy", [await code.getAddress(), firstCall]);
  const registry: ValidatorRegistry = await ethers.getContractAt("ValidatorRegistry", await proxy.getAddress());
  const { chainId } = await ethers.provider.getNetwork();
  const target: RegistryTarget = { chainId, registry: await registry.getAddress(), deadline: 4_000_000_000 };
  return { registry, code, manager, signers, target };
}

/** A chain of its own with a registry: what each test starts from. */
export async function setUpRegistry(seats?: number) {
  const connection: Connection = await connect();
  return { ...connection, ...(await deployRegistry(connection, seats)) };
}

/** The application of an authority for another operator account, with proofs for that account. */
export async function applicationFor(
  { registry, target }: Pick<Awaited<ReturnType<typeof deployRegistry>>, "registry" | "target">,
  authority: Authority,
  operator: string,
): Promise<Application> {
  const application = { ...createApplication(authority, target), operator };
  const message = await registry.proofOfPossessionMessage(operator, application.blsPublicKey);
  const proof = nobleBackend.sign(authority.blsSecret, getBytes(message));
  const nodeCertificate = proveCertificate(authority, operator, target);
  return { ...application, proofOfPossession: toHex(signatureToEvm(proof)), nodeCertificate };
}

/** Brings the authority's application, relayed by the first signer. */
export async function register(
  { registry, target }: Pick<Awaited<ReturnType<typeof deployRegistry>>, "registry" | "target">,
  authority: Authority,
): Promise<string> {
  const { application, operatorSignature } = await signApplication(authority, target);
  await registry.register(application, operatorSignature);
  return application.operator;
}
