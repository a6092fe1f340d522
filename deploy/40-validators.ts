/**
 * Step "validators": the ValidatorRegistry and the first authorities, persons that they are, in their seats.
 * Whitepaper §2.4.3.
 *
 * Owns: personhood, registration and admission, in the order of the seats. Does not own: keys (the authorities port).
 * Called by: deploy-all.ts.
 */
import { id } from "ethers";
import type { Environment, SignedApplication } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

/** How long a signed application may be brought, from the newest block on. */
const APPLICATION_SECONDS = 86_400;
/** The last second that a uint48 holds: a binding ends when governance ends it. */
const FOR_EVER = 2n ** 48n - 1n;
const UNREGISTERED = 0n;
const CANDIDATE = 1n;

export const validators: Step = {
  id: "validators",
  dependsOn: ["access", "parameters"],
  async run(environment) {
    const { PersonhoodList, ValidatorRegistry } = environment.blueprint;
    await environment.create("PersonhoodList", PersonhoodList);
    await environment.create("ValidatorRegistry", ValidatorRegistry);
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
    await Promise.all(applications.map(({ application }) => recognise(environment, application.operator)));
    // Calls are sent in the order of this list, so the seats are in this order too.
    await inState(environment, applications, CANDIDATE, "admit", ({ application }) => [application.operator]);
  },
};

/**
 * Whoever deploys has verified the first authorities before: each of them is one person from now on. The value stands
 * for that verification and says nothing else; governance may replace it by removing and adding the account.
 */
function recognise(environment: Environment, operator: string): Promise<void> {
  const persons = environment.contract("PersonhoodList");
  const person = id(`coopunion genesis authority ${operator.toLowerCase()}`);
  return environment.achieve(
    async () => BigInt((await environment.read(persons, "personOf", [operator]))[0]) !== 0n,
    () => environment.call(persons, "add", [operator, person, FOR_EVER]),
  );
}

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
