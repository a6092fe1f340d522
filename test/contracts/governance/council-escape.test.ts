/**
 * ValidatorCouncil: the escape for dead keys, calls that try to come back in, and calls of the council to itself.
 */
import { expect } from "chai";
import { parameterKey } from "../../../deploy/lib/parameter-table.ts";
import { range } from "../../helpers/bls.ts";
import {
  aggregate,
  bits,
  type CouncilSystem,
  deployCouncil,
  execute,
  operatorSignatures,
  operatorWallet,
  schedule,
} from "../../helpers/council.ts";
import { connect } from "../../helpers/finality.ts";
import { State } from "../../helpers/registry.ts";
import { type Call, callOf, DEADLINE } from "../../helpers/system.ts";

const ESCAPE_DELAY = 30 * 86_400;
const WEEK = 604_800;

const setup = async (size = 7) => deployCouncil(await connect(), size);

/** The council calling itself. */
const cancelCall = async ({ council }: CouncilSystem, approval: string): Promise<Call> =>
  callOf(await council.getAddress(), council.interface.encodeFunctionData("cancel", [approval]));

describe("ValidatorCouncil: the escape", () => {
  it("[GOV-2] [COU-6] carries out what more than two thirds scheduled, after the delay, whoever brings it", async () => {
    const system = await setup();
    const { council, add, target, ethers, networkHelpers } = system;
    const calls = [add(5n)];
    const approval = await council.escapeHash(calls, 0n, DEADLINE);
    const scheduledAt = (await networkHelpers.time.latest()) + 10;
    await networkHelpers.time.setNextBlockTimestamp(scheduledAt);
    await expect(schedule(system, calls, { absent: [0, 4] }))
      .to.emit(council, "EscapeScheduled")
      .withArgs(0n, approval, scheduledAt + ESCAPE_DELAY, DEADLINE, (given: unknown[][]) => {
        expect(given.map(([account, value, data]) => [account, value, data])).to.deep.equal(
          calls.map(({ target: account, value, data }) => [account, value, data]),
        );
        return true;
      });
    expect(await council.nonce()).to.equal(1n);
    expect(await council.executableAt(approval)).to.equal(BigInt(scheduledAt + ESCAPE_DELAY));
    await networkHelpers.time.increaseTo(scheduledAt + ESCAPE_DELAY);
    const stranger = (await ethers.getSigners())[9]!;
    await expect(council.connect(stranger).executeScheduled(calls, 0n, DEADLINE))
      .to.emit(council, "BatchExecuted")
      .withArgs(0n, approval, 1n);
    expect(await target.total()).to.equal(5n);
    expect(await target.wasUnanimous()).to.equal(false);
    await expect(council.executeScheduled(calls, 0n, DEADLINE))
      .to.be.revertedWithCustomError(council, "CouncilEscapeUnknown")
      .withArgs(approval);
  });

  it("[COU-6] reverts with CouncilEscapeEarly a second before the delay is over, and CouncilEscapeLapsed a week after", async () => {
    const system = await setup();
    const { council, add, networkHelpers } = system;
    const { time } = networkHelpers;
    const calls = [add(1n)];
    await schedule(system, calls);
    const ready = (await time.latest()) + ESCAPE_DELAY;
    const approval = await council.escapeHash(calls, 0n, DEADLINE);
    await time.setNextBlockTimestamp(ready - 1);
    await expect(council.executeScheduled(calls, 0n, DEADLINE))
      .to.be.revertedWithCustomError(council, "CouncilEscapeEarly")
      .withArgs(approval, ready, ready - 1);
    await time.setNextBlockTimestamp(ready + WEEK);
    await expect(council.executeScheduled(calls, 0n, DEADLINE))
      .to.be.revertedWithCustomError(council, "CouncilEscapeLapsed")
      .withArgs(approval, ready + WEEK, ready + WEEK);
  });

  it("[COU-6] may be carried out in the last second of its week", async () => {
    const system = await setup();
    const { council, add, networkHelpers, target } = system;
    await schedule(system, [add(1n)]);
    await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + ESCAPE_DELAY + WEEK - 1);
    await council.executeScheduled([add(1n)], 0n, DEADLINE);
    expect(await target.total()).to.equal(1n);
  });

  it("[COU-6] reverts with CouncilEscapeMinority when exactly two thirds schedule, and jailed ones do not fill up", async () => {
    const system = await setup(6);
    const { council, add, states } = system;
    await expect(schedule(system, [add(1n)], { absent: [4, 5] }))
      .to.be.revertedWithCustomError(council, "CouncilEscapeMinority")
      .withArgs(4n, 6n);
    await schedule(system, [add(1n)], { absent: [5] });
    for (const index of [0, 1, 2]) await states.setState(operatorWallet(index).address, State.jailed);
    await expect(schedule(system, [add(1n)], { absent: [5] }))
      .to.be.revertedWithCustomError(council, "CouncilEscapeMinority")
      .withArgs(2n, 3n);
    await schedule(system, [add(1n)], { absent: [0, 1] });
  });

  it("[COU-6] [COU-1] refuses another batch, number or deadline than was scheduled, and a signature used twice", async () => {
    const system = await setup(4);
    const { council, verifier, add, networkHelpers } = system;
    const signature = await aggregate(system, "escapeHash", [add(1n)]);
    await council.schedule([add(1n)], DEADLINE, 0, signature);
    await expect(council.schedule([add(1n)], DEADLINE, 0, signature)).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
    await networkHelpers.time.increase(ESCAPE_DELAY);
    const attempts = [
      () => council.executeScheduled([add(2n)], 0n, DEADLINE),
      () => council.executeScheduled([add(1n)], 1n, DEADLINE),
      () => council.executeScheduled([add(1n)], 0n, DEADLINE - 1),
      () => council.executeScheduled([add(1n), add(1n)], 0n, DEADLINE),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).to.be.revertedWithCustomError(council, "CouncilEscapeUnknown");
    }
    await expect(schedule(system, [])).to.be.revertedWithCustomError(council, "CouncilBatchEmpty");
    await expect(schedule(system, [add(1n)], { deadline: 1 })).to.be.revertedWithCustomError(
      council,
      "CouncilApprovalExpired",
    );
  });

  it("[COU-6] is cancelled by the council as a whole, and by nobody else", async () => {
    const system = await setup(4);
    const { council, add, ethers, networkHelpers } = system;
    await schedule(system, [add(1n)], { absent: [3] });
    const approval = await council.escapeHash([add(1n)], 0n, DEADLINE);
    const [stranger] = await ethers.getSigners();
    await expect(council.cancel(approval))
      .to.be.revertedWithCustomError(council, "CouncilNotItself")
      .withArgs(stranger!.address);
    const call = await cancelCall(system, approval);
    await expect(execute(system, [call], { absent: [3] })).to.be.revertedWithCustomError(
      council,
      "CouncilThresholdMissed",
    );
    await expect(execute(system, [call]))
      .to.emit(council, "EscapeCancelled")
      .withArgs(approval);
    await networkHelpers.time.increase(ESCAPE_DELAY);
    await expect(council.executeScheduled([add(1n)], 0n, DEADLINE)).to.be.revertedWithCustomError(
      council,
      "CouncilEscapeUnknown",
    );
    await expect(execute(system, [call])).to.be.revertedWithCustomError(council, "CouncilCallFailed");
  });

  it("[COU-4] never changes a unanimous parameter, though everybody scheduled it", async () => {
    const system = await setup(4);
    const { council, change, parameters, networkHelpers } = system;
    const calls = [await change("approvalThresholdBps", 6_667n)];
    await schedule(system, calls);
    await networkHelpers.time.increase(ESCAPE_DELAY);
    const reason = parameters.interface.encodeErrorResult("ParameterUnanimityMissing", [
      parameterKey("approvalThresholdBps"),
    ]);
    await expect(council.executeScheduled(calls, 0n, DEADLINE))
      .to.be.revertedWithCustomError(council, "CouncilCallFailed")
      .withArgs(0n, await parameters.getAddress(), reason);
    const harmless = [await change("epochSeconds", 3_600n)];
    await schedule(system, harmless, { absent: [2] });
    await networkHelpers.time.increase(ESCAPE_DELAY);
    await council.executeScheduled(harmless, 1n, DEADLINE);
    expect((await parameters.pendingOf(parameterKey("epochSeconds")))[0]).to.equal(3_600n);
  });

  it("[COU-6] a batch that fails stays scheduled until its week is over", async () => {
    const system = await setup(4);
    const { council, target, networkHelpers } = system;
    const failing = callOf(await target.getAddress(), target.interface.encodeFunctionData("refuse", [1n]));
    await schedule(system, [failing]);
    await networkHelpers.time.increase(ESCAPE_DELAY);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(council.executeScheduled([failing], 0n, DEADLINE)).to.be.revertedWithCustomError(
        council,
        "CouncilCallFailed",
      );
    }
  });
});

