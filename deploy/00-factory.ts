/**
 * Step "factory": the CREATE2 factory that all addresses come from.
 *
 * Owns: bringing it to a chain that lacks it. A CUN chain has it in its genesis block. Called by: deploy-all.ts.
 */
import { FACTORY, FACTORY_COST, FACTORY_SENDER, FACTORY_TRANSACTION } from "./lib/create2.ts";
import type { Step } from "./lib/plan.ts";

export const factory: Step = {
  id: "factory",
  dependsOn: [],
  async run(environment) {
    if (await environment.hasCode(FACTORY)) return;
    const balance = await environment.options.provider.getBalance(FACTORY_SENDER);
    if (balance < FACTORY_COST) {
      await environment.transactor.send("pay for the CREATE2 factory", {
        to: FACTORY_SENDER,
        value: FACTORY_COST - balance,
      });
    }
    await environment.transactor.broadcast("create the CREATE2 factory", FACTORY_TRANSACTION);
  },
};
