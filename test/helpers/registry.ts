/**
 * A ValidatorRegistry behind its proxy, and applications to it.
 *
 * Owns: composing them for tests. Called by: test/contracts.
 */
import { encodeBytes32String, getBytes, id } from "ethers";
import { nobleBackend } from "../../node/crypto/bls/noble.ts";
import { publicKeyToEvm, signatureToEvm } from "../../node/crypto/bls/points.ts";
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

/** What the registry reads of the ParameterRegistry in tests, unless a test sets something else. */
export const REGISTRY_PARAMETERS = {
  authoritySeats: 21n,
  commissionMaximumBps: 5_000n,
  commissionDailyChangeBps: 100n,
};

export type ParameterValues = Readonly<Record<string, bigint>>;

/** A ParameterRegistryMock with these values. */
export async function deployParameters({ ethers }: Pick<Connection, "ethers">, values: ParameterValues) {
  const parameters = await ethers.deployContract("ParameterRegistryMock");
  for (const [name, value] of Object.entries(values)) await parameters.set(encodeBytes32String(name), value, 0);
  return parameters;
}

/** Deploys with the first signer as the authority that admits; applications last until far in the future. */
export async function deployRegistry({ ethers }: Connection, changes: ParameterValues = {}) {
  const signers = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [signers[0]!.address]);
  const parameters = await deployParameters({ ethers }, { ...REGISTRY_PARAMETERS, ...changes });
  const personhood = await ethers.deployContract("PersonhoodMock");
  const doors: [parameters: string, personhood: string] = [
    await parameters.getAddress(),
    await personhood.getAddress(),
  ];
  const code = await ethers.deployContract("ValidatorRegistry", doors);
  const firstCall = code.interface.encodeFunctionData("initialize", [await manager.getAddress()]);
  const proxy = await ethers.deployContract("ERC1967Proxy", [await code.getAddress(), firstCall]);
  const registry: ValidatorRegistry = await ethers.getContractAt("ValidatorRegistry", await proxy.getAddress());
  const { chainId } = await ethers.provider.getNetwork();
  const target: RegistryTarget = { chainId, registry: await registry.getAddress(), deadline: 4_000_000_000 };
  return { registry, code, manager, signers, target, parameters, personhood, doors };
}

/** A chain of its own with a registry: what each test starts from. */
export async function setUpRegistry(changes?: ParameterValues) {
  const connection: Connection = await connect();
  return { ...connection, ...(await deployRegistry(connection, changes)) };
}

export type RegistrySystem = Awaited<ReturnType<typeof setUpRegistry>>;

/** The registry as an account sees it that has no key here. */
export async function asOperator({ networkHelpers, ethers, registry }: RegistrySystem, account: string) {
  await networkHelpers.impersonateAccount(account);
  await networkHelpers.setBalance(account, 10n ** 18n);
  return registry.connect(await ethers.getSigner(account));
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

type Deployed = Awaited<ReturnType<typeof deployRegistry>>;
type Registering = Pick<Deployed, "registry" | "target"> & Partial<Pick<Deployed, "personhood">>;

/** Brings the authority's application, relayed by the first signer. Its operator becomes a person of its own. */
export async function register({ registry, target, personhood }: Registering, authority: Authority): Promise<string> {
  const { application, operatorSignature } = await signApplication(authority, target);
  await registry.register(application, operatorSignature);
  await personhood?.set(application.operator, id(application.operator));
  return application.operator;
}

/** Registers and admits as many authorities, from the first one on. */
export async function admitted(system: Registering, count: number): Promise<string[]> {
  const operators: string[] = [];
  for (let index = 0; index < count; index++) {
    const operator = await register(system, authorityOf(index));
    await system.registry.admit(operator);
    operators.push(operator);
  }
  return operators;
}

/** The authority's BLS key with the proof that it replaces the operator's present one. */
export async function rotationFor(
  { registry }: Pick<Registering, "registry">,
  authority: Authority,
  operator: string,
): Promise<readonly [key: string, proof: string]> {
  const key = toHex(publicKeyToEvm(nobleBackend.publicKey(authority.blsSecret)));
  const message = await registry.rotationMessage(operator, key);
  return [key, toHex(signatureToEvm(nobleBackend.sign(authority.blsSecret, getBytes(message))))];
}
