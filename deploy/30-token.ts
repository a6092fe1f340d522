/**
 * Step "token": CUNP with the genesis coins of figure 6. Whitepaper §3.1.
 *
 * Owns: its creation. On a CUN chain its address holds the native reserve from block 0 on. Called by: deploy-all.ts.
 */
import type { Step } from "./lib/plan.ts";

export const token: Step = {
  id: "token",
  dependsOn: ["factory"],
  run: (environment) => environment.create("CUNP", environment.blueprint.CUNP),
};
