/**
 * ValidatorElection: the exact 6:4 ranking, who is seated in which stage, and what attackers try.
 */
import { expect } from "chai";
import { measureElectionGas } from "../../../scripts/bench/election-gas.ts";
import { publicKeyOf, secretOf } from "../../helpers/bls.ts";
import {
  addCandidates,
  COIN,
  finishEpoch,
  operatorOf,
  PARAMETERS,
  Stages,
  setParameters,
  setUpEpochs,
  type Tally,
} from "../../helpers/epochs.ts";
import { State } from "../../helpers/registry.ts";
import { expectSnapshot } from "../../helpers/snapshots.ts";

/** Code that counts its own coverage costs more. */
const isInstrumented = process.argv.includes("--coverage");

/** Candidates 10, 11, … in the order of their stakes. */
const talliesOf = (...stakes: readonly bigint[]): Tally[] =>
  stakes.map((stake, index) => ({
    operator: operatorOf(10 + index),
    stake: stake * COIN,
    persons: 0n,
    registeredAt: 1_000n,
  }));

const operators = (...indexes: readonly number[]): string[] => indexes.map(operatorOf);
const AUTHORITIES = operators(0, 1, 2, 3);

/** A world whose next epoch has the stage. */
async function setUp(stage: keyof typeof Stages, options: Parameters<typeof setUpEpochs>[0] = {}) {
  const world = await setUpEpochs(options);
  await world.stages.setFrom(Stages[stage], 1n);
  return world;
}

async function ranked(tallies: readonly Tally[], options: Parameters<typeof setUpEpochs>[0] = {}) {
  const { election } = await setUp("newGeneration", { tallies, ...options });
  await election.elect(1_000);
  return [...(await election.rankingOf(1)).operators];
}

describe("ValidatorElection: ranking", () => {
  it("[VAL-4] six parts persons outweigh four parts stake", async () => {
    const [holder, beloved] = talliesOf(900_000n, 100_000n) as [Tally, Tally];
    // 0.6 · 1/4 + 0.4 · 9/10 = 0.51 against 0.6 · 3/4 + 0.4 · 1/10 = 0.49; one more person turns it.
    expect(
      await ranked([
        { ...holder, persons: 1n },
        { ...beloved, persons: 3n },
      ]),
    ).to.deep.equal(operators(10, 11));
    expect(
      await ranked([
        { ...holder, persons: 1n },
        { ...beloved, persons: 4n },
      ]),
    ).to.deep.equal(operators(11, 10));
  });

  it("[VAL-4] the weight of persons is governed: at zero only stake counts, at one only persons", async () => {
    const [holder, beloved] = talliesOf(900_000n, 1n) as [Tally, Tally];
    const tallies = [
      { ...holder, persons: 4n },
      { ...beloved, persons: 5n },
    ];
    expect(await ranked(tallies, { values: { personWeightBps: 0n } })).to.deep.equal(operators(10, 11));
    expect(await ranked(tallies, { values: { personWeightBps: 10_000n } })).to.deep.equal(operators(11, 10));
  });

  it("[VAL-4] ties of score break by stake, then by age, then by the lower address", async () => {
    const [a, b, c, d] = talliesOf(10n, 10n, 10n, 30n) as [Tally, Tally, Tally, Tally];
    // The whole weight on persons: all scores are equal, stakes differ.
    const tallies = [{ ...c, registeredAt: 999n }, b, a, d].map((tally) => ({ ...tally, persons: 2n }));
    const values = { personWeightBps: 10_000n };
    expect(await ranked(tallies, { values })).to.deep.equal(operators(13, 12, 10, 11));
    expect(await ranked(tallies.toReversed(), { values })).to.deep.equal(operators(13, 12, 10, 11));
  });

  it("[VAL-4] a single wei decides, at the largest sums there are", async () => {
    const [a, b] = talliesOf(450_000_000n, 450_000_000n) as [Tally, Tally];
    const persons = 2n ** 39n - 1n;
    expect(
      await ranked([
        { ...a, persons },
        { ...b, persons, stake: b.stake + 1n },
      ]),
    ).to.deep.equal(operators(11, 10));
  });

  it("[VAL-4] without a person voting stake alone decides", async () => {
    expect(await ranked(talliesOf(1n, 3n, 2n))).to.deep.equal(operators(11, 12, 10));
  });

  it("ELE-3 whoever is listed after the beginning of the epoch has no tallies and is passed over", async () => {
    expect(await ranked(talliesOf(5n, 0n))).to.deep.equal(operators(10));
  });

  it("elects nobody without candidates, and with candidates that have nothing staked", async () => {
    expect(await ranked([])).to.deep.equal([]);
    expect(await ranked(talliesOf(0n, 0n, 0n))).to.deep.equal([]);
  });

  it("ranks as many as there are seats and a reserve of 21", async () => {
    const stakes = Array.from({ length: 40 }, (_, index) => BigInt(1 + ((index * 17) % 40)));
    const best = stakes.map((stake, index) => ({ stake, index })).sort((a, b) => Number(b.stake - a.stake));
    const expected = best.slice(0, 5 + 21).map(({ index }) => operatorOf(10 + index));
    expect(await ranked(talliesOf(...stakes))).to.deep.equal(expected);
  });
});

