/**
 * The economy's contracts against the exact model: the same random histories must leave the same state in both.
 *
 * Owns: which histories are played in the normal test run; `npm run fuzz` plays more. A failure names its seed, its
 * step and the last actions.
 */
import { expect } from "chai";
import { connect } from "../helpers/finality.ts";
import { emissionScript } from "./emission-script.ts";
import { type Played, playHistory, type Script } from "./history.ts";
import { ModelDifference } from "./model/world.ts";
import { stakingScript } from "./staking-script.ts";

const total = { steps: 0, comparisons: 0, differences: 0 };

/** Plays one history and adds it up; one that ends with a difference fails its test and is counted as one. */
async function play(script: Script, seed: number, steps: number, start: bigint): Promise<Played> {
  try {
    const played = await playHistory(script, seed, steps, start);
    total.steps += played.steps;
    total.comparisons += played.comparisons;
    return played;
  } catch (error) {
    if (error instanceof ModelDifference) total.differences++;
    throw error;
  }
}

/** Later than any clock of a machine that runs this: blocks may not go back. */
const START = 30_000n * 86_400n;

describe("economy against its model: buckets", function () {
  this.timeout(300_000);
  for (const seed of [1, 2, 3, 4]) {
    it(`[EMI-1] [EMI-2] [EMI-5] [EMI-6] 2,000 steps of seed ${seed} leave every bucket and balance equal to the wei`, async () => {
      const script = await emissionScript(await connect(), START);
      const played = await play(script, seed, 2_000, START);
      for (const kind of [
        "emitBlockReward",
        "emitCommunity",
        "emitBusinessReward",
        "releaseTeam",
        "EmissionListingRecorded",
      ])
        expect(played.reached.get(kind) ?? 0, kind).to.be.greaterThan(0);
    });
  }
});

describe("economy against its model: stake", function () {
  this.timeout(600_000);
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`[STK-1] [STK-3] [STK-4] [STK-5] [STK-6] [STK-7] 2,000 steps of seed ${seed} agree`, async () => {
      const script = await stakingScript(await connect(), START);
      await play(script, seed, 2_000, START + 3_600n);
    });
  }
});

after(() => {
  console.log(
    `modelSteps ${total.steps}, modelComparisons ${total.comparisons}, modelDifferences ${total.differences}`,
  );
});
