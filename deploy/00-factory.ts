/**
 * Step "factory": the CREATE2 factory that all addresses come from.
 *
 * Owns: bringing it to a chain that lacks it. A CUN chain has it in its genesis block. Called by: deploy-all.ts.
 */
import { keccak256 } from "ethers";
import { CunError } from "../node/types/errors.ts";
import { FACTORY, FACTORY_CODE, FACTORY_COST, FACTORY_SENDER, FACTORY_TRANSACTION } from "./lib/create2.ts";
import type { Environment } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

export const factory: Step = {
  id: "factory",
  dependsOn: [],
  async run(environment) {
    await environment.achieve(
      () => isThere(environment),
      () => createFactory(environment),
    );
  },
};

/** Other code at this address would put everything else at other addresses. */
async function isThere({ options }: Environment): Promise<boolean> {
  const code = await options.provider.getCode(FACTORY);
  if (code === "0x") return false;
  const [actual, expected] = [keccak256(code), keccak256(FACTORY_CODE)];
  if (actual === expected) return true;
  throw new CunError("deployMismatch", { what: `code of the CREATE2 factory at ${FACTORY}`, actual, expected });
}

async function createFactory({ options, transactor }: Environment): Promise<void> {
  const balance = await options.provider.getBalance(FACTORY_SENDER);
  if (balance < FACTORY_COST) {
    await transactor.send("pay for the CREATE2 factory", { to: FACTORY_SENDER, value: FACTORY_COST - balance });
  }
  await transactor.broadcast("create the CREATE2 factory", FACTORY_TRANSACTION);
}