describe("ValidatorElection: pages", () => {
  it("ELE-2 gives the same ranking in one page and in pages of any size", async () => {
    const stakes = Array.from({ length: 60 }, (_, index) => BigInt(1 + ((index * 37) % 30)));
    const whole = await ranked(talliesOf(...stakes));
    for (const size of [1, 7, 59]) {
      const { election } = await setUp("newGeneration", { tallies: talliesOf(...stakes) });
      while (!(await election.progress()).finished) await election.elect(size);
      expect([...(await election.rankingOf(1)).operators]).to.deep.equal(whole);
    }
  });

  it("reverts with ElectionPageEmpty when an attacker opens an election without scanning anybody", async () => {
    const { election } = await setUp("newGeneration", { tallies: talliesOf(1n, 2n) });
    await expect(election.elect(0)).to.be.revertedWithCustomError(election, "ElectionPageEmpty");
    expect(await election.isOpen()).to.equal(false);
  });

  it("an attacker who scans one by one only pays for others: one call finishes the rest", async () => {
    const { election } = await setUp("newGeneration", { tallies: talliesOf(1n, 2n, 3n, 4n) });
    await expect(election.elect(1)).to.emit(election, "ElectionPageScanned").withArgs(1n, 1n, 4n);
    expect(await election.isOpen()).to.equal(true);
    expect(await election.progress()).to.deep.equal([1n, 1n, false, false]);
    await expect(election.elect(2n ** 256n - 1n))
      .to.emit(election, "ElectionPageScanned")
      .withArgs(1n, 4n, 4n);
    expect(await election.isOpen()).to.equal(false);
    expect([...(await election.rankingOf(1)).operators]).to.deep.equal(operators(13, 12, 11, 10));
  });

  it("ELE-3 an attacker who lists candidates while pages are open neither delays the end nor enters", async () => {
    const world = await setUp("newGeneration", { tallies: talliesOf(1n, 2n) });
    const { election, staking, registry } = world;
    await election.elect(1);
    const late: Tally = { operator: operatorOf(50), stake: 0n, persons: 0n, registeredAt: 1n };
    await addCandidates({ staking, registry }, [late], talliesOf(1n, 2n));
    await election.elect(1);
    expect(await election.progress()).to.deep.equal([1n, 2n, true, false]);
    expect([...(await election.rankingOf(1)).operators]).to.deep.equal(operators(11, 10));
  });

  it("reverts with ElectionFinished when somebody wants to scan again", async () => {
    const { election } = await setUp("newGeneration", { tallies: talliesOf(1n) });
    await election.elect(1);
    await expect(election.elect(1)).to.be.revertedWithCustomError(election, "ElectionFinished").withArgs(1n);
  });

  it("ELE-4 a change of the weight in mid-epoch changes neither this election nor a page of it", async () => {
    const [holder, beloved] = talliesOf(900_000n, 1n) as [Tally, Tally];
    const tallies = [
      { ...holder, persons: 4n },
      { ...beloved, persons: 5n },
    ];
    const world = await setUp("newGeneration", { tallies, values: { personWeightBps: 0n } });
    await world.election.elect(1);
    await setParameters(world, { personWeightBps: 10_000n });
    await world.election.elect(1);
    expect([...(await world.election.rankingOf(1)).operators]).to.deep.equal(operators(10, 11));
  });

  it("reverts with EpochNotStarted before the first epoch", async () => {
    const { election, epochs } = await setUpEpochs({ isStarted: false });
    await expect(election.elect(1)).to.be.revertedWithCustomError(epochs, "EpochNotStarted");
    await expect(election.storeSet()).to.be.revertedWithCustomError(epochs, "EpochNotStarted");
  });
});

