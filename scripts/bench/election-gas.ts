/**
 * What an election costs on chain: 84 seats of 1,000 candidates in one transaction, and storing the set of 84.
 *
 * Candidates come in the worst order, each better than all before so that each sinks through the whole heap, and in a
 * random one. Tallies lie in two slots for each candidate, as in the StakingPool.
 *
 * Owns: the measurement. Gas is exact, so one run each is enough. Called by: scripts/bench/main.ts, test/contracts.
 */
import { COIN, operatorOf, Stages, setUpEpochs, type Tally } from "../../test/helpers/epochs.ts";

const CANDIDATES = 1_000;
const SEATS = 84n;

/** Persons and stake both grow with the place; places are shuffled by a fixed linear congruence when `isRandom`. */
function talliesOf(count: number, isRandom: boolean): Tally[] {
  return Array.from({ length: count }, (_, index) => {
    const place = isRandom ? (index * 617 + 13) % count : index;
    return {
      operator: operatorOf(100 + index),
      stake: BigInt(10_000 + place) * COIN + BigInt(index),
      persons: BigInt(place),
      registeredAt: 1_700_000_000n + BigInt(index),
    };
  });
}

async function measure(isRandom: boolean): Promise<{ elect: number; storeSet: number }> {
  const tallies = talliesOf(CANDIDATES, isRandom);
  const world = await setUpEpochs({ tallies, values: { generationSeats: SEATS } });
  try {
    await world.stages.setFrom(Stages.newGeneration, 1n);
    const elect = await (await world.election.elect(CANDIDATES)).wait();
    const storeSet = await (await world.election.storeSet()).wait();
    return { elect: Number(elect!.gasUsed), storeSet: Number(storeSet!.gasUsed) };
  } finally {
    await world.connection.close();
  }
}

/** Gas of whole transactions; the larger of both orders. */
export async function measureElectionGas(): Promise<{ electionGas1000: number; storeSetGas84: number }> {
  const runs = [await measure(false), await measure(true)];
  return {
    electionGas1000: Math.max(...runs.map(({ elect }) => elect)),
    storeSetGas84: Math.max(...runs.map(({ storeSet }) => storeSet)),
  };
}
