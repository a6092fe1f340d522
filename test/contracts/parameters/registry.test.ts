/**
 * ParameterRegistry: changes, history, bounds and orders, and values that would stop the network.
 */
import { expect } from "chai";
import { encodeBytes32String, ZeroHash } from "ethers";
import { parameterValues } from "../../../deploy/config/parameters.ts";
import { definitions, initialValues, orderRules, parameterKey } from "../../../deploy/lib/parameter-table.ts";
import { deployParameters } from "../../helpers/council.ts";
import { connect, deployManager } from "../../helpers/finality.ts";

const DELAY = 172_800;
const DAY = 86_400n;
const EPOCH = parameterKey("epochSeconds");
const UNBONDING = parameterKey("unbondingSeconds");
const EVIDENCE = parameterKey("evidenceWindowSeconds");
const THRESHOLD = parameterKey("approvalThresholdBps");
const UNKNOWN = encodeBytes32String("unknown");
const NEVER = 2n ** 48n - 1n;

async function setup() {
  const connection = await connect();
  const registry = await deployParameters(connection, await deployManager(connection));
  const { time } = connection.networkHelpers;
  /** Lets the whole delay pass. */
  const settle = () => time.increase(DELAY);
  return { ...connection, registry, time, settle };
}

describe("ParameterRegistry: changes", () => {
  it("[GOV-1] [PAR-1] a change waits for the delay, then holds by itself, to the second", async () => {
    const { registry, time } = await setup();
    const at = (await time.latest()) + 10;
    await time.setNextBlockTimestamp(at);
    await expect(registry.propose(EPOCH, 3_600n))
      .to.emit(registry, "ParameterProposed")
      .withArgs(EPOCH, DAY, 3_600n, at + DELAY);
    expect(await registry.pendingOf(EPOCH)).to.deep.equal([3_600n, BigInt(at + DELAY)]);
    await time.increaseTo(at + DELAY - 1);
    expect(await registry.getFunction("valueOf")(EPOCH)).to.equal(DAY);
    await time.increaseTo(at + DELAY);
    expect(await registry.getFunction("valueOf")(EPOCH)).to.equal(3_600n);
    expect(await registry.pendingOf(EPOCH)).to.deep.equal([0n, 0n]);
    expect(await registry.valuesOf([EPOCH, UNBONDING])).to.deep.equal([3_600n, 21n * DAY]);
  });

  it("[PAR-1] a second proposal replaces what is pending, and waits anew", async () => {
    const { registry, time, settle } = await setup();
    await registry.propose(EPOCH, 3_600n);
    await time.increase(DELAY - 10);
    await registry.propose(EPOCH, 7_200n);
    await time.increase(20);
    expect(await registry.getFunction("valueOf")(EPOCH)).to.equal(DAY);
    expect(await registry.historyLength(EPOCH)).to.equal(2n);
    await settle();
    expect(await registry.getFunction("valueOf")(EPOCH)).to.equal(7_200n);
  });

  it("[PAR-1] withdraws what is pending, and reverts with ParameterNothingPending when nothing is", async () => {
    const { registry, settle } = await setup();
    await expect(registry.withdraw(EPOCH))
      .to.be.revertedWithCustomError(registry, "ParameterNothingPending")
      .withArgs(EPOCH);
    await registry.propose(EPOCH, 3_600n);
    const [, effectiveAt] = await registry.pendingOf(EPOCH);
    await expect(registry.withdraw(EPOCH)).to.emit(registry, "ParameterWithdrawn").withArgs(EPOCH, 3_600n, effectiveAt);
    await settle();
    expect(await registry.getFunction("valueOf")(EPOCH)).to.equal(DAY);
    await registry.propose(EPOCH, 3_600n);
    await settle();
    await expect(registry.withdraw(EPOCH)).to.be.revertedWithCustomError(registry, "ParameterNothingPending");
    expect(await registry.getFunction("valueOf")(EPOCH)).to.equal(3_600n);
  });

  it("[PAR-1] the delay is the one that holds at the proposal, also for changes of itself", async () => {
    const { registry, time, settle } = await setup();
    await registry.propose(parameterKey("parameterDelaySeconds"), 3_600n);
    await registry.propose(EPOCH, 3_600n);
    const [, effectiveAt] = await registry.pendingOf(EPOCH);
    expect(effectiveAt).to.equal(BigInt((await time.latest()) + DELAY));
    await settle();
    await registry.propose(UNBONDING, 30n * DAY);
    expect((await registry.pendingOf(UNBONDING))[1]).to.equal(BigInt((await time.latest()) + 3_600));
  });

  it("[PAR-2] answers for any time, and until when the answer holds", async () => {
    const { registry, time, settle } = await setup();
    expect(await registry.valuesAt([EPOCH, UNBONDING], 0)).to.deep.equal([[DAY, 21n * DAY], NEVER]);
    await registry.propose(EPOCH, 3_600n);
    const first = BigInt((await time.latest()) + DELAY);
    await time.increase(100);
    await registry.propose(UNBONDING, 30n * DAY);
    const second = BigInt((await time.latest()) + DELAY);
    const both = [EPOCH, UNBONDING];
    expect(await registry.valuesAt(both, first - 1n)).to.deep.equal([[DAY, 21n * DAY], first]);
    expect(await registry.valuesAt(both, first)).to.deep.equal([[3_600n, 21n * DAY], second]);
    expect(await registry.valuesAt(both, second)).to.deep.equal([[3_600n, 30n * DAY], NEVER]);
    expect(await registry.valuesAt([], first)).to.deep.equal([[], NEVER]);
    await settle();
    for (const value of [10n, 20n, 30n, 40n]) {
      await registry.propose(EPOCH, value);
      await settle();
    }
    expect(await registry.historyLength(EPOCH)).to.equal(6n);
    for (let index = 1; index < 6; index++) {
      const [value, since] = await registry.historyAt(EPOCH, index);
      expect((await registry.valuesAt([EPOCH], since))[0]).to.deep.equal([value]);
      expect((await registry.valuesAt([EPOCH], since - 1n))[0]).to.deep.equal([
        (await registry.historyAt(EPOCH, index - 1))[0],
      ]);
    }
    await expect(registry.historyAt(EPOCH, 6))
      .to.be.revertedWithCustomError(registry, "ParameterHistoryShort")
      .withArgs(EPOCH, 6n, 6n);
  });

  it("reverts with ParameterUnknown for a name that nobody defined", async () => {
    const { registry } = await setup();
    const asking = [
      () => registry.propose(UNKNOWN, 1n),
      () => registry.withdraw(UNKNOWN),
      () => registry.getFunction("valueOf")(UNKNOWN),
      () => registry.valuesOf([EPOCH, UNKNOWN]),
      () => registry.valuesAt([EPOCH, UNKNOWN], 1),
      () => registry.pendingOf(UNKNOWN),
      () => registry.historyLength(UNKNOWN),
      () => registry.historyAt(UNKNOWN, 0),
      () => registry.definitionOf(UNKNOWN),
    ];
    for (const call of asking) {
      await expect(call()).to.be.revertedWithCustomError(registry, "ParameterUnknown").withArgs(UNKNOWN);
    }
  });

  it("reverts with ParameterUnchanged when the value holds already, whatever is pending", async () => {
    const { registry } = await setup();
    await expect(registry.propose(EPOCH, DAY))
      .to.be.revertedWithCustomError(registry, "ParameterUnchanged")
      .withArgs(EPOCH, DAY);
    await registry.propose(EPOCH, 3_600n);
    await expect(registry.propose(EPOCH, DAY)).to.be.revertedWithCustomError(registry, "ParameterUnchanged");
  });
});