describe("ValidatorCouncil: from inside its own batch", () => {
  /** Every way back in, with an approval that would be good by itself. */
  async function waysIn(system: CouncilSystem): Promise<string[]> {
    const { council, add } = system;
    const next = [add(100n)];
    const signature = await aggregate(system, "approvalHash", next, { nonce: 2n });
    const escaping = await aggregate(system, "escapeHash", next, { nonce: 2n });
    const signatures = await operatorSignatures(system, next, { nonce: 2n });
    return [
      council.interface.encodeFunctionData("execute", [next, DEADLINE, 0n, signature]),
      council.interface.encodeFunctionData("executeBySignatures", [next, DEADLINE, signatures]),
      council.interface.encodeFunctionData("schedule", [next, DEADLINE, 0n, escaping]),
      council.interface.encodeFunctionData("executeScheduled", [[add(50n)], 0n, DEADLINE]),
    ];
  }

  /** Batch 0 is an escape that is ready, so the batch under test is number 1 and the next approval is for number 2. */
  async function ready() {
    const system = await setup(4);
    await schedule(system, [system.add(50n)]);
    await system.networkHelpers.time.increase(ESCAPE_DELAY);
    return { ...system, ways: await waysIn(system) };
  }

  it("[COU-2] reverts with CouncilBatchNested when a called contract brings another approved batch, in any way", async () => {
    const system = await ready();
    const { council, target, add, ways } = system;
    const account = await target.getAddress();
    for (const way of ways) {
      const meddle = callOf(account, target.interface.encodeFunctionData("meddle", [way]));
      const calls = [add(1n), meddle];
      const approval = await council.approvalHash(calls, 1n, DEADLINE);
      await expect(execute(system, calls))
        .to.be.revertedWithCustomError(council, "CouncilCallFailed")
        .withArgs(1n, account, council.interface.encodeErrorResult("CouncilBatchNested", [approval]));
    }
    expect(await target.total()).to.equal(0n);
    expect(await council.nonce()).to.equal(1n);
  });

  it("[COU-2] a called contract that swallows the failure has still brought nothing", async () => {
    const system = await ready();
    const { council, target, add, ways } = system;
    const account = await target.getAddress();
    const quiet = ways.map((way) => callOf(account, target.interface.encodeFunctionData("meddleQuietly", [way])));
    const calls = [add(1n), ...quiet, add(2n)];
    const approval = await council.approvalHash(calls, 1n, DEADLINE);
    await execute(system, calls);
    expect(await target.total()).to.equal(3n);
    expect(await target.failure()).to.equal(council.interface.encodeErrorResult("CouncilBatchNested", [approval]));
    expect(await council.nonce()).to.equal(2n);
    expect(await target.wasUnanimous()).to.equal(true);
    // What was brought from inside is still good afterwards: nothing of it was used up.
    await council.executeScheduled([add(50n)], 0n, DEADLINE);
    expect(await target.total()).to.equal(53n);
  });

  it("[COU-2] the council cannot bring a batch by calling itself either", async () => {
    const system = await ready();
    const { council, ways } = system;
    const account = await council.getAddress();
    for (const way of ways) {
      await expect(execute(system, [callOf(account, way)])).to.be.revertedWithCustomError(council, "CouncilCallFailed");
    }
  });

  it("[COU-4] batches may follow each other in one transaction, and what is said of unanimity ends with each", async () => {
    const system = await setup(4);
    const { council, target, add } = system;
    const batches = await Promise.all(
      [add(1n), add(2n)].map(async (call, index) => {
        const signature = await aggregate(system, "approvalHash", [call], { nonce: BigInt(index) });
        return council.interface.encodeFunctionData("execute", [[call], DEADLINE, 0n, signature]);
      }),
    );
    await target.bring(await council.getAddress(), batches);
    expect(await target.total()).to.equal(3n);
    expect(await target.wasUnanimous()).to.equal(false);
  });

  it("[COU-6] an escape cannot cancel itself while it runs, and cancels another one only as the council", async () => {
    const system = await setup(4);
    const { council, add, target, networkHelpers } = system;
    await schedule(system, [add(7n)]);
    const first = await council.escapeHash([add(7n)], 0n, DEADLINE);
    const meddle = callOf(
      await target.getAddress(),
      target.interface.encodeFunctionData("meddle", [council.interface.encodeFunctionData("cancel", [first])]),
    );
    await expect(execute(system, [meddle])).to.be.revertedWithCustomError(council, "CouncilCallFailed");
    const calls = [await cancelCall(system, first)];
    await schedule(system, calls, { absent: [1] });
    await networkHelpers.time.increase(ESCAPE_DELAY);
    await council.executeScheduled(calls, 1n, DEADLINE);
    expect(await council.executableAt(first)).to.equal(0n);
  });

  it("[COU-1] absent bits beyond the set, or of validators who signed, never pass", async () => {
    const system = await setup(4);
    const { council, verifier, add, states } = system;
    for (const index of range(4)) await states.setState(operatorWallet(index).address, State.active);
    const signature = await aggregate(system, "approvalHash", [add(1n)]);
    await expect(council.execute([add(1n)], DEADLINE, 1n << 4n, signature)).to.be.revertedWithCustomError(
      verifier,
      "FinalityAbsentUnknown",
    );
    await states.setState(operatorWallet(0).address, State.jailed);
    await expect(council.execute([add(1n)], DEADLINE, bits([0]), signature)).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
    await expect(council.execute([add(1n)], DEADLINE, bits(range(4)), signature)).to.be.revertedWithCustomError(
      verifier,
      "BLSPointAtInfinity",
    );
  });
});
