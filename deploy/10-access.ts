/**
 * Step "access": the AccessManager, which knows who may do what. Whitepaper §3.2 (permission management).
 *
 * Owns: its creation. The deployer administers it until the hand-over. Called by: deploy-all.ts.
 */
import type { Step } from "./lib/plan.ts";

export const access: Step = {
  id: "access",
  dependsOn: ["factory"],
  run: (environment) => environment.create("AccessManager", environment.blueprint.AccessManager),
};
