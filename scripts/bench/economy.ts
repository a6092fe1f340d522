/**
 * The economy in gas, exact: staking beside the field's usual contract, elections, councils, and who holds power.
 *
 * Owns: which figures there are and what they mean. Does not own: the measurements (one file for each subject).
 * Called by: scripts/bench/main.ts. Gas does not depend on the machine, so every figure is measured once.
 */
import { Environment } from "../../deploy/lib/environment.ts";
import { powersHeldByEoas } from "../../deploy/lib/powers.ts";
import { connect } from "../../test/helpers/finality.ts";
import { deployOptions, deploySystem } from "../../test/helpers/system.ts";
import { measureCouncilGas } from "./council-gas.ts";
import { measureElectionGas } from "./election-gas.ts";
import type { Figures } from "./figures.ts";
import { measureModelSteps } from "./model-steps.ts";
import { measureRegistrationGas } from "./registration-gas.ts";
import { measureStakingGas } from "./staking-gas.ts";

const MEANINGS: Readonly<Record<string, string>> = {
  settleDayGas10: "StakingPool.settleDays with 10 stakers, an ordinary day",
  settleDayGas10000: "the same with 10,000 stakers",
  settleDayGasRatio: "the one to the other (limit 1.01)",
  stakeGas: "first stake of a new staker: two reward streams, votes, snapshot",
  stakeGasRatio: "beside a Synthetix-style StakingRewards, same compiler, same coin (limit 1.3)",
  stakeAgainGas: "a further stake of the same staker",
  stakeAgainGasRatio: "beside the same contract",
  claimGas: "claim into a tranche of 90 days",
  claimGasRatio: "beside getReward of the same contract, which locks nothing",
  electionGas1000: "84 seats of 1,000 candidates, in one transaction (limit 8,000,000)",
  storeSetGas84: "storing a set of 84 with its keys",
  unanimousGas21: "a batch approved by all 21 validators (limit 330,000)",
  unanimousGas84: "a batch approved by all 84 (limit 400,000)",
  unanimousBytes21: "calldata of the one",
  unanimousBytes84: "calldata of the other: the same",
  unanimousProposalGas21: "a parameter change by 21, its writes included",
  unanimousProposalGas84: "a parameter change by 84, its writes included",
  registerGas: "a registration with both keys' proofs, without what it stores",
  registerStorageGas: "what it stores: keys, certificate, metadata",
  modelSteps: "steps played on contracts and on the exact model in `npm test`",
  modelDifferences: "differences between both",
  powersHeldByEoas: "roles, authorities and proxy administrators that are no contract, after the deployment",
};

export async function benchEconomy(): Promise<Figures> {
  const values: Record<string, number> = {
    powersHeldByEoas: await countPowers(),
    ...(await measureStakingGas()),
    ...(await measureElectionGas()),
    ...(await measureCouncilGas()),
    ...(await measureRegistrationGas()),
    ...(await measureModelSteps()),
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, meaning: MEANINGS[key] ?? key }]),
  );
}

async function countPowers(): Promise<number> {
  const connection = await connect();
  try {
    const { addresses } = await deploySystem(connection);
    const environment = await Environment.create(await deployOptions(connection));
    environment.finality = addresses.FinalityVerifier;
    return (await powersHeldByEoas(environment)).length;
  } finally {
    await connection.close();
  }
}
