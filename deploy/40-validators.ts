/**
 * Step "validators": the ValidatorRegistry and the first authorities in their seats. Whitepaper §2.4.3.
 *
 * Owns: registration and admission, in the order of the seats. Does not own: keys (the authorities port).
 * Called by: deploy-all.ts.
 */
import type { Environment, SignedApplication } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

/** How long a signed application may be brought, from the newest block on. */
const APPLICATION_SECONDS = 86_400;
const UNREGISTERED = 0n;
const CANDIDATE = 1n;

export const validators: Step = {
  id: "validators",
  dependsOn: ["factory", "access"],
  async run(environment) {
    await environment.create("ValidatorRegistry", environment.blueprint.ValidatorRegistry);
    if (environment.governed) return;
    const registry = environment.contract("ValidatorRegistry");
    const newest = await environment.options.provider.getBlock("latest");
    const applications = await environment.options.authorities({
      chainId: environment.chain.chainId,
      registry: registry.address,
      deadline: (newest?.timestamp ?? 0) + APPLICATION_SECONDS,
    });
    await inState(environment, applications, UNREGISTERED, "register", ({ application, operatorSignature }) => [
      application,
      operatorSignature,
    ]);
    // Calls are sent in the order of this list, so the seats are in this order too.
    await inState(environment, applications, CANDIDATE, "admit", ({ application }) => [application.operator]);
  },
};

/** Calls the registry for each applicant that is in the given state; whoever has left it meanwhile is done. */
async function inState(
  environment: Environment,
  applications: readonly SignedApplication[],
  wanted: bigint,
  method: string,
  values: (signed: SignedApplication) => readonly unknown[],
): Promise<void> {
  const registry = environment.contract("ValidatorRegistry");
  const stateOf = async ({ application }: SignedApplication): Promise<bigint> =>
    (await environment.read(registry, "stateOf", [application.operator]))[0];
  const states = await Promise.all(applications.map(stateOf));
  const concerned = applications.filter((_, index) => states[index] === wanted);
  await Promise.all(
    concerned.map((signed) =>
      environment.achieve(
        async () => (await stateOf(signed)) !== wanted,
        () => environment.call(registry, method, values(signed)),
      ),
    ),
  );
}
