/** Stake comes, earns by formula (5), moves, leaves. */
import { expect } from "chai";
import { parseEther } from "ethers";
import { connect } from "../../helpers/finality.ts";
import { DAY, deployStaking, Stage, type Staking, State, UNBONDING_SECONDS } from "../../helpers/staking.ts";

const E = parseEther;
/** 12 % of an amount for one day, rounded down. */
const poolOf = (stake: bigint) => (stake * 1_200n) / (10_000n * 365n);

describe("StakingPool", () => {
  let s: Staking;
  let [operator, other] = ["", ""];

  beforeEach(async () => {
    s = await deployStaking(await connect());
    [operator, other] = [s.signers[10]!.address, s.signers[11]!.address];
    await s.register(operator);
    await s.register(other);
    await s.goTo(1);
    await s.world.setStage(Stage.cape, (await s.networkHelpers.time.latest()) - 10 * DAY);
    for (const index of [7, 8, 10, 11]) await s.fund(index, E("100000"));
    await s.goTo(1, 10);
    await s.networkHelpers.mine();
  });

  it("[STK-1] anyone stakes with a registered operator, and has as much stake as was paid in", async () => {
    await expect(s.stake(7, operator, E("100")))
      .to.emit(s.pool, "Staked")
      .withArgs(s.signers[7]!.address, operator, E("100"), E("100"));
    expect(await s.stakeOf(s.signers[7]!.address, operator)).to.equal(E("100"));
    expect(await s.pool.totalStake()).to.equal(E("100"));
    expect(await s.cunp.balanceOf(await s.pool.getAddress())).to.equal(E("100"));
  });

  it("[STK-2] [STK-3] one staker earns the whole pool of each day, to the wei", async () => {
    await s.stake(7, operator, E("1000"));
    await s.goTo(1);
    await s.pool.settleDays();
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.be.closeTo(poolOf(E("1000")), 1n);
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.be.at.most(poolOf(E("1000")));
    await s.goTo(364);
    await s.pool.settleDays();
    const year = await s.rewardOf(s.signers[7]!.address, operator);
    expect(year).to.be.closeTo(E("120"), 400n);
    expect(year).to.be.at.most(E("120"));
  });

  it("[STK-3] with p1 = 0 every stake yields 12 % simple a year, whenever it came", async () => {
    await s.set("stakeDaysWeightBps", 0n);
    await s.stake(7, operator, E("1000"));
    await s.goTo(100, 5);
    await s.stake(8, other, E("500"));
    await s.goTo(265);
    await s.pool.settleDays();
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.be.closeTo(E("120"), 1_000n);
    expect(await s.rewardOf(s.signers[8]!.address, other)).to.be.closeTo((E("60") * 265n) / 365n, 1_000n);
  });

  it("[STK-3] stake-days count: of two equal stakes the older one gets more of p1's part, by its days", async () => {
    await s.set("stakeDaysWeightBps", 10_000n);
    await s.stake(7, operator, E("1000"));
    await s.goTo(2, 5);
    await s.stake(8, other, E("1000"));
    const before = await s.rewardOf(s.signers[7]!.address, operator);
    await s.goTo(1);
    await s.pool.settleDays();
    // On that day the first has 3 days, the second one.
    const pool = poolOf(E("2000"));
    expect((await s.rewardOf(s.signers[7]!.address, operator)) - before).to.be.closeTo((pool * 3n) / 4n, 2n);
    expect(await s.rewardOf(s.signers[8]!.address, other)).to.be.closeTo(pool / 4n, 2n);
  });

  it("[STK-4] [POOL-3] settling 400 days late gives everybody what daily settling gives", async () => {
    await s.stake(7, operator, E("1000"));
    await s.goTo(3, 7);
    await s.stake(8, operator, E("333"));
    const snapshot = await s.networkHelpers.takeSnapshot();
    await s.goTo(400, 3);
    await s.pool.settleDays();
    const late = await Promise.all([7, 8].map((index) => s.rewardOf(s.signers[index]!.address, operator)));
    await snapshot.restore();
    for (let day = 0; day < 400; day++) {
      await s.goTo(1, 3);
      await s.pool.settleDays();
    }
    const daily = await Promise.all([7, 8].map((index) => s.rewardOf(s.signers[index]!.address, operator)));
    for (const place of [0, 1]) expect(late[place]).to.be.closeTo(daily[place]!, 2n);
    expect(daily[0]! + daily[1]!).to.be.greaterThan(E("170"));
  });

  it("[STK-2] nothing is generated before Cape of Good Hope", async () => {
    await s.world.setStage(Stage.cape, 0);
    await s.stake(7, operator, E("1000"));
    await s.goTo(10);
    await s.pool.settleDays();
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.equal(0n);
  });

  it("[STK-5] a claim becomes a tranche that is paid 90 days later, not a second earlier", async () => {
    const staker = s.signers[7]!.address;
    await s.stake(7, operator, E("1000"));
    await s.goTo(10);
    await s.pool.settleDays();
    const amount = await s.rewardOf(staker, operator);
    await expect(s.pool.claim(staker, operator)).to.emit(s.pool, "RewardClaimed").withArgs(staker, operator, amount);
    const day = Math.floor((await s.networkHelpers.time.latest()) / DAY);
    expect(await s.vault.trancheOf(staker, day)).to.equal(amount);
    await s.networkHelpers.time.setNextBlockTimestamp((day + 91) * DAY - 1);
    await expect(s.vault.withdraw(staker, [day])).to.be.revertedWithCustomError(s.vault, "VaultTrancheLocked");
    await s.networkHelpers.time.setNextBlockTimestamp((day + 91) * DAY);
    await expect(s.vault.withdraw(staker, [day])).to.changeTokenBalance(s.ethers, s.cunp, staker, amount);
    await expect(s.vault.withdraw(staker, [day])).to.be.revertedWithCustomError(s.vault, "VaultTrancheEmpty");
    await expect(s.pool.claim(staker, other)).to.be.revertedWithCustomError(s.pool, "StakingNothingToClaim");
  });

  it("[STK-6] block rewards: the commission to the operator, the rest to its stake, its own and its voters'", async () => {
    await s.stake(10, operator, E("100"));
    await s.stake(7, operator, E("300"));
    await s.cunp.connect(s.signers[2]!).transfer(await s.pool.getAddress(), E("50"));
    await s.pool.distribute([{ operator, amount: E("50"), commissionBps: 1_000 }]);
    expect(await s.pool.commissionOf(operator)).to.equal(E("5"));
    expect(await s.rewardOf(operator, operator)).to.be.closeTo(E("11.25"), 1n);
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.be.closeTo(E("33.75"), 1n);
    await expect(s.pool.withdrawCommission(operator)).to.changeTokenBalance(s.ethers, s.cunp, operator, E("5"));
    await expect(s.pool.withdrawCommission(operator)).to.be.revertedWithCustomError(s.pool, "StakingNothingToClaim");
  });

  it("[STK-6] without any stake the operator has all of a block reward", async () => {
    await s.cunp.connect(s.signers[2]!).transfer(await s.pool.getAddress(), 7n);
    await s.pool.distribute([{ operator, amount: 7n, commissionBps: 0 }]);
    expect(await s.pool.commissionOf(operator)).to.equal(7n);
  });

  it("[STK-1] [VAL-6] unstaked stake is paid out after the unbonding time, once", async () => {
    const staker = s.signers[7]!;
    await s.stake(7, operator, E("100"));
    await s.pool.connect(staker).unstake(operator, E("40"));
    const { maturesAt } = await s.pool.unbondingOf(staker.address, 0);
    expect(await s.stakeOf(staker.address, operator)).to.equal(E("60"));
    expect(await s.pool.unbondingCount(staker.address)).to.equal(1n);
    await s.networkHelpers.time.setNextBlockTimestamp(Number(maturesAt) - 1);
    await expect(s.pool.withdraw(staker.address, 0)).to.be.revertedWithCustomError(s.pool, "StakingUnbondingImmature");
    await s.networkHelpers.time.setNextBlockTimestamp(maturesAt);
    await expect(s.pool.withdraw(staker.address, 0)).to.changeTokenBalance(s.ethers, s.cunp, staker, E("40"));
    await expect(s.pool.withdraw(staker.address, 0)).to.be.revertedWithCustomError(s.pool, "StakingUnbondingUnknown");
    await expect(s.pool.withdraw(staker.address, 1)).to.be.revertedWithCustomError(s.pool, "StakingUnbondingUnknown");
    await expect(s.pool.unbondingOf(staker.address, 1)).to.be.revertedWithCustomError(
      s.pool,
      "StakingUnbondingUnknown",
    );
  });

  it("[STK-1] redelegated stake votes and earns at once, with its age, and is bound for the unbonding time", async () => {
    const staker = s.signers[7]!;
    await s.stake(7, operator, E("100"));
    await s.stake(8, other, E("100"));
    await s.goTo(5, 3);
    await s.pool.connect(staker).redelegate(operator, other, E("60"));
    expect(await s.stakeOf(staker.address, other)).to.equal(E("60"));
    expect(await s.pool.stakeOf(other)).to.equal(E("160"));
    await expect(s.pool.connect(staker).unstake(other, 1n)).to.be.revertedWithCustomError(
      s.pool,
      "StakingStakeMissing",
    );
    await expect(s.pool.connect(staker).redelegate(operator, other, 1n)).to.be.revertedWithCustomError(
      s.pool,
      "StakingRedelegationOpen",
    );
    await s.stake(7, other, E("5"));
    await s.pool.connect(staker).unstake(other, E("5"));
    await s.networkHelpers.time.increase(UNBONDING_SECONDS);
    await s.pool.connect(staker).unstake(other, E("60"));
    expect(await s.stakeOf(staker.address, other)).to.equal(0n);
  });

  it("[STK-1] redelegating keeps the days of the stake", async () => {
    await s.set("stakeDaysWeightBps", 10_000n);
    await s.stake(7, operator, E("100"));
    await s.stake(8, operator, E("100"));
    await s.goTo(9, 3);
    await s.pool.connect(s.signers[7]!).redelegate(operator, other, E("100"));
    await s.goTo(20);
    await s.pool.settleDays();
    const [moved, stayed] = [
      await s.rewardOf(s.signers[7]!.address, other),
      await s.rewardOf(s.signers[8]!.address, operator),
    ];
    const before = await s.rewardOf(s.signers[7]!.address, operator);
    expect(moved + before).to.be.closeTo(stayed, 3n);
  });

  it("[STK-7] a slash takes from the operator and, by its parameter, from its voters; what is left can be withdrawn", async () => {
    await s.stake(10, operator, E("1000"));
    await s.stake(7, operator, E("1000"));
    const supply = await s.cunp.totalSupply();
    await expect(s.pool.slash(operator, 1_000))
      .to.emit(s.pool, "OperatorSlashed")
      .withArgs(operator, E("100"), E("50"));
    expect(await s.cunp.totalSupply()).to.equal(supply - E("150"));
    expect(await s.stakeOf(operator, operator)).to.equal(E("900"));
    expect(await s.stakeOf(s.signers[7]!.address, operator)).to.equal(E("950"));
    expect(await s.pool.totalStake()).to.equal(E("1850"));
    await s.pool.connect(s.signers[7]!).unstake(operator, E("950"));
    await s.networkHelpers.time.increase(UNBONDING_SECONDS);
    await expect(s.pool.withdraw(s.signers[7]!.address, 0)).to.changeTokenBalance(
      s.ethers,
      s.cunp,
      s.signers[7]!,
      E("950"),
    );
  });

  it("[STK-7] rewards before a slash are paid for the stake before it, rewards after it for what was left", async () => {
    await s.set("voterSlashBps", 10_000n);
    await s.stake(7, operator, E("1000"));
    await s.goTo(10, 3);
    await s.pool.slash(operator, 5_000);
    await s.goTo(10, 3);
    await s.pool.slash(operator, 5_000);
    await s.goTo(10, 3);
    await s.pool.settleDays();
    const expected = 10n * (poolOf(E("1000")) + poolOf(E("500")) + poolOf(E("250")));
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.be.closeTo(expected, 40n);
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.be.at.most(expected);
  });

  it("[STK-7] what comes to a pool that was slashed and then emptied earns in full, unstaked or lost on the way", async () => {
    await s.set("voterSlashBps", 10_000n);
    const staker = s.signers[7]!;
    // The only voter with `other` came from `operator`, whose total loss is still to be taken off.
    await s.stake(7, operator, E("1000"));
    await s.pool.connect(staker).redelegate(operator, other, E("1000"));
    await s.pool.slash(other, 5_000);
    await s.stake(8, operator, 3n);
    await s.pool.slash(operator, 10_000);
    await s.stake(7, other, E("100"));
    expect(await s.stakeOf(staker.address, other)).to.equal(E("100"));
    await s.goTo(10, 3);
    await s.pool.settleDays();
    const earned = await s.rewardOf(staker.address, other);
    expect(earned).to.be.closeTo(10n * poolOf(E("100")), 20n);
    await s.pool.connect(staker).unstake(other, E("100"));
    await s.stake(8, other, E("100"));
    await s.goTo(10, 3);
    await s.pool.settleDays();
    expect(await s.rewardOf(s.signers[8]!.address, other)).to.be.closeTo(10n * poolOf(E("100")), 20n);
    expect(await s.rewardOf(staker.address, other)).to.equal(earned);
  });

  it("[VAL-6] an operator that has left is closed: its stake earns and votes no more, and leaves whole", async () => {
    await s.stake(7, operator, E("1000"));
    await s.goTo(10, 3);
    await expect(s.pool.close(operator)).to.be.revertedWithCustomError(s.pool, "StakingOperatorServing");
    await s.register(operator, { state: State.exiting });
    await s.pool.close(operator);
    const earned = await s.rewardOf(s.signers[7]!.address, operator);
    expect(earned).to.be.closeTo(10n * poolOf(E("1000")), 20n);
    expect(await s.pool.totalStake()).to.equal(0n);
    await s.goTo(10, 3);
    await s.pool.settleDays();
    expect(await s.rewardOf(s.signers[7]!.address, operator)).to.equal(earned);
    await expect(s.stake(8, operator, 1n)).to.be.revertedWithCustomError(s.pool, "StakingOperatorClosed");
    await expect(s.pool.close(operator)).to.be.revertedWithCustomError(s.pool, "StakingOperatorClosed");
    await s.pool.connect(s.signers[7]!).unstake(operator, E("1000"));
    expect(await s.stakeOf(s.signers[7]!.address, operator)).to.equal(0n);
  });

  describe("bad input", () => {
    it("zero amounts, coming or going", async () => {
      await expect(s.stake(7, operator, 0n)).to.be.revertedWithCustomError(s.pool, "StakingAmountZero");
      await s.stake(7, operator, 1n);
      const staker = s.pool.connect(s.signers[7]!);
      await expect(staker.unstake(operator, 0n)).to.be.revertedWithCustomError(s.pool, "StakingAmountZero");
      await expect(staker.redelegate(operator, other, 0n)).to.be.revertedWithCustomError(s.pool, "StakingAmountZero");
    });

    it("an operator that nobody registered", async () => {
      const nobody = s.signers[15]!.address;
      await expect(s.stake(7, nobody, 1n))
        .to.be.revertedWithCustomError(s.pool, "StakingOperatorUnknown")
        .withArgs(nobody);
    });

    it("redelegation to where the stake is, from one's own validator, or to it", async () => {
      await s.stake(7, operator, E("10"));
      await s.stake(10, operator, E("10"));
      for (const [index, from, to] of [
        [7, operator, operator],
        [10, operator, other],
        [10, other, operator],
      ] as const) {
        await expect(s.pool.connect(s.signers[index]!).redelegate(from, to, 1n)).to.be.revertedWithCustomError(
          s.pool,
          "StakingSameOperator",
        );
      }
    });

    it("[STK-4] stake after years without a settlement waits until the days are settled", async () => {
      await s.stake(7, operator, E("10"));
      await s.goTo(801, 3);
      await s.networkHelpers.mine();
      await expect(s.stake(7, operator, 1n)).to.be.revertedWithCustomError(s.pool, "StakingDaysBehind");
      await s.pool.settleDays();
      await s.stake(7, operator, 1n);
    });
  });
});
