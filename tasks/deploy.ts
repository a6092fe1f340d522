/**
 * `npx hardhat deploy [--network …]`: deploys what is missing, hands over, reads everything back, prints addresses.
 *
 * Owns: nothing; a door to deploy/. Whose chain it is and whose keys apply: networks.ts.
 */
import { join, resolve } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { governanceDelaySeconds } from "../deploy/config/parameters.ts";
import { deployAll } from "../deploy/deploy-all.ts";
import { fileArtifacts } from "../deploy/lib/artifacts.ts";
import { authoritiesPort } from "./authorities.ts";
import { DEFAULT_NETWORK_FOLDER, networkSetup } from "./networks.ts";

export default async function deploy({ data }: { data: string }, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const { ethers, networkConfig } = await hre.network.create();
  const [deployer] = await ethers.getSigners();
  if (!deployer) throw new Error("The network has no account to deploy from");
  const { chainId } = await ethers.provider.getNetwork();
  const { authorities, ...setup } = networkSetup(chainId, resolve(hre.config.paths.root, data));
  // Neither a network that ends with this process nor one in a folder of its own takes the default network's place.
  const lasts = networkConfig.type === "http" && data === DEFAULT_NETWORK_FOLDER;
  const deployment = await deployAll({
    provider: ethers.provider,
    deployer,
    artifacts: fileArtifacts(hre.config.paths.artifacts),
    config: { ...setup, governanceDelaySeconds: governanceDelaySeconds() },
    authorities: authoritiesPort(authorities),
    log: console.log,
    addressesFolder: lasts ? join(hre.config.paths.root, "deploy", "addresses") : undefined,
  });
  console.table(deployment.addresses);
  console.log(`Chain ${chainId}: ${deployment.summary.transactionsSent} transactions sent, everything read back.`);
}
