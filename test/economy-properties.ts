/**
 * What always holds of coins, stake, rewards and parameters: part of test/properties.ts.
 *
 * Owns: ids and statements. Called by: test/properties.ts.
 */
import type { Property } from "./node-properties.ts";

export const economyProperties: readonly Property[] = [
  {
    id: "EMC-1",
    statement: "The five buckets together are exactly what CUNP ever emitted, beginning with figure 6; none shrinks.",
    where: "contracts/token/EmissionController.sol",
  },
  {
    id: "EMC-2",
    statement: "No bucket passes its cap, whoever asks for how much.",
    where: "contracts/token/EmissionController.sol",
  },
  {
    id: "EMC-3",
    statement:
      "An emission never reverts for an amount: it grants the request or what is left, and exactly that arrives.",
    where: "contracts/token/EmissionController.sol",
  },
  {
    id: "EMC-4",
    statement:
      "The eco-fund has generated the larger of figure 6 and a ninth of nodes, community and team, rounded down, after every emission.",
    where: "contracts/token/EmissionController.sol",
  },
  {
    id: "EMC-5",
    statement: "The team is never ahead of its line of 365 days from the listing, and has nothing new before it.",
    where: "contracts/token/EmissionController.sol",
  },
  {
    id: "BUS-1",
    statement: "Rewards of an epoch never pass its budget, nor an application's its cap.",
    where: "contracts/business/BusinessContributions.sol",
  },
  {
    id: "BUS-2",
    statement: "Nobody earns more for cost than the transactions burnt that caused it.",
    where: "contracts/business/BusinessContributions.sol",
  },
  {
    id: "BUS-3",
    statement: "Each application is paid once for an epoch, after it; what nobody claims is never generated.",
    where: "contracts/business/BusinessContributions.sol",
  },
  {
    id: "BUS-4",
    statement: "An epoch's rewards follow the parameters of its beginning.",
    where: "contracts/business/BusinessContributions.sol",
  },
  {
    id: "BUS-5",
    statement: "Value counts once, for exactly the chain, contract, application and epoch that its attester signed.",
    where: "contracts/business/BusinessContributions.sol",
  },
  {
    id: "PER-1",
    statement: "An account is one person's at most, for no longer than it was verified for.",
    where: "contracts/identity/PersonhoodList.sol",
  },
  {
    id: "NOD-1",
    statement: "The coins of the nodes leave their fund only as the self-stake of an operator with an authority seat.",
    where: "contracts/staking/NodesFund.sol",
  },
  {
    id: "PAR-1",
    statement:
      "A change holds by itself from its delay on; until then it may be replaced, which waits anew, or withdrawn.",
    where: "contracts/parameters/ParameterRegistry.sol",
  },
  {
    id: "PAR-2",
    statement: "What held at a time that has passed never changes.",
    where: "contracts/parameters/ParameterRegistry.sol",
  },
  {
    id: "PAR-3",
    statement: "At any time every value is within its bounds and every order between two values is kept.",
    where: "contracts/parameters/ParameterRegistry.sol",
  },
  {
    id: "PAR-4",
    statement: "Only governance changes a parameter, a unanimous one only with every validator that counts.",
    where: "contracts/parameters/ParameterRegistry.sol",
  },
  {
    id: "POOL-1",
    statement:
      "All that is staked, leaving, owed to operators and claimable never exceeds the CUNP that the pool holds.",
    where: "contracts/staking/StakingPool.sol, contracts/staking/StakingLedger.sol",
  },
  {
    id: "POOL-2",
    statement: "The parts of a day never pass that day's pool; what rounding leaves goes into the next day's.",
    where: "contracts/libraries/StakeMath.sol",
  },
  {
    id: "POOL-3",
    statement: "When days are settled, and how many at once, changes nobody's part.",
    where: "contracts/staking/StakingLedger.sol",
  },
  {
    id: "POOL-4",
    statement: "Stake with voting right is exactly the sum of the pools that are not closed.",
    where: "contracts/staking/StakingSlashes.sol",
  },
  {
    id: "POOL-5",
    statement: "Stake shrinks by slashes only, whatever others do, and no slash can block a withdrawal.",
    where: "contracts/staking/StakingSlashes.sol",
  },
  {
    id: "POOL-6",
    statement: "A person votes once, through one account.",
    where: "contracts/staking/CandidateList.sol",
  },
  {
    id: "POOL-7",
    statement: "Tallies of an epoch are those of its first block, whatever happens in it.",
    where: "contracts/staking/CandidateList.sol",
  },
  {
    id: "VLT-1",
    statement: "A reward leaves the vault once, to its staker, never before 90 full days.",
    where: "contracts/staking/RewardVault.sol",
  },
];
