/**
 * Step "start": epoch 0 begins with the set that the FinalityVerifier was created with. Whitepaper §2.4.2.
 *
 * Owns: the one call that starts the clock. Does not own: epochs (EpochManager). Called by: deploy-all.ts, when the
 * contracts hold their roles and before the deployer ceases to be administrator.
 */
import type { Step } from "./lib/plan.ts";

export const start: Step = {
  id: "start",
  dependsOn: ["roles"],
  async run(environment) {
    if (environment.governed) return;
    const epochs = environment.contract("EpochManager");
    await environment.achieve(
      async () => (await environment.read(epochs, "startedAt"))[0] !== 0n,
      () => environment.call(epochs, "start", []),
    );
  },
};
