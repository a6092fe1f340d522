/**
 * ValidatorElection against an exact reference: hundreds of random tallies with many ties, in random pages, in all
 * stages, with winners who lost their eligibility.
 *
 * Owns: the reference, written with fractions from the requirement, not from the contract.
 */
import { expect } from "chai";
import { publicKeyOf } from "../../helpers/bls.ts";
import {
  COIN,
  listCandidates,
  operatorOf,
  PARAMETERS,
  Stages,
  secretFor,
  setParameters,
  setUpEpochs,
  type Tally,
} from "../../helpers/epochs.ts";
import { State } from "../../helpers/registry.ts";

const CASES = 300;
const OPERATORS = 60;
const AUTHORITIES = 4;
const RESERVE = 21;

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

const plus = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under + b.over * a.under,
  under: a.under * b.under,
});
const share = (part: bigint, whole: bigint): Fraction =>
  whole === 0n ? { over: 0n, under: 1n } : { over: part, under: whole };
const times = (a: Fraction, bps: bigint): Fraction => ({ over: a.over * bps, under: a.under * 10_000n });
const sign = (difference: bigint): number => (difference > 0n ? 1 : difference < 0n ? -1 : 0);

function rank(tallies: readonly Tally[], personWeightBps: bigint): string[] {
  const staked = tallies.reduce((sum, { stake }) => sum + stake, 0n);
  const persons = tallies.reduce((sum, tally) => sum + tally.persons, 0n);
  const scoreOf = (tally: Tally): Fraction =>
    plus(
      times(share(tally.persons, persons), personWeightBps),
      times(share(tally.stake, staked), 10_000n - personWeightBps),
    );
  const byScore = (a: Fraction, b: Fraction): number => sign(b.over * a.under - a.over * b.under);
  return tallies
    .filter(({ stake }) => stake > 0n)
    .map((tally) => ({ ...tally, score: scoreOf(tally) }))
    .sort(
      (a, b) =>
        byScore(a.score, b.score) ||
        sign(b.stake - a.stake) ||
        sign(a.registeredAt - b.registeredAt) ||
        sign(BigInt(a.operator) - BigInt(b.operator)),
    )
    .map(({ operator }) => operator);
}

/** The same numbers in every run: xorshift. */
function randomness(seed: bigint) {
  let state = seed;
  const next = (): bigint => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return state;
  };
  const below = (limit: number): number => Number(next() % BigInt(limit));
  const one = <Value>(values: readonly Value[]): Value => values[below(values.length)]!;
  return { below, one };
}

type Randomness = ReturnType<typeof randomness>;

function randomTallies({ below, one }: Randomness): Tally[] {
  const unit = one([1n, COIN, COIN, 7_000_000n * COIN]);
  const isPersonal = below(4) > 0;
  return Array.from({ length: below(OPERATORS + 1) }, (_, index) => ({
    operator: operatorOf(OPERATORS - 1 - index),
    stake: BigInt(below(5)) * unit + (below(10) === 0 ? 1n : 0n),
    persons: isPersonal ? BigInt(below(4)) : 0n,
    registeredAt: BigInt(1_000 + below(3)),
  }));
}

function randomCase(seed: number) {
  const random = randomness(BigInt(seed) * 0x9e3779b97f4a7c15n + 1n);
  const { below, one } = random;
  const stage = one(["origin", "capeOfGoodHope", "newGeneration", "newGeneration"] as const);
  return {
    stage,
    tallies: randomTallies(random),
    personWeightBps: one([0n, 1n, 6_000n, 6_000n, 9_999n, 10_000n]),
    seats: BigInt(below(12)),
    authoritySeats: BigInt(1 + below(6)),
    pageSize: 7 + below(70),
    excluded: Array.from({ length: below(8) }, () => operatorOf(below(OPERATORS))),
    poor: Array.from({ length: below(4) }, () => operatorOf(below(OPERATORS))),
  };
}

/** Ranking and set of the next epoch; the former set when too few are left. */
function expected({ stage, tallies, personWeightBps, seats, authoritySeats, ...lost }: ReturnType<typeof randomCase>) {
  const isServing = (operator: string) => !lost.excluded.includes(operator) && !lost.poor.includes(operator);
  const authorities = Array.from({ length: AUTHORITIES }, (_, index) => operatorOf(index));
  const appointed = stage === "newGeneration" ? [] : authorities.filter(isServing).slice(0, Number(authoritySeats));
  const reserve = RESERVE + (stage === "newGeneration" ? 0 : Number(authoritySeats));
  const hasElected = stage !== "origin" && seats > 0n;
  const ranking = hasElected ? rank(tallies, personWeightBps).slice(0, Number(seats) + reserve) : [];
  const elected = ranking
    .filter((operator) => isServing(operator) && !appointed.includes(operator))
    .slice(0, Number(seats));
  const set = [...appointed, ...elected];
  return { ranking, set: set.length < Number(PARAMETERS.minimumValidators) ? authorities : set };
}

describe("ValidatorElection: reference", () => {
  it(`ELE-1 ranking and set equal the exact reference in ${CASES} random elections with ties`, async () => {
    const world = await setUpEpochs({ authorities: AUTHORITIES, isStarted: false });
    const { connection, election, epochs, registry, staking, stages } = world;
    const everyone = Array.from({ length: OPERATORS }, (_, index) => operatorOf(index));
    for (const operator of everyone.slice(AUTHORITIES)) {
      await registry.add(operator, publicKeyOf(secretFor(operator)), 0);
    }
    const beginning = await connection.networkHelpers.takeSnapshot();
    for (let seed = 1; seed <= CASES; seed++) {
      const play = randomCase(seed);
      const { stage, tallies, personWeightBps, seats, authoritySeats, pageSize, excluded, poor } = play;
      await setParameters(world, { personWeightBps, electedSeats: seats, generationSeats: seats, authoritySeats });
      await epochs.start();
      await stages.setFrom(Stages[stage], 1n);
      await listCandidates(staking, tallies);
      while (!(await election.progress()).finished) await election.elect(pageSize);
      const { ranking, set } = expected(play);
      expect([...(await election.rankingOf(1)).operators], `ranking of case ${seed}`).to.deep.equal(ranking);
      for (const operator of excluded) await registry.setState(operator, State.jailed);
      for (const operator of poor) await staking.setSelfStake(operator, 0n);
      await election.storeSet();
      expect([...(await election.operatorsOf(1))], `set of case ${seed}`).to.deep.equal(set);
      await beginning.restore();
    }
  }).timeout(300_000);
});
