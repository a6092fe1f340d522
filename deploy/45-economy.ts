/**
 * Step "economy": StakingPool, StageManager, ValidatorElection, EpochManager. Whitepaper §2.4.3, §3.1.
 *
 * Owns: their creation. They remember the addresses of others and call none while they are created. Called by:
 * deploy-all.ts.
 */
import type { Step } from "./lib/plan.ts";

export const economy: Step = {
  id: "economy",
  dependsOn: ["factory"],
  async run(environment) {
    const { StakingPool, StageManager, ValidatorElection, EpochManager } = environment.blueprint;
    await Promise.all([
      environment.create("StakingPool", StakingPool),
      environment.create("StageManager", StageManager),
      environment.create("ValidatorElection", ValidatorElection),
      environment.create("EpochManager", EpochManager),
    ]);
  },
};
