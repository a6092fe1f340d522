/**
 * ValidatorCouncil: unanimous batches, and what attackers try with approvals.
 */
import { expect } from "chai";
import { id, parseEther } from "ethers";
import { signTogether } from "../../helpers/bls.ts";
import { connect } from "../../helpers/finality.ts";
import { approve, authorities, callOf, DEADLINE, deploySystem, executeByCouncil } from "../../helpers/system.ts";

async function setup() {
  const connection = await connect();
  const system = await deploySystem(connection);
  const target = await connection.ethers.deployContract("CouncilTarget");
  const address = await target.getAddress();
  const add = (number: bigint, value = 0n) =>
    callOf(address, target.interface.encodeFunctionData("add", [number]), value);
  return { ...connection, ...system, target, address, add };
}

const secrets = authorities.map(({ blsSecret }) => blsSecret);

describe("ValidatorCouncil", () => {
  it("reverts with CouncilBatchEmpty when there is nothing to do", async () => {
    const system = await setup();
    await expect(system.council.execute([], DEADLINE, 0, await approve(system, []))).to.be.revertedWithCustomError(
      system.council,
      "CouncilBatchEmpty",
    );
  });

  it("[COU-1] reverts with CouncilApprovalExpired when the deadline has passed", async () => {
    const system = await setup();
    const { council, add, networkHelpers } = system;
    const deadline = (await networkHelpers.time.latest()) - 1;
    const signature = await approve(system, [add(1n)], { deadline });
    await expect(council.execute([add(1n)], deadline, 0, signature)).to.be.revertedWithCustomError(
      council,
      "CouncilApprovalExpired",
    );
  });

  it("[GOV-2] [COU-1] refuses the signature of all validators but one", async () => {
    const system = await setup();
    const { council, verifier, add } = system;
    for (const by of [secrets.slice(1), secrets.slice(0, 3), [secrets[0]!]]) {
      const signature = await approve(system, [add(1n)], { by });
      await expect(council.execute([add(1n)], DEADLINE, 0, signature)).to.be.revertedWithCustomError(
        verifier,
        "FinalitySignatureInvalid",
      );
    }
  });

  it("[COU-1] refuses a batch that differs from the approved one in any call, value, order or deadline", async () => {
    const system = await setup();
    const { council, verifier, add } = system;
    const approved = [add(1n), add(2n)];
    const signature = await approve(system, approved);
    const others = [[add(2n), add(1n)], [add(1n)], [...approved, add(3n)], [add(1n), add(2n, 1n)], [add(1n), add(3n)]];
    for (const calls of others) {
      await expect(council.execute(calls, DEADLINE, 0, signature)).to.be.revertedWithCustomError(
        verifier,
        "FinalitySignatureInvalid",
      );
    }
    await expect(council.execute(approved, DEADLINE + 1, 0, signature)).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
    await council.execute(approved, DEADLINE, 0, signature);
  });

  it("[COU-1] refuses an approval a second time, and one for a later number", async () => {
    const system = await setup();
    const { council, verifier, add, target } = system;
    const later = await approve(system, [add(1n)], { nonce: 1n });
    await expect(council.execute([add(1n)], DEADLINE, 0, later)).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
    const signature = await approve(system, [add(1n)]);
    await council.execute([add(1n)], DEADLINE, 0, signature);
    await expect(council.execute([add(1n)], DEADLINE, 0, signature)).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
    await council.execute([add(1n)], DEADLINE, 0, later);
    expect(await target.total()).to.equal(2n);
  });

  it("[COU-1] refuses a finality certificate's signature as an approval", async () => {
    const system = await setup();
    const { council, verifier, add } = system;
    const root = await verifier.finalizeRoot(0, 1, id("a block"));
    await expect(council.execute([add(1n)], DEADLINE, 0, signTogether(secrets, root))).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
  });

  it("[COU-2] reverts with CouncilCallFailed and undoes the calls before it when one fails", async () => {
    const system = await setup();
    const { council, target, address, add } = system;
    const failing = callOf(address, target.interface.encodeFunctionData("refuse", [9n]));
    await expect(executeByCouncil(system, [add(1n), failing]))
      .to.be.revertedWithCustomError(council, "CouncilCallFailed")
      .withArgs(1n, address, target.interface.encodeErrorResult("Refused", [9n]));
    expect(await target.total()).to.equal(0n);
    expect(await council.nonce()).to.equal(0n);
  });

  it("[COU-2] reverts with CouncilCallFailed when it holds less than a call sends", async () => {
    const system = await setup();
    const { council, add, address } = system;
    await expect(executeByCouncil(system, [add(1n, 1n)]))
      .to.be.revertedWithCustomError(council, "CouncilCallFailed")
      .withArgs(0n, address, "0x");
  });

  it("reverts with CouncilTargetWithoutCode when a call with data would do nothing", async () => {
    const system = await setup();
    const nobody = "0x00000000000000000000000000000000000000ff";
    await expect(executeByCouncil(system, [callOf(nobody, "0x12345678")]))
      .to.be.revertedWithCustomError(system.council, "CouncilTargetWithoutCode")
      .withArgs(0n, "0x00000000000000000000000000000000000000ff");
  });

  it("[GOV-2] carries out an approved batch in one transaction, whoever brings it, and returns what calls returned", async () => {
    const system = await setup();
    const { council, target, add, ethers } = system;
    const calls = [add(2n), add(3n)];
    const signature = await approve(system, calls);
    const results = await council.execute.staticCall(calls, DEADLINE, 0, signature);
    expect(results.map(BigInt)).to.deep.equal([2n, 5n]);
    const stranger = (await ethers.getSigners())[9]!;
    await expect(council.connect(stranger).execute(calls, DEADLINE, 0, signature))
      .to.emit(council, "BatchExecuted")
      .withArgs(0n, await council.approvalHash(calls, 0n, DEADLINE), 2n);
    expect(await target.total()).to.equal(5n);
  });

  it("holds and moves coins, native and CUNP", async () => {
    const system = await setup();
    const { council, cunp, ethers } = system;
    const [sender, receiver] = await ethers.getSigners();
    const address = await council.getAddress();
    await sender!.sendTransaction({ to: address, value: 5n });
    const transfer = cunp.interface.encodeFunctionData("transfer", [receiver!.address, parseEther("100")]);
    const calls = [callOf(receiver!.address, "0x", 5n), callOf(await cunp.getAddress(), transfer)];
    await expect(executeByCouncil(system, calls)).to.changeEtherBalance(ethers, receiver!.address, 5n);
    expect(await cunp.balanceOf(receiver!.address)).to.equal(parseEther("100"));
  });
});

