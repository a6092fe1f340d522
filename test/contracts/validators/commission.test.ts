/**
 * ValidatorRegistry: commissions, and how one might lift them faster than a day allows.
 */
import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import { asOperator, authorityOf, register, setUpRegistry } from "../../helpers/registry.ts";

const MAXIMUM = encodeBytes32String("commissionMaximumBps");
const DAILY = encodeBytes32String("commissionDailyChangeBps");
const DAY = 86_400;

/** A validator with a commission of 1,000, a day after its registration. */
async function validator() {
  const system = await setUpRegistry();
  const operator = await register(system, authorityOf(1));
  const { registeredAt } = await system.registry.validatorOf(operator);
  const start = Number(registeredAt) + DAY;
  await system.networkHelpers.time.increaseTo(start);
  return { ...system, operator, start, own: await asOperator(system, operator) };
}

describe("ValidatorRegistry: commission", () => {
  it("[REG-9] goes up or down by at most the daily change", async () => {
    const { registry, operator, own, networkHelpers } = await validator();
    for (const next of [1_101, 899]) {
      await expect(own.setCommission(next))
        .to.be.revertedWithCustomError(registry, "ValidatorCommissionStepTooLarge")
        .withArgs(1_000, next, 100);
    }
    await expect(own.setCommission(1_100)).to.emit(registry, "CommissionChanged").withArgs(operator, 1_000, 1_100);
    expect(await registry.commissionOf(operator)).to.equal(1_100n);
    await networkHelpers.time.increase(DAY);
    await own.setCommission(1_000);
    expect((await registry.validatorOf(operator)).commissionBps).to.equal(1_000n);
  });

  it("[REG-9] lifts it in small steps within a day, down and up again, or without any step", async () => {
    const { registry, operator, own } = await validator();
    await own.setCommission(1_001);
    const { commissionChangedAt } = await registry.validatorOf(operator);
    for (const next of [1_002, 1_000, 1_001, 1_100]) {
      await expect(own.setCommission(next))
        .to.be.revertedWithCustomError(registry, "ValidatorCommissionTooSoon")
        .withArgs(operator, commissionChangedAt, (value: bigint) => value > commissionChangedAt);
    }
  });

  it("[REG-9] lifts it on both sides of midnight, or a second before 24 hours are over", async () => {
    const { registry, operator, own, start, networkHelpers } = await validator();
    const midnight = Math.ceil((start + 10) / DAY) * DAY;
    await networkHelpers.time.setNextBlockTimestamp(midnight - 1);
    await own.setCommission(1_100);
    for (const time of [midnight, midnight + 1, midnight - 2 + DAY]) {
      await networkHelpers.time.setNextBlockTimestamp(time);
      await expect(own.setCommission(1_200))
        .to.be.revertedWithCustomError(registry, "ValidatorCommissionTooSoon")
        .withArgs(operator, midnight - 1, time);
    }
    await networkHelpers.time.setNextBlockTimestamp(midnight - 1 + DAY);
    await own.setCommission(1_200);
  });

  it("[REG-9] attracts voters with a low commission and lifts it right after registration", async () => {
    const system = await setUpRegistry();
    const operator = await register(system, authorityOf(1));
    const { registeredAt } = await system.registry.validatorOf(operator);
    await expect((await asOperator(system, operator)).setCommission(1_100))
      .to.be.revertedWithCustomError(system.registry, "ValidatorCommissionTooSoon")
      .withArgs(operator, registeredAt, (value: bigint) => value > registeredAt);
  });

  it("[REG-9] never passes the maximum, which holds at once for everyone when it is lowered", async () => {
    const { registry, parameters, operator, own, networkHelpers } = await validator();
    await parameters.set(MAXIMUM, 1_050n, 0);
    await expect(own.setCommission(1_051))
      .to.be.revertedWithCustomError(registry, "ValidatorCommissionTooHigh")
      .withArgs(1_051, 1_050);
    await own.setCommission(1_050);
    await parameters.set(MAXIMUM, 600n, 0);
    expect(await registry.commissionOf(operator)).to.equal(600n);
    expect((await registry.validatorOf(operator)).commissionBps).to.equal(600n);
    const other = "0x00000000000000000000000000000000000000aa";
    expect(await registry.commissionsOf([operator, other])).to.deep.equal([600n, 0n]);
    await networkHelpers.time.increase(DAY);
    await expect(own.setCommission(601)).to.be.revertedWithCustomError(registry, "ValidatorCommissionTooHigh");
    await own.setCommission(500);
    await parameters.set(MAXIMUM, 5_000n, 0);
    expect(await registry.commissionOf(operator), "nothing of before comes back").to.equal(500n);
  });

  it("[REG-9] an old daily change is of no use once governance has lowered it", async () => {
    const { registry, parameters, own } = await validator();
    await parameters.set(DAILY, 1n, 0);
    await expect(own.setCommission(1_002))
      .to.be.revertedWithCustomError(registry, "ValidatorCommissionStepTooLarge")
      .withArgs(1_000, 1_002, 1);
    await own.setCommission(1_001);
  });

  it("the commissions of nobody are none", async () => {
    const { registry } = await setUpRegistry();
    expect(await registry.commissionsOf([])).to.deep.equal([]);
  });
});
