/**
 * Step "parameters": the ParameterRegistry with the table's definitions and this network's first values.
 *
 * Owns: its creation. Does not own: the table (config/parameters.ts), later values (the council). Called by:
 * deploy-all.ts. Whitepaper §2.3, §3.2.
 */
import type { Step } from "./lib/plan.ts";

export const parameters: Step = {
  id: "parameters",
  dependsOn: ["factory"],
  run: (environment) => environment.create("ParameterRegistry", environment.blueprint.ParameterRegistry),
};
