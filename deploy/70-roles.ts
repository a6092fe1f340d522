/**
 * Step "roles": which role may call which function, and who holds it. Whitepaper §3.2 (permission management).
 *
 * Owns: carrying out config/roles.ts, each role in one transaction. Called by: deploy-all.ts, after all that only the
 * deployer could do.
 */
import { type Role, roles as table } from "./config/roles.ts";
import type { Environment } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

export const roles: Step = {
  id: "roles",
  dependsOn: ["stakes"],
  async run(environment) {
    if (environment.governed) return;
    await Promise.all(table.map((role) => assign(environment, role)));
  },
};

/** The label leaves only an event behind: one transaction for all, so that none of it can be missing. */
function assign(environment: Environment, role: Role): Promise<void> {
  const access = environment.contract("AccessManager");
  const target = environment.contract(role.target).address;
  const holder = role.holder && environment.contract(role.holder).address;
  const abi = environment.options.artifacts(role.target).interface;
  const selectors = role.functions.map((name) => abi.getFunction(name)!.selector);
  const { interface: manager } = environment.options.artifacts("AccessManager");
  const calls = [
    manager.encodeFunctionData("labelRole", [role.id, role.label]),
    manager.encodeFunctionData("setTargetFunctionRole", [target, selectors, role.id]),
    ...(holder ? [manager.encodeFunctionData("grantRole", [role.id, holder, 0])] : []),
  ];
  return environment.achieve(
    async () => {
      const assigned = await Promise.all(
        selectors.map((selector) => environment.read(access, "getTargetFunctionRole", [target, selector])),
      );
      const isHeld = !holder || (await environment.read(access, "hasRole", [role.id, holder]))[0];
      return isHeld && assigned.every(([id]) => id === role.id);
    },
    () => environment.call(access, "multicall", [calls]),
  );
}
