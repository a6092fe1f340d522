/**
 * First values of a development network: hours and weeks become minutes, so that one sees epochs, a change taking
 * effect, and all three stages while one watches. Everything else is the table's default.
 *
 * Owns: these values. Does not own: bounds and defaults (parameters.ts); no public network starts with them.
 * Called by: tasks/networks.ts, scripts/lib/system.ts. Both must agree: the registry's address depends on its values.
 */
import { type ParameterValues, parameterValues } from "./parameters.ts";

const CUNP = 10n ** 18n;

const exceptions = {
  epochSeconds: 120n,
  participationSamples: 6n,
  jailSeconds: 120n,
  unbondingSeconds: 3_600n,
  evidenceWindowSeconds: 1_800n,
  parameterDelaySeconds: 3_600n,
  minimumValidators: 1n,
  capeMinimumValidators: 4n,
  capeMinimumCommunityHeld: 0n,
  generationMinimumValidators: 4n,
  generationMinimumCandidates: 4n,
  generationMinimumVotedStake: 40_000n * CUNP,
} satisfies Partial<ParameterValues>;

/** Development values with further exceptions. @throws CunError optionInvalid */
export const developmentValues = (further: Partial<ParameterValues> = {}): ParameterValues =>
  parameterValues({ ...exceptions, ...further });
