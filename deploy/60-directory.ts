/**
 * Step "directory": every contract's name, address and code hash on chain. Whitepaper §3.2 (contract management).
 *
 * Owns: the first version of each name; later ones are governance's. Called by: deploy-all.ts.
 */
import type { ContractName } from "./lib/artifacts.ts";
import { directoryName, isPublished } from "./lib/directory.ts";
import type { Step } from "./lib/plan.ts";

export const directory: Step = {
  id: "directory",
  dependsOn: ["access", "governance", "token", "validators", "finality"],
  async run(environment) {
    if (environment.governed) return;
    const names = Object.keys(environment.addresses()) as ContractName[];
    const published = await Promise.all(names.map((name) => isPublished(environment, name)));
    const missing = names.filter((_, index) => !published[index]);
    await Promise.all(
      missing.map((name) =>
        environment.call(environment.contract("ContractDirectory"), "publish", [
          directoryName(name),
          environment.contract(name).address,
          environment.implementationOf(name),
        ]),
      ),
    );
  },
};
