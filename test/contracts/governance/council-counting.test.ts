/**
 * ValidatorCouncil: who counts and how many must approve, by BLS aggregate and by operators' own signatures.
 */
import { expect } from "chai";
import { encodeBytes32String, Wallet, ZeroAddress } from "ethers";
import { parameterKey } from "../../../deploy/lib/parameter-table.ts";
import { measureCouncilGas } from "../../../scripts/bench/council-gas.ts";
import { range, secretsOf, signTogether } from "../../helpers/bls.ts";
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
import { connect, equalWeights, membersOf } from "../../helpers/finality.ts";
import { State } from "../../helpers/registry.ts";
import { DEADLINE } from "../../helpers/system.ts";

const DELAY = 172_800;
const setup = async (...rest: Parameters<typeof deployCouncil> extends [unknown, ...infer Rest] ? Rest : never) =>
  deployCouncil(await connect(), ...rest);

/** Each validator's state, by position. */
async function become({ states }: CouncilSystem, state: bigint, ...positions: readonly number[]) {
  for (const index of positions) await states.setState(operatorWallet(index).address, state);
}

/** A threshold below unanimity, set by everyone. */
async function lowerThreshold(system: CouncilSystem, bps: bigint) {
  await execute(system, [await system.change("approvalThresholdBps", bps)]);
  await system.networkHelpers.time.increase(DELAY);
}

describe("ValidatorCouncil: who counts", () => {
  it("[GOV-2] [COU-3] reverts with CouncilThresholdMissed when an active validator is left out", async () => {
    const system = await setup();
    const { council, add, target } = system;
    await expect(execute(system, [add(1n)], { absent: [3] }))
      .to.be.revertedWithCustomError(council, "CouncilThresholdMissed")
      .withArgs(6n, 7n, 10_000n);
    await become(system, State.jailed, 2);
    await expect(execute(system, [add(1n)], { absent: [2, 3] }))
      .to.be.revertedWithCustomError(council, "CouncilThresholdMissed")
      .withArgs(5n, 6n, 10_000n);
    expect(await target.total()).to.equal(0n);
  });

  it("[GOV-2] [COU-3] does not wait for who is jailed, leaving, struck or fallen back to candidate", async () => {
    const system = await setup();
    const { add, target } = system;
    const states = [State.jailed, State.exiting, State.tombstoned, State.candidate, State.unregistered];
    for (const [index, state] of states.entries()) {
      await become(system, state, index);
      await execute(system, [add(1n)], { absent: range(index + 1) });
    }
    expect(await target.total()).to.equal(5n);
    expect(await target.wasUnanimous()).to.equal(true);
  });

  it("[COU-3] a jailed validator's signature neither helps nor hinders", async () => {
    const system = await setup(7, {});
    await lowerThreshold(system, 6_667n);
    const { council, add } = system;
    await become(system, State.jailed, 0, 1, 2);
    // Four count. Three of them with all the jailed are six signatures and still three approvals of four.
    await execute(system, [add(1n)], { absent: [6] });
    expect(await system.target.wasUnanimous()).to.equal(false);
    await expect(execute(system, [add(1n)], { absent: [5, 6] }))
      .to.be.revertedWithCustomError(council, "CouncilThresholdMissed")
      .withArgs(2n, 4n, 6_667n);
    await execute(system, [add(1n)], { absent: [0, 2] });
    expect(await system.target.wasUnanimous()).to.equal(true);
  });

  it("[COU-3] reverts with CouncilNobodyCounts when jailed validators act alone", async () => {
    const system = await setup(4);
    await become(system, State.jailed, 0, 1, 2, 3);
    await expect(execute(system, [system.add(1n)], { absent: [0] }))
      .to.be.revertedWithCustomError(system.council, "CouncilNobodyCounts")
      .withArgs(4n);
    await expect(schedule(system, [system.add(1n)], { absent: [0] })).to.be.revertedWithCustomError(
      system.council,
      "CouncilNobodyCounts",
    );
  });

  it("[COU-1] refuses approvals by former validators as soon as the next epoch has begun", async () => {
    const system = await setup(4);
    const { verifier, directory, states, ethers, council, add, target } = system;
    const epochs = await ethers.deployContract("EpochManagerMock");
    await directory.publish(encodeBytes32String("EpochManager"), await epochs.getAddress(), ZeroAddress);
    // One of the old four leaves, three new ones come.
    const members = equalWeights(secretsOf(7)).slice(1);
    const rows = membersOf(members.slice(3)).map((row, index) => ({
      ...row,
      operator: operatorWallet(4 + index).address,
      certificateFingerprint: encodeBytes32String("none"),
    }));
    await states.add(rows);
    await verifier.storeSet(1, membersOf(members));
    const old = await aggregate(system, "approvalHash", [add(1n)]);
    expect(await council.epoch()).to.equal(0n);
    await epochs.set(1);
    expect(await council.epoch()).to.equal(1n);
    for (const absent of [0n, bits([3, 4, 5])]) {
      await expect(council.execute([add(1n)], DEADLINE, absent, old)).to.be.revertedWithCustomError(
        verifier,
        "FinalitySignatureInvalid",
      );
    }
    const [operators, counts] = await council.validators();
    expect(operators).to.deep.equal(range(6).map((index) => operatorWallet(index + 1).address));
    expect(counts).to.deep.equal(range(6).map(() => true));
    await execute({ ...system, members }, [add(1n)]);
    expect(await target.total()).to.equal(1n);
    // A set that is stored but has not begun does not approve anything yet.
    await verifier.storeSet(2, membersOf(members.slice(0, 4)));
    await expect(execute({ ...system, members: members.slice(0, 4) }, [add(1n)])).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
  });

  it("[GOV-2] [COU-4] the threshold changes only unanimously, and then holds to the vote", async () => {
    const system = await setup(7);
    const { council, change, parameters, add } = system;
    await lowerThreshold(system, 7_000n);
    await execute(system, [add(1n)], { absent: [0, 1] }); // 5/7 = 71.4 %
    await expect(execute(system, [add(1n)], { absent: [0, 1, 2] }))
      .to.be.revertedWithCustomError(council, "CouncilThresholdMissed")
      .withArgs(4n, 7n, 7_000n);
    const call = await change("approvalThresholdBps", 9_000n);
    const reason = parameters.interface.encodeErrorResult("ParameterUnanimityMissing", [
      parameterKey("approvalThresholdBps"),
    ]);
    await expect(execute(system, [call], { absent: [0] }))
      .to.be.revertedWithCustomError(council, "CouncilCallFailed")
      .withArgs(0n, await parameters.getAddress(), reason);
    await execute(system, [await change("epochSeconds", 3_600n)], { absent: [0] });
    await execute(system, [call]);
  });

  it("[COU-4] is unanimous only inside a unanimous batch, not before, not after", async () => {
    const system = await setup(4);
    const { council, target, add } = system;
    await execute(system, [add(1n)]);
    expect(await target.wasUnanimous()).to.equal(true);
    expect(await council.isUnanimous()).to.equal(false);
  });
});

