/**
 * Step "stakes": the self-stake of the first authorities, from the coins of the nodes. Whitepaper §2.4.3, figure 6.
 *
 * Owns: staking for each of them what the parameter authorityStake asks. Does not own: the coins (NodesFund).
 * Called by: deploy-all.ts, when the contracts can be found in the directory and before the roles leave the deployer.
 */
import type { Environment } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

export const stakes: Step = {
  id: "stakes",
  dependsOn: ["directory"],
  async run(environment) {
    if (environment.governed) return;
    const [operators] = await environment.read(environment.contract("ValidatorRegistry"), "authorities");
    await Promise.all((operators as string[]).map((operator) => stakeFor(environment, operator)));
  },
};

function stakeFor(environment: Environment, operator: string): Promise<void> {
  const required = environment.config.parameters.authorityStake;
  const stakeOf = async (): Promise<bigint> =>
    (await environment.read(environment.contract("StakingPool"), "selfStakeOf", [operator]))[0];
  return environment.achieve(
    async () => (await stakeOf()) >= required,
    async () => {
      const missing = required - (await stakeOf());
      await environment.call(environment.contract("NodesFund"), "stakeFor", [operator, missing]);
    },
  );
}
