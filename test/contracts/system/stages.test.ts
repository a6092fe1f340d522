/**
 * The whole deployed system from Origin to New Generation: stake, list, vote, elect, store, advance, record, reward.
 *
 * Owns: that the contracts fit together, on a network of their own, with certificates that the sets really signed.
 * Does not own: each contract's own rules (their tests), the running network (test/integration).
 */
import { expect } from "chai";
import { id, parseEther } from "ethers";
import { Economy } from "../../helpers/economy.ts";
import { connect } from "../../helpers/finality.ts";
import { authorityOf, State } from "../../helpers/registry.ts";
import { authorities } from "../../helpers/system.ts";

const SAMPLES = 4;
const DAY = 86_400n;
const parameters = {
  epochSeconds: DAY,
  participationSamples: BigInt(SAMPLES),
  electedSeats: 3n,
  capeMinimumValidators: 4n,
  capeMinimumCommunityHeld: parseEther("100000"),
  generationMinimumValidators: 7n,
  generationMinimumCandidates: 8n,
  generationMinimumVotedStake: parseEther("80000"),
  generationSeats: 7n,
};
const C1 = parseEther("10");
const ORIGIN = 0n;
const CAPE_OF_GOOD_HOPE = 1n;
const NEW_GENERATION = 2n;

