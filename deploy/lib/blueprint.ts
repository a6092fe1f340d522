/**
 * Every contract of the system with its creation code and, by CREATE2, its address: before a chain exists.
 *
 * Owns: constructor arguments and proxies' first calls. Does not own: sending (transactor.ts), order (plan.ts).
 * Called by: steps, and by whoever makes a genesis block (CUNP's address holds the native reserve).
 * Order of dependence: AccessManager → ContractDirectory → ValidatorCouncil → CUNP; FinalityVerifier comes last,
 * because only its arguments name the genesis hash, which depends on CUNP's address.
 */
import { concat, keccak256, solidityPacked } from "ethers";
import type { ParameterValues } from "../config/parameters.ts";
import type { ArtifactName, Artifacts, ContractName } from "./artifacts.ts";
import { addressOf } from "./create2.ts";

/** What distinguishes one network's system from another's. Amounts in wei. */
export interface SystemConfig {
  /** Who deploys, and is AccessManager's first administrator until the hand-over. */
  readonly deployer: string;
  /** True on a CUN chain: its native coin is CUNP and its reserve stands in the genesis block. */
  readonly native: boolean;
  /** Native coin that the genesis block gives to accounts; zero on a foreign network. */
  readonly nativePrefund: bigint;
  readonly parameters: ParameterValues;
}

export interface Planned {
  /** What is compiled into it. */
  readonly artifact: ArtifactName;
  readonly address: string;
  readonly initCode: string;
  /** Code behind the proxy, to be created before it. */
  readonly implementation?: Planned;
}

export type Blueprint = Readonly<Record<Exclude<ContractName, "FinalityVerifier">, Planned>>;

/** The cap of CUNP: native coin that exists on a CUN chain at genesis, reserve and prefund together. */
export const NATIVE_TOTAL = 1_000_000_000n * 10n ** 18n;

function plan(artifacts: Artifacts, name: ArtifactName, values: readonly unknown[]): Planned {
  const { bytecode, interface: abi } = artifacts(name);
  const initCode = concat([bytecode, abi.encodeDeploy(values)]);
  return { artifact: name, address: addressOf(initCode), initCode };
}

function planProxy(artifacts: Artifacts, name: ArtifactName, values: readonly unknown[]): Planned {
  const implementation = plan(artifacts, name, []);
  const firstCall = artifacts(name).interface.encodeFunctionData("initialize", values);
  return { ...plan(artifacts, "ERC1967Proxy", [implementation.address, firstCall]), implementation };
}

/** All contracts whose addresses are known before the genesis block. */
export function createBlueprint(artifacts: Artifacts, config: SystemConfig): Blueprint {
  const manager = plan(artifacts, "AccessManager", [config.deployer]);
  const directory = plan(artifacts, "ContractDirectory", [manager.address]);
  const council = plan(artifacts, "ValidatorCouncil", [directory.address]);
  // The council holds the five contributors' coins until their vaults exist.
  const recipients = Array.from({ length: 5 }, () => council.address);
  return {
    AccessManager: manager,
    ContractDirectory: directory,
    ValidatorCouncil: council,
    CUNP: plan(artifacts, "CUNP", [manager.address, recipients, config.native, config.nativePrefund]),
    ValidatorRegistry: planProxy(artifacts, "ValidatorRegistry", [manager.address, config.parameters.originSeats]),
    StageManager: planProxy(artifacts, "StageManager", [manager.address]),
  };
}

export interface FinalitySource {
  readonly registry: string;
  readonly chainId: bigint;
  readonly genesisHash: string;
  readonly setHash: string;
}

export function planFinalityVerifier(artifacts: Artifacts, source: FinalitySource): Planned {
  return plan(artifacts, "FinalityVerifier", [source.registry, source.chainId, source.genesisHash, source.setHash]);
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