describe("ParameterRegistry: attacks", () => {
  it("[PAR-4] reverts with AccessManagedUnauthorized when a stranger proposes, withdraws or upgrades", async () => {
    const { registry, ethers } = await setup();
    const stranger = registry.connect((await ethers.getSigners())[4]!);
    const code = await registry.implementation();
    const attempts = [
      () => stranger.propose(EPOCH, 3_600n),
      () => stranger.withdraw(EPOCH),
      () => stranger.upgradeToAndCall(code, "0x"),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).to.be.revertedWithCustomError(registry, "AccessManagedUnauthorized");
    }
    await registry.upgradeToAndCall(code, "0x");
  });

  it("[PAR-3] reverts with ParameterOutOfBounds for values that would stop the network", async () => {
    const { registry } = await setup();
    for (const { name, text, minimum, maximum } of definitions()) {
      if (text === "approvalThresholdBps") continue;
      for (const value of [minimum - 1n, maximum + 1n, 2n ** 128n + minimum, 2n ** 256n - 1n]) {
        if (value < 0n) continue;
        await expect(registry.propose(name, value), `${text} = ${value}`)
          .to.be.revertedWithCustomError(registry, "ParameterOutOfBounds")
          .withArgs(name, value, minimum, maximum);
      }
    }
  });

  it("[PAR-3] reverts with ParameterOrderBroken when stake could leave before the evidence against it comes", async () => {
    const { registry } = await setup();
    await expect(registry.propose(UNBONDING, 14n * DAY))
      .to.be.revertedWithCustomError(registry, "ParameterOrderBroken")
      .withArgs(EVIDENCE, 14n * DAY, UNBONDING, 14n * DAY);
    await expect(registry.propose(EVIDENCE, 21n * DAY))
      .to.be.revertedWithCustomError(registry, "ParameterOrderBroken")
      .withArgs(EVIDENCE, 21n * DAY, UNBONDING, 21n * DAY);
    await registry.propose(UNBONDING, 14n * DAY + 1n);
  });

  it("[PAR-3] reverts with ParameterOrderBroken when two changes, each harmless alone, would break an order together", async () => {
    const { registry, settle } = await setup();
    await registry.propose(UNBONDING, 15n * DAY);
    await expect(registry.propose(EVIDENCE, 20n * DAY))
      .to.be.revertedWithCustomError(registry, "ParameterOrderBroken")
      .withArgs(EVIDENCE, 20n * DAY, UNBONDING, 15n * DAY);
    await registry.withdraw(UNBONDING);
    await registry.propose(EVIDENCE, 20n * DAY);
    await expect(registry.propose(UNBONDING, 15n * DAY)).to.be.revertedWithCustomError(
      registry,
      "ParameterOrderBroken",
    );
    await settle();
    await expect(registry.propose(UNBONDING, 15n * DAY)).to.be.revertedWithCustomError(
      registry,
      "ParameterOrderBroken",
    );
  });

  it("[PAR-3] a pending change that would allow another one cannot be withdrawn from under it", async () => {
    const { registry, settle } = await setup();
    await registry.propose(UNBONDING, 60n * DAY);
    await expect(registry.propose(EVIDENCE, 30n * DAY))
      .to.be.revertedWithCustomError(registry, "ParameterOrderBroken")
      .withArgs(EVIDENCE, 30n * DAY, UNBONDING, 21n * DAY);
    await settle();
    await registry.propose(EVIDENCE, 30n * DAY);
  });

  it("[PAR-3] no new set could be too small for ever: minimumValidators stays within the seats", async () => {
    const { registry } = await setup();
    await expect(registry.propose(parameterKey("authoritySeats"), 3n))
      .to.be.revertedWithCustomError(registry, "ParameterOrderBroken")
      .withArgs(parameterKey("minimumValidators"), 4n, parameterKey("authoritySeats"), 3n);
    await registry.propose(parameterKey("authoritySeats"), 4n);
    await expect(registry.propose(parameterKey("minimumValidators"), 5n)).to.be.revertedWithCustomError(
      registry,
      "ParameterOrderBroken",
    );
  });

  it("[PAR-4] reverts with ParameterUnanimityMissing when an account that is no council changes the threshold", async () => {
    const { registry } = await setup();
    for (const attempt of [() => registry.propose(THRESHOLD, 8_000n), () => registry.withdraw(THRESHOLD)]) {
      await expect(attempt()).to.be.revertedWithCustomError(registry, "ParameterUnanimityMissing").withArgs(THRESHOLD);
    }
  });
});

