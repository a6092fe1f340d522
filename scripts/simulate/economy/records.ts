/**
 * What is written down of a simulated week.
 *
 * Owns: the figures and how they are taken from the model. Does not own: plots. Called by: run.ts, charts.ts.
 */
import { BUCKETS, type BucketName } from "../../../test/differential/model/emission.ts";
import { Fraction } from "../../../test/differential/model/fraction.ts";
import { DAY_SECONDS, DAYS_A_YEAR, dailyPool, Holdings } from "../../../test/differential/model/incentive.ts";
import type { StageName } from "../../../test/differential/model/stages.ts";
import type { World } from "../../../test/differential/model/world.ts";

export interface Week {
  readonly day: number;
  readonly stage: StageName;
  /** Generated so far, in CUNP. */
  readonly generated: Readonly<Record<BucketName, number>>;
  readonly total: number;
  readonly staked: number;
  /** Yield of a year in per cent at today's rate: of all stake, of the oldest position, of stake that is new today. */
  readonly apy: { readonly average: number; readonly oldest: number; readonly fresh: number };
  /** Eco-fund in per cent of what has been generated without the business bucket, and of everything. */
  readonly ecoFundShare: { readonly withoutBusiness: number; readonly ofAll: number };
  readonly validators: number;
  /** Stake with the ten largest operators, in per cent. */
  readonly topTen: number;
  /** Fewest validators with more than a third of the voting weight. */
  readonly nakamoto: number;
  /** What the saver has made of 1,000 CUNP: stake, accrued and locked rewards. */
  readonly saver: number;
}

const CUNP = Fraction.of(10n ** 18n);
const coins = (amount: bigint): number => Fraction.of(amount).over(CUNP).toNumber();
const percent = (part: bigint, whole: bigint): number =>
  whole === 0n ? 0 : Fraction.of(part * 100n, whole).toNumber();

export function observe(world: World, day: number, set: readonly string[], now: bigint, saver: string): Week {
  const { generated, total } = world.emission;
  const counted = generated.nodes + generated.community + generated.team + generated.ecoFund;
  const stakes = new Map<string, bigint>();
  for (const { operator, stake } of world.staking.voting())
    stakes.set(operator, (stakes.get(operator) ?? 0n) + stake.floor());
  const sorted = [...stakes.values()].toSorted((a, b) => (a < b ? 1 : -1));
  const add = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);
  return {
    day,
    stage: world.scenery.stage,
    generated: Object.fromEntries(BUCKETS.map((bucket) => [bucket, coins(generated[bucket])])) as Week["generated"],
    total: coins(total),
    staked: coins(add(sorted)),
    apy: yields(world, now),
    ecoFundShare: {
      withoutBusiness: percent(generated.ecoFund, counted),
      ofAll: percent(generated.ecoFund, total),
    },
    validators: set.length,
    topTen: percent(add(sorted.slice(0, 10)), add(sorted)),
    nakamoto: nakamoto(world, set, stakes),
    saver: coins(saved(world, saver)),
  };
}

/** What today's pool pays in a year to every staked coin, old and new. */
function yields(world: World, now: bigint): Week["apy"] {
  const none = { average: 0, oldest: 0, fresh: 0 };
  const today = now / DAY_SECONDS;
  const holdings = world.staking.voting().filter(({ stake }) => !stake.isZero);
  if (world.scenery.capeEnteredAt === 0n || holdings.length === 0) return none;
  // One wei staked today stands for new stake: it moves nothing.
  const all = [...holdings, { stake: Fraction.ONE, moment: Fraction.of(today) }];
  const staked = new Holdings(all);
  const asked = dailyPool(staked.total, world.parameter("incentiveRateBps", now));
  const left = Fraction.of(world.emission.remaining("nodes"));
  const pool = asked.compare(left) > 0 ? left : asked;
  const { numerators, denominator } = staked.dailyParts(today, pool, world.parameter("stakeDaysWeightBps", now));
  const yearly = (part: Fraction, stake: Fraction) =>
    part
      .times(Fraction.of(100n * DAYS_A_YEAR))
      .over(stake)
      .toNumber();
  const rates = numerators.map((numerator, index) => yearly(Fraction.of(numerator, denominator), all[index]!.stake));
  return { average: yearly(pool, staked.total), oldest: Math.max(...rates), fresh: rates.at(-1)! };
}

/** Weights are equal before New Generation and stake from then on. */
function nakamoto(world: World, set: readonly string[], stakes: ReadonlyMap<string, bigint>): number {
  const byStake = world.scenery.stage === "newGeneration";
  const weights = set
    .map((operator) => (byStake ? (stakes.get(operator) ?? 0n) : 1n))
    .toSorted((a, b) => (a < b ? 1 : -1));
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  let [count, held] = [0, 0n];
  while (count < weights.length && held * 3n <= all) held += weights[count++]!;
  return count;
}

function saved(world: World, saver: string): bigint {
  const positions = [...world.staking.positions.values()].filter(({ staker }) => staker === saver);
  const locked = world.vault.daysOf(saver).reduce((sum, day) => sum + world.vault.trancheOf(saver, day), 0n);
  return positions.reduce(
    (sum, { stake, reward }) => sum + stake.floor() + reward.floor(),
    world.balanceOf(saver) + locked,
  );
}
