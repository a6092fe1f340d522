/** Who can be elected, with which votes, and what an election sees of them. */
import { expect } from "chai";
import { id, parseEther, ZeroAddress, ZeroHash } from "ethers";
import { connect } from "../../helpers/finality.ts";
import { deployStaking, Stage, type Staking, State } from "../../helpers/staking.ts";

const E = parseEther;
const STAKE = E("10000");

describe("StakingPool candidates", () => {
  let s: Staking;
  let operators: string[];

  beforeEach(async () => {
    s = await deployStaking(await connect());
    operators = [10, 11, 12].map((index) => s.signers[index]!.address);
    await s.world.setStage(Stage.cape, 1);
    for (const [place, index] of [10, 11, 12].entries()) {
      await s.register(operators[place]!, { registeredAt: 100 + place });
      await s.fund(index, E("50000"));
      await s.stake(index, operators[place]!, STAKE);
    }
    for (const index of [6, 7, 8]) await s.fund(index, E("1000"));
  });

  /** The snapshot as an election reads it. */
  async function page(from = 0, count = 100) {
    const words = await s.pool.snapshotPage(from, count);
    const rows = [];
    for (let at = 0; at < words.length; at += 2) {
      const [first, second] = [words[at]!, words[at + 1]!];
      rows.push({
        operator: s.ethers.getAddress(`0x${(first >> 96n).toString(16).padStart(40, "0")}`),
        stake: first & ((1n << 96n) - 1n),
        registeredAt: second >> 40n,
        persons: second & ((1n << 40n) - 1n),
      });
    }
    return rows;
  }

  const totals = async () => {
    const [epoch, stake, persons] = await s.pool.snapshotTotals();
    return { epoch, stake, persons };
  };

  it("[VAL-3] whoever has staked the stage's amount enters the list, once", async () => {
    await expect(s.pool.list(operators[0]!)).to.emit(s.pool, "CandidateListed").withArgs(operators[0]);
    await expect(s.pool.list(operators[0]!)).to.be.revertedWithCustomError(s.pool, "StakingCandidateListed");
    expect(await s.pool.candidates()).to.deep.equal([operators[0]]);
    expect(await s.pool.candidateCount()).to.equal(1n);
  });

  it("[VAL-3] nobody enters in Origin, with a wei too little, or without being registered", async () => {
    await s.pool.connect(s.signers[10]!).unstake(operators[0]!, 1n);
    for (const operator of [operators[0]!, s.signers[9]!.address]) {
      await expect(s.pool.list(operator)).to.be.revertedWithCustomError(s.pool, "StakingCandidateIneligible");
    }
    await s.world.setStage(Stage.origin, 1);
    await expect(s.pool.list(operators[1]!)).to.be.revertedWithCustomError(s.pool, "StakingCandidateIneligible");
    await s.world.setStage(Stage.generation, 1);
    await expect(s.pool.list(operators[1]!))
      .to.be.revertedWithCustomError(s.pool, "StakingCandidateIneligible")
      .withArgs(operators[1], STAKE, E("20000"));
  });

  it("[VAL-4] votes by holding are self-stake and voters' stake; an election sees them as the epoch began", async () => {
    await s.pool.list(operators[0]!);
    await s.stake(7, operators[0]!, E("5"));
    expect((await page())[0]!.stake).to.equal(0n);
    await s.pool.beginEpoch(3);
    expect(await totals()).to.deep.equal({ epoch: 3n, stake: STAKE + E("5"), persons: 0n });
    await s.stake(8, operators[0]!, E("100"));
    await s.pool.connect(s.signers[7]!).unstake(operators[0]!, E("5"));
    await s.pool.list(operators[1]!);
    expect(await page()).to.deep.equal([
      { operator: operators[0], stake: STAKE + E("5"), registeredAt: 100n, persons: 0n },
      { operator: operators[1], stake: 0n, registeredAt: 101n, persons: 0n },
    ]);
    expect(await totals()).to.deep.equal({ epoch: 3n, stake: STAKE + E("5"), persons: 0n });
    await s.pool.beginEpoch(4);
    expect((await page()).map(({ stake }) => stake)).to.deep.equal([STAKE + E("100"), STAKE]);
    expect((await totals()).stake).to.equal(2n * STAKE + E("100"));
  });

  it("pages cover the list without gaps, beyond its end there is nothing", async () => {
    for (const operator of operators) await s.pool.list(operator);
    await s.pool.beginEpoch(1);
    const whole = await page();
    expect([...(await page(0, 2)), ...(await page(2, 2))]).to.deep.equal(whole);
    expect(await page(3, 5)).to.deep.equal([]);
    expect(await page(9, (2n ** 255n) as unknown as number)).to.deep.equal([]);
  });

  it("[POOL-7] stake-vote-unstake in one epoch leaves nothing in the snapshot", async () => {
    await s.pool.list(operators[0]!);
    await s.stake(7, operators[0]!, E("900"));
    await s.pool.connect(s.signers[7]!).unstake(operators[0]!, E("900"));
    await s.pool.beginEpoch(1);
    expect((await page())[0]!.stake).to.equal(STAKE);
  });

  describe("persons", () => {
    const person = id("a person");
    beforeEach(async () => {
      for (const operator of operators) await s.pool.list(operator);
      await s.world.setPerson(s.signers[7]!.address, person);
      await s.world.setPerson(s.signers[8]!.address, person);
      await s.stake(7, operators[0]!, E("20"));
    });
    const personsOf = async () => {
      await s.pool.beginEpoch(9);
      return (await page()).map(({ persons }) => persons);
    };

    it("[VAL-4] a person votes for one candidate, and may change its mind", async () => {
      await s.pool.connect(s.signers[7]!).castPersonVote(operators[0]!);
      expect(await personsOf()).to.deep.equal([1n, 0n, 0n]);
      await s.stake(7, operators[1]!, E("10"));
      await s.pool.connect(s.signers[7]!).castPersonVote(operators[1]!);
      expect(await page()).to.deep.include({
        operator: operators[0],
        stake: STAKE + E("20"),
        registeredAt: 100n,
        persons: 1n,
      });
      expect(await personsOf()).to.deep.equal([0n, 1n, 0n]);
      expect((await totals()).persons).to.equal(1n);
      expect(await s.pool.personVoteOf(s.signers[7]!.address)).to.deep.equal([person, operators[1]]);
      await s.pool.connect(s.signers[7]!).withdrawPersonVote();
      expect(await personsOf()).to.deep.equal([0n, 0n, 0n]);
      await expect(s.pool.connect(s.signers[7]!).withdrawPersonVote()).to.be.revertedWithCustomError(
        s.pool,
        "StakingPersonVoteMissing",
      );
    });

    it("[POOL-6] a person with two accounts votes twice", async () => {
      await s.pool.connect(s.signers[7]!).castPersonVote(operators[0]!);
      await s.stake(8, operators[1]!, E("20"));
      await expect(s.pool.connect(s.signers[8]!).castPersonVote(operators[1]!))
        .to.be.revertedWithCustomError(s.pool, "StakingPersonVoted")
        .withArgs(person, s.signers[7]!.address);
    });

    it("one-wei sybil stakers, and accounts that are no person, have no vote by person", async () => {
      await s.stake(8, operators[0]!, 1n);
      await expect(s.pool.connect(s.signers[8]!).castPersonVote(operators[0]!)).to.be.revertedWithCustomError(
        s.pool,
        "StakingPersonStakeTooSmall",
      );
      await expect(s.pool.connect(s.signers[6]!).castPersonVote(operators[0]!)).to.be.revertedWithCustomError(
        s.pool,
        "StakingNotAPerson",
      );
      await expect(s.pool.connect(s.signers[7]!).castPersonVote(s.signers[9]!.address)).to.be.revertedWithCustomError(
        s.pool,
        "StakingCandidateUnlisted",
      );
    });

    it("[VAL-4] the vote ends with the stake behind it, whichever way it goes", async () => {
      await s.pool.connect(s.signers[7]!).castPersonVote(operators[0]!);
      await s.pool.connect(s.signers[7]!).unstake(operators[0]!, E("10"));
      expect(await personsOf()).to.deep.equal([1n, 0n, 0n]);
      await s.pool.connect(s.signers[7]!).redelegate(operators[0]!, operators[2]!, 1n);
      expect(await personsOf()).to.deep.equal([0n, 0n, 0n]);
      expect(await s.pool.personVoteOf(s.signers[7]!.address)).to.deep.equal([ZeroHash, ZeroAddress]);
    });

    it("[VAL-4] a vote without its person, or without its stake after a slash, is struck by anybody", async () => {
      await s.pool.connect(s.signers[7]!).castPersonVote(operators[0]!);
      const account = s.signers[7]!.address;
      await expect(s.pool.strikePersonVote(account)).to.be.revertedWithCustomError(s.pool, "StakingPersonVoteValid");
      await s.pool.slash(operators[0]!, 10_000);
      await s.pool
        .connect(s.signers[5]!)
        .strikePersonVote(account)
        .catch(() => undefined);
      await s.world.setPerson(account, ZeroHash);
      await s.pool
        .connect(s.signers[5]!)
        .strikePersonVote(account)
        .catch(() => undefined);
      expect(await personsOf()).to.deep.equal([0n, 0n, 0n]);
      await expect(s.pool.strikePersonVote(account)).to.be.revertedWithCustomError(s.pool, "StakingPersonVoteMissing");
    });

    it("a candidacy that ends takes its votes along; a new one starts from none", async () => {
      await s.pool.connect(s.signers[7]!).castPersonVote(operators[0]!);
      await s.register(operators[0]!, { state: State.exiting });
      await s.pool.unlist(operators[0]!);
      await s.register(operators[0]!, { state: State.candidate });
      await s.pool.list(operators[0]!);
      await s.pool.beginEpoch(5);
      expect((await totals()).persons).to.equal(0n);
      await s.pool.connect(s.signers[7]!).withdrawPersonVote();
      expect((await totals()).persons).to.equal(0n);
      expect((await page()).find(({ operator }) => operator === operators[0])!.persons).to.equal(0n);
    });
  });

  it("only who has left or lost its stake is taken out of the list", async () => {
    for (const operator of operators) await s.pool.list(operator);
    await expect(s.pool.unlist(operators[0]!)).to.be.revertedWithCustomError(s.pool, "StakingCandidateEligible");
    await expect(s.pool.unlist(s.signers[9]!.address)).to.be.revertedWithCustomError(
      s.pool,
      "StakingCandidateUnlisted",
    );
    await s.register(operators[0]!, { state: State.tombstoned });
    await expect(s.pool.unlist(operators[0]!)).to.emit(s.pool, "CandidateUnlisted").withArgs(operators[0]);
    expect(await s.pool.candidates()).to.deep.equal([operators[2], operators[1]]);
    await s.pool.slash(operators[1]!, 1);
    await s.pool.unlist(operators[1]!);
    expect(await s.pool.candidates()).to.deep.equal([operators[2]]);
    await s.pool.beginEpoch(1);
    expect((await totals()).stake).to.equal(STAKE);
  });

  it("while pages of an election are open the list does not move; afterwards anybody tidies it up", async () => {
    for (const operator of operators) await s.pool.list(operator);
    await s.pool.beginEpoch(1);
    await s.world.setOpen(true);
    await s.register(operators[0]!, { state: State.exiting });
    await s.pool.unlist(operators[0]!);
    expect((await page()).map(({ operator, stake }) => [operator, stake])).to.deep.equal(
      operators.map((operator) => [operator, STAKE]),
    );
    await s.pool.beginEpoch(2);
    expect((await page())[0]!.stake).to.equal(0n);
    await s.world.setOpen(false);
    await s.pool.unlist(operators[0]!);
    expect(await s.pool.candidateCount()).to.equal(2n);
  });

  it("[VAL-6] a validator that has not left keeps its stake", async () => {
    await s.pool.list(operators[0]!);
    const self = s.pool.connect(s.signers[10]!);
    await expect(self.unstake(operators[0]!, 1n))
      .to.be.revertedWithCustomError(s.pool, "StakingSelfStakeRequired")
      .withArgs(operators[0], STAKE - 1n, STAKE);
    await s.register(operators[0]!, { state: State.active, authority: true });
    await self.unstake(operators[0]!, E("5000"));
    await expect(self.unstake(operators[0]!, 1n)).to.be.revertedWithCustomError(s.pool, "StakingSelfStakeRequired");
    await s.register(operators[0]!, { state: State.exiting });
    await self.unstake(operators[0]!, E("5000"));
    expect(await s.pool.selfStakeOf(operators[0]!)).to.equal(0n);
  });
});
