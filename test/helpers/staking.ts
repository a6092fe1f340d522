/**
 * StakingPool with its vault, CUNP and emission, amid neighbours that a test sets: registry, stage, persons, election.
 *
 * Owns: composing it for tests and benchmarks, and days. Called by: test/contracts, scripts/bench/staking-gas.ts.
 */
import { encodeBytes32String, MaxUint256, parseEther } from "ethers";
import type { StakingPool } from "../../types/ethers-contracts/index.js";
import { allowEmission, deployCUNP } from "./cunp.ts";
import { type Connection, connect } from "./finality.ts";

export const DAY = 86_400;
export const UNBONDING_SECONDS = 21 * DAY;
export const Stage = { origin: 0, cape: 1, generation: 2 } as const;
export const State = { unregistered: 0, candidate: 1, active: 2, jailed: 3, exiting: 4, tombstoned: 5 } as const;

/** As design and documents say them; a test changes what it is about. */
const PARAMETERS: Readonly<Record<string, bigint>> = {
  incentiveRateBps: 1_200n,
  stakeDaysWeightBps: 2_000n,
  unbondingSeconds: BigInt(UNBONDING_SECONDS),
  voterSlashBps: 5_000n,
  authorityStake: parseEther("5000"),
  candidateStake: parseEther("10000"),
  generationStake: parseEther("20000"),
  personMinimumStake: parseEther("10"),
};

/** The first signer administers; the second to sixth hold the coins of figure 6. */
export async function deployStaking(connection: Connection) {
  const { ethers, networkHelpers } = connection;
  const { cunp, manager, signers, admin } = await deployCUNP(connection, { native: false });
  const [ecoFund, team] = [signers[18]!, signers[19]!];
  const at = async (contract: { getAddress(): Promise<string> }) => contract.getAddress();
  const parameters = await ethers.deployContract("ParameterRegistryMock");
  for (const [name, value] of Object.entries(PARAMETERS)) await parameters.set(encodeBytes32String(name), value, 0);
  const emission = await ethers.deployContract("EmissionController", [
    await at(manager),
    await at(cunp),
    ecoFund.address,
    team.address,
  ]);
  await allowEmission({ cunp, manager }, await at(emission));
  const vault = await ethers.deployContract("RewardVault", [await at(manager), await at(cunp)]);
  const world = await ethers.deployContract("StakingWorldMock");
  const candidateList = await ethers.deployContract("CandidateList");
  const neighbours = {
    cunp: await at(cunp),
    parameters: await at(parameters),
    emission: await at(emission),
    vault: await at(vault),
    registry: await at(world),
    personhood: await at(world),
    directory: await at(world),
  };
  const libraries = { CandidateList: await at(candidateList) };
  const code = await ethers.deployContract("StakingPool", [neighbours], { libraries });
  const firstCall = code.interface.encodeFunctionData("initialize", [await at(manager)]);
  const proxy = await ethers.deployContract("ERC1967Proxy", [await at(code), firstCall]);
  const pool: StakingPool = await ethers.getContractAt("StakingPool", await at(proxy));
  const allow = async (
    target: { interface: { getFunction(name: string): { selector: string } | null }; getAddress(): Promise<string> },
    name: string,
    role: bigint,
  ) => {
    await manager.setTargetFunctionRole(await at(target), [target.interface.getFunction(name)!.selector], role);
    await manager.grantRole(role, await at(pool), 0);
  };
  await allow(emission, "emitStakingReward", 11n);
  await allow(vault, "credit", 12n);

  /** Goes to a time of the day (seconds) some days from today. */
  const goTo = async (days: number, second = 0) => {
    const now = await networkHelpers.time.latest();
    await networkHelpers.time.setNextBlockTimestamp((Math.floor(now / DAY) + days) * DAY + second);
  };
  const set = (name: string, value: bigint, since = 0) => parameters.set(encodeBytes32String(name), value, since);
  const register = (
    operator: string,
    { state = State.candidate as number, authority = false, registeredAt = 1 } = {},
  ) => world.setOperator(operator, state, authority, registeredAt);
  /** Coins and the approval to stake them. */
  const fund = async (index: number, amount: bigint) => {
    const staker = signers[index]!;
    await cunp.connect(signers[2]!).transfer(staker.address, amount);
    await cunp.connect(staker).approve(await at(pool), MaxUint256);
    return staker;
  };
  const stake = (index: number, operator: string, amount: bigint) =>
    pool.connect(signers[index]!).stake(operator, amount);
  const stakeOf = async (staker: string, operator: string) => (await pool.positionOf(staker, operator)).stake;
  const rewardOf = async (staker: string, operator: string) => (await pool.positionOf(staker, operator)).reward;
  return {
    ...connection,
    cunp,
    manager,
    admin,
    signers,
    parameters,
    emission,
    vault,
    world,
    pool,
    goTo,
    set,
    register,
    fund,
    stake,
    stakeOf,
    rewardOf,
  };
}

export type Staking = Awaited<ReturnType<typeof deployStaking>>;

/** A chain of its own in the first second of a day, in Cape, with two candidates and three stakers who have CUNP. */
export async function setUpStaking() {
  const staking = await deployStaking(await connect());
  const { signers, networkHelpers } = staking;
  const [, , rich, alice, bob, carol, first, second] = signers as Required<typeof signers>;
  const now = () => networkHelpers.time.latest();
  const today = async () => Math.floor((await now()) / DAY);
  /** Goes to the first second of the day that is `count` days ahead. */
  const passDays = async (count: number) => networkHelpers.time.increaseTo(((await today()) + count) * DAY);
  await passDays(1);
  await staking.world.setStage(Stage.cape, (await now()) - DAY);
  for (const operator of [first!, second!]) await staking.register(operator.address);
  for (const holder of [alice!, bob!, carol!, first!, second!]) {
    await staking.cunp.connect(rich!).transfer(holder.address, parseEther("100000"));
    await staking.cunp.connect(holder).approve(await staking.pool.getAddress(), MaxUint256);
  }
  const people = { rich: rich!, alice: alice!, bob: bob!, carol: carol!, first: first!, second: second! };
  return { ...staking, ...people, now, today, passDays };
}