describe("ValidatorElection: seats", () => {
  it("[NET-3] Origin: the authorities, each counting one, without scanning a candidate", async () => {
    const { election, verifier } = await setUp("origin", { tallies: talliesOf(1_000_000n) });
    await expect(election.elect(1)).to.emit(election, "ElectionPageScanned").withArgs(1n, 0n, 0n);
    await expect(election.storeSet()).to.emit(election, "ValidatorsElected").withArgs(1n, 4n);
    expect(await election.operatorsOf(1)).to.deep.equal(AUTHORITIES);
    expect(await verifier.totalWeightOf(1)).to.equal(4n);
    expect(await verifier.setHashOf(1)).to.equal(await verifier.setHashOf(0));
  });

  it("[NET-3] Origin: an authority without its stake has no seat, and no more than the seats are taken", async () => {
    const { election, staking } = await setUp("origin", { authorities: 7, values: { authoritySeats: 5n } });
    await staking.setSelfStake(operatorOf(1), PARAMETERS.authorityStake - 1n);
    await staking.setSelfStake(operatorOf(2), PARAMETERS.authorityStake);
    await election.elect(1);
    await election.storeSet();
    expect(await election.operatorsOf(1)).to.deep.equal(operators(0, 2, 3, 4, 5));
  });

  it("[NET-4] Cape: the authorities remain and the first n of the ranking are added, each counting one", async () => {
    const { election, verifier } = await setUp("capeOfGoodHope", { tallies: talliesOf(1n, 5n, 3n, 4n, 2n) });
    await election.elect(100);
    await election.storeSet();
    expect(await election.operatorsOf(1)).to.deep.equal([...AUTHORITIES, ...operators(11, 13, 12)]);
    expect(await verifier.totalWeightOf(1)).to.equal(7n);
  });

  it("ELE-1 Cape: an authority that stands for election too has one seat and takes nobody's", async () => {
    const listed = AUTHORITIES.map((operator) => ({ ...talliesOf(9n)[0]!, operator }));
    const { election } = await setUp("capeOfGoodHope", { tallies: [...talliesOf(1n, 2n, 3n), ...listed] });
    await election.elect(100);
    await election.storeSet();
    expect(await election.operatorsOf(1)).to.deep.equal([...AUTHORITIES, ...operators(12, 11, 10)]);
  });

  it("[NET-5] New Generation: stake alone gives a seat and its weight; authorities have none", async () => {
    const { election, verifier } = await setUp("newGeneration", { tallies: talliesOf(1n, 5n, 3n, 4n, 2n, 6n) });
    await election.elect(100);
    await election.storeSet();
    expect(await election.operatorsOf(1)).to.deep.equal(operators(15, 11, 13, 12, 14));
    expect(await verifier.totalWeightOf(1)).to.equal(20n * COIN);
    const set = await verifier.validatorSetOf(1);
    expect(set.slice(2, 258)).to.equal(publicKeyOf(secretOf(15)).slice(2));
    expect(BigInt(`0x${set.slice(258, 290)}`)).to.equal(6n * COIN);
  });

  it("ELE-1 winners who were jailed, exit, are tombstoned or took their stake out give their seats to the next", async () => {
    const { election, registry, staking } = await setUp("newGeneration", {
      tallies: talliesOf(9n, 8n, 7n, 6n, 5n, 4n, 3n, 2n, 1n),
    });
    await election.elect(100);
    await registry.setState(operatorOf(10), State.jailed);
    await registry.setState(operatorOf(11), State.exiting);
    await registry.setState(operatorOf(12), State.tombstoned);
    await staking.setSelfStake(operatorOf(13), PARAMETERS.generationStake - 1n);
    await staking.setSelfStake(operatorOf(14), PARAMETERS.generationStake);
    await election.storeSet();
    expect(await election.operatorsOf(1)).to.deep.equal(operators(14, 15, 16, 17, 18));
  });

  it("[NET-4] Cape: a candidate needs the candidates' stake, an authority only its own", async () => {
    const { election, staking } = await setUp("capeOfGoodHope", { tallies: talliesOf(9n, 8n) });
    await staking.setDefaultSelfStake(PARAMETERS.authorityStake);
    await staking.setSelfStake(operatorOf(10), PARAMETERS.candidateStake - 1n);
    await staking.setSelfStake(operatorOf(11), PARAMETERS.candidateStake);
    await election.elect(100);
    await election.storeSet();
    expect(await election.operatorsOf(1)).to.deep.equal([...AUTHORITIES, operatorOf(11)]);
  });

  it("never seats more than 169, whatever the parameters say", async () => {
    const many = Array.from({ length: 180 }, (_, index) => BigInt(1_000 - index));
    const { election } = await setUp("newGeneration", {
      tallies: talliesOf(...many),
      values: { generationSeats: 1_000n },
    });
    await election.elect(1_000);
    await election.storeSet();
    const elected = await election.operatorsOf(1);
    expect(elected).to.have.length(169);
    expect(new Set(elected).size).to.equal(169);
  });

  it("seats nobody twice when a page shows a candidate twice", async () => {
    const { election } = await setUp("newGeneration", { tallies: [...talliesOf(5n, 4n, 3n, 2n), ...talliesOf(5n)] });
    await election.elect(100);
    await election.storeSet();
    expect(await election.operatorsOf(1)).to.deep.equal(operators(10, 11, 12, 13));
  });
});

