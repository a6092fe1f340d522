/**
 * Every contract of the system with its creation code and, by CREATE2, its address: before a chain exists.
 *
 * Owns: constructor arguments and proxies' first calls. Does not own: sending (transactor.ts), order (plan.ts).
 * Called by: steps, and by whoever makes a genesis block (CUNP's address holds the native reserve).
 * Order of dependence: AccessManager → ContractDirectory → ValidatorCouncil, NodesFund → CUNP → ParameterRegistry,
 * EmissionController → BusinessContributions, RewardVault, PersonhoodList → ValidatorRegistry → StakingPool →
 * StageManager → ValidatorElection → EpochManager: a contract is created with the addresses of what stands to its left
 * and finds what stands to its right in the directory. FinalityVerifier comes last, because only its arguments name
 * the genesis hash, which depends on CUNP's address.
 */
import { concat, keccak256, solidityPacked } from "ethers";
import type { ParameterValues } from "../config/parameters.ts";
import type { ArtifactName, Artifacts, ContractName } from "./artifacts.ts";
import { addressOf } from "./create2.ts";
import { definitions, initialValues, orderRules } from "./parameter-table.ts";

/** What distinguishes one network's system from another's. Amounts in wei. */
export interface SystemConfig {
  /** Who deploys, and is AccessManager's first administrator until the hand-over. */
  readonly deployer: string;
  /** True on a CUN chain: its native coin is CUNP and its reserve stands in the genesis block. */
  readonly native: boolean;
  /** Native coin that the genesis block gives to accounts; zero on a foreign network. */
  readonly nativePrefund: bigint;
  /** What the ParameterRegistry starts with. */
  readonly parameters: ParameterValues;
  /** Of AccessManager, for the council's acts as administrator. */
  readonly governanceDelaySeconds: bigint;
}

export interface Planned {
  /** What is compiled into it. */
  readonly artifact: ArtifactName;
  readonly address: string;
  readonly initCode: string;
  /** Code behind the proxy, to be created before it. */
  readonly implementation?: Planned;
  /** Code that it is linked to, to be created before it. */
  readonly libraries?: readonly Planned[];
}

export type Blueprint = Readonly<Record<Exclude<ContractName, "FinalityVerifier">, Planned>>;

/** The cap of CUNP: native coin that exists on a CUN chain at genesis, reserve and prefund together. */
export const NATIVE_TOTAL = 1_000_000_000n * 10n ** 18n;

function plan(artifacts: Artifacts, name: ArtifactName, values: readonly unknown[]): Planned {
  const { bytecode, links, interface: abi } = artifacts(name);
  const libraries = links.map(({ library }) => plan(artifacts, library, []));
  const linked = links.reduce(
    (code, { placeholder }, index) => code.replaceAll(placeholder, libraries[index]!.address.slice(2).toLowerCase()),
    bytecode,
  );
  const initCode = concat([linked, abi.encodeDeploy(values)]);
  return { artifact: name, address: addressOf(initCode), initCode, libraries };
}

/** `values` are what the code is created with, `first` what the proxy's first call sets up. */
function planProxy(
  artifacts: Artifacts,
  name: ArtifactName,
  values: readonly unknown[],
  first: readonly unknown[],
): Planned {
  const implementation = plan(artifacts, name, values);
  const firstCall = artifacts(name).interface.encodeFunctionData("initialize", first);
  return { ...plan(artifacts, "ERC1967Proxy", [implementation.address, firstCall]), implementation };
}

/** All contracts whose addresses are known before the genesis block. */
export function createBlueprint(artifacts: Artifacts, config: SystemConfig): Blueprint {
  const base = planBase(artifacts, config);
  return { ...base, ...planEconomy(artifacts, base) };
}

type BaseName = "AccessManager" | "ContractDirectory" | "ValidatorCouncil" | "NodesFund" | "CUNP" | "ParameterRegistry";
type Base = Pick<Blueprint, BaseName>;

