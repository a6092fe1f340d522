/**
 * PersonhoodList: which account is which person's, and until when.
 */
import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import { connect } from "../../helpers/finality.ts";

const [ALICE, BOB] = [id("alice"), id("bob")];

async function setUp() {
  const connection = await connect();
  const signers = await connection.ethers.getSigners();
  const manager = await connection.ethers.deployContract("AccessManager", [signers[0]!.address]);
  const list = await connection.ethers.deployContract("PersonhoodList", [await manager.getAddress()]);
  const now = await connection.networkHelpers.time.latest();
  const [account, second] = [signers[1]!.address, signers[2]!.address];
  return { ...connection, list, signers, now, account, second };
}

describe("PersonhoodList", () => {
  it("[VAL-2] reverts with AccessManagedUnauthorized when anyone but the authority adds or removes", async () => {
    const { list, signers, account, now } = await setUp();
    const stranger = list.connect(signers[5]!);
    await list.add(account, ALICE, now + 1_000);
    for (const attempt of [() => stranger.add(account, ALICE, now + 2_000), () => stranger.remove(account)]) {
      await expect(attempt())
        .to.be.revertedWithCustomError(list, "AccessManagedUnauthorized")
        .withArgs(signers[5]!.address);
    }
  });

  it("reverts with PersonhoodAccountZero, PersonhoodPersonZero and PersonhoodAccountUnknown for what is nobody", async () => {
    const { list, account, now } = await setUp();
    await expect(list.add(ZeroAddress, ALICE, now + 1_000)).to.be.revertedWithCustomError(
      list,
      "PersonhoodAccountZero",
    );
    await expect(list.add(account, ZeroHash, now + 1_000))
      .to.be.revertedWithCustomError(list, "PersonhoodPersonZero")
      .withArgs(account);
    await expect(list.remove(account))
      .to.be.revertedWithCustomError(list, "PersonhoodAccountUnknown")
      .withArgs(account);
  });

  it("[PER-1] an account is nobody's before it is added, its person's until the last second, nobody's after", async () => {
    const { list, account, now, networkHelpers } = await setUp();
    expect(await list.personOf(account)).to.equal(ZeroHash);
    const end = now + 1_000;
    await expect(list.add(account, ALICE, end))
      .to.emit(list, "PersonAdded")
      .withArgs(account, ALICE, end);
    await networkHelpers.time.increaseTo(end);
    expect(await list.personOf(account)).to.equal(ALICE);
    await networkHelpers.time.increaseTo(end + 1);
    expect(await list.personOf(account)).to.equal(ZeroHash);
    expect(await list.bindingOf(account)).to.deep.equal([ALICE, BigInt(end)]);
  });

  it("[PER-1] takes an end in this very second and reverts with PersonhoodExpired a second earlier", async () => {
    const { list, account, now, networkHelpers } = await setUp();
    await networkHelpers.time.setNextBlockTimestamp(now + 100);
    await expect(list.add(account, ALICE, now + 99))
      .to.be.revertedWithCustomError(list, "PersonhoodExpired")
      .withArgs(account, now + 99, now + 100);
    await networkHelpers.time.setNextBlockTimestamp(now + 200);
    await list.add(account, ALICE, now + 200);
    expect(await list.personOf(account)).to.equal(ALICE);
  });

  it("[PER-1] several accounts are one person, and each ends on its own", async () => {
    const { list, account, second, now } = await setUp();
    await list.add(account, ALICE, now + 1_000);
    await list.add(second, ALICE, now + 2_000);
    await expect(list.remove(account)).to.emit(list, "PersonRemoved").withArgs(account, ALICE);
    expect(await list.personOf(account)).to.equal(ZeroHash);
    expect(await list.personOf(second)).to.equal(ALICE);
  });

  it("[PER-1] an account that was one person's does not silently become another's, not even after its end", async () => {
    const { list, account, now, networkHelpers } = await setUp();
    await list.add(account, ALICE, now + 1_000);
    const expectRefusal = () =>
      expect(list.add(account, BOB, now + 9_000))
        .to.be.revertedWithCustomError(list, "PersonhoodAccountTaken")
        .withArgs(account, BOB, ALICE);
    await expectRefusal();
    await networkHelpers.time.increaseTo(now + 1_001);
    await expectRefusal();
    await list.add(account, ALICE, now + 9_000);
    expect(await list.personOf(account)).to.equal(ALICE);
    await list.remove(account);
    await list.add(account, BOB, now + 9_000);
    expect(await list.personOf(account)).to.equal(BOB);
  });

  it("shortens an end", async () => {
    const { list, account, now, networkHelpers } = await setUp();
    await list.add(account, ALICE, now + 9_000);
    await list.add(account, ALICE, now + 100);
    await networkHelpers.time.increaseTo(now + 101);
    expect(await list.personOf(account)).to.equal(ZeroHash);
  });
});