describe("ValidatorElection: the former set", () => {
  it("goes on with its weights when fewer than the minimum can be seated", async () => {
    const world = await setUp("newGeneration", { tallies: talliesOf(6n, 5n, 4n, 3n) });
    const { election, registry, verifier } = world;
    await finishEpoch(world);
    for (const index of [10, 11]) await registry.setState(operatorOf(index), State.jailed);
    await election.elect(100);
    await expect(election.storeSet()).to.emit(election, "FormerSetKept").withArgs(2n, 2n, 4n);
    expect(await election.operatorsOf(2)).to.deep.equal(await election.operatorsOf(1));
    expect(await verifier.setHashOf(2)).to.equal(await verifier.setHashOf(1));
    expect(await verifier.totalWeightOf(2)).to.equal(18n * COIN);
  });

  it("goes on from epoch 0, and a rotated key enters with it", async () => {
    const { election, registry, verifier } = await setUp("newGeneration");
    await registry.setKey(operatorOf(2), publicKeyOf(secretOf(77)));
    await election.elect(1);
    await expect(election.storeSet()).to.emit(election, "FormerSetKept").withArgs(1n, 0n, 4n);
    expect(await election.operatorsOf(1)).to.deep.equal(AUTHORITIES);
    const set = await verifier.validatorSetOf(1);
    expect(set.slice(2 + 2 * 288, 2 + 2 * 288 + 256)).to.equal(publicKeyOf(secretOf(77)).slice(2));
    expect(await verifier.totalWeightOf(1)).to.equal(4n);
  });
});

