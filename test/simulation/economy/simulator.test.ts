/**
 * What the simulator says about the whitepaper's claims, and that the committed document is what it makes.
 *
 * Owns: the checks on runs. Does not own: the model's own tests (model.test.ts).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../../scripts/lib/build.ts";
import { holdingsNeeded } from "../../../scripts/simulate/economy/charts.ts";
import { claims, emptyTable, yieldOfFirstYear } from "../../../scripts/simulate/economy/claims.ts";
import { economicsDocument } from "../../../scripts/simulate/economy/document.ts";
import { lineChart, ticks, ticksWithin } from "../../../scripts/simulate/economy/line-chart.ts";
import { type Decade, SYSTEM, simulate } from "../../../scripts/simulate/economy/run.ts";
import { SCENARIOS } from "../../../scripts/simulate/economy/scenario.ts";
import { BUCKET_CAPS, BUCKETS, CAP } from "../../differential/model/emission.ts";

const base = SCENARIOS.base.scenario;
const short = (exceptions: Partial<typeof base> = {}): Decade => simulate({ ...base, years: 4, ...exceptions });

describe("economy simulator: runs", function () {
  this.timeout(600_000);
  const four = short();

  it("[STK-2] all stake yields exactly 12 % from Cape of Good Hope on, and nothing before", () => {
    const paid = four.weeks.filter(({ stage }) => stage !== "origin");
    expect(paid.length).to.be.greaterThan(150);
    expect([...new Set(paid.map(({ apy }) => apy.average))]).to.deep.equal([12]);
    expect(four.weeks.filter(({ stage }) => stage === "origin").every(({ apy }) => apy.average === 0)).to.equal(true);
  });

  it("[STK-2] what is staked decides the pool, not the yield; a governed rate of 6 % yields 6 %", () => {
    const few = short({ stakedShare: 0.1, restakedShare: 0.1 });
    expect(few.weeks.at(-1)!.staked).to.be.lessThan(four.weeks.at(-1)!.staked / 4);
    expect(few.weeks.at(-1)!.apy.average).to.equal(12);
    expect(short({ incentiveRateBps: 600 }).weeks.at(-1)!.apy.average).to.equal(6);
  });

  it("[STK-3] with p1 = 0 old and new stake yield the same; with p1 = 20 % new stake yields 9.6 %", () => {
    const { apy } = short({ stakeDaysWeightBps: 0 }).weeks.at(-1)!;
    expect(apy).to.deep.equal({ average: 12, oldest: 12, fresh: 12 });
    // New stake has one stake-day.
    expect(four.weeks.at(-1)!.apy.fresh).to.be.within(9.6, 9.61);
    expect(four.weeks.at(-1)!.apy.oldest).to.be.greaterThan(12);
  });

  it("[STK-5] no reward leaves before 90 days, so a saver stays between 12 % simple and 12.75 % compounded daily", () => {
    expect(four.shortestLock >= 90n * 86_400n).to.equal(true);
    const saved = yieldOfFirstYear(short({ stakeDaysWeightBps: 0 }).weeks);
    expect(saved).to.be.greaterThan(12);
    expect(saved).to.be.lessThan(12.56); // (1 + 0.12 · 90 / 365)^(365 / 90) − 1
  });

  it("[EMI-5] the eco-fund stays at 1/10 of what is generated without business, once the others have caught up", () => {
    for (const { ecoFundShare } of four.weeks.filter(({ stage }) => stage !== "origin")) {
      expect(ecoFundShare.withoutBusiness).to.be.closeTo(10, 1e-9);
      expect(ecoFundShare.ofAll).to.be.lessThan(10);
    }
  });

  it("[EMI-1] [EMI-2] when all is staked and given out at once no bucket passes its cap, and an empty one pays nothing", () => {
    // Twice the governed maximum of the rate, to reach the end of the bucket within the run.
    const hungry = short({ ...SCENARIOS.boom.scenario, years: 8, incentiveRateBps: 5_000 });
    const { generated } = hungry.world.emission;
    expect(BUCKETS.filter((bucket) => generated[bucket] > BUCKET_CAPS[bucket])).to.deep.equal([]);
    expect(hungry.emptied.has("nodes")).to.equal(true);
    expect(hungry.weeks.at(-1)!.apy.average).to.equal(0);
    expect(hungry.world.emission.total <= CAP).to.equal(true);
    expect(emptyTable({ hungry })[0]![1]).to.match(/^year \d/);
  });

  it("every coin is somewhere: balances and burnt coins add up to what was generated", () => {
    expect(four.world.supply + four.world.burnt).to.equal(four.world.emission.total);
    // What stakers own is there, and what is there beyond it is the dust of weekly payouts.
    const owned = [...four.world.staking.positions.values()].reduce(
      (sum, { stake, reward }) => sum + stake.floor() + reward.floor(),
      0n,
    );
    const held = four.world.balanceOf(SYSTEM.pool);
    expect(held >= owned && held - owned < 100_000n).to.equal(true);
  });

  it("the same scenario gives the same run, another seed another one", () => {
    expect(short({ years: 2 }).weeks).to.deep.equal(short({ years: 2 }).weeks);
    expect(short({ years: 2, seed: 2 }).weeks).not.to.deep.equal(short({ years: 2 }).weeks);
  });

  it("a whale without persons concentrates stake and adds no seat", () => {
    const whale = short({ whaleShare: 0.6 });
    expect(whale.weeks.at(-1)!.topTen).to.be.greaterThan(four.weeks.at(-1)!.topTen);
    expect(whale.weeks.at(-1)!.validators).to.equal(four.weeks.at(-1)!.validators);
  });

  it("no claim is judged without figures", () => {
    const rows = claims(four, short({ stakeDaysWeightBps: 0 }));
    expect(rows.filter(({ result }) => /NaN|Infinity|undefined/.test(result))).to.deep.equal([]);
    expect(rows.filter(({ holds }) => holds === "no").map(({ claim }) => claim)).to.deep.equal([
      "The eco-fund generates 100,000,000 in the end",
    ]);
  });
});

describe("economy simulator: 6:4 power", () => {
  it("[VAL-4] no amount of CUNP alone reaches half of the score; a third takes 5/6 of it, or 5/9 of the persons", () => {
    expect(holdingsNeeded(1 / 2, 0)).to.equal(undefined);
    expect(holdingsNeeded(1 / 3, 0)).to.be.closeTo(5 / 6, 1e-12);
    expect(holdingsNeeded(1 / 3, 5 / 9)).to.be.closeTo(0, 1e-12);
    expect(holdingsNeeded(2 / 3, 1)).to.be.closeTo(1 / 6, 1e-12);
    expect(holdingsNeeded(1 / 3, 0.9)).to.equal(0);
  });
});

describe("economy simulator: plots", () => {
  it("axes have round numbers and reach the highest point", () => {
    expect(ticks(0, 530)).to.deep.equal([0, 200, 400, 600]);
    expect(ticks(0, 100)).to.deep.equal([0, 20, 40, 60, 80, 100]);
    expect(ticksWithin(0.99, 9.98)).to.deep.equal([2, 4, 6, 8]);
  });

  it("a chart names its axes, units and lines, and no name can break out of its text", () => {
    const points = [
      [0, 1],
      [1, 2],
    ] as const;
    const svg = lineChart({
      title: "T",
      about: "",
      xLabel: "years",
      yLabel: "CUNP",
      series: [{ name: "<a&b>", points }],
    });
    for (const word of ["years", "CUNP", "&lt;a&amp;b&gt;"]) expect(svg).to.contain(word);
    expect(svg).not.to.match(/NaN|Infinity|<a&/);
  });

  it("docs/ECONOMICS.md and its pictures are what the command makes", function () {
    this.timeout(600_000);
    const { text, pictures } = economicsDocument();
    const committed = (path: string) => readFileSync(join(root, "docs", path), "utf8");
    expect(text === committed("ECONOMICS.md"), "run `npm run simulate -- economy --document`").to.equal(true);
    expect(pictures.filter(({ file, svg }) => committed(`economics/${file}`) !== svg)).to.deep.equal([]);
    expect(pictures.filter(({ svg }) => svg.length > 100_000)).to.deep.equal([]);
  });
});
