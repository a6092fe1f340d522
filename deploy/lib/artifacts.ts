/**
 * Reads compiled contracts from Hardhat's artifacts folder.
 *
 * Owns: the list of contracts that are deployed, and where their artifacts lie. Does not own: compiling.
 * Called by: blueprint, steps, scripts, tests.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Interface, type InterfaceAbi } from "ethers";
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

export interface Artifact {
  readonly interface: Interface;
  readonly bytecode: string;
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

function readArtifact(folder: string, name: ArtifactName): Artifact {
  const path = artifactPath(name);
  try {
    const json = JSON.parse(readFileSync(join(folder, path), "utf8")) as { abi: InterfaceAbi; bytecode: string };
    return { interface: new Interface(json.abi), bytecode: json.bytecode };
  } catch (cause) {
    throw new CunError("deployArtifactMissing", { contract: name, path }, { cause });
  }
}