describe("ValidatorCouncil: what it governs", () => {
  it("[VAL-2] admits, removes and revokes at once", async () => {
    const system = await setup();
    const { registry, addresses } = system;
    const [first] = await registry.activeValidators();
    const data = registry.interface.encodeFunctionData("remove", [first!.operator]);
    await executeByCouncil(system, [callOf(addresses.ValidatorRegistry, data)]);
    expect(await registry.activeCount()).to.equal(3n);
  });

  it("[VAL-9] upgrades only after the delay, announced on chain", async () => {
    const system = await setup();
    const { council, registry, manager, addresses, ethers, networkHelpers } = system;
    const values = [addresses.ParameterRegistry, addresses.PersonhoodList];
    const next = await (await ethers.deployContract("ValidatorRegistry", values)).getAddress();
    const upgrade = registry.interface.encodeFunctionData("upgradeToAndCall", [next, "0x"]);
    const now = callOf(addresses.ValidatorRegistry, upgrade);
    const announce = callOf(
      addresses.AccessManager,
      manager.interface.encodeFunctionData("schedule", [addresses.ValidatorRegistry, upgrade, 0]),
    );
    await expect(executeByCouncil(system, [now])).to.be.revertedWithCustomError(council, "CouncilCallFailed");
    await executeByCouncil(system, [announce]);
    await expect(executeByCouncil(system, [now])).to.be.revertedWithCustomError(council, "CouncilCallFailed");
    await networkHelpers.time.increase(172_800);
    await executeByCouncil(system, [now]);
    expect(await registry.implementation()).to.equal(next);
  });

  it("[EMI-6] [EMI-2] records the listing and emits for the community within the bucket, at once", async () => {
    const system = await setup();
    const { emission, addresses } = system;
    const call = (data: string) => callOf(addresses.EmissionController, data);
    await executeByCouncil(system, [
      call(emission.interface.encodeFunctionData("recordListing")),
      call(emission.interface.encodeFunctionData("emitCommunity", [addresses.CUNP, 2n ** 256n - 1n])),
    ]);
    expect(await emission.listedAt()).not.to.equal(0n);
    expect(await emission.remainingOf(3n)).to.equal(0n);
  });

  it("[CUNP-6] cannot mint at once: the EmissionController holds the role, and giving it away takes the delay", async () => {
    const system = await setup();
    const { council, cunp, manager, addresses } = system;
    const mint = callOf(addresses.CUNP, cunp.interface.encodeFunctionData("mint", [addresses.CUNP, 1n]));
    await expect(executeByCouncil(system, [mint])).to.be.revertedWithCustomError(council, "CouncilCallFailed");
    const grant = manager.interface.encodeFunctionData("grantRole", [2n, addresses.ValidatorCouncil, 0]);
    await expect(executeByCouncil(system, [callOf(addresses.AccessManager, grant)])).to.be.revertedWithCustomError(
      council,
      "CouncilCallFailed",
    );
  });
});
