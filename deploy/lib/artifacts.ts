/**
 * Reads compiled contracts from Hardhat's artifacts folder.
 *
 * Owns: the list of contracts that are deployed, and where their artifacts lie. Does not own: compiling.
 * Called by: blueprint, steps, scripts, tests.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getBytes, Interface, type InterfaceAbi, keccak256 } from "ethers";
import { CunError } from "../../node/types/errors.ts";

const sources = {
  AccessManager: "@openzeppelin/contracts/access/manager/AccessManager.sol",
  ERC1967Proxy: "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
  ContractDirectory: "contracts/governance/ContractDirectory.sol",
  ValidatorCouncil: "contracts/governance/ValidatorCouncil.sol",
  NodesFund: "contracts/staking/NodesFund.sol",
  CUNP: "contracts/token/CUNP.sol",
  EmissionController: "contracts/token/EmissionController.sol",
  BusinessContributions: "contracts/business/BusinessContributions.sol",
  ParameterRegistry: "contracts/parameters/ParameterRegistry.sol",
  RewardVault: "contracts/staking/RewardVault.sol",
  PersonhoodList: "contracts/identity/PersonhoodList.sol",
  ValidatorRegistry: "contracts/validators/ValidatorRegistry.sol",
  StakingPool: "contracts/staking/StakingPool.sol",
  StageManager: "contracts/governance/StageManager.sol",
  ValidatorElection: "contracts/consensus/ValidatorElection.sol",
  EpochManager: "contracts/consensus/EpochManager.sol",
  FinalityVerifier: "contracts/consensus/FinalityVerifier.sol",
} as const;

/** Code that other code is linked to: it has no state and no place in the ContractDirectory. */
const libraries = { CandidateList: "contracts/staking/CandidateList.sol" } as const;

type LibraryName = keyof typeof libraries;
export type ArtifactName = keyof typeof sources | LibraryName;
/** Contracts that have a place in the ContractDirectory. */
export type ContractName = Exclude<ArtifactName, "ERC1967Proxy" | LibraryName>;

/** Bytes of the runtime code that the constructor fills in. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

export interface Artifact {
  readonly interface: Interface;
  /** Creation code; where `links` says so, with a placeholder for the library's address. */
  readonly bytecode: string;
  readonly links: readonly Link[];
  /** What stands at the contract's address, but for `immutables`. */
  readonly runtimeCode: string;
  /** What the constructor fills in: immutable variables, addresses of libraries, a library's own address. */
  readonly immutables: readonly ByteRange[];
}

/** A library that the creation code needs the address of. */
export interface Link {
  readonly library: LibraryName;
  readonly placeholder: string;
}

/** An artifact as Hardhat writes it. */
interface ArtifactFile {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
  readonly deployedBytecode: string;
  readonly immutableReferences: Readonly<Record<string, readonly ByteRange[]>>;
  /** By source file and library. */
  readonly linkReferences: Readonly<Record<string, Readonly<Record<string, readonly ByteRange[]>>>>;
  readonly deployedLinkReferences: ArtifactFile["linkReferences"];
}

export type Artifacts = (name: ArtifactName) => Artifact;

/** Path of an artifact inside the artifacts folder. */
export const artifactPath = (name: ArtifactName): string => join({ ...sources, ...libraries }[name], `${name}.json`);

/** Reads each artifact once. @throws CunError deployArtifactMissing */
export function fileArtifacts(folder: string): Artifacts {
  const known = new Map<ArtifactName, Artifact>();
  return (name) => {
    const artifact = known.get(name) ?? readArtifact(folder, name);
    known.set(name, artifact);
    return artifact;
  };
}

/**
 * Hash by which the code of an artifact is recognised on a chain, whatever its immutable variables say: those bytes
 * count as zero.
 */
export function codeIdentity(code: string, immutables: readonly ByteRange[]): string {
  const bytes = getBytes(code);
  for (const { start, length } of immutables) bytes.fill(0, start, start + length);
  return keccak256(bytes);
}

function readArtifact(folder: string, name: ArtifactName): Artifact {
  const path = artifactPath(name);
  try {
    const json = JSON.parse(readFileSync(join(folder, path), "utf8")) as ArtifactFile;
    const linked = Object.values(json.deployedLinkReferences).flatMap((byName) => Object.values(byName));
    const filled = [...Object.values(json.immutableReferences), ...linked].flat();
    return {
      interface: new Interface(json.abi),
      bytecode: json.bytecode,
      links: linksOf(json),
      runtimeCode: json.deployedBytecode.replaceAll(PLACEHOLDER, "0".repeat(40)),
      immutables: json.deployedBytecode.startsWith(LIBRARY_PREFIX) ? [...filled, { start: 1, length: 20 }] : filled,
    };
  } catch (cause) {
    throw new CunError("deployArtifactMissing", { contract: name, path }, { cause });
  }
}

/** What the compiler writes where a library's address belongs, as long as an address. */
const PLACEHOLDER = /__\$[0-9a-f]{34}\$__/g;
/** A library begins with PUSH20 of its own address, by which it refuses to be called directly. */
const LIBRARY_PREFIX = `0x73${"0".repeat(40)}3014`;

function linksOf({ bytecode, linkReferences }: ArtifactFile): Link[] {
  return Object.values(linkReferences).flatMap((byName) =>
    Object.entries(byName).map(([library, [first]]) => {
      // Two digits a byte, after "0x".
      const at = 2 + 2 * first!.start;
      return { library: library as LibraryName, placeholder: bytecode.slice(at, at + 2 * first!.length) };
    }),
  );
}
