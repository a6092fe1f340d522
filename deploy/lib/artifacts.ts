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
  StageManager: "contracts/governance/StageManager.sol",
  CUNP: "contracts/token/CUNP.sol",
  ValidatorRegistry: "contracts/validators/ValidatorRegistry.sol",
  FinalityVerifier: "contracts/consensus/FinalityVerifier.sol",
} as const;

export type ArtifactName = keyof typeof sources;
/** Contracts that have a place in the ContractDirectory. */
export type ContractName = Exclude<ArtifactName, "ERC1967Proxy">;

/** Bytes of the runtime code that the constructor fills in. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

export interface Artifact {
  readonly interface: Interface;
  /** Creation code. */
  readonly bytecode: string;
  /** What stands at the contract's address, but for its immutable variables. */
  readonly runtimeCode: string;
  readonly immutables: readonly ByteRange[];
}

/** An artifact as Hardhat writes it. */
interface ArtifactFile {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
  readonly deployedBytecode: string;
  readonly immutableReferences: Readonly<Record<string, readonly ByteRange[]>>;
}

export type Artifacts = (name: ArtifactName) => Artifact;

/** Path of an artifact inside the artifacts folder. */
export const artifactPath = (name: ArtifactName): string => join(sources[name], `${name}.json`);

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
    return {
      interface: new Interface(json.abi),
      bytecode: json.bytecode,
      runtimeCode: json.deployedBytecode,
      immutables: Object.values(json.immutableReferences).flat(),
    };
  } catch (cause) {
    throw new CunError("deployArtifactMissing", { contract: name, path }, { cause });
  }
}
