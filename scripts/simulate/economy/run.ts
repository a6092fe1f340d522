/**
 * Plays years of the economy on the reference model, week by week, and writes down what can be plotted.
 *
 * Owns: who does what when, and the records. Does not own: rules and arithmetic (test/differential/model), assumptions
 * (scenario.ts). Epochs last a week here, the longest the parameter allows, so that a decade takes seconds.
 * Called by: scripts/simulate/economy.ts, test/simulation/economy.
 */
import { parameters } from "../../../deploy/config/parameters.ts";
import type { Action, Operator, Scenery } from "../../../test/differential/model/actions.ts";
import { type Candidate, ranking, seat } from "../../../test/differential/model/election.ts";
import { BUCKET_CAPS, type BucketName, CUNP, FIGURE_6 } from "../../../test/differential/model/emission.ts";
import { participation } from "../../../test/differential/model/epochs.ts";
import { DAY_SECONDS } from "../../../test/differential/model/incentive.ts";
import { ParameterModel } from "../../../test/differential/model/parameters.ts";
import { judge } from "../../../test/differential/model/rules.ts";
import type { StageName } from "../../../test/differential/model/stages.ts";
import { unlocksAt } from "../../../test/differential/model/vault.ts";
import { World } from "../../../test/differential/model/world.ts";
import { AUTHORITIES, address, type Cohort, cohorts, operators } from "./population.ts";
import { observe, type Week } from "./records.ts";
import type { Scenario } from "./scenario.ts";

const WEEK_DAYS = 7;
const SAMPLES = 24;
const CLAIM_WEEKS = 4;
const MILLION = 1_000_000n;
/** Any midnight will do; the number of days is small enough to be read. */
const START = 1_000n * DAY_SECONDS;

/** Accounts of the system itself. */
export const SYSTEM = { pool: address(4, 0), vault: address(4, 1), ecoFund: address(4, 2), team: address(4, 3) };
/** Coins on their way from who receives them to who buys them. */
const MARKET = address(4, 4);
const NODES_FUND = address(4, 5);
const APPLICATIONS = address(4, 6);
/** Stakes 1,000 CUNP once and stakes every reward again the moment it may: the yield that compounding reaches. */
const SAVER = address(5, 0);
/** Never elected, so that the saver's yield is the incentive pool's alone. */
const SAVERS_OPERATOR = address(5, 1);
/** What the saver begins with, in CUNP. */
export const SAVINGS = 1_000;

export interface Decade {
  readonly scenario: Scenario;
  readonly weeks: readonly Week[];
  readonly world: World;
  /** Shortest time between a credit and its payment, in seconds. */
  readonly shortestLock: bigint;
  /** Day on which a bucket generated its last wei; missing while there is some left. */
  readonly emptied: ReadonlyMap<BucketName, number>;
}

const share = (amount: bigint, part: number): bigint => (amount * BigInt(Math.round(part * 1e6))) / MILLION;

export function simulate(scenario: Scenario): Decade {
  return new Run(scenario).play();
}

class Run {
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #cohorts: readonly Cohort[];
  readonly #operators = operators();
  readonly #weeks: Week[] = [];
  readonly #emptied = new Map<BucketName, number>();
  #set: string[];
  #shortestLock = 2n ** 64n;
  #now = START;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#cohorts = cohorts(scenario.seed, scenario.whaleShare);
    this.#set = this.#operators.slice(0, AUTHORITIES);
    this.#world = new World(scenery(scenario, [...this.#operators, SAVERS_OPERATOR]), SYSTEM, genesisBalances(), START);
    // Figure 6: the nodes' 110,000 are the stakes of the 21 authorities and one spare.
    for (const operator of this.#set)
      this.#play({ kind: "stakeFor", actor: NODES_FUND, staker: operator, operator, amount: 5_000n * CUNP });
    this.#play({ kind: "transfer", actor: MARKET, to: SAVER, amount: BigInt(SAVINGS) * CUNP });
  }

