/**
 * BusinessContributions on a CUN chain, with epochs, parameters and applications that a test controls.
 *
 * Owns: composing them, and attesters' signatures. Called by: test/contracts/business.
 */
import { encodeBytes32String, parseEther, ZeroAddress } from "ethers";
import type { BusinessContributions } from "../../types/ethers-contracts/index.js";
import { deployEmission } from "./emission.ts";
import type { Connection } from "./finality.ts";

export const BUDGET = parseEther("10000");
export const VALUE_CAP = parseEther("1000000");
const APPLICATIONS_ROLE = 16n;

/** The defaults of the parameter table. */
const TERMS = { businessEpochBudget: BUDGET, businessApplicationCapBps: 2_000n, businessValueWeightBps: 5_000n };
export type TermName = keyof typeof TERMS;
export type Terms = Partial<Record<TermName, bigint>>;

export interface BusinessOptions {
  readonly native?: boolean;
  readonly terms?: Terms;
  /** False: the EpochManager is there and its first epoch has not begun. */
  readonly started?: boolean;
}

/** The first signer governs; `attester` signs for value; epoch 7 runs. */
export async function deployBusiness(connection: Connection, options: BusinessOptions = {}) {
  const { ethers } = connection;
  const system = await deployEmission(connection, { native: options.native ?? true });
  const { manager, emission, cunp, signers } = system;
  const [admin, attester, payee, user] = [signers[0]!, signers[12]!, signers[13]!, signers[14]!];
  const managerAddress = await manager.getAddress();
  const directory = await ethers.deployContract("ContractDirectory", [managerAddress]);
  const clock = await ethers.deployContract("EpochClockMock");
  const parameters = await ethers.deployContract("ParameterRegistryMock");
  await directory.publish(encodeBytes32String("EpochManager"), await clock.getAddress(), ZeroAddress);
  await directory.publish(encodeBytes32String("ParameterRegistry"), await parameters.getAddress(), ZeroAddress);
  for (const [name, value] of Object.entries({ ...TERMS, ...options.terms })) {
    await parameters.set(encodeBytes32String(name), value, 0);
  }
  const business: BusinessContributions = await ethers.deployContract("BusinessContributions", [
    managerAddress,
    await directory.getAddress(),
    await cunp.getAddress(),
    await emission.getAddress(),
  ]);
  const selectors = (["register", "remove"] as const).map((name) => business.interface.getFunction(name).selector);
  await manager.setTargetFunctionRole(await business.getAddress(), selectors, APPLICATIONS_ROLE);
  await manager.grantRole(APPLICATIONS_ROLE, admin.address, 0);
  await manager.grantRole(5n, await business.getAddress(), 0);
  if (options.started ?? true) await clock.begin(7);
  return { ...system, directory, clock, parameters, business, attester, payee, user };
}

export type BusinessSystem = Awaited<ReturnType<typeof deployBusiness>>;

/** Registers an application; its number is the next one. */
export async function registerApplication(
  { business, attester, payee }: Pick<BusinessSystem, "business" | "attester" | "payee">,
  terms: { payee?: string; attester?: string; account?: string; valueCap?: bigint } = {},
): Promise<bigint> {
  const filled = { payee: payee.address, attester: attester.address, account: ZeroAddress, valueCap: VALUE_CAP };
  await business.register({ ...filled, ...terms });
  return business.applicationCount();
}

export interface Attestation {
  readonly application: bigint;
  readonly value: bigint;
  readonly epoch?: bigint;
  readonly nonce?: bigint;
  readonly chainId?: bigint;
  readonly contract?: string;
  /** By default the attester. */
  readonly by?: BusinessSystem["attester"];
}

const TYPES = {
  ValueAttestation: [
    { name: "application", type: "uint256" },
    { name: "epoch", type: "uint64" },
    { name: "value", type: "uint96" },
    { name: "nonce", type: "uint256" },
  ],
};

/** What {attest} takes: the attestation with its signature. */
export async function signAttestation(system: BusinessSystem, attestation: Attestation) {
  const { business, attester, clock } = system;
  const { application, value, by = attester } = attestation;
  const epoch = attestation.epoch ?? (await clock.epoch());
  const nonce = attestation.nonce ?? (await business.attestationNonce(application));
  const domain = {
    name: "Coopunion BusinessContributions",
    version: "1",
    chainId: attestation.chainId ?? 31337n,
    verifyingContract: attestation.contract ?? (await business.getAddress()),
  };
  const signature = await by.signTypedData(domain, TYPES, { application, epoch, value, nonce });
  return [application, epoch, value, nonce, signature] as const;
}

/** Signs and brings. */
export async function attest(system: BusinessSystem, application: bigint, value: bigint) {
  return system.business.attest(...(await signAttestation(system, { application, value })));
}
