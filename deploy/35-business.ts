/**
 * Step "business": BusinessContributions, without any application. Whitepaper §3.1.
 *
 * Owns: its creation. Does not own: applications (governance registers them). Called by: deploy-all.ts.
 */
import type { Step } from "./lib/plan.ts";

export const business: Step = {
  id: "business",
  dependsOn: ["token"],
  async run(environment) {
    await environment.create("BusinessContributions", environment.blueprint.BusinessContributions);
  },
};