describe("the system from Origin to New Generation", function () {
  this.timeout(300_000);
  let economy: Economy;
  let genesis: string[];
  /** Four candidates for three seats, the richest first. */
  let newcomers: string[];

  const stateOf = (operator: string) => economy.system.registry.stateOf(operator);
  const setOf = async (epoch: bigint) => [...(await economy.system.epochs.operatorsOf(epoch))];

  before(async () => {
    economy = await Economy.create(await connect(), parameters);
    genesis = [...(await economy.system.registry.authorities())];
    newcomers = [];
    for (let index = 0; index < 4; index++) newcomers.push(await economy.register(authorityOf(index)));
    await economy.pay([...genesis, ...newcomers], parseEther("30000"));
    await economy.recognise(new Map(newcomers.map((operator) => [operator, id(operator)])));
  });

  it("[NET-3] [EMI-4] Origin: epoch 0 is the authorities', each of them earns C1 a day for what it signed", async () => {
    const { epochs, emission, staking, cunp, stageManager } = economy.system;
    expect(await setOf(0n)).to.deep.equal(genesis);
    expect(await stageManager.stage()).to.equal(ORIGIN);
    const before = await cunp.balanceOf(await staking.getAddress());
    const generated = await emission.generatedOf(0);
    const epoch = await economy.liveThrough(SAMPLES);
    await expect(epochs.reward(epoch))
      .to.emit(epochs, "EpochRewarded")
      .withArgs(epoch, 4n * C1, 4n * C1);
    expect((await cunp.balanceOf(await staking.getAddress())) - before).to.equal(4n * C1);
    expect((await emission.generatedOf(0)) - generated).to.equal(4n * C1);
    expect(await setOf(1n)).to.deep.equal(genesis);
  });

  it("[NET-2] whoever pays twice, ends an epoch early or skips the election is refused", async () => {
    const { epochs, election } = economy.system;
    await expect(epochs.reward(0n)).to.be.revertedWithCustomError(epochs, "EpochRewardedAlready").withArgs(0n);
    await expect(epochs.advance()).to.be.revertedWithCustomError(epochs, "EpochRunning");
    await expect(election.storeSet()).to.be.revertedWithCustomError(election, "ElectionUnfinished");
    await economy.waitUntil(await epochs.endsAt());
    await expect(epochs.advance()).to.be.revertedWithCustomError(epochs, "EpochSetMissing").withArgs(2n);
  });

  it("[NET-1] [NET-2] Cape of Good Hope begins two epochs after anybody proposed it, and not sooner", async () => {
    const { stageManager } = economy.system;
    const epoch = await economy.system.epochs.epoch();
    await stageManager.proposeNext();
    expect(await stageManager.stageOf(epoch + 1n)).to.equal(ORIGIN);
    expect(await stageManager.stageOf(epoch + 2n)).to.equal(CAPE_OF_GOOD_HOPE);
    await expect(stageManager.proposeNext()).to.be.revertedWithCustomError(stageManager, "StagePending");
    await economy.liveThrough(0);
    expect(await stageManager.stage()).to.equal(ORIGIN);
    await economy.liveThrough(SAMPLES);
    expect(await stageManager.stage()).to.equal(CAPE_OF_GOOD_HOPE);
  });

  it("[NET-4] [VAL-3] [VAL-4] candidates stake, list and are voted for; persons count for more than coins", async () => {
    const { staking, epochs, registry } = economy.system;
    for (const [place, operator] of newcomers.entries()) {
      const account = await economy.account(operator);
      await economy.stake(account, operator, parseEther(String(20_000 - 1_000 * place)));
      await staking.list(operator);
    }
    // The poorest has the votes of two persons, the next one of one: their own, and that of the richest.
    const votes = [newcomers[3]!, newcomers[1]!, newcomers[2]!, newcomers[3]!];
    for (const [place, operator] of newcomers.entries()) {
      const account = await economy.account(operator);
      if (votes[place] !== operator) await economy.stake(account, votes[place]!, parseEther("100"));
      await staking.connect(account).castPersonVote(votes[place]!);
    }
    await economy.liveThrough(SAMPLES);
    const before = await epochs.epoch();
    expect(await setOf(before)).to.deep.equal(genesis);
    await economy.liveThrough(SAMPLES);
    // The richest has no person's vote, and there are three seats.
    expect(await setOf(before + 1n)).to.deep.equal([...genesis, newcomers[3], newcomers[1], newcomers[2]]);
    expect(await stateOf(newcomers[0]!)).to.equal(State.candidate);
    expect(await registry.activeCount()).to.equal(7n);
    await epochs.reward(before);
  });

  it("[EMI-4] Cape pays C1 · 150 % and shares it with voters; who signed half of the samples gets half", async () => {
    const { epochs, staking } = economy.system;
    const lazy = newcomers[2]!;
    const epoch = await epochs.epoch();
    await economy.elect();
    const [startedAt, endsAt] = await Promise.all([epochs.startedAt(), epochs.endsAt()]);
    for (let part = 0; part < SAMPLES; part++) {
      await economy.waitUntil(startedAt + ((endsAt - startedAt) * BigInt(2 * part + 1)) / BigInt(2 * SAMPLES));
      await economy.sample(part % 2 === 0 ? [lazy] : []);
    }
    await economy.waitUntil(endsAt);
    await epochs.advance();
    const full = (C1 * 3n) / 2n;
    const voter = newcomers[0]!;
    const commission = await staking.commissionOf(newcomers[3]!);
    await expect(epochs.reward(epoch))
      .to.emit(epochs, "EpochRewarded")
      .withArgs(epoch, 6n * full + full / 2n, 6n * full + full / 2n);
    expect((await staking.commissionOf(newcomers[3]!)) - commission).to.equal(full / 10n);
    expect((await staking.positionOf(voter, newcomers[3]!)).reward).to.be.greaterThan(0n);
    // Half is not less than half.
    expect(await stateOf(lazy)).to.equal(State.active);
  });

  it("[VAL-5] whoever was left out by the first certificate of a sample is added by another one", async () => {
    const { epochs } = economy.system;
    const epoch = await epochs.epoch();
    await economy.elect();
    const victim = genesis[0]!;
    const first = await economy.certificate({ absent: [victim] });
    await epochs.recordParticipation(first.certificate, first.blockNumber);
    expect((await epochs.signersOf(epoch, 0)) & 1n).to.equal(0n);
    await expect(epochs.recordParticipation(first.certificate, first.blockNumber)).to.be.revertedWithCustomError(
      epochs,
      "EpochSampleUnchanged",
    );
    const whole = await economy.certificate({ digest: first.certificate.digest });
    await epochs.recordParticipation(whole.certificate, first.blockNumber);
    expect(await epochs.signersOf(epoch, 0)).to.equal(127n);
    const other = await economy.certificate();
    await expect(epochs.recordParticipation(other.certificate, other.blockNumber)).to.be.revertedWithCustomError(
      epochs,
      "EpochSampleTaken",
    );
  });

  it("[CON-9] a certificate of another epoch, or of a block that is too old or never was, records nothing", async () => {
    const { epochs } = economy.system;
    const epoch = await epochs.epoch();
    const former = await economy.certificate({ epoch: epoch - 1n });
    await expect(epochs.recordParticipation(former.certificate, former.blockNumber))
      .to.be.revertedWithCustomError(epochs, "EpochCertificateStale")
      .withArgs(epoch - 1n, epoch);
    const invented = await economy.certificate({ digest: id("no block") });
    await expect(epochs.recordParticipation(invented.certificate, invented.blockNumber)).to.be.revertedWithCustomError(
      epochs,
      "EpochBlockUnknown",
    );
    const old = await economy.certificate();
    await economy.connection.networkHelpers.mine(257);
    await expect(epochs.recordParticipation(old.certificate, old.blockNumber)).to.be.revertedWithCustomError(
      epochs,
      "EpochBlockUnknown",
    );
  });

  it("[NET-1] [NET-5] New Generation: authorities become candidates like all others, weights are stake", async () => {
    const { staking, stageManager, epochs, verifier } = economy.system;
    await expect(stageManager.proposeNext()).to.be.revertedWithCustomError(stageManager, "StagePreconditionUnmet");
    for (const operator of genesis) {
      await economy.stake(await economy.account(operator), operator, parseEther("7000"));
      await staking.list(operator);
    }
    await economy.waitUntil(await epochs.endsAt());
    await epochs.advance();
    await stageManager.proposeNext();
    await economy.liveThrough(SAMPLES);
    await economy.liveThrough(SAMPLES);
    expect(await stageManager.stage()).to.equal(NEW_GENERATION);
    await expect(stageManager.proposeNext()).to.be.revertedWithCustomError(stageManager, "StageLast");
    const epoch = await epochs.epoch();
    const set = await setOf(epoch);
    expect(set).to.have.length(7);
    expect(set[0]).to.equal(newcomers[3]);
    const weights = await Promise.all(set.map((operator) => staking.stakeOf(operator)));
    expect(await verifier.totalWeightOf(epoch)).to.equal(weights.reduce((sum, weight) => sum + weight, 0n));
  });

  it("[CON-8] [NET-5] who is down in New Generation is jailed, loses stake, its seat, and may return", async () => {
    const { epochs, staking, registry, election } = economy.system;
    const epoch = await epochs.epoch();
    const down = (await setOf(epoch)).at(-1)!;
    const before = await staking.stakeOf(down);
    await economy.liveThrough(SAMPLES, [down]);
    await expect(epochs.reward(epoch)).to.emit(epochs, "ValidatorDown");
    expect(await stateOf(down)).to.equal(State.jailed);
    expect(await staking.stakeOf(down)).to.be.lessThan(before);
    await economy.elect();
    expect(await election.operatorsOf(epoch + 2n)).not.to.include(down);
    const account = registry.connect(await economy.account(down));
    await expect(account.unjail()).to.be.revertedWithCustomError(registry, "ValidatorStillJailed");
    await economy.waitUntil(await epochs.endsAt());
    await epochs.advance();
    await account.unjail();
    expect(await stateOf(down)).to.equal(State.candidate);
    await economy.liveThrough(SAMPLES);
    expect(await setOf(epoch + 3n)).to.have.length(7);
  });

  it("[VAL-6] who exits in the last block of an epoch serves the next one and is not seated again", async () => {
    const { epochs, registry, election } = economy.system;
    await economy.elect();
    const epoch = await epochs.epoch();
    const leaver = (await election.operatorsOf(epoch + 1n))[0]!;
    await economy.waitUntil(await epochs.endsAt());
    await registry.connect(await economy.account(leaver)).exit();
    await epochs.advance();
    expect(await setOf(epoch + 1n)).to.include(leaver);
    expect(await stateOf(leaver)).to.equal(State.exiting);
    await economy.elect();
    expect(await election.operatorsOf(epoch + 2n)).not.to.include(leaver);
  });

  it("[NET-3] the first authorities' stake came from the coins of the nodes", async () => {
    const { nodesFund } = economy.system;
    expect(await nodesFund.balance()).to.equal(parseEther("110000") - BigInt(authorities.length) * parseEther("5000"));
  });
});
