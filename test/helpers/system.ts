/**
 * The whole system as deploy/ makes it, on an in-process network, and the council's approval of a batch.
 *
 * Owns: composing it for tests. Called by: test/contracts.
 */
import { join } from "node:path";
import { governanceDelaySeconds, parameterValues } from "../../deploy/config/parameters.ts";
import { deployAll } from "../../deploy/deploy-all.ts";
import { type Artifacts, fileArtifacts } from "../../deploy/lib/artifacts.ts";
import type { DeployOptions } from "../../deploy/lib/environment.ts";
import { authoritiesPort, developmentAuthorities } from "../../tasks/authorities.ts";
import { signTogether } from "./bls.ts";
import type { Connection } from "./finality.ts";

export const artifacts: Artifacts = fileArtifacts(join(import.meta.dirname, "../../artifacts"));
export const authorities = developmentAuthorities();
const secrets = authorities.map(({ blsSecret }) => blsSecret);

/** What `npx hardhat deploy` passes in on a foreign network. */
export async function deployOptions({ ethers }: Connection): Promise<DeployOptions> {
  const [deployer] = await ethers.getSigners();
  return {
    provider: ethers.provider,
    deployer: deployer!,
    artifacts,
    config: {
      native: false,
      nativePrefund: 0n,
      parameters: parameterValues(),
      governanceDelaySeconds: governanceDelaySeconds(),
    },
    authorities: authoritiesPort(authorities),
    log: () => undefined,
  };
}

export async function deploySystem(connection: Connection, changes: Partial<DeployOptions> = {}) {
  const { ethers } = connection;
  const { addresses, summary } = await deployAll({ ...(await deployOptions(connection)), ...changes });
  return {
    addresses,
    summary,
    manager: await ethers.getContractAt("AccessManager", addresses.AccessManager),
    directory: await ethers.getContractAt("ContractDirectory", addresses.ContractDirectory),
    council: await ethers.getContractAt("ValidatorCouncil", addresses.ValidatorCouncil),
    parameters: await ethers.getContractAt("ParameterRegistry", addresses.ParameterRegistry),
    cunp: await ethers.getContractAt("CUNP", addresses.CUNP),
    emission: await ethers.getContractAt("EmissionController", addresses.EmissionController),
    business: await ethers.getContractAt("BusinessContributions", addresses.BusinessContributions),
    vault: await ethers.getContractAt("RewardVault", addresses.RewardVault),
    nodesFund: await ethers.getContractAt("NodesFund", addresses.NodesFund),
    persons: await ethers.getContractAt("PersonhoodList", addresses.PersonhoodList),
    staking: await ethers.getContractAt("StakingPool", addresses.StakingPool),
    election: await ethers.getContractAt("ValidatorElection", addresses.ValidatorElection),
    epochs: await ethers.getContractAt("EpochManager", addresses.EpochManager),
    registry: await ethers.getContractAt("ValidatorRegistry", addresses.ValidatorRegistry),
    stageManager: await ethers.getContractAt("StageManager", addresses.StageManager),
    verifier: await ethers.getContractAt("FinalityVerifier", addresses.FinalityVerifier),
  };
}

export type System = Awaited<ReturnType<typeof deploySystem>>;

export interface Call {
  readonly target: string;
  readonly value: bigint;
  readonly data: string;
}

export const callOf = (target: string, data: string, value = 0n): Call => ({ target, value, data });

/** Far in the future, in seconds. */
export const DEADLINE = 4_000_000_000;

/** The signature of all validators, or of those given. */
export async function approve(
  { council }: Pick<System, "council">,
  calls: readonly Call[],
  { nonce, deadline = DEADLINE, by = secrets }: { nonce?: bigint; deadline?: number; by?: readonly Uint8Array[] } = {},
): Promise<string> {
  const message = await council.approvalHash([...calls], nonce ?? (await council.nonce()), deadline);
  return signTogether(by, message);
}

/** Approves and carries out. */
export async function executeByCouncil(system: Pick<System, "council">, calls: readonly Call[]) {
  return system.council.execute([...calls], DEADLINE, 0, await approve(system, calls));
}
