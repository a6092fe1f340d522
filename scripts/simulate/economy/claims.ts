/**
 * What the whitepaper says beside what the model does.
 *
 * Owns: the claims and how each is measured. Does not own: the runs (run.ts). Called by: scripts/simulate/economy.ts,
 * test/simulation/economy.
 */
import { parameterValues } from "../../../deploy/config/parameters.ts";
import { BUCKET_CAPS, BUCKETS, CAP, CUNP, FIGURE_6 } from "../../../test/differential/model/emission.ts";
import { dailyReward } from "../../../test/differential/model/epochs.ts";
import { DAY_SECONDS } from "../../../test/differential/model/incentive.ts";
import { holdingsNeeded } from "./charts.ts";
import type { Week } from "./records.ts";
import { type Decade, SAVINGS } from "./run.ts";

export interface Claim {
  readonly claim: string;
  readonly section: string;
  readonly result: string;
  /** True, false, or true in the reading that the specification gives. */
  readonly holds: "yes" | "no" | "as read";
}

/** `decade` is judged; `byStake` is the same with p1 = 0. */
export function claims(decade: Decade, byStake: Decade): Claim[] {
  return [...generation(decade), ...incentive(decade, byStake), ...power()];
}

function generation({ weeks, scenario, emptied }: Decade): Claim[] {
  const last = weeks.at(-1)!;
  const genesis = BUCKETS.reduce((total, bucket) => total + FIGURE_6[bucket], 0n);
  const others = BUCKET_CAPS.nodes + BUCKET_CAPS.community + BUCKET_CAPS.team;
  const most = others / 9n + others + BUCKET_CAPS.business;
  // At genesis the eco-fund stands a little above its part: the rule waits until the others have caught up.
  const ruled = weeks.filter(({ stage }) => stage !== "origin").map(({ ecoFundShare }) => ecoFundShare);
  const { validatorRewardPerDay, capeRewardBps, generationRewardBps } = parameterValues();
  const rates = { validatorRewardPerDay, capeRewardBps, generationRewardBps };
  const perDay = (stage: "origin" | "capeOfGoodHope") => dailyReward(stage, rates).over(coin).toNumber();
  const team = emptied.get("team");
  return [
    {
      claim: "Origin begins with 19,290,000 CUNP (figure 6)",
      section: "§3.1",
      result: `${millions(genesis)} M`,
      holds: "yes",
    },
    {
      claim: "Never more than 1,000,000,000 CUNP",
      section: "§3.1",
      result:
        `${last.total.toFixed(0)} after ${scenario.years} years; the most the rules can ever generate is ` +
        `${millions(most)} M of ${millions(CAP)} M`,
      holds: most <= CAP ? "yes" : "no",
    },
    {
      claim: "The Foundation has 1/10 of what circulates",
      section: "§3.1",
      result: `${range(ruled, (share) => share.withoutBusiness)} without the business bucket, ${range(ruled, (share) => share.ofAll)} of everything`,
      holds: "as read",
    },
    {
      claim: "The eco-fund generates 100,000,000 in the end",
      section: "figure 6",
      result: `${millions(others / 9n)} M at most: 1/9 of the others' 700 M; only with the business bucket counted it would be 100 M`,
      holds: "no",
    },
    {
      claim: "Validating nodes receive 50 % more from Cape of Good Hope on (formula 4)",
      section: "§3.1",
      result: `${perDay("origin")} CUNP a day, then ${perDay("capeOfGoodHope")}`,
      holds: "yes",
    },
    {
      claim: "The team's part is released linearly over 12 months after the listing",
      section: "§3.1",
      result:
        team === undefined
          ? "still releasing"
          : `all of it ${team - scenario.listingDay} days after the listing (counted in weeks)`,
      holds: "yes",
    },
  ];
}

function incentive({ weeks, shortestLock }: Decade, byStake: Decade): Claim[] {
  const paid = weeks.filter(({ stage, generated }) => stage !== "origin" && generated.nodes < millionsOf("nodes"));
  const settled = paid.slice(52);
  const year = yieldOfFirstYear(byStake.weeks);
  return [
    {
      claim: "The APY is stable at 12 %",
      section: "§3.1",
      result: `${range(paid, ({ apy }) => apy.average)} on all stake while the nodes' bucket lasts, whatever is staked`,
      holds: "yes",
    },
    {
      claim: "Rewards are in proportion to the staking time too",
      section: "formula (5)",
      result: `with p1 = 20 % new stake yields ${range(paid, ({ apy }) => apy.fresh)}, the oldest ${range(settled, ({ apy }) => apy.oldest)} from its second year on`,
      holds: "yes",
    },
    {
      claim: "The few early stakers acquire more than later ones",
      section: "§3.1",
      result: `only by their stake-days (${paid[0]!.apy.oldest.toFixed(0)} % a year in the first week, for stake of Origin); with p1 = 0 a coin yields 12 % whenever it comes`,
      holds: "as read",
    },
    {
      claim: "No compounding inside 90 days",
      section: "§3.1, §3.2",
      result: `no reward left its lock before ${shortestLock / DAY_SECONDS} days; staking every reward again as soon as it may yields ${year.toFixed(2)} % in the first year (12 % simple, 12.75 % compounded daily)`,
      holds: shortestLock >= 90n * DAY_SECONDS ? "yes" : "no",
    },
  ];
}

function power(): Claim[] {
  const alone = holdingsNeeded(1 / 2, 0);
  return [
    {
      claim: "6:4 weakens large holders",
      section: "§3.2",
      result:
        alone === undefined
          ? "all CUNP without persons reach 40 % of the score, never one half; a third takes 83.3 % of CUNP, or 55.6 % of persons"
          : `${(alone * 100).toFixed(1)} % of CUNP reach one half`,
      holds: alone === undefined ? "yes" : "no",
    },
  ];
}

/** When each bucket ran empty, by scenario. */
export function emptyTable(decades: Readonly<Record<string, Decade>>): string[][] {
  return BUCKETS.map((bucket) => [
    `${bucket} (${millions(BUCKET_CAPS[bucket])} M)`,
    ...Object.values(decades).map(({ emptied, weeks }) => {
      const day = emptied.get(bucket);
      const reached = ((100 * weeks.at(-1)!.generated[bucket]) / millionsOf(bucket)).toFixed(1);
      return day === undefined ? `no (${reached} %)` : `year ${(day / 365).toFixed(1)}`;
    }),
  ]);
}

const coin = dailyReward("origin", { validatorRewardPerDay: CUNP, capeRewardBps: 0n, generationRewardBps: 0n });
const millionsOf = (bucket: keyof typeof BUCKET_CAPS): number => Number(BUCKET_CAPS[bucket] / CUNP);
const millions = (amount: bigint): string => String(Number(amount / (CUNP / 100n)) / 1e8).replace(/(\.\d{2})\d+/, "$1");

function range<Item>(items: readonly Item[], value: (item: Item) => number): string {
  const values = items.map(value);
  const [low, high] = [Math.min(...values).toFixed(2), Math.max(...values).toFixed(2)];
  return low === high ? `${low} %` : `${low} … ${high} %`;
}

/** Per cent that the saver has made in the 52 weeks after Cape of Good Hope began, scaled to 365 days. */
export function yieldOfFirstYear(weeks: readonly Week[]): number {
  const start = weeks.findIndex(({ stage }) => stage !== "origin");
  const end = weeks[start + 52];
  return end === undefined ? 0 : ((end.saver / SAVINGS - 1) * 100 * 365) / (52 * 7);
}
