/**
 * BusinessContributions: applications, measured cost, attested value, rewards.
 */
import { expect } from "chai";
import { encodeBytes32String, parseEther, ZeroAddress } from "ethers";
import {
  attest,
  BUDGET,
  type BusinessOptions,
  deployBusiness,
  registerApplication,
  signAttestation,
  VALUE_CAP,
} from "../../helpers/business.ts";
import { CAPS } from "../../helpers/emission.ts";
import { connect } from "../../helpers/finality.ts";

const GWEI = 10n ** 9n;

async function setup(options: BusinessOptions = {}) {
  const connection = await connect();
  const system = { ...connection, ...(await deployBusiness(connection, options)) };
  const account = await connection.ethers.deployContract("ApplicationMock");
  return { ...system, account, accountAddress: await account.getAddress() };
}

describe("BusinessContributions: applications", () => {
  it("[EMI-7] registers payee, attester, own contract and value cap under a number never used again", async () => {
    const system = await setup();
    const { business, payee, attester, accountAddress } = system;
    const terms = { payee: payee.address, attester: attester.address, account: accountAddress, valueCap: VALUE_CAP };
    await expect(business.register(terms))
      .to.emit(business, "ApplicationRegistered")
      .withArgs(1n, payee.address, accountAddress, attester.address, VALUE_CAP);
    expect([...(await business.applicationOf(1n))]).to.deep.equal(Object.values(terms));
    await expect(business.remove(1n)).to.emit(business, "ApplicationRemoved").withArgs(1n);
    expect(await registerApplication(system, { account: accountAddress })).to.equal(2n);
    await expect(business.applicationOf(1n))
      .to.be.revertedWithCustomError(business, "BusinessApplicationUnknown")
      .withArgs(1n);
  });

  it("reverts with BusinessPayeeZero, BusinessNothingCounts, BusinessAccountWithoutCode, BusinessAccountTaken", async () => {
    const system = await setup();
    const { business, payee, accountAddress } = system;
    await expect(registerApplication(system, { payee: ZeroAddress })).to.be.revertedWithCustomError(
      business,
      "BusinessPayeeZero",
    );
    await expect(registerApplication(system, { attester: ZeroAddress })).to.be.revertedWithCustomError(
      business,
      "BusinessNothingCounts",
    );
    await expect(registerApplication(system, { account: payee.address }))
      .to.be.revertedWithCustomError(business, "BusinessAccountWithoutCode")
      .withArgs(payee.address);
    await registerApplication(system, { account: accountAddress });
    await expect(registerApplication(system, { account: accountAddress }))
      .to.be.revertedWithCustomError(business, "BusinessAccountTaken")
      .withArgs(accountAddress, 1n);
  });

  it("reverts with AccessManagedUnauthorized when a stranger registers or removes", async () => {
    const system = await setup();
    await registerApplication(system);
    const business = system.business.connect(system.user);
    await expect(registerApplication({ ...system, business })).to.be.revertedWithCustomError(
      business,
      "AccessManagedUnauthorized",
    );
    await expect(business.remove(1n)).to.be.revertedWithCustomError(business, "AccessManagedUnauthorized");
  });

  it("reverts with BusinessApplicationUnknown when what is not registered acts", async () => {
    const system = await setup();
    const { business, clock } = system;
    const attestation = await signAttestation(system, { application: 1n, value: 1n });
    await clock.begin(8);
    for (const act of [
      () => business.remove(1n),
      () => business.meter(1n, "0x"),
      () => business.attest(...attestation),
      () => business.claim(1n, 7n),
    ]) {
      await expect(act()).to.be.revertedWithCustomError(business, "BusinessApplicationUnknown").withArgs(1n);
    }
  });
});

