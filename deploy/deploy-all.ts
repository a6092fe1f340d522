/**
 * Deploys the whole system, or what is missing of it, and reads everything back.
 *
 * Owns: the list of steps and the result. Does not own: networks and keys (the options).
 * Called by: tasks/deploy.ts, scripts, tests. Running it again sends nothing.
 */
import { factory } from "./00-factory.ts";
import { access } from "./10-access.ts";
import { governance } from "./20-governance.ts";
import { token } from "./30-token.ts";
import { business } from "./35-business.ts";
import { parameters } from "./35-parameters.ts";
import { validators } from "./40-validators.ts";
import { economy } from "./45-economy.ts";
import { finality } from "./50-finality.ts";
import { directory } from "./60-directory.ts";
import { stakes } from "./65-stakes.ts";
import { roles } from "./70-roles.ts";
import { start } from "./80-start.ts";
import { handover } from "./90-handover.ts";
import { saveAddresses } from "./lib/addresses.ts";
import { type Addresses, type DeployOptions, Environment } from "./lib/environment.ts";
import { runSteps } from "./lib/plan.ts";

export const steps = [
  ...[factory, access, governance, token, business, parameters, validators, economy, finality],
  ...[directory, stakes, roles, start, handover],
];

export interface Deployment {
  readonly addresses: Addresses;
  readonly chainId: bigint;
  readonly genesisHash: string;
  readonly summary: { readonly transactionsSent: number };
}

/** @throws CunError deployTransactionFailed, deployTransactionPending, deployMismatch, deployArtifactMissing */
export async function deployAll(options: DeployOptions): Promise<Deployment> {
  const environment = await Environment.create(options);
  await runSteps(steps, environment);
  const deployment = {
    addresses: environment.addresses(),
    chainId: environment.chain.chainId,
    genesisHash: environment.chain.genesisHash,
    summary: { transactionsSent: environment.transactor.sent },
  };
  if (options.addressesFolder) saveAddresses(options.addressesFolder, deployment);
  return deployment;
}
