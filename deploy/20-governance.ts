/**
 * Step "governance": ContractDirectory, ValidatorCouncil, NodesFund. Whitepaper §3.1, §3.2.
 *
 * Owns: their creation. Constructors only remember addresses, so nothing waits for another. Called by: deploy-all.ts.
 */
import type { Step } from "./lib/plan.ts";

export const governance: Step = {
  id: "governance",
  dependsOn: ["factory"],
  async run(environment) {
    const { ContractDirectory, ValidatorCouncil, NodesFund } = environment.blueprint;
    await Promise.all([
      environment.create("ContractDirectory", ContractDirectory),
      environment.create("ValidatorCouncil", ValidatorCouncil),
      environment.create("NodesFund", NodesFund),
    ]);
  },
};