describe("ParameterRegistry: the first values", () => {
  const rows = definitions();
  const values = initialValues(parameterValues());
  const epoch = rows[0]!;

  async function expectRefusal(error: string, table: typeof rows, given: readonly bigint[], rules = orderRules()) {
    const connection = await connect();
    const code = await connection.ethers.deployContract("ParameterRegistry");
    const manager = await deployManager(connection);
    const firstCall = code.interface.encodeFunctionData("initialize", [manager, table, [...given], rules]);
    const proxy = await connection.ethers.getContractFactory("ERC1967Proxy");
    await expect(proxy.deploy(await code.getAddress(), firstCall)).to.be.revertedWithCustomError(code, error);
  }

  it("reverts with ParameterValuesMissing, ParameterNameEmpty, ParameterDefinedAlready or ParameterBoundsReversed for a bad table", async () => {
    await expectRefusal("ParameterValuesMissing", rows, values.slice(1));
    await expectRefusal("ParameterNameEmpty", [{ ...epoch, name: ZeroHash }], [10n], []);
    await expectRefusal("ParameterDefinedAlready", [epoch, epoch], [10n, 10n], []);
    await expectRefusal("ParameterBoundsReversed", [{ ...epoch, minimum: epoch.maximum + 1n }], [10n], []);
  });

  it("[PAR-3] reverts with ParameterOutOfBounds, ParameterOrderBroken or ParameterUnknown for values the table forbids", async () => {
    await expectRefusal("ParameterOutOfBounds", [epoch], [9n], []);
    const broken = values.map((value, index) => (rows[index]!.text === "unbondingSeconds" ? 14n * DAY : value));
    await expectRefusal("ParameterOrderBroken", rows, broken);
    await expectRefusal("ParameterUnknown", [epoch], [10n], [{ lower: epoch.name, higher: UNKNOWN, gap: 0n }]);
  });

  it("is set up once, and the code behind the proxy never", async () => {
    const { registry, ethers } = await setup();
    for (const account of [await registry.getAddress(), await registry.implementation()]) {
      const target = await ethers.getContractAt("ParameterRegistry", account);
      await expect(target.initialize(account, [], [], [])).to.be.revertedWithCustomError(
        target,
        "InvalidInitialization",
      );
    }
  });
});
