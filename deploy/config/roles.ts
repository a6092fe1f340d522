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

export const roles: readonly Role[] = [
  {
    label: "AUTHORITY",
    id: 1n,
    holder: "ValidatorCouncil",
    target: "ValidatorRegistry",
    functions: ["admit", "remove", "revokeCertificate"],
  },
  { label: "EMISSION", id: 2n, holder: undefined, target: "CUNP", functions: ["mint"] },
];
