/**
 * The system contracts of a development network before it exists: artifacts, configuration, addresses.
 *
 * Owns: what a devnet deploys and from which account. Does not own: deploying (deployment.ts).
 * Called by: scripts/lib/network.ts (genesis), scripts/lib/deployment.ts.
 */
import { join } from "node:path";
import { Wallet } from "ethers";
import { developmentValues } from "../../deploy/config/development.ts";
import { governanceDelaySeconds, type ParameterValues } from "../../deploy/config/parameters.ts";
import { fileArtifacts } from "../../deploy/lib/artifacts.ts";
import { predictAddresses, type SystemConfig } from "../../deploy/lib/blueprint.ts";
import { developmentAccounts, type GenesisContracts } from "../../node/app/devnet.ts";
import type { Address } from "../../node/types/primitives.ts";
import { root } from "./build.ts";

export const artifacts = fileArtifacts(join(root, "artifacts"));
export const deployer = new Wallet(developmentAccounts()[0]!.privateKey);

export const systemConfig = (nativePrefund: bigint, parameters: Partial<ParameterValues> = {}): SystemConfig => ({
  deployer: deployer.address,
  native: true,
  nativePrefund,
  parameters: developmentValues(parameters),
  governanceDelaySeconds: governanceDelaySeconds(),
});

/** What the genesis block of a devnet must know of contracts that are deployed later. */
export function predictGenesisContracts(nativePrefund: bigint): GenesisContracts {
  const { addresses, nativeReserve } = predictAddresses(artifacts, systemConfig(nativePrefund));
  const lower = (address: string) => address.toLowerCase() as Address;
  return { cunp: lower(addresses.CUNP), reserve: nativeReserve, directory: lower(addresses.ContractDirectory) };
}
