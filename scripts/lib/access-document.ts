/**
 * docs/ACCESS.md: who may call what, asked from a system that was just deployed on an in-process network.
 *
 * Owns: the document's tables. Does not own: asking (deploy/lib/access-matrix.ts), the plan (deploy/config/roles.ts).
 * Called by: scripts/generate.ts. Whitepaper §3.2 (permission management) [VAL-7].
 */
import { ADMIN_ROLE, roles } from "../../deploy/config/roles.ts";
import { deployAll } from "../../deploy/deploy-all.ts";
import { type AccessRow, accessMatrix } from "../../deploy/lib/access-matrix.ts";
import { Environment } from "../../deploy/lib/environment.ts";
import { type RoleHolder, roleHolders } from "../../deploy/lib/role-holders.ts";
import { connect } from "../../test/helpers/finality.ts";
import { deployOptions } from "../../test/helpers/system.ts";
import { buildContracts } from "./build.ts";

export interface AccessTables {
  readonly holders: readonly (readonly string[])[];
  readonly functions: readonly (readonly string[])[];
}

export const HOLDER_COLUMNS = ["role", "id", "held by", "delay"];
export const FUNCTION_COLUMNS = ["contract", "function", "who", "delay"];

/** Rows of both tables. */
export async function accessTables(): Promise<AccessTables> {
  await buildContracts();
  const connection = await connect();
  try {
    const options = await deployOptions(connection);
    const { addresses } = await deployAll(options);
    const environment = await Environment.create(options);
    environment.finality = addresses.FinalityVerifier;
    const names = new Map(Object.entries(addresses).map(([name, address]) => [address, name]));
    const holders = await roleHolders(environment);
    const nameOf = ({ account }: RoleHolder): string => names.get(account) ?? account;
    return {
      holders: [ADMIN_ROLE, ...roles.map(({ id }) => id)].map((id) => holderRow(id, holders, nameOf)),
      functions: (await accessMatrix(environment)).map((row) => functionRow(row, holders, nameOf)),
    };
  } finally {
    await connection.close();
  }
}

const labelOf = (id: bigint): string => roles.find((role) => role.id === id)?.label ?? "ADMIN";

function delaysOf(id: bigint, holders: readonly RoleHolder[]): string {
  const delays = holders.filter(({ role }) => role === id).map(({ delaySeconds }) => `${delaySeconds} s`);
  return delays.join(", ") || "–";
}

function holderRow(id: bigint, holders: readonly RoleHolder[], nameOf: (holder: RoleHolder) => string): string[] {
  const held = holders.filter(({ role }) => role === id).map(nameOf);
  return [labelOf(id), String(id), held.join(", ") || "nobody", delaysOf(id, holders)];
}

function functionRow(
  { contract, method, demands }: AccessRow,
  holders: readonly RoleHolder[],
  nameOf: (holder: RoleHolder) => string,
): string[] {
  const start = [contract, `\`${method}\``];
  if (demands === "anyone") return [...start, "anyone; the function checks for itself", "–"];
  if (demands === "nobody") return [...start, "nobody any more: ran when the proxy was created", "–"];
  if (demands === "manager")
    return [...start, "AccessManager, through `updateAuthority`", delaysOf(ADMIN_ROLE, holders)];
  const held = holders.filter(({ role }) => role === demands).map(nameOf);
  return [...start, `${labelOf(demands)}: ${held.join(", ") || "nobody"}`, delaysOf(demands, holders)];
}
