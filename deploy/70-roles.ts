/**
 * Step "roles": which role may call which function, and who holds it. Whitepaper §3.2 (permission management).
 *
 * Owns: carrying out config/roles.ts. Called by: deploy-all.ts, after all that only the deployer could do.
 */
import { type Role, roles as table } from "./config/roles.ts";
import type { Environment } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

export const roles: Step = {
  id: "roles",
  dependsOn: ["directory"],
  async run(environment) {
    if (environment.governed) return;
    await Promise.all(table.map((role) => assign(environment, role)));
  },
};

async function assign(environment: Environment, role: Role): Promise<void> {
  const access = environment.contract("AccessManager");
  const target = environment.contract(role.target);
  const abi = environment.options.artifacts(role.target).interface;
  const selectors = role.functions.map((name) => abi.getFunction(name)!.selector);
  const current = await Promise.all(
    selectors.map((selector) => environment.read(access, "getTargetFunctionRole", [target.address, selector])),
  );
  const open = selectors.filter((_, index) => current[index]?.[0] !== role.id);
  if (open.length > 0) {
    await environment.call(access, "labelRole", [role.id, role.label]);
    await environment.call(access, "setTargetFunctionRole", [target.address, open, role.id]);
  }
  if (!role.holder) return;
  const holder = environment.contract(role.holder).address;
  const [isMember] = await environment.read(access, "hasRole", [role.id, holder]);
  if (!isMember) await environment.call(access, "grantRole", [role.id, holder, 0]);
}
