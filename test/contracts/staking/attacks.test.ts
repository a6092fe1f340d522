/**
 * What attackers of the StakingPool and the RewardVault try, and what the system does to operators that misbehave.
 */
import { expect } from "chai";
import { parseEther as cunp, encodeBytes32String } from "ethers";
import { DAY, State, setUpStaking, UNBONDING_SECONDS } from "../../helpers/staking.ts";

/** Wei of a day's incentive pool for so much stake, at 12 %. */
const dayPool = (stake: bigint): bigint => (stake * 1_200n) / 3_650_000n;

describe("Attacks on the StakingPool", () => {
  it("flash-borrowed CUNP cannot be returned: what was staked does not leave in the same transaction", async () => {
    const { pool, alice, first, now } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("100000"));
    await pool.connect(alice).unstake(first, cunp("100000"));
    expect((await pool.unbondingOf(alice, 0n)).maturesAt).to.equal((await now()) + UNBONDING_SECONDS);
    await expect(pool.withdraw(alice, 0n)).to.be.revertedWithCustomError(pool, "StakingUnbondingImmature");
  });

  it("stake, vote and unstake within a day changes no snapshot and earns nothing", async () => {
    const { pool, world, alice, bob, first, passDays } = await setUpStaking();
    await pool.connect(first).stake(first, cunp("10000"));
    await pool.list(first);
    await pool.beginEpoch(1n);
    await world.setPerson(alice, encodeBytes32String("alice"));
    await pool.connect(alice).stake(first, cunp("90000"));
    await pool.connect(alice).castPersonVote(first);
    await pool.connect(alice).unstake(first, cunp("90000"));
    expect([...(await pool.snapshotTotals())]).to.deep.equal([1n, cunp("10000"), 0n]);
    await pool.beginEpoch(2n);
    expect([...(await pool.snapshotTotals())]).to.deep.equal([2n, cunp("10000"), 0n]);
    await passDays(1);
    await pool.connect(bob).stake(first, 1n);
    expect((await pool.positionOf(alice, first)).reward).to.equal(0n);
    expect((await pool.positionOf(first, first)).reward).to.be.closeTo(dayPool(cunp("10000")), 1n);
  });

  it("one-wei sybil stakers gain nothing over one account with as much", async () => {
    const { pool, signers, rich, alice, first, passDays, cunp: token } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("100"));
    const sybils = signers.slice(10, 15);
    await token.connect(rich).approve(pool, 5n);
    for (const sybil of sybils) await pool.connect(rich).stakeFor(sybil, first, 1n);
    await passDays(30);
    await pool.settleDays();
    for (const sybil of sybils) {
      expect((await pool.positionOf(sybil, first)).reward).to.equal(0n);
      await expect(pool.claim(sybil, first)).to.be.revertedWithCustomError(pool, "StakingNothingToClaim");
    }
    for (const sybil of sybils) await pool.connect(sybil).unstake(first, 1n);
    expect(await pool.totalStake()).to.equal(cunp("100"));
  });

  it("[STK-7] leaving before the slash does not save the stake, waiting until maturity does", async () => {
    const { pool, cunp: token, alice, bob, first, networkHelpers, now } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("100"));
    await pool.connect(bob).stake(first, cunp("100"));
    await pool.connect(alice).unstake(first, cunp("100"));
    const maturesAt = (await now()) + UNBONDING_SECONDS;
    await pool.slash(first, 1_000);
    const { amount: left } = await pool.unbondingOf(alice, 0n);
    expect(left).to.be.within(cunp("95") - 1n, cunp("95"));
    expect((await pool.positionOf(bob, first)).stake).to.equal(cunp("95"));
    await networkHelpers.time.increaseTo(maturesAt);
    await pool.slash(first, 10_000);
    await expect(pool.withdraw(alice, 0n))
      .to.emit(pool, "UnbondingWithdrawn")
      .withArgs(alice, 0n, left, cunp("100") - left);
    expect(await token.balanceOf(pool)).to.be.at.least(await pool.stakeOf(first));
  });

  it("[STK-7] running to another operator before the slash does not save the stake", async () => {
    const { pool, cunp: token, alice, first, second, networkHelpers } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("100"));
    await pool.connect(alice).redelegate(first, second, cunp("100"));
    await pool.slash(first, 1_000);
    await pool.slash(first, 1_000);
    await networkHelpers.time.increase(22 * DAY);
    await pool.slash(first, 10_000);
    // Of the two slashes within the unbonding time each took 5 %; the one after it takes nothing.
    await pool.settleDays();
    const burnt = await pool.applyRedelegationSlash.staticCall(alice, second);
    expect(burnt).to.be.within(cunp("9.75"), cunp("9.75") + 2n);
    await expect(pool.applyRedelegationSlash(alice, second))
      .to.emit(pool, "RedelegationSlashed")
      .withArgs(alice, first, second, burnt);
    const stake = cunp("100") - burnt;
    expect((await pool.positionOf(alice, second)).stake).to.equal(stake);
    expect(await pool.stakeOf(second)).to.equal(stake);
    expect(await token.balanceOf(pool)).to.be.at.least(stake);
    await pool.connect(alice).unstake(second, stake);
    expect(await pool.stakeOf(second)).to.equal(0n);
    expect(await token.balanceOf(pool)).to.be.at.least(stake);
  });

  it("[STK-7] [POOL-5] a hundred slashes, one of all, never block a withdrawal, and a dead pool takes no stake", async () => {
    const { pool, alice, bob, first, networkHelpers, cunp: token } = await setUpStaking();
    await pool.connect(first).stake(first, cunp("1000"));
    await pool.connect(alice).stake(first, cunp("1000"));
    await pool.connect(alice).unstake(first, cunp("500"));
    let price = 1_000_000n;
    for (let round = 0; round < 100; round++) {
      await pool.slash(first, 1_000);
      const next = (await pool.positionOf(alice, first)).stake;
      expect(next).to.be.lessThan(cunp("500"));
      price = next;
    }
    expect(price).to.be.closeTo((cunp("500") * 95n ** 100n) / 100n ** 100n, 10n);
    await pool.slash(first, 10_000);
    await pool.slash(first, 10_000);
    expect(await pool.selfStakeOf(first)).to.equal(0n);
    await expect(pool.connect(first).stake(first, 1n)).to.be.revertedWithCustomError(pool, "StakingPoolExhausted");
    await pool.connect(bob).stake(first, cunp("1"));
    await pool.connect(alice).unstake(first, (await pool.positionOf(alice, first)).stake);
    await networkHelpers.time.increase(22 * DAY);
    for (const id of [0n, 1n]) await pool.withdraw(alice, id);
    expect(await token.balanceOf(pool)).to.be.at.least(await pool.totalStake());
  });

  it("[STK-7] slashing an operator without stake, or by too much, or by nothing", async () => {
    const { pool, bob, first } = await setUpStaking();
    await expect(pool.slash(bob, 5_000)).to.emit(pool, "OperatorSlashed").withArgs(bob, 0n, 0n);
    await expect(pool.slash(first, 10_001))
      .to.be.revertedWithCustomError(pool, "StakingSlashTooLarge")
      .withArgs(10_001n, 10_000n);
    await expect(pool.slash(first, 0)).to.emit(pool, "OperatorSlashed").withArgs(first, 0n, 0n);
  });

  it("[STK-7] a slash takes nothing from what was earned before it, and less is earned after it", async () => {
    const { pool, alice, first, passDays } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("1000"));
    await passDays(1);
    await pool.slash(first, 10_000);
    await passDays(1);
    await pool.settleDays();
    const expected = dayPool(cunp("1000")) + dayPool(cunp("500"));
    expect((await pool.positionOf(alice, first)).reward).to.be.closeTo(expected, 2n);
  });

  it("a tombstoned operator's pool, once closed, neither votes nor earns, but lets everyone out", async () => {
    const { pool, register, alice, bob, first, second, passDays } = await setUpStaking();
    await pool.connect(first).stake(first, cunp("10000"));
    await pool.list(first);
    await pool.connect(alice).stake(first, cunp("100"));
    await pool.connect(bob).stake(second, cunp("100"));
    await expect(pool.close(first)).to.be.revertedWithCustomError(pool, "StakingOperatorServing").withArgs(first);
    await register(first.address, { state: State.tombstoned });
    await expect(pool.close(first)).to.emit(pool, "OperatorClosed").withArgs(first);
    await expect(pool.close(first)).to.be.revertedWithCustomError(pool, "StakingOperatorClosed").withArgs(first);
    expect([...(await pool.candidates())]).to.deep.equal([]);
    expect(await pool.totalStake()).to.equal(cunp("100"));
    await passDays(10);
    await pool.slash(first, 1_000);
    expect((await pool.positionOf(alice, first)).reward).to.equal(0n);
    await pool.connect(alice).redelegate(first, second, cunp("45"));
    const { stake } = await pool.positionOf(alice, first);
    expect(stake).to.be.closeTo(cunp("50"), 1n);
    await pool.connect(alice).unstake(first, stake);
    expect(await pool.totalStake()).to.equal(cunp("145"));
    expect(await pool.stakeOf(first)).to.equal(cunp("9000"));
  });

  it("[STK-6] rewards to an operator whose pools are empty or dead cannot be lost or taken by others", async () => {
    const { pool, cunp: token, rich, alice, first } = await setUpStaking();
    await pool.connect(first).stake(first, cunp("100"));
    await pool.connect(alice).stake(first, cunp("100"));
    await pool.slash(first, 10_000);
    await token.connect(rich).transfer(pool, cunp("10"));
    await pool.distribute([{ operator: first, amount: cunp("10"), commissionBps: 0 }]);
    expect((await pool.positionOf(first, first)).reward).to.equal(0n);
    expect((await pool.positionOf(alice, first)).reward).to.be.closeTo(cunp("10"), 1n);
  });

  it("dust left by sybils in a slashed pool stops neither rewards nor stake that comes later", async () => {
    const { pool, cunp: token, rich, alice, signers, first } = await setUpStaking();
    await token.connect(rich).approve(pool, 20n);
    const sybils = signers.slice(8, 18);
    for (const sybil of sybils) await pool.connect(rich).stakeFor(sybil, first, 2n);
    await pool.slash(first, 1_000);
    // 19 wei for 20 shares: the first to leave gets a wei for two, which brings the price back to one, never above it.
    await pool.connect(sybils[0]!).unstake(first, 1n);
    for (const sybil of sybils.slice(1)) await pool.connect(sybil).unstake(first, 2n);
    expect(await pool.stakeOf(first)).to.equal(0n);
    await token.connect(rich).transfer(pool, 10n);
    await pool.distribute([{ operator: first, amount: 10n, commissionBps: 0 }]);
    expect(await pool.commissionOf(first)).to.equal(10n);
    await pool.connect(alice).stake(first, cunp("100"));
    expect((await pool.positionOf(alice, first)).stake).to.equal(cunp("100"));
  });

  it("[STK-1] stake of nothing, with nobody, or from an operator to itself is refused", async () => {
    const { pool, alice, bob, first } = await setUpStaking();
    await expect(pool.connect(alice).stake(first, 0n)).to.be.revertedWithCustomError(pool, "StakingAmountZero");
    await expect(pool.connect(alice).unstake(first, 0n)).to.be.revertedWithCustomError(pool, "StakingAmountZero");
    await expect(pool.connect(alice).stake(bob, 1n))
      .to.be.revertedWithCustomError(pool, "StakingOperatorUnknown")
      .withArgs(bob);
    await pool.connect(alice).stake(first, cunp("1"));
    await expect(pool.connect(alice).redelegate(first, first, 1n))
      .to.be.revertedWithCustomError(pool, "StakingSameOperator")
      .withArgs(first);
  });

  it("[STK-4] stake does not move while more days are behind than one call settles", async () => {
    const { pool, alice, first, passDays, today } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("1"));
    await pool.settleDays();
    const start = await today();
    await passDays(801);
    await expect(pool.connect(alice).unstake(first, 1n))
      .to.be.revertedWithCustomError(pool, "StakingDaysBehind")
      .withArgs(start + 800, start + 801);
    await pool.settleDays();
    await pool.connect(alice).unstake(first, 1n);
    expect(await pool.settledDays()).to.equal(start + 801);
  });

  it("[STK-5] [VLT-1] a reward stays in the vault 90 full days and leaves once, to its staker only", async () => {
    const {
      pool,
      vault,
      manager,
      admin,
      cunp: token,
      alice,
      first,
      passDays,
      today,
      networkHelpers,
    } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("36500"));
    await passDays(1);
    await pool.claim(alice, first);
    const day = await today();
    const amount = await vault.trancheOf(alice, day);
    expect(amount).to.be.closeTo(cunp("12"), 1n);
    expect(await vault.total()).to.equal(amount);
    const unlockedAt = (day + 91) * DAY;
    await networkHelpers.time.setNextBlockTimestamp(unlockedAt - 1);
    await expect(vault.withdraw(alice, [day]))
      .to.be.revertedWithCustomError(vault, "VaultTrancheLocked")
      .withArgs(day, unlockedAt, unlockedAt - 1);
    await networkHelpers.time.setNextBlockTimestamp(unlockedAt);
    await expect(vault.withdraw(alice, [day, day])).to.be.revertedWithCustomError(vault, "VaultTrancheEmpty");
    const before = await token.balanceOf(alice);
    await vault.withdraw(alice, [day]);
    expect((await token.balanceOf(alice)) - before).to.equal(amount);
    expect(await vault.total()).to.equal(0n);
    await expect(vault.withdraw(alice, [2n ** 255n])).to.be.revertedWithCustomError(vault, "VaultTrancheEmpty");
    await manager.grantRole(12n, admin, 0);
    await expect(vault.credit(alice, 1n)).to.be.revertedWithCustomError(vault, "VaultUnfunded").withArgs(1n, 0n);
    await expect(vault.connect(alice).credit(alice, 1n)).to.be.revertedWithCustomError(
      vault,
      "AccessManagedUnauthorized",
    );
  });

  it("[STK-4] stake-days cannot be renewed by moving: they go along with redelegated stake", async () => {
    const { pool, alice, bob, first, second, passDays } = await setUpStaking();
    await pool.connect(alice).stake(first, cunp("100"));
    await pool.connect(bob).stake(first, cunp("100"));
    await passDays(3);
    await pool.connect(alice).redelegate(first, second, cunp("100"));
    await passDays(3);
    await pool.settleDays();
    const [mine, other] = [await pool.positionOf(alice, second), await pool.positionOf(bob, first)];
    const former = (await pool.positionOf(alice, first)).reward;
    expect(mine.reward + former).to.be.closeTo(other.reward, 2n);
  });
});
