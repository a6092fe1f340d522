/**
 * Step "handover": the ValidatorCouncil becomes administrator, the deployer stops being one, and everything is read
 * back from the chain. Whitepaper §3.2.
 *
 * Owns: the last grant and the renunciation. Does not own: the checks (lib/verify.ts). Called by: deploy-all.ts.
 */
import { ADMIN_ROLE } from "./config/roles.ts";
import type { Step } from "./lib/plan.ts";
import { verifySystem } from "./lib/verify.ts";

export const handover: Step = {
  id: "handover",
  dependsOn: ["start"],
  async run(environment) {
    if (!environment.governed) {
      const access = environment.contract("AccessManager");
      const council = environment.contract("ValidatorCouncil").address;
      const { deployer, governanceDelaySeconds } = environment.config;
      const isAdmin = async (account: string): Promise<boolean> =>
        (await environment.read(access, "hasRole", [ADMIN_ROLE, account]))[0];
      await environment.achieve(
        () => isAdmin(council),
        () => environment.call(access, "grantRole", [ADMIN_ROLE, council, governanceDelaySeconds]),
      );
      await environment.achieve(
        async () => !(await isAdmin(deployer)),
        () => environment.call(access, "renounceRole", [ADMIN_ROLE, deployer]),
      );
    }
    await verifySystem(environment);
  },
};
