/**
 * What always holds on chain, and which contract keeps it: the contracts' part of test/properties.ts.
 *
 * Owns: ids and statements. Called by: test/properties.ts.
 */
import type { Property } from "./node-properties.ts";

export const contractProperties: readonly Property[] = [
  {
    id: "CUNP-1",
    statement: "What was ever emitted only grows and never passes 1,000,000,000 CUNP.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-2",
    statement: "On a CUN chain the token's supply and the native coin outside the reserve never pass what was emitted.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-3",
    statement: "Burning, in either form, never lets anyone emit again what was burnt.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-4",
    statement: "On a CUN chain the reserve covers the whole supply: every token can be unwrapped at any time.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-5",
    statement: "An account's votes are exactly the balances of those who delegate to it.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-6",
    statement: "Only the emission role emits; the EmissionController alone holds it.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "REG-1",
    statement:
      "No BLS key, node key or certificate is ever bound twice, not by rotation either, and not after its validator left.",
    where: "contracts/validators/ValidatorKeys.sol",
  },
  {
    id: "REG-2",
    statement:
      "Every bound BLS key has proven possession for exactly this chain, registry, operator and use (registering or rotating).",
    where: "contracts/validators/ValidatorKeys.sol",
  },
  {
    id: "REG-3",
    statement: "A validator's state changes only along the table of legal moves.",
    where: "contracts/types/ValidatorState.sol",
  },
  {
    id: "REG-4",
    statement:
      "The set is exactly what the newest epoch began with, in its order; every active validator is a member of it.",
    where: "contracts/validators/ValidatorStates.sol",
  },
  {
    id: "REG-5",
    statement: "Nobody becomes a candidate without the operator's consent to exactly this application, given once.",
    where: "contracts/validators/ValidatorRegistry.sol",
  },
  {
    id: "REG-6",
    statement: "Every bound node key has signed for exactly this chain, registry, operator and certificate.",
    where: "contracts/validators/ValidatorKeys.sol",
  },
  {
    id: "REG-7",
    statement:
      "An authority seat belongs to one verified person, a person has at most one, and no more than the seats exist.",
    where: "contracts/validators/ValidatorStates.sol",
  },
  {
    id: "REG-8",
    statement:
      "Nobody leaves jail before its time, whatever is done meanwhile, and nobody returns who has left or was struck.",
    where: "contracts/validators/ValidatorStates.sol",
  },
  {
    id: "REG-9",
    statement: "A commission changes by at most the daily change within any 24 hours and never passes the maximum.",
    where: "contracts/validators/ValidatorRegistry.sol",
  },
  {
    id: "BLS-1",
    statement: "Hashing to G2 and verification agree with two independent libraries and the eth2 vectors.",
    where: "contracts/libraries/BLS12381.sol",
  },
  {
    id: "FIN-1",
    statement: "A certificate counts only with strictly more than two thirds of the epoch's weight.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-2",
    statement: "A certificate has one form: the bitmap has exactly the set's length and no bit beyond it.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-3",
    statement: "A certificate proves one block in one view of one epoch of one chain, and only finalisation.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-4",
    statement: "A header is accepted only when an unbroken chain of headers leads from it to a certified block.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-5",
    statement: "The cost of a unanimous signature grows with the set only by reading it (under 2 % from 4 to 84).",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-6",
    statement: "A signature with absent validators is exactly that of all the others, and never that of nobody.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-7",
    statement: "Sets are stored in the order of epochs, each once, and stay: a certificate is of its own epoch's set.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "ELE-1",
    statement:
      "The set is that of the exact 6:4 order with its ties, of those who are eligible when it is stored; nobody sits twice.",
    where: "contracts/consensus/ValidatorElection.sol",
  },
  {
    id: "ELE-2",
    statement: "The ranking does not depend on the order of the list nor on how it is divided into pages.",
    where: "contracts/libraries/RankingHeap.sol",
  },
  {
    id: "ELE-3",
    statement: "Only tallies of the beginning of the epoch elect: what is listed later neither enters nor delays.",
    where: "contracts/consensus/ValidatorElection.sol",
  },
  {
    id: "ELE-4",
    statement: "An election counts with the parameters of the beginning of its epoch, whenever its pages are scanned.",
    where: "contracts/consensus/ValidatorElection.sol",
  },
  {
    id: "EPO-1",
    statement: "An epoch ends only after its time, and only when the next set is stored.",
    where: "contracts/consensus/EpochManager.sol",
  },
  {
    id: "EPO-2",
    statement:
      "Length, samples and rates of an epoch are the parameters of its beginning; a late end earns nothing more.",
    where: "contracts/consensus/EpochManager.sol",
  },
  {
    id: "EPO-3",
    statement: "Each part of an epoch has one sampled block of this chain, and its signers are only ever added to.",
    where: "contracts/consensus/EpochManager.sol",
  },
  {
    id: "EPO-4",
    statement: "Every validator of an epoch is rewarded at most once for it, in whatever order epochs are paid.",
    where: "contracts/consensus/EpochManager.sol",
  },
  {
    id: "EPO-5",
    statement: "Rewards add up to what the bucket granted, to the wei, and an empty bucket blocks nothing.",
    where: "contracts/consensus/EpochManager.sol",
  },
  {
    id: "COU-1",
    statement:
      "The council carries out exactly the batch that was approved, in the way it was approved for, once, before its deadline.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "COU-2",
    statement: "A batch is carried out as a whole or not at all.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "COU-3",
    statement:
      "Only active validators of the present epoch's set count; all of them approve, or the threshold's share of them.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "COU-4",
    statement:
      "The council says it is unanimous only inside a batch that all who count approved, and never inside an escape.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "COU-5",
    statement: "Calldata of a unanimous batch is of one length for any set, its cost under 400,000 gas at 84.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "COU-6",
    statement:
      "An escape takes more than two thirds of those who count and its whole delay, lapses after a week, and is " +
      "cancelled by the council alone.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "STG-1",
    statement: "Stages follow each other in order, and none ever goes back.",
    where: "contracts/governance/StageManager.sol",
  },
  {
    id: "STG-2",
    statement: "No stage is proposed while one of its preconditions is missed by a single unit.",
    where: "contracts/governance/StageManager.sol",
  },
  {
    id: "STG-3",
    statement: "A stage begins with the epoch after the next one, never inside an epoch, one at a time.",
    where: "contracts/governance/StageManager.sol",
  },
  {
    id: "DIR-1",
    statement: "The history of a name is only added to and holds the hashes of the code that ran.",
    where: "contracts/governance/ContractDirectory.sol",
  },
  { id: "DEP-1", statement: "Deploying a second time sends no transaction.", where: "deploy/lib/environment.ts" },
  {
    id: "DEP-2",
    statement: "After deployment no externally owned account holds any role.",
    where: "deploy/lib/verify.ts",
  },
  {
    id: "DEP-3",
    statement: "A deployment that breaks off after any transaction is completed by running it again.",
    where: "deploy/lib/environment.ts",
  },
  {
    id: "DEP-4",
    statement: "Addresses are known before the chain exists and do not depend on its genesis hash.",
    where: "deploy/lib/blueprint.ts",
  },
];
