/**
 * ValidatorCouncil: approvals at the wrong place, moment or depth.
 */
import { expect } from "chai";
import { AbiCoder, encodeBytes32String, id, keccak256 } from "ethers";
import { connect } from "../../helpers/finality.ts";
import { approve, callOf, DEADLINE, deploySystem, executeByCouncil } from "../../helpers/system.ts";

async function setup() {
  const connection = await connect();
  const system = await deploySystem(connection);
  const target = await connection.ethers.deployContract("CouncilTarget");
  const address = await target.getAddress();
  const add = (number: bigint) => callOf(address, target.interface.encodeFunctionData("add", [number]));
  return { ...connection, ...system, target, address, add };
}

describe("ValidatorCouncil: attacks", () => {
  it("[COU-1] refuses an approval that was given to another council of the same validators", async () => {
    const system = await setup();
    const { ethers, addresses, verifier, add, target } = system;
    const twin = await ethers.deployContract("ValidatorCouncil", [addresses.ContractDirectory]);
    const signature = await approve(system, [add(1n)]);
    await expect(twin.execute([add(1n)], DEADLINE, 0, signature)).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
    expect(await target.total()).to.equal(0n);
  });

  it("[COU-1] binds an approval to chain, council, number, batch and deadline", async () => {
    const { council, add, ethers } = await setup();
    const coder = AbiCoder.defaultAbiCoder();
    const calls = [add(1n), add(2n)];
    const batch = coder.encode(
      ["tuple(address,uint256,bytes)[]"],
      [calls.map(({ target, value, data }) => [target, value, data])],
    );
    const { chainId } = await ethers.provider.getNetwork();
    const types = ["bytes32", "uint256", "address", "uint256", "bytes32", "uint64"];
    const values = [id("CUN_COUNCIL_APPROVAL_V1"), chainId, await council.getAddress(), 5n, keccak256(batch), DEADLINE];
    expect(await council.approvalHash(calls, 5n, DEADLINE)).to.equal(keccak256(coder.encode(types, values)));
  });

  it("[COU-1] takes an approval in the very second of its deadline and not in the next", async () => {
    const system = await setup();
    const { council, add, networkHelpers } = system;
    const deadline = (await networkHelpers.time.latest()) + 100;
    const first = await approve(system, [add(1n)], { deadline });
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await council.execute([add(1n)], deadline, 0, first);
    const second = await approve(system, [add(1n)], { deadline });
    await networkHelpers.time.setNextBlockTimestamp(deadline + 1);
    await expect(council.execute([add(1n)], deadline, 0, second))
      .to.be.revertedWithCustomError(council, "CouncilApprovalExpired")
      .withArgs(deadline, deadline + 1);
  });

  it("refuses points that are no signature: infinity, wrong length", async () => {
    const { council, verifier, add } = await setup();
    const bad = [
      [`0x${"00".repeat(256)}`, "BLSPointAtInfinity"],
      ["0x", "BLSPointLength"],
    ] as const;
    for (const [signature, error] of bad) {
      await expect(council.execute([add(1n)], DEADLINE, 0, signature)).to.be.revertedWithCustomError(verifier, error);
    }
  });

  it("does nothing before the directory knows a verifier", async () => {
    const { ethers } = await connect();
    const [admin] = await ethers.getSigners();
    const manager = await ethers.deployContract("AccessManager", [admin!.address]);
    const directory = await ethers.deployContract("ContractDirectory", [await manager.getAddress()]);
    const council = await ethers.deployContract("ValidatorCouncil", [await directory.getAddress()]);
    const calls = [callOf(admin!.address, "0x")];
    await expect(council.execute(calls, DEADLINE, 0, "0x"))
      .to.be.revertedWithCustomError(directory, "DirectoryNameUnknown")
      .withArgs(encodeBytes32String("FinalityVerifier"));
  });

  it("[VAL-9] an announced act that waits longer than a week is void", async () => {
    const system = await setup();
    const { council, manager, addresses, networkHelpers } = system;
    const grant = manager.interface.encodeFunctionData("grantRole", [2n, addresses.ValidatorCouncil, 0]);
    const announce = manager.interface.encodeFunctionData("schedule", [addresses.AccessManager, grant, 0]);
    await executeByCouncil(system, [callOf(addresses.AccessManager, announce)]);
    await networkHelpers.time.increase(172_800 + 604_800);
    await expect(executeByCouncil(system, [callOf(addresses.AccessManager, grant)])).to.be.revertedWithCustomError(
      council,
      "CouncilCallFailed",
    );
    expect((await manager.hasRole(2n, addresses.ValidatorCouncil))[0]).to.equal(false);
  });
});