describe("BusinessContributions: measured cost", () => {
  it("[EMI-7] calls the application with the user's address and native coin, and returns its answer", async () => {
    const { business, account, accountAddress, user, ...system } = await setup();
    await registerApplication({ business, ...system }, { account: accountAddress });
    const use = account.interface.encodeFunctionData("use");
    expect(BigInt(await business.connect(user).meter.staticCall(1n, use, { value: 5n }))).to.equal(42n);
    await business.connect(user).meter(1n, use, { value: 5n });
    expect(await account.lastCaller()).to.equal(await business.FORWARDER());
    expect(await account.lastUser()).to.equal(user.address);
    expect(await account.received()).to.equal(5n);
  });

  it("[EMI-7] credits four fifths of the call's gas at the base fee, without the tip", async () => {
    const { business, account, accountAddress, user, networkHelpers, ...system } = await setup();
    await registerApplication({ business, ...system }, { account: accountAddress });
    const churn = account.interface.encodeFunctionData("churn", [0]);
    const costs: bigint[] = [];
    for (const fee of [GWEI, 3n * GWEI, 3n * GWEI]) {
      await networkHelpers.setNextBlockBaseFeePerGas(fee);
      const overrides = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 50n * GWEI };
      const response = await business.connect(user).meter(1n, churn, overrides);
      const total = (await business.contributionOf(1n, 7n)).cost;
      const cost = total - costs.reduce((a, b) => a + b, 0n);
      expect(cost % fee).to.equal(0n);
      expect(cost).to.be.below((await response.wait())!.gasUsed * fee);
      costs.push(cost);
    }
    expect(costs[1]! > 2n * costs[0]!).to.equal(true);
    expect((await business.totalsOf(7n)).cost).to.equal(costs[0]! + costs[1]! + costs[2]!);
  });

  it("credits what a call spends, gas for gas", async () => {
    const { business, account, accountAddress, networkHelpers, ...system } = await setup();
    await registerApplication({ business, ...system }, { account: accountAddress });
    const measure = async (slots: number): Promise<{ credited: bigint; used: bigint }> => {
      const before = (await business.contributionOf(1n, 7n)).cost;
      await networkHelpers.setNextBlockBaseFeePerGas(GWEI);
      const response = await business.meter(1n, account.interface.encodeFunctionData("churn", [slots]));
      const used = (await response.wait())!.gasUsed;
      return { credited: ((await business.contributionOf(1n, 7n)).cost - before) / GWEI, used };
    };
    await measure(0);
    const one = await measure(1);
    const many = await measure(11);
    // Filling and clearing ten more slots: over 10 × 22,100 of gas, of which at most a fifth comes back.
    expect(many.credited - one.credited).to.be.above((10n * 22_100n * 4n) / 5n);
    expect(many.credited).to.be.below(many.used);
  });

  it("reverts with BusinessCallFailed and the reason when the application refuses, and records nothing", async () => {
    const { business, account, accountAddress, ...system } = await setup();
    await registerApplication({ business, ...system }, { account: accountAddress });
    await expect(business.meter(1n, account.interface.encodeFunctionData("refuse", [9])))
      .to.be.revertedWithCustomError(business, "BusinessCallFailed")
      .withArgs(accountAddress, account.interface.encodeErrorResult("OutOfStock", [9]));
    expect((await business.totalsOf(7n)).cost).to.equal(0n);
  });

  it("reverts with BusinessAccountMissing when the application has no contract", async () => {
    const system = await setup();
    await registerApplication(system);
    await expect(system.business.meter(1n, "0x"))
      .to.be.revertedWithCustomError(system.business, "BusinessAccountMissing")
      .withArgs(1n);
  });

  it("reverts with BusinessCostForeign where gas is not paid in CUNP", async () => {
    const system = await setup({ native: false });
    expect(await system.business.NATIVE()).to.equal(false);
    await registerApplication(system, { account: system.accountAddress });
    await expect(system.business.meter(1n, "0x")).to.be.revertedWithCustomError(system.business, "BusinessCostForeign");
  });

  it("reverts with BusinessEpochNotStarted before the first epoch", async () => {
    const system = await setup({ started: false });
    const { business, account } = system;
    await registerApplication(system, { account: system.accountAddress });
    const use = account.interface.encodeFunctionData("use");
    await expect(business.meter(1n, use)).to.be.revertedWithCustomError(business, "BusinessEpochNotStarted");
    await expect(attest(system, 1n, 1n)).to.be.revertedWithCustomError(business, "BusinessEpochNotStarted");
  });
});

describe("BusinessContributions: attested value", () => {
  it("[EMI-7] adds up what the attester signs, whoever brings it", async () => {
    const system = await setup();
    const { business, user } = system;
    await registerApplication(system);
    const first = await signAttestation(system, { application: 1n, value: 30n });
    await expect(business.connect(user).attest(...first))
      .to.emit(business, "ValueRecorded")
      .withArgs(1n, 7n, 30n, 0n);
    await attest(system, 1n, 12n);
    expect((await business.contributionOf(1n, 7n)).value).to.equal(42n);
    expect((await business.totalsOf(7n)).value).to.equal(42n);
    expect(await business.attestationNonce(1n)).to.equal(2n);
  });

  it("accepts a contract as attester (ERC-1271)", async () => {
    const system = await setup();
    const { business, ethers, attester } = system;
    const contract = await ethers.deployContract("ContractAccount", [attester.address]);
    await registerApplication(system, { attester: await contract.getAddress() });
    await attest(system, 1n, 5n);
    expect((await business.contributionOf(1n, 7n)).value).to.equal(5n);
  });

  it("reverts with BusinessEpochNotCurrent for a former and a later epoch", async () => {
    const system = await setup();
    const { business } = system;
    await registerApplication(system);
    for (const epoch of [6n, 8n]) {
      await expect(business.attest(...(await signAttestation(system, { application: 1n, value: 1n, epoch }))))
        .to.be.revertedWithCustomError(business, "BusinessEpochNotCurrent")
        .withArgs(epoch, 7n);
    }
  });

  it("reverts with BusinessValueCapExceeded a wei above the application's value cap", async () => {
    const system = await setup();
    const { business } = system;
    await registerApplication(system, { valueCap: 100n });
    await attest(system, 1n, 60n);
    await expect(attest(system, 1n, 41n))
      .to.be.revertedWithCustomError(business, "BusinessValueCapExceeded")
      .withArgs(1n, 101n, 100n);
    await attest(system, 1n, 40n);
    await system.clock.begin(8);
    await attest(system, 1n, 100n);
  });
});

