/**
 * Staking costs what was promised. The 10,000 stakers of the bench are 200 here: the settlement may not tell them apart.
 */
import { expect } from "chai";
import { measureSettlement, measureStaker } from "../../../scripts/bench/staking-gas.ts";

/** Code that counts its own coverage costs more. */
const isInstrumented = process.argv.includes("--coverage");

describe("Gas of staking", () => {
  it("[STK-4] the daily settlement costs the same with 10 and with 200 stakers", async () => {
    const [few, many] = [await measureSettlement(10), await measureSettlement(200)];
    expect(many / few).to.be.within(0.99, 1.01);
  });

  it("[STK-1] a first stake costs at most 1.3 times one of the usual contract", async () => {
    const { ours, usual } = await measureStaker();
    if (!isInstrumented) expect(ours[0]! / usual[0]!).to.be.at.most(1.3);
  });
});
