/**
 * Reads the ContractDirectory.
 *
 * Owns: names as the directory keeps them (ASCII, right-padded to 32 bytes). Does not own: publishing.
 * Called by: deploy's steps, verify.ts.
 */
import { encodeBytes32String } from "ethers";
import type { ContractName } from "./artifacts.ts";
import type { Environment } from "./environment.ts";

export const directoryName = (name: ContractName): string => encodeBytes32String(name);

/** The contract that has the name now. Assumes: it was published. */
export async function publishedAddress(environment: Environment, name: ContractName): Promise<string> {
  const directory = environment.contract("ContractDirectory");
  const [address] = await environment.read(directory, "addressOf", [directoryName(name)]);
  return address;
}

export async function isPublished(environment: Environment, name: ContractName): Promise<boolean> {
  const directory = environment.contract("ContractDirectory");
  const [count] = await environment.read(directory, "versionCount", [directoryName(name)]);
  return count > 0n;
}
