/**
 * What staking costs, exactly: the daily settlement with few and with many stakers, and a staker's own transactions
 * beside the usual contract of one reward stream (contracts/mocks/StakingRewardsBench.sol), with the same CUNP.
 *
 * Owns: the figures settleDayGas…, stakeGas…, claimGas…. Does not own: limits and their document (the bench).
 * Called by: `npm run bench -- economy`, test/contracts/staking/gas.test.ts.
 */
import { type ContractTransactionResponse, parseEther as cunp } from "ethers";
import { DAY, setUpStaking } from "../../test/helpers/staking.ts";

const FEW = 10;
const MANY = 10_000;
/** Positions that one transaction opens. */
const BATCH = 100;

export interface StakingGas {
  readonly settleDayGas10: number;
  readonly settleDayGas10000: number;
  readonly settleDayGasRatio: number;
  readonly stakeGas: number;
  readonly stakeGasRatio: number;
  readonly stakeAgainGas: number;
  readonly stakeAgainGasRatio: number;
  readonly claimGas: number;
  readonly claimGasRatio: number;
}

async function gasOf(sending: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sending).wait();
  return Number(receipt!.gasUsed);
}

/** Every staker stakes 1 CUNP; `many` are opened in batches, all on one day. Returns the gas of the day's settlement. */
export async function measureSettlement(stakers: number): Promise<number> {
  const world = await setUpStaking();
  const { ethers, pool, cunp: token, rich, first, passDays } = world;
  const crowd = await ethers.deployContract("StakingCrowd", [token, pool]);
  await token.connect(rich).transfer(crowd, cunp(String(MANY)));
  for (let done = 0; done < stakers; done += BATCH) {
    await crowd.stakeForMany(first, done, Math.min(BATCH, stakers - done), cunp("1"));
  }
  // The first settlement writes where nothing stood; the bench looks at an ordinary day.
  await passDays(1);
  await pool.settleDays();
  await passDays(1);
  return gasOf(pool.settleDays());
}

/** The same three transactions on StakingPool and on the usual contract; others have staked there before. */
export async function measureStaker(): Promise<{
  readonly ours: readonly number[];
  readonly usual: readonly number[];
}> {
  const world = await setUpStaking();
  const { ethers, pool, cunp: token, rich, alice, bob, first, passDays } = world;
  const usual = await ethers.deployContract("StakingRewardsBench", [token]);
  await token.connect(rich).transfer(usual, cunp("1000"));
  await usual.notifyRewardAmount(cunp("1000"), 365 * DAY);
  for (const staker of [alice, bob]) await token.connect(staker).approve(usual, cunp("1000000"));
  await pool.connect(first).stake(first, cunp("10000"));
  await pool.list(first);
  await pool.beginEpoch(1n);
  await pool.connect(bob).stake(first, cunp("100"));
  await usual.connect(bob).stake(cunp("100"));
  await passDays(1);
  await pool.settleDays();

  const mine = { ours: pool.connect(alice), usual: usual.connect(alice) };
  const stakes = [await gasOf(mine.ours.stake(first, cunp("100"))), await gasOf(mine.usual.stake(cunp("100")))];
  const again = [await gasOf(mine.ours.stake(first, cunp("100"))), await gasOf(mine.usual.stake(cunp("100")))];
  await passDays(1);
  await pool.settleDays();
  const claims = [await gasOf(mine.ours.claim(alice, first)), await gasOf(mine.usual.getReward())];
  const rows = [stakes, again, claims];
  return { ours: rows.map(([ours]) => ours!), usual: rows.map(([, usualGas]) => usualGas!) };
}

const ratio = (ours: number, usual: number): number => Math.round((ours / usual) * 1_000) / 1_000;

/** All figures; the crowd of 10,000 takes a minute. */
export async function measureStakingGas(): Promise<StakingGas> {
  const { ours, usual } = await measureStaker();
  const [settleDayGas10, settleDayGas10000] = [await measureSettlement(FEW), await measureSettlement(MANY)];
  const [stakeGas, stakeAgainGas, claimGas] = ours as [number, number, number];
  const [usualStake, usualAgain, usualClaim] = usual as [number, number, number];
  return {
    settleDayGas10,
    settleDayGas10000,
    settleDayGasRatio: ratio(settleDayGas10000, settleDayGas10),
    stakeGas,
    stakeGasRatio: ratio(stakeGas, usualStake),
    stakeAgainGas,
    stakeAgainGasRatio: ratio(stakeAgainGas, usualAgain),
    claimGas,
    claimGasRatio: ratio(claimGas, usualClaim),
  };
}
