/**
 * Step "governance": ContractDirectory, ValidatorCouncil, StageManager. Whitepaper §2.4.3, §3.2.
 *
 * Owns: their creation. Constructors only remember addresses, so nothing waits for another. Called by: deploy-all.ts.
 */
import type { Step } from "./lib/plan.ts";

export const governance: Step = {
  id: "governance",
  dependsOn: ["factory"],
  async run(environment) {
    const { ContractDirectory, ValidatorCouncil, StageManager } = environment.blueprint;
    await Promise.all([
      environment.create("ContractDirectory", ContractDirectory),
      environment.create("ValidatorCouncil", ValidatorCouncil),
      environment.create("StageManager", StageManager),
    ]);
  },
};