  play(): Decade {
    const { years, capeDay, generationDay, listingDay } = this.#scenario;
    const last = Math.floor((years * 365) / WEEK_DAYS) * WEEK_DAYS;
    for (let day = WEEK_DAYS; day <= last; day += WEEK_DAYS) {
      this.#now = START + BigInt(day) * DAY_SECONDS;
      this.#play({ kind: "settleDays", actor: MARKET });
      this.#rewardValidators();
      if (day === capeDay) this.#enter("capeOfGoodHope");
      if (day === generationDay) this.#enter("newGeneration");
      if (day === listingDay) this.#play({ kind: "recordListing", actor: MARKET });
      this.#generate(day, listingDay);
      this.#sell();
      if (day % (CLAIM_WEEKS * WEEK_DAYS) === 0) this.#claim();
      this.#payUnlocked();
      this.#stake();
      this.#elect();
      this.#note(day);
    }
    return {
      scenario: this.#scenario,
      weeks: this.#weeks,
      world: this.#world,
      emptied: this.#emptied,
      shortestLock: this.#shortestLock,
    };
  }

  #play(action: Action): void {
    const { errors } = judge(this.#world, action, this.#now);
    if (errors.length > 0) throw new Error(`${action.kind} on day ${(this.#now - START) / DAY_SECONDS}: ${errors}`);
    this.#world.play(action, this.#now);
  }

