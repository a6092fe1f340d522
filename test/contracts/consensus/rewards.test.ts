/**
 * EpochManager: what validators earn by formula (4), what happens to who was down, and what attackers try.
 */
import { expect } from "chai";
import { publicKeyOf, range, secretOf } from "../../helpers/bls.ts";
import {
  COIN,
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
  type WorldOptions,
} from "../../helpers/epochs.ts";
import { State } from "../../helpers/registry.ts";

const talliesOf = (...stakes: readonly bigint[]): Tally[] =>
  stakes.map((stake, index) => ({
    operator: operatorOf(10 + index),
    stake: stake * COIN,
    persons: 0n,
    registeredAt: 1_000n,
  }));

/** Plays the present epoch with these signers in its parts, and begins the next. */
async function play(world: World, ...samples: readonly (readonly number[])[]): Promise<void> {
  for (const [index, signers] of samples.entries()) {
    await goToSample(world, index);
    await record(world, signers);
  }
  await finishEpoch(world);
}

const ALL = range(4);

/** Epoch 0 has been played and has ended. */
async function played(samples: readonly (readonly number[])[], options: WorldOptions = {}) {
  const world = await setUpEpochs(options);
  await play(world, ...samples);
  return world;
}

const amountsOf = async ({ staking }: World): Promise<bigint[]> => (await staking.paid()).map(({ amount }) => amount);

