/**
 * Random histories of stake, slashes, rewards and days: what the StakingPool owes never passes what it holds.
 */
import { expect } from "chai";
import { parseEther as cunp } from "ethers";
import { setUpStaking } from "../../helpers/staking.ts";

/** The same histories every time: a linear congruential generator. */
function randomOf(seed: bigint): (limit: bigint) => bigint {
  let state = seed;
  return (limit) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    return (state >> 20n) % limit;
  };
}

async function play(seed: bigint): Promise<void> {
  const { pool, cunp: token, rich, alice, bob, carol, first, second, passDays } = await setUpStaking();
  const random = randomOf(seed);
  const operators = [first, second];
  const stakers = [alice, bob, carol, first, second];
  const pick = <Item>(list: readonly Item[]): Item => list[Number(random(BigInt(list.length)))]!;
  for (let step = 0; step < 60; step++) {
    const [staker, operator] = [pick(stakers), pick(operators)];
    const { stake, boundStake } = await pool.positionOf(staker, operator);
    const free = stake - boundStake;
    const action = random(6n);
    if (action === 0n) await pool.connect(staker).stake(operator, 1n + random(cunp("500")));
    if (action === 1n && free > 0n) await pool.connect(staker).unstake(operator, 1n + random(free));
    if (action === 2n) await pool.slash(operator, random(3_000n));
    if (action === 3n) await passDays(Number(random(4n)) + 1);
    if (action === 4n) {
      await token.connect(rich).transfer(pool, cunp("3"));
      await pool.distribute([{ operator, amount: cunp("3"), commissionBps: random(10_001n) }]);
    }
    if (action === 5n && staker !== first && staker !== second && free > 0n) {
      const to = operator === first ? second : first;
      const bound = (await pool.positionOf(staker, to)).boundUntil;
      if (bound === 0n) await pool.connect(staker).redelegate(operator, to, 1n + random(free));
    }
  }
  await pool.settleDays();
  let owed = 0n;
  let stakes = 0n;
  for (const operator of operators) {
    owed += await pool.commissionOf(operator);
    stakes += await pool.stakeOf(operator);
    for (const staker of stakers) owed += (await pool.positionOf(staker, operator)).reward;
  }
  for (const staker of stakers) {
    const count = Number(await pool.unbondingCount(staker));
    for (let id = 0; id < count; id++) owed += (await pool.unbondingOf(staker, id)).amount;
  }
  expect(await pool.totalStake()).to.equal(stakes);
  expect(owed + stakes).to.be.at.most(await token.balanceOf(pool));
}

describe("Solvency of the StakingPool", () => {
  for (const seed of [1n, 2n, 3n]) {
    it(`[POOL-1] [POOL-4] history ${seed}: stake is the sum of pools, and all that is owed is held`, () => play(seed));
  }
});
