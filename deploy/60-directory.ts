/**
 * Step "directory": every contract's name, address and code hash on chain. Whitepaper §3.2 (contract management).
 *
 * Owns: the first version of each name; later ones are governance's. Called by: deploy-all.ts.
 */
import type { ContractName } from "./lib/artifacts.ts";
import { directoryName, isPublished } from "./lib/directory.ts";
import type { Environment } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

export const directory: Step = {
  id: "directory",
  dependsOn: ["access", "governance", "token", "business", "parameters", "validators", "economy", "finality"],
  async run(environment) {
    if (environment.governed) return;
    const names = Object.keys(environment.addresses()) as ContractName[];
    await Promise.all(
      names.map((name) =>
        environment.achieve(
          () => isPublished(environment, name),
          () => publish(environment, name),
        ),
      ),
    );
  },
};

function publish(environment: Environment, name: ContractName): Promise<void> {
  const { address } = environment.contract(name);
  const values = [directoryName(name), address, environment.implementationOf(name)];
  return environment.call(environment.contract("ContractDirectory"), "publish", values);
}