describe("EpochManager: rewards", () => {
  it("[EMI-4] Origin: C1 for each validator and day, by the share of samples it signed", async () => {
    const world = await played([ALL, [0, 1, 2], [0, 1, 2], ALL]);
    const { epochs, emission, staking } = world;
    await expect(epochs.reward(0))
      .to.emit(epochs, "EpochRewarded")
      .withArgs(0n, 35n * COIN, 35n * COIN);
    expect(await emission.emissions()).to.deep.equal([[await staking.getAddress(), 35n * COIN, 35n * COIN]]);
    expect(await staking.paid()).to.deep.equal([
      [operatorOf(0), 10n * COIN, 0n],
      [operatorOf(1), 10n * COIN, 100n],
      [operatorOf(2), 10n * COIN, 200n],
      [operatorOf(3), 5n * COIN, 300n],
    ]);
    expect(await epochs.isRewarded(0)).to.equal(true);
  });

  it("[EMI-4] Cape: C1 · 150 %; New Generation: C1 times its own factor; each by the stage of the epoch", async () => {
    for (const [stage, validators, reward] of [
      ["capeOfGoodHope", 7, 15n * COIN],
      ["newGeneration", 4, 12n * COIN],
    ] as const) {
      const world = await setUpEpochs({ tallies: talliesOf(5n, 5n, 5n, 5n) });
      await world.stages.setFrom(Stages[stage], 1n);
      await play(world, ALL);
      await play(world, range(validators));
      // The present stage does not matter any more.
      await world.stages.setFrom(Stages[stage], 2n ** 64n - 1n);
      await world.epochs.reward(1);
      expect(await amountsOf(world)).to.deep.equal(Array(validators).fill(reward));
      await world.epochs.reward(0);
      expect((await amountsOf(world)).slice(-4)).to.deep.equal(Array(4).fill(10n * COIN));
    }
  });

  it("EPO-2 length and rates are those of the epoch's beginning, and a late end earns nothing more", async () => {
    const world = await setUpEpochs({ values: { epochSeconds: 21_600n } });
    await record(world, ALL);
    await setParameters(world, { epochSeconds: 86_400n, validatorRewardPerDay: 77n * COIN, downtimeJailBps: 10_000n });
    await world.connection.networkHelpers.time.increase(30 * 86_400);
    await finishEpoch(world);
    await world.epochs.reward(0);
    expect(await amountsOf(world)).to.deep.equal(Array(4).fill((10n * COIN) / 4n));
  });

  it("EPO-4 reverts with EpochRewardedAlready when an attacker has an epoch paid twice", async () => {
    const world = await played([ALL]);
    await world.epochs.reward(0);
    await expect(world.epochs.reward(0))
      .to.be.revertedWithCustomError(world.epochs, "EpochRewardedAlready")
      .withArgs(0n);
  });

  it("EPO-4 reverts with EpochRewardedAlready when a contract of the system calls back", async () => {
    const world = await played([ALL]);
    const { epochs, staking } = world;
    const data = epochs.interface.encodeFunctionData("reward", [0n]);
    await staking.setCallback(await epochs.getAddress(), data);
    await expect(epochs.reward(0)).to.be.revertedWithCustomError(epochs, "EpochRewardedAlready").withArgs(0n);
  });

  it("reverts with EpochNotEnded when an attacker has an epoch paid before it is over", async () => {
    const world = await setUpEpochs();
    await record(world, ALL);
    for (const epoch of [0n, 1n, 2n ** 64n - 1n]) {
      await expect(world.epochs.reward(epoch))
        .to.be.revertedWithCustomError(world.epochs, "EpochNotEnded")
        .withArgs(epoch, 0n);
    }
  });

  it("EPO-4 epochs may be paid late and in any order", async () => {
    const world = await setUpEpochs();
    for (const signers of [ALL, [0, 1, 2], [1, 2, 3]]) await play(world, signers);
    await setParameters(world, { downtimeJailBps: 0n });
    for (const epoch of [2n, 0n, 1n]) await world.epochs.reward(epoch);
    // Epoch 2 jailed the first validator, who was down then: nothing more is paid to it.
    expect((await world.staking.paid()).map(({ operator }) => operator)).to.deep.equal(
      [1, 2, 3, 1, 2, 3, 1, 2].map(operatorOf),
    );
  });

  it("pays nobody and jails nobody when an epoch has no sample", async () => {
    const world = await played([]);
    await expect(world.epochs.reward(0)).to.emit(world.epochs, "EpochRewarded").withArgs(0n, 0n, 0n);
    expect(await world.emission.emissions()).to.deep.equal([]);
    expect(await world.registry.jailings()).to.deep.equal([]);
    expect(await world.epochs.isRewarded(0)).to.equal(true);
  });

  it("pays nothing to validators who are jailed, exit or are tombstoned", async () => {
    const world = await played([ALL]);
    for (const [index, state] of [State.jailed, State.exiting, State.tombstoned].entries()) {
      await world.registry.setState(operatorOf(index), state);
    }
    await expect(world.epochs.reward(0))
      .to.emit(world.epochs, "EpochRewarded")
      .withArgs(0n, 10n * COIN, 10n * COIN);
    expect((await world.staking.paid()).map(({ operator }) => operator)).to.deep.equal([operatorOf(3)]);
  });

  it("EPO-5 a bucket that runs dry is shared in proportion, to the last wei", async () => {
    const world = await played([ALL, [0, 1, 2]]);
    const rest = 1_000_003n;
    await world.emission.setRest(rest);
    await expect(world.epochs.reward(0))
      .to.emit(world.epochs, "EpochRewarded")
      .withArgs(0n, 35n * COIN, rest);
    const amounts = await amountsOf(world);
    expect(amounts.reduce((sum, amount) => sum + amount, 0n)).to.equal(rest);
    for (const [index, amount] of amounts.entries()) {
      const exact = Number(rest) * ((index === 3 ? 5 : 10) / 35);
      expect(Math.abs(Number(amount) - exact)).to.be.lessThan(1);
    }
  });

  it("EPO-5 an empty bucket blocks neither rewards nor the next epoch", async () => {
    const world = await played([ALL]);
    await world.emission.setRest(0);
    await expect(world.epochs.reward(0))
      .to.emit(world.epochs, "EpochRewarded")
      .withArgs(0n, 40n * COIN, 0n);
    expect(await world.staking.paid()).to.deep.equal([]);
    await finishEpoch(world);
    expect(await world.epochs.epoch()).to.equal(2n);
  });

  it("a reward of zero by parameter asks the bucket for nothing", async () => {
    const world = await played([ALL], { values: { validatorRewardPerDay: 0n } });
    await world.epochs.reward(0);
    expect(await world.emission.emissions()).to.deep.equal([]);
    expect(await world.epochs.isRewarded(0)).to.equal(true);
  });

  it("EPO-4 a large set is paid in calls of 42, everyone once", async () => {
    const world = await setUpEpochs({
      tallies: talliesOf(...range(90).map((index) => BigInt(1_000 - index))),
      values: { generationSeats: 90n },
    });
    await world.stages.setFrom(Stages.newGeneration, 1n);
    await play(world, ALL);
    await play(world, range(90));
    const counts = [];
    while (!(await world.epochs.isRewarded(1))) {
      await world.epochs.reward(1);
      counts.push((await world.staking.paid()).length);
    }
    expect(counts).to.deep.equal([42, 84, 90]);
    const operators = (await world.staking.paid()).map(({ operator }) => operator);
    expect(operators).to.deep.equal(await world.epochs.operatorsOf(1));
    await expect(world.epochs.reward(1)).to.be.revertedWithCustomError(world.epochs, "EpochRewardedAlready");
  });
});