describe("ValidatorCouncil: one signature of each operator", () => {
  it("[GOV-2] [COU-3] carries out what all operators signed, accounts and contracts alike", async () => {
    const { ethers, ...connection } = await connect();
    const wallets = range(4).map(operatorWallet);
    const account = await ethers.deployContract("ContractAccount", [wallets[2]!.address]);
    const operators = [wallets[0]!.address, wallets[1]!.address, await account.getAddress(), wallets[3]!.address];
    const system = await deployCouncil({ ethers, ...connection }, 4, {}, operators);
    const { council, add, target } = system;
    const calls = [add(2n), add(3n)];
    const signatures = await operatorSignatures(system, calls);
    const approval = await council.approvalDigest(calls, 0n, DEADLINE);
    await expect(council.executeBySignatures(calls, DEADLINE, signatures))
      .to.emit(council, "BatchExecuted")
      .withArgs(0n, approval, 2n);
    expect(await target.total()).to.equal(5n);
    expect(await target.wasUnanimous()).to.equal(true);
  });

  it("[COU-3] reverts with CouncilSignatureCount or CouncilSignatureInvalid for signatures at the wrong place", async () => {
    const system = await setup(4);
    const { council, add } = system;
    const signatures = await operatorSignatures(system, [add(1n)]);
    for (const given of [signatures.slice(1), [...signatures, "0x"], []]) {
      await expect(council.executeBySignatures([add(1n)], DEADLINE, given))
        .to.be.revertedWithCustomError(council, "CouncilSignatureCount")
        .withArgs(BigInt(given.length), 4n);
    }
    const swapped = [signatures[1]!, signatures[0]!, signatures[2]!, signatures[3]!];
    await expect(council.executeBySignatures([add(1n)], DEADLINE, swapped))
      .to.be.revertedWithCustomError(council, "CouncilSignatureInvalid")
      .withArgs(0n, operatorWallet(0).address);
    const forged = [...signatures.slice(0, 3), await Wallet.createRandom().signMessage("x")];
    await expect(council.executeBySignatures([add(1n)], DEADLINE, forged))
      .to.be.revertedWithCustomError(council, "CouncilSignatureInvalid")
      .withArgs(3n, operatorWallet(3).address);
  });

  it("[COU-3] an empty place is absence: fatal for an active operator, nothing for a jailed one", async () => {
    const system = await setup(4);
    const { council, add } = system;
    const signatures = await operatorSignatures(system, [add(1n)], { absent: [1] });
    await expect(council.executeBySignatures([add(1n)], DEADLINE, signatures))
      .to.be.revertedWithCustomError(council, "CouncilThresholdMissed")
      .withArgs(3n, 4n, 10_000n);
    await become(system, State.jailed, 1);
    await council.executeBySignatures([add(1n)], DEADLINE, signatures);
    expect(await system.target.wasUnanimous()).to.equal(true);
  });

  it("[COU-1] refuses signatures for another number, batch, deadline or council", async () => {
    const system = await setup(4);
    const { council, directory, ethers, add } = system;
    const signatures = await operatorSignatures(system, [add(1n)]);
    const twin = await ethers.deployContract("ValidatorCouncil", [await directory.getAddress()]);
    const attempts = [
      () => council.executeBySignatures([add(2n)], DEADLINE, signatures),
      () => council.executeBySignatures([add(1n)], DEADLINE - 1, signatures),
      () => twin.executeBySignatures([add(1n)], DEADLINE, signatures),
      async () =>
        council.executeBySignatures([add(1n)], DEADLINE, await operatorSignatures(system, [add(1n)], { nonce: 1n })),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).to.be.revertedWithCustomError(council, "CouncilSignatureInvalid");
    }
    await council.executeBySignatures([add(1n)], DEADLINE, signatures);
    await expect(council.executeBySignatures([add(1n)], DEADLINE, signatures)).to.be.revertedWithCustomError(
      council,
      "CouncilSignatureInvalid",
    );
    await expect(council.executeBySignatures([], DEADLINE, signatures)).to.be.revertedWithCustomError(
      council,
      "CouncilBatchEmpty",
    );
    await expect(council.executeBySignatures([add(1n)], 1, signatures)).to.be.revertedWithCustomError(
      council,
      "CouncilApprovalExpired",
    );
  });

  it("[COU-1] the three ways ask for three different signatures: none counts in another way", async () => {
    const system = await setup(4);
    const { council, verifier, members, add } = system;
    const calls = [add(1n)];
    const [normal, typed, escaping] = await Promise.all([
      council.approvalHash(calls, 0n, DEADLINE),
      council.approvalDigest(calls, 0n, DEADLINE),
      council.escapeHash(calls, 0n, DEADLINE),
    ]);
    expect(new Set([normal, typed, escaping]).size).to.equal(3);
    const by = (message: string) =>
      signTogether(
        members.map(({ secret }) => secret),
        message,
      );
    for (const message of [typed, escaping]) {
      await expect(council.execute(calls, DEADLINE, 0, by(message))).to.be.revertedWithCustomError(
        verifier,
        "FinalitySignatureInvalid",
      );
    }
    for (const message of [normal, typed]) {
      await expect(council.schedule(calls, DEADLINE, 0, by(message))).to.be.revertedWithCustomError(
        verifier,
        "FinalitySignatureInvalid",
      );
    }
    for (const digest of [normal, escaping]) {
      const signatures = range(4).map((index) => operatorWallet(index).signingKey.sign(digest).serialized);
      await expect(council.executeBySignatures(calls, DEADLINE, signatures)).to.be.revertedWithCustomError(
        council,
        "CouncilSignatureInvalid",
      );
    }
  });
});

describe("ValidatorCouncil: cost", () => {
  it("[GOV-2] [COU-5] a unanimous batch costs at most 330,000 gas at 21 and 400,000 at 84, with equal calldata", async () => {
    const gas = await measureCouncilGas();
    expect(gas["unanimousGas21"]).to.be.at.most(330_000);
    expect(gas["unanimousGas84"]).to.be.at.most(400_000);
    expect(gas["unanimousBytes84"]).to.equal(gas["unanimousBytes21"]);
  });
});
