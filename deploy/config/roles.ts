/**
 * Who may do what after deployment: the roles of the AccessManager.
 *
 * Owns: role ids, their functions, their holders. Does not own: granting (deploy/70-roles.ts, 90-handover.ts).
 * Called by: deploy's steps, tests. Whitepaper §3.2 (permission management). Functions in no role belong to ADMIN:
 * the ValidatorCouncil, after governanceDelaySeconds.
 */
import type { ContractName } from "../lib/artifacts.ts";

export interface Role {
  readonly label: string;
  readonly id: bigint;
  /** Undefined: nobody holds it yet. */
  readonly holder: ContractName | undefined;
  readonly target: ContractName;
  readonly functions: readonly string[];
}

/** AccessManager's own role: it administers all others. */
export const ADMIN_ROLE = 0n;

/** A role with functions of several contracts has a row for each of them, with the same id, label and holder. */
export const roles: readonly Role[] = [
  {
    label: "AUTHORITY",
    id: 1n,
    holder: "ValidatorCouncil",
    target: "ValidatorRegistry",
    functions: ["admit", "remove", "revokeCertificate"],
  },
  { label: "AUTHORITY", id: 1n, holder: "ValidatorCouncil", target: "NodesFund", functions: ["stakeFor"] },
  { label: "AUTHORITY", id: 1n, holder: "ValidatorCouncil", target: "PersonhoodList", functions: ["add", "remove"] },
  { label: "EMISSION", id: 2n, holder: "EmissionController", target: "CUNP", functions: ["mint"] },
  {
    label: "EMIT_BLOCKS",
    id: 3n,
    holder: "EpochManager",
    target: "EmissionController",
    functions: ["emitBlockReward"],
  },
  {
    label: "EMIT_STAKING",
    id: 4n,
    holder: "StakingPool",
    target: "EmissionController",
    functions: ["emitStakingReward"],
  },
  {
    label: "EMIT_BUSINESS",
    id: 5n,
    holder: "BusinessContributions",
    target: "EmissionController",
    functions: ["emitBusinessReward"],
  },
  {
    label: "TREASURY",
    id: 6n,
    holder: "ValidatorCouncil",
    target: "EmissionController",
    functions: ["emitCommunity", "recordListing"],
  },
  { label: "VAULT", id: 7n, holder: "StakingPool", target: "RewardVault", functions: ["credit"] },
  {
    label: "PARAMETERS",
    id: 10n,
    holder: "ValidatorCouncil",
    target: "ParameterRegistry",
    functions: ["propose", "withdraw"],
  },
  { label: "SETS", id: 11n, holder: "ValidatorElection", target: "FinalityVerifier", functions: ["storeSet"] },
  {
    label: "EPOCH_VALIDATORS",
    id: 12n,
    holder: "EpochManager",
    target: "ValidatorRegistry",
    functions: ["beginEpoch", "jail"],
  },
  {
    label: "EPOCH_STAKING",
    id: 13n,
    holder: "EpochManager",
    target: "StakingPool",
    functions: ["beginEpoch", "distribute", "slash"],
  },
  { label: "EPOCH_STAGES", id: 14n, holder: "EpochManager", target: "StageManager", functions: ["beginEpoch"] },
  { label: "TOMBSTONE", id: 15n, holder: undefined, target: "ValidatorRegistry", functions: ["tombstone"] },
  {
    label: "APPLICATIONS",
    id: 16n,
    holder: "ValidatorCouncil",
    target: "BusinessContributions",
    functions: ["register", "remove"],
  },
];