/** Governance, the coin and the parameters. */
function planBase(artifacts: Artifacts, config: SystemConfig): Base {
  const manager = plan(artifacts, "AccessManager", [config.deployer]);
  const directory = plan(artifacts, "ContractDirectory", [manager.address]);
  const council = plan(artifacts, "ValidatorCouncil", [directory.address]);
  const nodes = plan(artifacts, "NodesFund", [manager.address, directory.address]);
  // The council holds the coins of the other four contributors of figure 6.
  const recipients = [nodes, council, council, council, council].map(({ address }) => address);
  return {
    AccessManager: manager,
    ContractDirectory: directory,
    ValidatorCouncil: council,
    NodesFund: nodes,
    CUNP: plan(artifacts, "CUNP", [manager.address, recipients, config.native, config.nativePrefund]),
    ParameterRegistry: planProxy(
      artifacts,
      "ParameterRegistry",
      [],
      [manager.address, definitions(), initialValues(config.parameters), orderRules()],
    ),
  };
}

/** What emits and stakes the coin, and what follows from stake: elections, epochs, stages. */
function planEconomy(artifacts: Artifacts, base: Base): Omit<Blueprint, BaseName> {
  const manager = base.AccessManager.address;
  const council = base.ValidatorCouncil.address;
  const directory = base.ContractDirectory.address;
  const cunp = base.CUNP.address;
  const parameters = base.ParameterRegistry.address;
  const proxy = (name: ArtifactName, ...values: readonly unknown[]) => planProxy(artifacts, name, values, [manager]);
  // Eco-fund and team: their later emissions go where those of figure 6 went.
  const emission = plan(artifacts, "EmissionController", [manager, cunp, council, council]);
  const vault = plan(artifacts, "RewardVault", [manager, cunp]);
  const persons = plan(artifacts, "PersonhoodList", [manager]);
  const registry = proxy("ValidatorRegistry", parameters, persons.address);
  const neighbours = [cunp, parameters, emission.address, vault.address, registry.address, persons.address, directory];
  const staking = proxy("StakingPool", neighbours);
  const stages = proxy("StageManager", parameters, cunp, registry.address, staking.address, directory);
  const doors = [registry.address, staking.address, stages.address];
  const election = proxy("ValidatorElection", directory, parameters, ...doors);
  return {
    EmissionController: emission,
    BusinessContributions: plan(artifacts, "BusinessContributions", [manager, directory, cunp, emission.address]),
    RewardVault: vault,
    PersonhoodList: persons,
    ValidatorRegistry: registry,
    StakingPool: staking,
    StageManager: stages,
    ValidatorElection: election,
    EpochManager: proxy("EpochManager", directory, parameters, emission.address, ...doors, election.address),
  };
}

export interface FinalitySource {
  readonly manager: string;
  readonly registry: string;
  readonly chainId: bigint;
  readonly genesisHash: string;
  readonly setHash: string;
}

export function planFinalityVerifier(artifacts: Artifacts, source: FinalitySource): Planned {
  const { manager, registry, chainId, genesisHash, setHash } = source;
  return plan(artifacts, "FinalityVerifier", [manager, registry, chainId, genesisHash, setHash]);
}

/** Hash of a validator set: 128 bytes of key and 16 bytes of weight for each member, in order. */
export function setHashOf(members: readonly { readonly blsPublicKey: string; readonly weight: bigint }[]): string {
  return keccak256(
    concat(members.map(({ blsPublicKey, weight }) => solidityPacked(["bytes", "uint128"], [blsPublicKey, weight]))),
  );
}

export interface PredictedSystem {
  readonly addresses: Readonly<Record<keyof Blueprint, string>>;
  /** What CUNP's address must hold in the genesis block of a CUN chain, in wei; zero on a foreign network. */
  readonly nativeReserve: bigint;
}

/** Where everything but FinalityVerifier will be, and what the genesis block must give to CUNP. */
export function predictAddresses(artifacts: Artifacts, config: SystemConfig): PredictedSystem {
  const entries = Object.entries(createBlueprint(artifacts, config)).map(([name, { address }]) => [name, address]);
  return {
    addresses: Object.fromEntries(entries) as PredictedSystem["addresses"],
    nativeReserve: config.native ? NATIVE_TOTAL - config.nativePrefund : 0n,
  };
}
