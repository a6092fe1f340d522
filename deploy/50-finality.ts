/**
 * Step "finality": the FinalityVerifier with the set of epoch 0. Whitepaper §2.4.2.
 *
 * Owns: its creation, with the set that block 0 commits to, or else the one that stands in the registry.
 * Called by: deploy-all.ts.
 */
import { CunError } from "../node/types/errors.ts";
import { type Planned, planFinalityVerifier, setHashOf } from "./lib/blueprint.ts";
import { publishedAddress } from "./lib/directory.ts";
import type { Environment } from "./lib/environment.ts";
import type { Step } from "./lib/plan.ts";

export const finality: Step = {
  id: "finality",
  dependsOn: ["access", "validators", "governance"],
  async run(environment) {
    if (environment.governed) {
      environment.finality = await publishedAddress(environment, "FinalityVerifier");
      return;
    }
    const planned = await planVerifier(environment);
    environment.finality = planned.address;
    await environment.create("FinalityVerifier", planned);
  },
};

async function planVerifier(environment: Environment): Promise<Planned> {
  const { chainId, genesisHash, genesisSetHash } = environment.chain;
  const registry = environment.contract("ValidatorRegistry");
  const [set] = await environment.read(registry, "activeValidators");
  const actual = setHashOf(set);
  const setHash = genesisSetHash ?? actual;
  if (actual !== setHash) {
    throw new CunError("deployMismatch", { what: "hash of the registry's validator set", actual, expected: setHash });
  }
  const manager = environment.contract("AccessManager").address;
  const source = { manager, registry: registry.address, chainId, genesisHash, setHash };
  return planFinalityVerifier(environment.options.artifacts, source);
}
