/**
 * Step "token": CUNP with the genesis coins of figure 6, what alone emits more of it, and where rewards wait.
 * Whitepaper §3.1.
 *
 * Owns: their creation. On a CUN chain CUNP's address holds the native reserve from block 0 on. Called by: deploy-all.ts.
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
    const { CUNP, EmissionController, RewardVault } = environment.blueprint;
    await environment.create("CUNP", CUNP);
    // Its constructor asks CUNP what was emitted, so it comes second.
    await environment.create("EmissionController", EmissionController);
    await environment.create("RewardVault", RewardVault);
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
