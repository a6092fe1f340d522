/**
 * FinalityVerifier: sets of later epochs, and signatures of a set without those who are absent.
 */
import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { bitmapOf, range, secretsOf, signTogether } from "../../helpers/bls.ts";
import {
  certify,
  connect,
  deployVerifier,
  equalWeights,
  type Member,
  membersOf,
  setHashOf,
} from "../../helpers/finality.ts";

async function setup(members: readonly Member[] = equalWeights(secretsOf(4))) {
  const connection = await connect();
  return { connection, members, verifier: await deployVerifier(connection, members) };
}

describe("FinalityVerifier: verifySigners", () => {
  const message = id("an approval");
  const sign = (members: readonly Member[], signers: readonly number[], text = message) =>
    signTogether(
      signers.map((index) => members[index]!.secret),
      text,
    );

  it("accepts everybody's signature and refuses everybody's but one", async () => {
    const { verifier, members } = await setup();
    expect(await verifier.verifySigners(0, message, 0, sign(members, range(4)))).to.deep.equal([4n, 4n]);
    await expect(verifier.verifySigners(0, message, 0, sign(members, [1, 2, 3])))
      .to.be.revertedWithCustomError(verifier, "FinalitySignatureInvalid")
      .withArgs(message);
    await expect(verifier.verifySigners(0, id("another"), 0, sign(members, range(4)))).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
    await expect(verifier.verifySigners(3, message, 0, sign(members, range(4)))).to.be.revertedWithCustomError(
      verifier,
      "FinalityEpochUnknown",
    );
  });

  it("[FIN-6] leaves out exactly those who are named absent, whoever and however many they are", async () => {
    const members = equalWeights(secretsOf(19));
    const { verifier } = await setup(members);
    for (const absent of [[0], [18], [7, 8], [0, 9, 18], range(18)]) {
      const present = range(19).filter((index) => !absent.includes(index));
      const bitmap = absent.reduce((bits, index) => bits | (1n << BigInt(index)), 0n);
      const signature = sign(members, present);
      expect(await verifier.verifySigners(0, message, bitmap, signature)).to.deep.equal([BigInt(present.length), 19n]);
      for (const wrong of [0n, bitmap ^ 2n]) {
        await expect(verifier.verifySigners(0, message, wrong, signature)).to.be.revertedWithCustomError(
          verifier,
          "FinalitySignatureInvalid",
        );
      }
    }
  });

  it("[FIN-6] reverts with FinalityAbsentUnknown when an attacker hides signers behind bits beyond the set", async () => {
    const { verifier, members } = await setup();
    for (const absent of [1n << 4n, 1n << 255n, 0x1fn]) {
      await expect(verifier.verifySigners(0, message, absent, sign(members, range(4))))
        .to.be.revertedWithCustomError(verifier, "FinalityAbsentUnknown")
        .withArgs(absent, 4n);
    }
  });

  it("[FIN-6] refuses a signature by nobody: the sum of no keys is no key", async () => {
    const { verifier, members } = await setup();
    for (const signature of [sign(members, [0]), `0x${"00".repeat(256)}`]) {
      await expect(verifier.verifySigners(0, message, 0xf, signature)).to.be.revertedWithCustomError(
        verifier,
        "BLSPointAtInfinity",
      );
    }
  });

  it("[FIN-5] [GOV-2] costs the same for 84 validators as for 4, but for reading their set", async () => {
    const gas: bigint[] = [];
    for (const size of [4, 84]) {
      const { verifier, members } = await setup(equalWeights(secretsOf(size)));
      gas.push(await verifier.verifySigners.estimateGas(0, ZeroHash, 0, sign(members, range(size), ZeroHash)));
    }
    expect(gas[1]! - gas[0]!).to.be.below(gas[0]! / 50n);
  });
});

describe("FinalityVerifier: sets of later epochs", () => {
  const block = (epoch: bigint) => ({ epoch, viewNumber: 7n, digest: id("a block") });

  it("[FIN-7] [VAL-5] keeps every set: an old certificate is checked against its own set, and no other", async () => {
    const { verifier, members } = await setup();
    const later = equalWeights(secretsOf(9)).slice(2);
    await expect(verifier.storeSet(1, membersOf(later)))
      .to.emit(verifier, "ValidatorSetStored")
      .withArgs(1n, setHashOf(later), 7n, 7n);
    const last = secretsOf(12)
      .slice(9)
      .map((secret, index) => ({ secret, weight: 10n ** 18n + BigInt(index) }));
    await verifier.storeSet(2, membersOf(last));
    expect(await verifier.newestEpoch()).to.equal(2n);
    for (const [epoch, set] of [members, later, last].entries()) {
      expect(await verifier.setHashOf(epoch)).to.equal(setHashOf(set));
      const certificate = await certify(verifier, set, range(set.length), block(BigInt(epoch)));
      await verifier.verify(certificate);
      for (const other of [0n, 1n, 2n].filter((number) => number !== BigInt(epoch))) {
        const size = [4, 7, 3][Number(other)]!;
        const passedOff = { ...certificate, epoch: other, signers: bitmapOf(size, range(size)) };
        await expect(verifier.verify(passedOff)).to.be.revertedWithCustomError(verifier, "FinalitySignatureInvalid");
      }
    }
    await expect(verifier.verify(await certify(verifier, last, range(3), block(3n))))
      .to.be.revertedWithCustomError(verifier, "FinalityEpochUnknown")
      .withArgs(3n, 2n);
  });

  it("[FIN-7] reverts with FinalityEpochOutOfOrder when a set would be replaced or an epoch skipped", async () => {
    const { verifier, members } = await setup();
    for (const epoch of [0n, 2n, 2n ** 64n - 1n]) {
      await expect(verifier.storeSet(epoch, membersOf(members)))
        .to.be.revertedWithCustomError(verifier, "FinalityEpochOutOfOrder")
        .withArgs(epoch, 1n);
    }
    await verifier.storeSet(1, membersOf(members));
    await expect(verifier.storeSet(1, membersOf(members)))
      .to.be.revertedWithCustomError(verifier, "FinalityEpochOutOfOrder")
      .withArgs(1n, 2n);
  });

  it("[FIN-7] reverts with AccessManagedUnauthorized when a stranger stores a set", async () => {
    const { verifier, members, connection } = await setup();
    const stranger = (await connection.ethers.getSigners())[5]!;
    await expect(verifier.connect(stranger).storeSet(1, membersOf(members)))
      .to.be.revertedWithCustomError(verifier, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
  });

  it("[FIN-7] a set that cannot be stored leaves the epoch free", async () => {
    const { verifier, members } = await setup();
    const rows = membersOf(members);
    const bad = [
      [[], "FinalitySetEmpty"],
      [[{ ...rows[0]!, weight: 0n }], "FinalityWeightZero"],
      [[rows[0]!, { ...rows[1]!, blsPublicKey: `0x${"00".repeat(128)}` }], "BLSPointAtInfinity"],
      [[{ ...rows[0]!, blsPublicKey: "0x12" }], "BLSPointLength"],
    ] as const;
    for (const [set, error] of bad) {
      await expect(verifier.storeSet(1, [...set])).to.be.revertedWithCustomError(verifier, error);
    }
    expect(await verifier.newestEpoch()).to.equal(0n);
    await verifier.storeSet(1, rows);
  });
});