  #enter(stage: StageName): void {
    const { scenery } = this.#world;
    scenery.stage = stage;
    if (stage === "capeOfGoodHope") {
      scenery.capeEnteredAt = this.#now;
      this.#play({ kind: "stake", actor: SAVER, operator: SAVERS_OPERATOR, amount: BigInt(SAVINGS) * CUNP });
    }
  }

  /** What the community and applications earned this week, and what time has released to the team. */
  #generate(day: number, listingDay: number): void {
    const { communityYearShare, businessUse } = this.#scenario;
    const yearly = share(BUCKET_CAPS.community - FIGURE_6.community, communityYearShare);
    const community = (yearly * BigInt(WEEK_DAYS)) / 365n;
    const business = share(this.#world.parameter("businessEpochBudget", this.#now) * BigInt(WEEK_DAYS), businessUse);
    this.#play({ kind: "emitCommunity", actor: MARKET, recipient: MARKET, amount: community });
    this.#play({ kind: "emitBusinessReward", actor: MARKET, recipient: APPLICATIONS, amount: business });
    if (day >= listingDay) this.#play({ kind: "releaseTeam", actor: MARKET });
  }

  #rewardValidators(): void {
    const world = this.#world;
    const signed = Math.round(SAMPLES * this.#scenario.participation);
    const { reward } = participation(
      {
        stage: world.scenery.stage,
        seconds: BigInt(WEEK_DAYS) * DAY_SECONDS,
        rates: {
          validatorRewardPerDay: world.parameter("validatorRewardPerDay", this.#now),
          capeRewardBps: world.parameter("capeRewardBps", this.#now),
          generationRewardBps: world.parameter("generationRewardBps", this.#now),
        },
        samples: Array.from({ length: SAMPLES }, (_, sample) => (sample < signed ? 1n : 0n)),
        downtimeJailBps: world.parameter("downtimeJailBps", this.#now),
      },
      0,
    );
    const count = BigInt(this.#set.length);
    const before = world.emission.remaining("nodes");
    const requested = reward.floor() * count;
    this.#play({ kind: "emitBlockReward", actor: MARKET, recipient: SYSTEM.pool, amount: requested });
    const granted = (before - world.emission.remaining("nodes")) / count;
    const payouts = this.#set.map((operator) => ({ operator, amount: granted, commissionBps: 1_000n }));
    this.#play({ kind: "distribute", actor: MARKET, payouts });
  }

  /** Receivers sell their part; holders buy all that is on the market. */
  #sell(): void {
    const { soldShare } = this.#scenario;
    for (const account of [APPLICATIONS, SYSTEM.team, ...this.#operators])
      this.#play({
        kind: "transfer",
        actor: account,
        to: MARKET,
        amount: share(this.#world.balanceOf(account), soldShare / 4),
      });
    const offered = this.#world.balanceOf(MARKET);
    for (const cohort of this.#cohorts)
      this.#play({ kind: "transfer", actor: MARKET, to: cohort.account, amount: share(offered, cohort.share) });
  }

  #claim(): void {
    for (const position of [...this.#world.staking.positions.values()])
      if (position.reward.floor() > 0n)
        this.#play({ kind: "claim", actor: MARKET, staker: position.staker, operator: position.operator });
    for (const operator of this.#operators)
      if (this.#world.staking.commission(operator).floor() > 0n)
        this.#play({ kind: "withdrawCommission", actor: MARKET, operator });
  }

  #payUnlocked(): void {
    const { vault } = this.#world;
    for (const staker of [...this.#cohorts.map(({ account }) => account), ...this.#operators, SAVER])
      for (const day of vault.daysOf(staker).filter((day) => unlocksAt(day) <= this.#now)) {
        this.#play({ kind: "withdrawReward", actor: staker, staker, day });
        // Credits come at midnight here: the first second of the day.
        const locked = this.#now - day * DAY_SECONDS;
        if (locked < this.#shortestLock) this.#shortestLock = locked;
      }
  }

  /** Cohorts keep their share of what they hold staked; the saver stakes all. */
  #stake(): void {
    const { stakedShare, restakedShare } = this.#scenario;
    const { scenery, staking } = this.#world;
    if (scenery.stage === "origin") return;
    for (const { account, operators } of this.#cohorts) {
      const staked = operators.reduce(
        (total, operator) => total + staking.position(account, operator).stake.floor(),
        0n,
      );
      const balance = this.#world.balanceOf(account);
      const wanted = share(staked + balance, Math.max(stakedShare, restakedShare)) - staked;
      const part = (wanted < balance ? wanted : balance) / BigInt(operators.length);
      if (part > 0n)
        for (const operator of operators) this.#play({ kind: "stake", actor: account, operator, amount: part });
    }
    const saved = this.#world.balanceOf(SAVER);
    if (saved > 0n) this.#play({ kind: "stake", actor: SAVER, operator: SAVERS_OPERATOR, amount: saved });
  }

  #elect(): void {
    const { scenery, staking } = this.#world;
    const parameter = (name: string) => this.#world.parameter(name, this.#now);
    const candidates = this.#operators.map(
      (operator): Candidate => ({
        operator,
        stake: staking.stakeOf(operator).floor(),
        persons: this.#personsFor(operator),
        registeredAt: 0n,
      }),
    );
    const totals = {
      stake: candidates.reduce((sum, { stake }) => sum + stake, 0n),
      persons: candidates.reduce((sum, { persons }) => sum + persons, 0n),
    };
    const seats = {
      authorities: parameter("authoritySeats"),
      elected: parameter("electedSeats"),
      generation: parameter("generationSeats"),
    };
    const ranked = ranking(candidates, totals, parameter("personWeightBps"));
    const authorities = this.#operators.slice(0, AUTHORITIES);
    this.#set = seat(scenery.stage, authorities, ranked, seats, parameter("minimumValidators")) ?? this.#set;
  }

  #personsFor(operator: string): bigint {
    return this.#cohorts
      .filter(({ operators }) => operators[0] === operator)
      .reduce((total, { persons }) => total + persons, 0n);
  }

  #note(day: number): void {
    this.#weeks.push(observe(this.#world, day, this.#set, this.#now, SAVER));
    for (const bucket of ["nodes", "business", "community", "team", "ecoFund"] as const)
      if (this.#world.emission.remaining(bucket) === 0n && !this.#emptied.has(bucket)) this.#emptied.set(bucket, day);
  }
}

function genesisBalances(): Map<string, bigint> {
  return new Map([
    [NODES_FUND, FIGURE_6.nodes],
    [APPLICATIONS, FIGURE_6.business],
    [SYSTEM.ecoFund, FIGURE_6.ecoFund],
    [MARKET, FIGURE_6.community],
    [SYSTEM.team, FIGURE_6.team],
  ]);
}

function scenery(scenario: Scenario, names: readonly string[]): Scenery {
  const given = new Map<string, bigint>([
    ["incentiveRateBps", BigInt(scenario.incentiveRateBps)],
    ["stakeDaysWeightBps", BigInt(scenario.stakeDaysWeightBps)],
  ]);
  const rules = parameters.map((entry) => ({ ...entry, default: given.get(entry.name) ?? entry.default }));
  const operator = (index: number): Operator => ({ state: "active", authority: index < AUTHORITIES, registeredAt: 0n });
  return {
    operators: new Map(names.map((name, index) => [name, operator(index)])),
    persons: new Map(),
    stage: "origin",
    capeEnteredAt: 0n,
    electionOpen: false,
    parameters: new ParameterModel(rules, [], START),
  };
}
