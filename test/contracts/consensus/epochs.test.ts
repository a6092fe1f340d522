/**
 * EpochManager: the clock and samples of participation, and what attackers try with them.
 */

import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { range } from "../../helpers/bls.ts";
import {
  COIN,
  certifyNewest,
  finishEpoch,
  goToSample,
  operatorOf,
  PARAMETERS,
  record,
  Stages,
  setParameters,
  setUpEpochs,
  type Tally,
  type World,
} from "../../helpers/epochs.ts";
import { CHAIN_ID, deployVerifier } from "../../helpers/finality.ts";

const talliesOf = (...stakes: readonly bigint[]): Tally[] =>
  stakes.map((stake, index) => ({
    operator: operatorOf(10 + index),
    stake: stake * COIN,
    persons: 0n,
    registeredAt: 1_000n,
  }));

/** The set of epoch 1 is stored and the time of epoch 0 is over. */
async function goToEnd(world: World): Promise<void> {
  await world.election.elect(100);
  await world.election.storeSet();
  await world.connection.networkHelpers.time.increaseTo(await world.epochs.endsAt());
}

describe("EpochManager: the clock", () => {
  it("[VAL-5] starts epoch 0 with the authorities, and tells everyone who counts in epochs", async () => {
    const world = await setUpEpochs({ isStarted: false });
    const { epochs, verifier, staking, stages, registry } = world;
    await expect(epochs.start())
      .to.emit(epochs, "EpochStarted")
      .withArgs(0n, await verifier.setHashOf(0), Stages.origin, anyValue);
    expect(await epochs.epoch()).to.equal(0n);
    expect((await epochs.endsAt()) - (await epochs.startedAt())).to.equal(PARAMETERS.epochSeconds);
    expect(await epochs.operatorsOf(0)).to.deep.equal(range(4).map(operatorOf));
    expect(await staking.begun()).to.deep.equal([0n]);
    expect(await stages.begun()).to.deep.equal([0n]);
    expect(await registry.currentSet()).to.deep.equal(range(4).map(operatorOf));
  });

  it("reverts with EpochStartedAlready or AccessManagedUnauthorized when somebody starts it again, or a stranger", async () => {
    const { epochs, connection } = await setUpEpochs();
    const stranger = (await connection.ethers.getSigners())[1]!;
    await expect(epochs.start()).to.be.revertedWithCustomError(epochs, "EpochStartedAlready");
    await expect(epochs.connect(stranger).start())
      .to.be.revertedWithCustomError(epochs, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
  });

  it("reverts with EpochSetMismatch when the registry's set is no longer the one that the verifier has", async () => {
    const { epochs, registry, verifier } = await setUpEpochs({ isStarted: false });
    await registry.beginEpoch(range(3).map(operatorOf));
    await expect(epochs.start())
      .to.be.revertedWithCustomError(epochs, "EpochSetMismatch")
      .withArgs(anyValue, await verifier.setHashOf(0));
  });

  it("reverts with EpochNotStarted before the start, and its views show that nothing runs", async () => {
    const world = await setUpEpochs({ isStarted: false });
    const { epochs } = world;
    const certificate = { epoch: 0n, viewNumber: 0n, digest: ZeroHash, signers: "0x", signature: "0x" };
    for (const call of [epochs.advance(), epochs.reward(0), epochs.recordParticipation(certificate, 0)]) {
      await expect(call).to.be.revertedWithCustomError(epochs, "EpochNotStarted");
    }
    await expect(epochs.currentSample()).to.be.revertedWithCustomError(epochs, "EpochNotStarted");
    expect([await epochs.epoch(), await epochs.startedAt(), await epochs.endsAt()]).to.deep.equal([0n, 0n, 0n]);
    expect(await epochs.operatorsOf(0)).to.deep.equal([]);
    expect(await epochs.isRewarded(0)).to.equal(false);
  });

  it("EPO-1 reverts with EpochRunning when an attacker ends an epoch a second too early", async () => {
    const world = await setUpEpochs();
    const { epochs, election, connection } = world;
    await election.elect(1);
    await election.storeSet();
    const endsAt = await epochs.endsAt();
    await connection.networkHelpers.time.setNextBlockTimestamp(endsAt - 1n);
    await expect(epochs.advance())
      .to.be.revertedWithCustomError(epochs, "EpochRunning")
      .withArgs(0n, endsAt, endsAt - 1n);
    await connection.networkHelpers.time.setNextBlockTimestamp(endsAt);
    await epochs.advance();
    expect(await epochs.epoch()).to.equal(1n);
  });

  it("EPO-1 reverts with EpochSetMissing when an attacker ends an epoch before the next set stands", async () => {
    const { epochs, election, connection } = await setUpEpochs();
    await connection.networkHelpers.time.increaseTo(await epochs.endsAt());
    await expect(epochs.advance()).to.be.revertedWithCustomError(epochs, "EpochSetMissing").withArgs(1n);
    await election.elect(1);
    await expect(epochs.advance()).to.be.revertedWithCustomError(epochs, "EpochSetMissing").withArgs(1n);
  });

  it("[NET-2] the elected set and the stage begin with the epoch, everywhere in one transaction", async () => {
    const world = await setUpEpochs({ tallies: talliesOf(6n, 5n, 4n, 3n, 2n) });
    const { epochs, registry, staking, stages, verifier, election } = world;
    await stages.setFrom(Stages.newGeneration, 1n);
    await goToEnd(world);
    expect(await registry.currentSet()).to.deep.equal(range(4).map(operatorOf));
    await expect(epochs.advance())
      .to.emit(epochs, "EpochStarted")
      .withArgs(1n, await verifier.setHashOf(1), Stages.newGeneration, anyValue);
    const elected = range(5).map((index) => operatorOf(10 + index));
    expect(await registry.currentSet()).to.deep.equal(elected);
    expect(await epochs.operatorsOf(1)).to.deep.equal(elected);
    expect(await election.operatorsOf(1)).to.deep.equal(elected);
    expect(await staking.begun()).to.deep.equal([0n, 1n]);
    expect(await stages.begun()).to.deep.equal([0n, 1n]);
  });

  it("EPO-2 a change of the length in mid-epoch holds from the next epoch on", async () => {
    const world = await setUpEpochs();
    const { epochs } = world;
    const endsAt = await epochs.endsAt();
    await setParameters(world, { epochSeconds: 100n });
    expect(await epochs.endsAt()).to.equal(endsAt);
    await finishEpoch(world);
    expect((await epochs.endsAt()) - (await epochs.startedAt())).to.equal(100n);
  });

  it("goes on after any time in which nobody ended the epoch", async () => {
    const world = await setUpEpochs();
    await goToEnd(world);
    await world.connection.networkHelpers.time.increase(90 * 86_400);
    await world.epochs.advance();
    const now = BigInt(await world.connection.networkHelpers.time.latest());
    expect(await world.epochs.startedAt()).to.equal(now);
    expect(await world.epochs.endsAt()).to.equal(now + PARAMETERS.epochSeconds);
  });

  it("is upgraded only by governance and says what code it runs", async () => {
    const { epochs, codes, connection } = await setUpEpochs();
    const stranger = (await connection.ethers.getSigners())[1]!;
    const code = await codes[1]!.getAddress();
    expect(await epochs.implementation()).to.equal(code);
    await expect(epochs.connect(stranger).upgradeToAndCall(code, "0x"))
      .to.be.revertedWithCustomError(epochs, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    await epochs.upgradeToAndCall(code, "0x");
    await expect(epochs.initialize(code)).to.be.revertedWithCustomError(epochs, "InvalidInitialization");
  });
});

describe("EpochManager: samples", () => {
  it("EPO-3 whoever brings the first certificate leaves somebody out in vain: the next one adds him", async () => {
    const world = await setUpEpochs();
    const { epochs } = world;
    const first = await certifyNewest(world, [0, 1, 2]);
    const second = await certifyNewest(world, [1, 2, 3]);
    await expect(epochs.recordParticipation(first.certificate, first.blockNumber))
      .to.emit(epochs, "ParticipationRecorded")
      .withArgs(0n, 0n, first.certificate.digest, 0b0111n);
    expect(await epochs.currentSample()).to.deep.equal([0n, first.certificate.digest, 0b0111n]);
    await epochs.recordParticipation(second.certificate, second.blockNumber);
    expect(await epochs.signersOf(0, 0)).to.equal(0b1111n);
  });

  it("reverts with EpochSampleUnchanged when a certificate adds nobody", async () => {
    const world = await setUpEpochs();
    const { certificate, blockNumber } = await certifyNewest(world, range(4));
    const fewer = await certifyNewest(world, [0, 1, 2]);
    await world.epochs.recordParticipation(certificate, blockNumber);
    for (const again of [certificate, fewer.certificate]) {
      await expect(world.epochs.recordParticipation(again, blockNumber))
        .to.be.revertedWithCustomError(world.epochs, "EpochSampleUnchanged")
        .withArgs(0n, 0n, 0b1111n);
    }
  });

  it("reverts with EpochSampleTaken when an attacker replaces a sample by a block that others did not sign", async () => {
    const world = await setUpEpochs();
    const first = await certifyNewest(world, range(4));
    await world.epochs.recordParticipation(first.certificate, first.blockNumber);
    const other = await certifyNewest(world, [0, 1, 2]);
    await expect(world.epochs.recordParticipation(other.certificate, other.blockNumber))
      .to.be.revertedWithCustomError(world.epochs, "EpochSampleTaken")
      .withArgs(0n, 0n, other.certificate.digest, first.certificate.digest);
  });

  it("reverts with EpochBlockOutOfOrder when an attacker samples a block twice, or an older one", async () => {
    const world = await setUpEpochs();
    const older = await certifyNewest(world, [0, 1, 2]);
    await world.connection.networkHelpers.mine();
    const sampled = await certifyNewest(world, [0, 1, 2]);
    await world.epochs.recordParticipation(sampled.certificate, sampled.blockNumber);
    await goToSample(world, 1);
    for (const { certificate, blockNumber } of [older, sampled]) {
      await expect(world.epochs.recordParticipation(certificate, blockNumber))
        .to.be.revertedWithCustomError(world.epochs, "EpochBlockOutOfOrder")
        .withArgs(BigInt(blockNumber), BigInt(sampled.blockNumber));
    }
  });

  it("reverts with EpochBlockUnknown for a certificate of another block, or of one older than 256 blocks", async () => {
    const world = await setUpEpochs();
    const { certificate, blockNumber } = await certifyNewest(world, range(4));
    const foreign = { ...certificate, digest: id("a block of another fork") };
    for (const number of [blockNumber, blockNumber - 1, 10 ** 9]) {
      await expect(world.epochs.recordParticipation(foreign, number))
        .to.be.revertedWithCustomError(world.epochs, "EpochBlockUnknown")
        .withArgs(BigInt(number), foreign.digest);
    }
    // A number that has no hash any more, and a certificate of "no block".
    const nothing = { ...certificate, digest: ZeroHash };
    await expect(world.epochs.recordParticipation(nothing, 10 ** 9)).to.be.revertedWithCustomError(
      world.epochs,
      "EpochBlockUnknown",
    );
    await world.connection.networkHelpers.mine(257);
    await expect(world.epochs.recordParticipation(certificate, blockNumber))
      .to.be.revertedWithCustomError(world.epochs, "EpochBlockUnknown")
      .withArgs(BigInt(blockNumber), certificate.digest);
  });

  it("reverts with EpochCertificateStale for a certificate of another epoch", async () => {
    const world = await setUpEpochs();
    await finishEpoch(world);
    const { certificate, blockNumber } = await certifyNewest(world, range(4), 0n);
    await expect(world.epochs.recordParticipation(certificate, blockNumber))
      .to.be.revertedWithCustomError(world.epochs, "EpochCertificateStale")
      .withArgs(0n, 1n);
    // The same signatures under the present epoch's number are signatures of something else.
    await expect(
      world.epochs.recordParticipation({ ...certificate, epoch: 1n }, blockNumber),
    ).to.be.revertedWithCustomError(world.verifier, "FinalitySignatureInvalid");
  });

  it("reverts with FinalitySignatureInvalid for a certificate of another chain or a padded list of signers", async () => {
    const world = await setUpEpochs();
    const onAnotherChain = await deployVerifier(world.connection, world.members, { chainId: CHAIN_ID + 1n });
    const replayed = await certifyNewest({ ...world, verifier: onAnotherChain }, range(4));
    const { certificate, blockNumber } = await certifyNewest(world, [0, 1, 2]);
    expect(replayed.blockNumber).to.equal(blockNumber);
    const padded = { ...certificate, signers: "0x0f" };
    for (const bad of [padded, replayed.certificate]) {
      await expect(world.epochs.recordParticipation(bad, blockNumber)).to.be.revertedWithCustomError(
        world.verifier,
        "FinalitySignatureInvalid",
      );
    }
    await expect(
      world.epochs.recordParticipation({ ...certificate, signers: `0x07${"00".repeat(40)}` }, blockNumber),
    ).to.be.revertedWithCustomError(world.verifier, "FinalityBitmapLength");
    expect(await world.epochs.signersOf(0, 0)).to.equal(0n);
  });

  it("reverts with FinalityQuorumMissing when less than a quorum claims to be all", async () => {
    const world = await setUpEpochs();
    const { certificate, blockNumber } = await certifyNewest(world, [0, 1]);
    await expect(world.epochs.recordParticipation(certificate, blockNumber)).to.be.revertedWithCustomError(
      world.verifier,
      "FinalityQuorumMissing",
    );
  });

  it("each part of the epoch has a sample of its own; the last part lasts until the epoch is ended", async () => {
    const world = await setUpEpochs();
    for (const sample of range(4)) {
      await goToSample(world, sample);
      expect(await world.epochs.currentSample()).to.deep.equal([BigInt(sample), ZeroHash, 0n]);
      await record(world, [0, 1, sample === 0 ? 3 : 2]);
    }
    await world.connection.networkHelpers.time.increase(10 * 86_400);
    const [sample, digest] = await world.epochs.currentSample();
    expect([sample, digest === ZeroHash]).to.deep.equal([3n, false]);
    expect(await Promise.all(range(5).map((index) => world.epochs.signersOf(0, index)))).to.deep.equal([
      0b1011n,
      0b0111n,
      0b0111n,
      0b0111n,
      0n,
    ]);
  });
});