describe("EpochManager: downtime", () => {
  const half = [ALL, [0, 1, 2], [0, 1, 2], ALL];
  const quarter = [ALL, [0, 1, 2], [0, 1, 2], [0, 1, 2]];

  it("jails who signed less than the threshold for the time that the parameter says, and pays what it earned", async () => {
    const world = await played(quarter);
    const { epochs, registry, staking, connection } = world;
    const now = BigInt(await connection.networkHelpers.time.latest()) + 50n;
    await connection.networkHelpers.time.setNextBlockTimestamp(now);
    const until = now + PARAMETERS.jailSeconds;
    await expect(epochs.reward(0))
      .to.emit(epochs, "ValidatorDown")
      .withArgs(0n, operatorOf(3), 2_500n, until)
      .to.emit(epochs, "ValidatorRewarded")
      .withArgs(0n, operatorOf(3), 2_500n, (10n * COIN) / 4n);
    expect(await registry.jailings()).to.deep.equal([[operatorOf(3), until]]);
    expect(await staking.slashes()).to.deep.equal([]);
  });

  it("does not jail at exactly the threshold", async () => {
    const world = await played(half);
    await expect(world.epochs.reward(0)).to.not.emit(world.epochs, "ValidatorDown");
    expect(await world.registry.jailings()).to.deep.equal([]);
  });

  it("[NET-5] in New Generation who was down is also slashed, after it was paid", async () => {
    const world = await setUpEpochs({ tallies: talliesOf(5n, 5n, 5n, 5n) });
    await world.stages.setFrom(Stages.newGeneration, 1n);
    await play(world, ALL);
    await play(world, ...quarter);
    await world.epochs.reward(1);
    expect(await world.staking.slashes()).to.deep.equal([[operatorOf(13), PARAMETERS.downtimeSlashBps]]);
    expect((await world.registry.jailings()).map(({ operator }) => operator)).to.deep.equal([operatorOf(13)]);
  });

  it("who was down and lost its seat before the reward is jailed all the same", async () => {
    const world = await played(quarter);
    await world.registry.setState(operatorOf(3), State.candidate);
    await expect(world.epochs.reward(0)).to.emit(world.epochs, "ValidatorDown");
    expect((await world.registry.jailings()).map(({ operator }) => operator)).to.deep.equal([operatorOf(3)]);
    expect(await world.staking.paid()).to.have.length(4);
  });

  it("[NET-5] who was down and leaves before the reward saves neither its pay nor its stake", async () => {
    const world = await setUpEpochs({ tallies: talliesOf(5n, 5n, 5n, 5n) });
    await world.stages.setFrom(Stages.newGeneration, 1n);
    await play(world, ALL);
    await play(world, ...quarter);
    await world.registry.setState(operatorOf(13), State.exiting);
    await expect(world.epochs.reward(1))
      .to.emit(world.epochs, "ValidatorDown")
      .withArgs(1n, operatorOf(13), 2_500n, 0n);
    expect(await world.staking.slashes()).to.deep.equal([[operatorOf(13), PARAMETERS.downtimeSlashBps]]);
    expect(await world.registry.jailings()).to.deep.equal([]);
    expect((await world.staking.paid()).map(({ operator }) => operator)).not.to.include(operatorOf(13));
  });

  it("a jailed validator is left out of the next set, and the others go on", async () => {
    const world = await setUpEpochs({ authorities: 6 });
    await play(world, [0, 1, 2, 3, 4]);
    await world.epochs.reward(0);
    await finishEpoch(world);
    expect(await world.epochs.operatorsOf(1)).to.deep.equal(range(6).map(operatorOf));
    expect(await world.epochs.operatorsOf(2)).to.deep.equal(range(5).map(operatorOf));
    expect(await world.registry.stateOf(operatorOf(5))).to.equal(State.jailed);
  });

  it("a rotated key neither loses nor gains participation: bits belong to operators", async () => {
    const world = await setUpEpochs();
    await record(world, [0, 1, 2]);
    await world.registry.setKey(operatorOf(3), publicKeyOf(secretOf(77)));
    await finishEpoch(world);
    await world.epochs.reward(0);
    expect((await world.registry.jailings()).map(({ operator }) => operator)).to.deep.equal([operatorOf(3)]);
  });
});
