/**
 * ContractDirectory: names, versions, code hashes.
 */
import { expect } from "chai";
import { encodeBytes32String, keccak256, ZeroAddress, ZeroHash } from "ethers";
import { connect } from "../../helpers/finality.ts";
import { deployRegistry } from "../../helpers/registry.ts";

const NAME = encodeBytes32String("ValidatorRegistry");

async function setup() {
  const connection = await connect();
  const registry = await deployRegistry(connection);
  const directory = await connection.ethers.deployContract("ContractDirectory", [await registry.manager.getAddress()]);
  return { ...connection, ...registry, directory };
}

describe("ContractDirectory", () => {
  it("reverts with AccessManagedUnauthorized when a stranger publishes", async () => {
    const { directory, signers, registry } = await setup();
    await expect(directory.connect(signers[3]!).publish(NAME, await registry.getAddress(), ZeroAddress))
      .to.be.revertedWithCustomError(directory, "AccessManagedUnauthorized")
      .withArgs(signers[3]!.address);
  });

  it("reverts with DirectoryNameEmpty, DirectoryCodeMissing and DirectoryImplementationMismatch for what cannot be", async () => {
    const { directory, signers, registry, code, manager } = await setup();
    const proxy = await registry.getAddress();
    await expect(directory.publish(ZeroHash, proxy, ZeroAddress)).to.be.revertedWithCustomError(
      directory,
      "DirectoryNameEmpty",
    );
    await expect(directory.publish(NAME, signers[1]!.address, ZeroAddress))
      .to.be.revertedWithCustomError(directory, "DirectoryCodeMissing")
      .withArgs(signers[1]!.address);
    await expect(directory.publish(NAME, proxy, await manager.getAddress()))
      .to.be.revertedWithCustomError(directory, "DirectoryImplementationMismatch")
      .withArgs(await manager.getAddress(), await code.getAddress());
  });

  it("reverts with DirectoryNameUnknown and DirectoryVersionUnknown for what was never published", async () => {
    const { directory, registry } = await setup();
    await expect(directory.addressOf(NAME))
      .to.be.revertedWithCustomError(directory, "DirectoryNameUnknown")
      .withArgs(NAME);
    expect(await directory.versionCount(NAME)).to.equal(0n);
    await directory.publish(NAME, await registry.getAddress(), await registry.implementation());
    await expect(directory.versionOf(NAME, 1))
      .to.be.revertedWithCustomError(directory, "DirectoryVersionUnknown")
      .withArgs(NAME, 1n, 1n);
  });

  it("[DIR-1] reverts with DirectoryVersionUnchanged when nothing is new", async () => {
    const { directory, registry } = await setup();
    const values = [NAME, await registry.getAddress(), await registry.implementation()] as const;
    await directory.publish(...values);
    await expect(directory.publish(...values))
      .to.be.revertedWithCustomError(directory, "DirectoryVersionUnchanged")
      .withArgs(NAME, values[1]);
  });

  it("[DIR-1] takes a version again when only the code at its address has changed", async () => {
    const { directory, ethers, networkHelpers } = await setup();
    const account = await (await ethers.deployContract("CouncilTarget")).getAddress();
    await directory.publish(NAME, account, ZeroAddress);
    await networkHelpers.setCode(account, "0x6001");
    await directory.publish(NAME, account, ZeroAddress);
    expect((await directory.versionOf(NAME, 1)).codeHash).to.equal(keccak256("0x6001"));
  });

  it("[DIR-1] [VAL-9] keeps every version with the hashes of its code, across an upgrade", async () => {
    const { directory, registry, manager, code, ethers, doors } = await setup();
    const proxy = await registry.getAddress();
    await directory.publish(NAME, proxy, await code.getAddress());
    const next = await (await ethers.deployContract("ValidatorRegistry", doors)).getAddress();
    await registry.upgradeToAndCall(next, "0x");
    await directory.publish(NAME, proxy, next);
    const other = encodeBytes32String("AccessManager");
    await directory.publish(other, await manager.getAddress(), ZeroAddress);

    expect(await directory.names()).to.deep.equal([NAME, other]);
    expect(await directory.versionCount(NAME)).to.equal(2n);
    expect(await directory.addressOf(NAME)).to.equal(proxy);
    const first = await directory.versionOf(NAME, 0);
    expect(first.codeHash).to.equal(keccak256(await ethers.provider.getCode(proxy)));
    expect(first.implementation).to.equal(await code.getAddress());
    expect(first.implementationCodeHash).to.equal(keccak256(await ethers.provider.getCode(await code.getAddress())));
    expect((await directory.versionOf(NAME, 1)).implementation).to.equal(next);
    const plain = await directory.versionOf(other, 0);
    expect([plain.implementation, plain.implementationCodeHash]).to.deep.equal([ZeroAddress, ZeroHash]);
  });
});
