/**
 * Step "token": CUNP with the genesis coins of figure 6. Whitepaper §3.1.
 *
 * Owns: its creation. On a CUN chain its address holds the native reserve from block 0 on. Called by: deploy-all.ts.
 */
import { CunError } from "../node/types/errors.ts";
import { NATIVE_TOTAL } from "./lib/blueprint.ts";
import type { Environment } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

export const token: Step = {
  id: "token",
  dependsOn: ["factory"],
  async run(environment) {
    await checkReserve(environment);
    await environment.create("CUNP", environment.blueprint.CUNP);
  },
};

/** A genesis block that was made for other contracts holds the reserve at another address: say so, not "reverted". */
async function checkReserve(environment: Environment): Promise<void> {
  const { address } = environment.blueprint.CUNP;
  if (!environment.config.native || (await environment.hasCode(address))) return;
  const expected = NATIVE_TOTAL - environment.config.nativePrefund;
  const actual = await environment.options.provider.getBalance(address);
  if (actual >= expected) return;
  const what = `native reserve in wei at CUNP's address ${address}, which the genesis block must fill,`;
  throw new CunError("deployMismatch", { what, actual: String(actual), expected: String(expected) });
}
