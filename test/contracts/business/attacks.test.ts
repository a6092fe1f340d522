/**
 * BusinessContributions: what applications, attesters and users try in order to earn more than they contributed.
 */
import { expect } from "chai";
import { parseEther, ZeroAddress } from "ethers";
import {
  attest,
  BUDGET,
  type BusinessOptions,
  type BusinessSystem,
  deployBusiness,
  registerApplication,
  signAttestation,
  type Terms,
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
type Setup = Awaited<ReturnType<typeof setup>>;

/** A budget that no usage exhausts, all of it for cost, without a cap for each application. */
const GENEROUS: Terms = {
  businessEpochBudget: parseEther("1000000"),
  businessApplicationCapBps: 10_000n,
  businessValueWeightBps: 0n,
};

/** Calls its own application again and again; returns what that burnt, in wei. */
async function washUsage({ business, account, user, networkHelpers }: Setup, calls: readonly number[]) {
  let burnt = 0n;
  for (const slots of calls) {
    await networkHelpers.setNextBlockBaseFeePerGas(100n * GWEI);
    const data = account.interface.encodeFunctionData("churn", [slots]);
    const receipt = await (await business.connect(user).meter(1n, data)).wait();
    burnt += receipt!.gasUsed * 100n * GWEI;
  }
  return burnt;
}

describe("BusinessContributions: wash usage", () => {
  it("[EMI-7] [BUS-2] wash usage of one's own application earns less than it burns, however large the budget", async () => {
    const system = await setup({ terms: GENEROUS });
    await registerApplication(system, { account: system.accountAddress, payee: system.user.address });
    const burnt = await washUsage(system, [0, 1, 5]);
    await system.clock.begin(8);
    await system.business.claim(1n, 7n);
    const earned = await system.cunp.balanceOf(system.user.address);
    expect(earned).to.be.above(0n);
    expect(earned).to.be.below(burnt);
  });

  it("[BUS-2] filling and clearing storage for the gas that comes back earns less than it burns", async () => {
    const system = await setup({ terms: GENEROUS });
    await registerApplication(system, { account: system.accountAddress, payee: system.user.address });
    const burnt = await washUsage(system, [300]);
    await system.clock.begin(8);
    const reward = await system.business.rewardOf(1n, 7n);
    expect(reward).to.be.below(burnt);
    // The refund is at its limit here: without the four fifths this would have paid.
    expect((reward * 5n) / 4n).to.be.above(burnt);
  });

  it("[BUS-2] metered calls inside metered calls do not count the same gas twice: ReentrancyGuardReentrantCall", async () => {
    const system = await setup();
    const { business, account } = system;
    await registerApplication(system, { account: system.accountAddress });
    const inner = business.interface.encodeFunctionData("meter", [1n, account.interface.encodeFunctionData("use")]);
    const outer = account.interface.encodeFunctionData("callBack", [await business.getAddress(), inner]);
    const reason = business.interface.encodeErrorResult("ReentrancyGuardReentrantCall", []);
    await expect(business.meter(1n, outer))
      .to.be.revertedWithCustomError(business, "BusinessCallFailed")
      .withArgs(system.accountAddress, reason);
  });

  it("[BUS-1] one application over its cap gets the cap, and the rest is not given to others", async () => {
    const system = await setup();
    const { business, clock } = system;
    await registerApplication(system);
    await registerApplication(system);
    await attest(system, 1n, 999n);
    await attest(system, 2n, 1n);
    await clock.begin(8);
    expect(await business.rewardOf(1n, 7n)).to.equal(BUDGET / 5n);
    expect(await business.rewardOf(2n, 7n)).to.equal(BUDGET / 2n / 1_000n);
  });
});

describe("BusinessContributions: borrowed power", () => {
  it("[CUNP-6] an application that is the EmissionController, the token, the manager or this contract gives no power", async () => {
    const system = await setup();
    const { business, emission, cunp, manager, user } = system;
    const [emissionAddress, cunpAddress, managerAddress] = await Promise.all([
      emission.getAddress(),
      cunp.getAddress(),
      manager.getAddress(),
    ]);
    const emitReward = emission.interface.encodeFunctionData("emitBusinessReward", [user.address, 1n]);
    const terms = { payee: user.address, attester: user.address, account: ZeroAddress, valueCap: 1n };
    const attempts = [
      [emissionAddress, emitReward],
      [cunpAddress, cunp.interface.encodeFunctionData("mint", [user.address, 1n])],
      [managerAddress, manager.interface.encodeFunctionData("execute", [emissionAddress, emitReward])],
      [await business.getAddress(), business.interface.encodeFunctionData("register", [terms])],
    ] as const;
    for (const [account, data] of attempts) {
      const application = await registerApplication(system, { account });
      await expect(business.connect(user).meter(application, data)).to.be.revertedWithCustomError(
        business,
        "BusinessCallFailed",
      );
    }
    expect(await cunp.balanceOf(user.address)).to.equal(0n);
  });

  it("a stranger at the forwarder is refused with ForwarderCallerUnexpected: no application is deceived about its user", async () => {
    const { business, account, accountAddress, ethers, stranger } = await setup();
    const forwarder = await ethers.getContractAt("CallForwarder", await business.FORWARDER());
    const forged = account.interface.encodeFunctionData("use") + "aa".repeat(20);
    await expect(forwarder.connect(stranger).forward(accountAddress, forged))
      .to.be.revertedWithCustomError(forwarder, "ForwarderCallerUnexpected")
      .withArgs(stranger.address, await business.getAddress());
  });

  it("an application that is the forwarder itself cannot call on", async () => {
    const system = await setup();
    const { business, account, accountAddress, ethers } = system;
    const forwarder = await ethers.getContractAt("CallForwarder", await business.FORWARDER());
    await registerApplication(system, { account: await forwarder.getAddress() });
    const use = account.interface.encodeFunctionData("use");
    const data = forwarder.interface.encodeFunctionData("forward", [accountAddress, use]);
    await expect(business.meter(1n, data)).to.be.revertedWithCustomError(business, "BusinessCallFailed");
  });
});

describe("BusinessContributions: attestations", () => {
  it("[BUS-5] replaying an attestation is refused: BusinessNonceUnexpected", async () => {
    const system = await setup();
    const { business } = system;
    await registerApplication(system);
    const attestation = await signAttestation(system, { application: 1n, value: 5n });
    await business.attest(...attestation);
    await expect(business.attest(...attestation))
      .to.be.revertedWithCustomError(business, "BusinessNonceUnexpected")
      .withArgs(1n, 0n, 1n);
    expect((await business.totalsOf(7n)).value).to.equal(5n);
  });

  it("[BUS-5] an attestation of another chain, contract, application, value or account is refused: BusinessAttestationInvalid", async () => {
    const system = await setup();
    const { business, attester, stranger } = system;
    await registerApplication(system);
    await registerApplication(system);
    const foreign = [
      await signAttestation(system, { application: 1n, value: 5n, chainId: 1n }),
      await signAttestation(system, { application: 1n, value: 5n, contract: await system.cunp.getAddress() }),
      await signAttestation(system, { application: 1n, value: 5n, by: stranger }),
    ];
    const own = await signAttestation(system, { application: 1n, value: 5n });
    const changed = [
      [2n, own[1], own[2], own[3], own[4]],
      [1n, own[1], 6n, own[3], own[4]],
      [1n, own[1], own[2], own[3], "0x"],
    ] as const;
    for (const attestation of [...foreign, ...changed]) {
      await expect(business.attest(...attestation))
        .to.be.revertedWithCustomError(business, "BusinessAttestationInvalid")
        .withArgs(attestation[0], attester.address);
    }
    expect((await business.totalsOf(7n)).value).to.equal(0n);
  });

  it("[BUS-5] an attestation of a former epoch is refused in the next one", async () => {
    const system = await setup();
    await registerApplication(system);
    const late = await signAttestation(system, { application: 1n, value: 5n });
    await system.clock.begin(8);
    await expect(system.business.attest(...late)).to.be.revertedWithCustomError(
      system.business,
      "BusinessEpochNotCurrent",
    );
    // With the epoch exchanged it is not what was signed.
    await expect(system.business.attest(late[0], 8n, late[2], late[3], late[4])).to.be.revertedWithCustomError(
      system.business,
      "BusinessAttestationInvalid",
    );
  });

  it("[BUS-5] nobody signs for an application without an attester, not even the zero address", async () => {
    const system = await setup();
    const { business } = system;
    await registerApplication(system, { attester: ZeroAddress, account: system.accountAddress });
    const own = await signAttestation(system, { application: 1n, value: 5n });
    const invalid = `0x${"00".repeat(64)}1b`;
    for (const signature of [own[4], invalid, "0x"]) {
      await expect(business.attest(own[0], own[1], own[2], own[3], signature))
        .to.be.revertedWithCustomError(business, "BusinessAttestationInvalid")
        .withArgs(1n, ZeroAddress);
    }
  });
});

describe("BusinessContributions: claims", () => {
  it("[BUS-3] claiming twice, early or for the future pays nothing: BusinessClaimedAlready, BusinessEpochRunning", async () => {
    const system = await setup();
    const { business, cunp, clock, payee } = system;
    await registerApplication(system);
    await attest(system, 1n, 5n);
    for (const epoch of [7n, 8n]) {
      await expect(business.claim(1n, epoch))
        .to.be.revertedWithCustomError(business, "BusinessEpochRunning")
        .withArgs(epoch, 7n);
    }
    await clock.begin(8);
    await business.claim(1n, 7n);
    await expect(business.claim(1n, 7n))
      .to.be.revertedWithCustomError(business, "BusinessClaimedAlready")
      .withArgs(1n, 7n);
    expect(await cunp.balanceOf(payee.address)).to.equal(BUDGET / 5n);
  });

  it("[BUS-1] ending the epoch and claiming it inside a metered call does not move cost into the claimed epoch", async () => {
    const system = await setup({ terms: GENEROUS });
    const { business, account, clock } = system;
    await registerApplication(system, { account: system.accountAddress });
    await business.meter(1n, account.interface.encodeFunctionData("use"));
    const before = (await business.totalsOf(7n)).cost;
    const claim = business.interface.encodeFunctionData("claim", [1n, 7n]);
    const target = await business.getAddress();
    await business.meter(
      1n,
      account.interface.encodeFunctionData("endEpoch", [await clock.getAddress(), 8n, target, claim]),
    );
    expect((await business.contributionOf(1n, 7n)).claimed).to.equal(true);
    expect((await business.totalsOf(7n)).cost).to.equal(before);
    expect((await business.totalsOf(8n)).cost).to.be.above(0n);
  });

  it("a removed application forfeits what it has not claimed, also when it is removed inside its own metered call", async () => {
    const system = await setup();
    const { business, account, manager, emission } = system;
    await manager.grantRole(16n, system.accountAddress, 0);
    await registerApplication(system, { account: system.accountAddress });
    await attest(system, 1n, 5n);
    const remove = business.interface.encodeFunctionData("remove", [1n]);
    const data = account.interface.encodeFunctionData("callBack", [await business.getAddress(), remove]);
    await expect(business.meter(1n, data)).to.be.revertedWithCustomError(business, "BusinessApplicationUnknown");
    await business.remove(1n);
    await system.clock.begin(8);
    await expect(business.claim(1n, 7n)).to.be.revertedWithCustomError(business, "BusinessApplicationUnknown");
    expect(await emission.generatedOf(1n)).to.equal(parseEther("10000000"));
  });

  it("a hostile payee that refuses every call is paid all the same and stops nobody", async () => {
    const system = await setup();
    const { business, cunp, ethers, payee } = system;
    const hostile = await (await ethers.deployContract("RefusingReceiver")).getAddress();
    await registerApplication(system, { payee: hostile });
    await registerApplication(system);
    await attest(system, 1n, 1n);
    await attest(system, 2n, 1n);
    await system.clock.begin(8);
    await business.connect(system.stranger).claim(1n, 7n);
    await business.connect(system.stranger).claim(2n, 7n);
    expect(await cunp.balanceOf(hostile)).to.equal(BUDGET / 5n);
    expect(await cunp.balanceOf(payee.address)).to.equal(BUDGET / 5n);
  });

  it("[EMI-1] [EMC-2] claims of any size end at the business bucket's cap", async () => {
    const system = await setup({ terms: { businessEpochBudget: parseEther("1000000000"), ...NO_CAP } });
    await registerApplication(system);
    for (let epoch = 7n; epoch < 10n; epoch++) {
      await attest(system as BusinessSystem, 1n, 1n);
      await system.clock.begin(epoch + 1n);
      await system.business.claim(1n, epoch);
    }
    expect(await system.emission.generatedOf(1n)).to.equal(CAPS[1]);
  });
});

const NO_CAP: Terms = { businessApplicationCapBps: 10_000n, businessValueWeightBps: 10_000n };