describe("ValidatorElection: storing", () => {
  it("reverts with ElectionUnfinished when an attacker wants the set before all candidates were looked at", async () => {
    const { election } = await setUp("newGeneration", { tallies: talliesOf(1n, 2n, 3n) });
    await expect(election.storeSet())
      .to.be.revertedWithCustomError(election, "ElectionUnfinished")
      .withArgs(1n, 0n, 3n);
    await election.elect(2);
    await expect(election.storeSet())
      .to.be.revertedWithCustomError(election, "ElectionUnfinished")
      .withArgs(1n, 2n, 3n);
  });

  it("reverts with ElectionSetStored when the set of the next epoch stands", async () => {
    const { election } = await setUp("origin");
    await election.elect(1);
    await election.storeSet();
    await expect(election.storeSet()).to.be.revertedWithCustomError(election, "ElectionSetStored").withArgs(1n);
    expect(await election.progress()).to.deep.equal([1n, 0n, true, true]);
  });

  it("[VAL-5] every epoch has its own set, and the election of the next begins anew", async () => {
    const world = await setUp("newGeneration", { tallies: talliesOf(6n, 5n, 4n, 3n, 2n, 1n) });
    const { election, registry, verifier } = world;
    await finishEpoch(world);
    expect(await election.progress()).to.deep.equal([2n, 0n, false, false]);
    await registry.setState(operatorOf(10), State.exiting);
    await finishEpoch(world);
    expect(await election.operatorsOf(1)).to.deep.equal(operators(10, 11, 12, 13, 14));
    expect(await election.operatorsOf(2)).to.deep.equal(operators(11, 12, 13, 14, 15));
    expect(await verifier.setHashOf(1)).to.not.equal(await verifier.setHashOf(2));
    expect(await election.operatorsOf(0)).to.deep.equal([]);
    expect(await election.operatorsOf(3)).to.deep.equal([]);
    expect(await election.rankingOf(3)).to.deep.equal([[], []]);
    expect([...(await election.rankingOf(2)).stakes]).to.deep.equal([6n, 5n, 4n, 3n, 2n, 1n].map((n) => n * COIN));
  });

  it("is upgraded only by governance and says what code it runs", async () => {
    const { election, codes, connection } = await setUp("origin");
    const stranger = (await connection.ethers.getSigners())[1]!;
    const code = await codes[0]!.getAddress();
    expect(await election.implementation()).to.equal(code);
    await expect(election.connect(stranger).upgradeToAndCall(code, "0x"))
      .to.be.revertedWithCustomError(election, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    await election.upgradeToAndCall(code, "0x");
    await expect(election.initialize(code)).to.be.revertedWithCustomError(election, "InvalidInitialization");
  });
});

describe("ValidatorElection: cost", () => {
  it("elects 84 of 1,000 candidates with at most 8,000,000 gas in one transaction, in the worst order too", async () => {
    const figures = await measureElectionGas();
    if (isInstrumented) return;
    expect(figures.electionGas1000).to.be.at.most(8_000_000);
    expectSnapshot("gas-election", figures);
  });

  it("stores a set of 169, and ends its epoch, within what one transaction may cost", async () => {
    const stakes = Array.from({ length: 190 }, (_, index) => BigInt(1_000 - index));
    const world = await setUp("newGeneration", { tallies: talliesOf(...stakes), values: { generationSeats: 169n } });
    await finishEpoch(world);
    await world.election.elect(1_000);
    const storeSet = await (await world.election.storeSet()).wait();
    await world.connection.networkHelpers.time.increaseTo(await world.epochs.endsAt());
    const advance = await (await world.epochs.advance()).wait();
    for (const receipt of [storeSet!, advance!]) expect(Number(receipt.gasUsed)).to.be.below(2 ** 24);
  });
});