describe("BusinessContributions: rewards", () => {
  it("[EMI-7] [BUS-1] shares the value part pro rata and rounds down", async () => {
    const system = await setup({ terms: { businessEpochBudget: 1_000n, businessApplicationCapBps: 10_000n } });
    const { business, cunp, clock, payee, user } = system;
    await registerApplication(system);
    await registerApplication(system, { payee: user.address });
    await attest(system, 1n, 1n);
    await attest(system, 2n, 2n);
    await clock.begin(8);
    // Half of 1,000 goes by value: 500 / 3 and 1,000 / 3.
    expect(await business.rewardOf(1n, 7n)).to.equal(166n);
    await expect(business.claim(1n, 7n)).to.emit(business, "RewardClaimed").withArgs(1n, 7n, 166n, 166n);
    await business.connect(user).claim(2n, 7n);
    expect(await cunp.balanceOf(payee.address)).to.equal(166n);
    expect(await cunp.balanceOf(user.address)).to.equal(333n);
  });

  it("[EMI-7] [BUS-1] shares the cost part pro rata when there is more cost than budget", async () => {
    const terms = { businessEpochBudget: 10n ** 9n, businessApplicationCapBps: 10_000n, businessValueWeightBps: 0n };
    const system = await setup({ terms });
    const { business, account, clock, ethers, networkHelpers } = system;
    const second = await ethers.deployContract("ApplicationMock");
    await registerApplication(system, { account: system.accountAddress });
    await registerApplication(system, { account: await second.getAddress() });
    for (const [application, slots] of [
      [1n, 1],
      [2n, 20],
    ] as const) {
      await networkHelpers.setNextBlockBaseFeePerGas(GWEI);
      await business.meter(application, account.interface.encodeFunctionData("churn", [slots]));
    }
    const [one, two, totals] = [
      await business.contributionOf(1n, 7n),
      await business.contributionOf(2n, 7n),
      await business.totalsOf(7n),
    ];
    expect(totals.cost).to.equal(one.cost + two.cost);
    await clock.begin(8);
    expect(await business.rewardOf(1n, 7n)).to.equal((10n ** 9n * one.cost) / totals.cost);
    expect(await business.rewardOf(2n, 7n)).to.equal((10n ** 9n * two.cost) / totals.cost);
  });

  it("[BUS-4] holds the parameters of the epoch's beginning, though governance changed them meanwhile", async () => {
    const system = await setup();
    const { business, clock, parameters, networkHelpers } = system;
    await registerApplication(system);
    const later = (await networkHelpers.time.latest()) + 10;
    await parameters.set(encodeBytes32String("businessEpochBudget"), 1n, later);
    await networkHelpers.time.increase(100);
    await expect(attest(system, 1n, 5n))
      .to.emit(business, "EpochOpened")
      .withArgs(7n, BUDGET, 2_000n, 5_000n);
    await clock.begin(8);
    await attest(system, 1n, 5n);
    expect((await business.totalsOf(7n)).budget).to.equal(BUDGET);
    expect((await business.totalsOf(8n)).budget).to.equal(1n);
    expect(await business.rewardOf(1n, 7n)).to.equal(BUDGET / 5n);
  });

  it("pays nothing, and does not fail, where nothing was recorded", async () => {
    const system = await setup();
    const { business, emission } = system;
    await registerApplication(system);
    await expect(business.claim(1n, 6n)).to.emit(business, "RewardClaimed").withArgs(1n, 6n, 0n, 0n);
    expect((await business.totalsOf(6n)).budget).to.equal(0n);
    expect(await emission.generatedOf(1n)).to.equal(parseEther("10000000"));
  });

  it("[BUS-3] what nobody claims is never generated", async () => {
    const system = await setup();
    const { business, emission, clock } = system;
    await registerApplication(system);
    await registerApplication(system);
    await attest(system, 1n, 5n);
    await attest(system, 2n, 5n);
    await clock.begin(8);
    await business.claim(1n, 7n);
    expect(await emission.generatedOf(1n)).to.equal(parseEther("10000000") + BUDGET / 5n);
  });

  it("[EMC-3] pays what is left when the business bucket runs dry, and marks the claim as paid", async () => {
    const system = await setup();
    const { business, emission, asBusiness, clock } = system;
    await registerApplication(system);
    await attest(system, 1n, 5n);
    await clock.begin(8);
    await asBusiness.emitBusinessReward(system.stranger.address, (await emission.remainingOf(1n)) - 3n);
    await expect(business.claim(1n, 7n))
      .to.emit(business, "RewardClaimed")
      .withArgs(1n, 7n, BUDGET / 5n, 3n);
    expect(await emission.generatedOf(1n)).to.equal(CAPS[1]);
    expect((await business.contributionOf(1n, 7n)).claimed).to.equal(true);
  });
});
