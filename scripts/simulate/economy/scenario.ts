/**
 * What a simulated decade assumes: when stages begin, who receives and who stakes.
 *
 * Owns: the assumptions, each with its reason, and the named scenarios. Does not own: the rules (test/differential/
 * model) or the run (run.ts). Called by: run.ts, scripts/simulate/economy.ts.
 */
export interface Scenario {
  readonly years: number;
  /** Days after the start of Origin. */
  readonly capeDay: number;
  readonly generationDay: number;
  readonly listingDay: number;
  /** Part of what holders receive that they stake. */
  readonly stakedShare: number;
  /** Part of their unlocked rewards that stakers stake again. */
  readonly restakedShare: number;
  /** Part of the community's bucket that is given out each year: ten years for all of it. */
  readonly communityYearShare: number;
  /** Part of the business budget that applications use. */
  readonly businessUse: number;
  /** Part of their income that validators, applications and the team sell to holders. */
  readonly soldShare: number;
  /** Part of all that is sold or given out which one holder without persons buys. */
  readonly whaleShare: number;
  /** Samples that a validator signs. */
  readonly participation: number;
  /** Incentive rate and weight of stake-days, governed. */
  readonly incentiveRateBps: number;
  readonly stakeDaysWeightBps: number;
  readonly seed: number;
}

const BASE: Scenario = {
  years: 10,
  capeDay: 364,
  generationDay: 1_092,
  listingDay: 546,
  stakedShare: 0.6,
  restakedShare: 0.6,
  communityYearShare: 0.1,
  businessUse: 1,
  soldShare: 0.5,
  whaleShare: 0,
  participation: 0.98,
  incentiveRateBps: 1_200,
  stakeDaysWeightBps: 2_000,
  seed: 1,
};

export const SCENARIOS = {
  base: { about: "60 % of what circulates among holders is staked", scenario: BASE },
  everyone: {
    about: "everything is staked and staked again: the largest pool the rules allow",
    scenario: { ...BASE, stakedShare: 1, restakedShare: 1, soldShare: 1 },
  },
  few: {
    about: "only 10 % is staked",
    scenario: { ...BASE, stakedShare: 0.1, restakedShare: 0.1 },
  },
  whale: {
    about: "one holder without persons buys 60 % of all that comes to the market",
    scenario: { ...BASE, whaleShare: 0.6 },
  },
  boom: {
    about: "the community's bucket is given out in three years, listing in the first",
    scenario: { ...BASE, communityYearShare: 1 / 3, listingDay: 182, stakedShare: 0.8, restakedShare: 1 },
  },
} as const satisfies Readonly<Record<string, { about: string; scenario: Scenario }>>;

export type ScenarioName = keyof typeof SCENARIOS;

export const isScenario = (name: string): name is ScenarioName => name in SCENARIOS;
