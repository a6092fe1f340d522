/**
 * The access matrix, asked from the deployed system: which role each function of each contract demands.
 *
 * Owns: finding out. A stranger calls every function that changes state, without sending it; the refusal says whether
 * a role is demanded, the AccessManager says which. Does not own: who holds roles (role-holders.ts), what should be
 * (config/roles.ts). Called by: verify.ts, scripts/lib/access-document.ts, tests. Whitepaper §3.2 [VAL-7].
 */
import { type FunctionFragment, type Interface, type ParamType, ZeroAddress } from "ethers";
import type { ContractName } from "./artifacts.ts";
import type { Environment } from "./environment.ts";

/** Holds no role on any chain: nobody knows a key for it. */
const STRANGER = "0x00000000000000000000000000000000000d15ea";
/** Only the AccessManager itself calls this, through its updateAuthority. */
const AUTHORITY_SETTER = "setAuthority";

export interface AccessRow {
  readonly contract: ContractName;
  /** With its argument types. */
  readonly method: string;
  /**
   * The role that is demanded; "manager" = the AccessManager alone; "nobody" = only while the proxy was created;
   * "anyone" = no role, the function's own checks.
   */
  readonly demands: bigint | "manager" | "nobody" | "anyone";
}

/** A row for each function that may change state, contract by contract. */
export async function accessMatrix(environment: Environment): Promise<AccessRow[]> {
  const names = Object.keys(environment.addresses()) as ContractName[];
  const rows = names.flatMap((contract) =>
    writersOf(environment.options.artifacts(contract).interface).map(async (fragment) => ({
      contract,
      method: fragment.format("sighash"),
      demands: await demandOf(environment, contract, fragment),
    })),
  );
  return Promise.all(rows);
}

/** The functions that may change state. */
export const writersOf = (abi: Interface): FunctionFragment[] =>
  abi.fragments.filter(
    (fragment): fragment is FunctionFragment =>
      fragment.type === "function" && !(fragment as FunctionFragment).constant,
  );

async function demandOf(
  environment: Environment,
  name: ContractName,
  fragment: FunctionFragment,
): Promise<AccessRow["demands"]> {
  const { address } = environment.contract(name);
  const abi = environment.options.artifacts(name).interface;
  const data = abi.encodeFunctionData(fragment, fragment.inputs.map(emptyValue));
  const refusal = await refusalOf(environment, address, data);
  const error = refusal === undefined ? null : abi.parseError(refusal);
  // The AccessManager names the role that its own functions demand.
  if (error?.name === "AccessManagerUnauthorizedAccount") return error.args[1];
  if (error?.name === "InvalidInitialization") return "nobody";
  if (error?.name !== "AccessManagedUnauthorized") return "anyone";
  if (fragment.name === AUTHORITY_SETTER) return "manager";
  const access = environment.contract("AccessManager");
  return (await environment.read(access, "getTargetFunctionRole", [address, fragment.selector]))[0];
}

/** Revert data of the stranger's call; undefined when it would go through or reverts without any. */
async function refusalOf(environment: Environment, to: string, data: string): Promise<string | undefined> {
  try {
    await environment.options.provider.call({ from: STRANGER, to, data });
    return undefined;
  } catch (error) {
    const refusal = (error as { data?: unknown }).data;
    if (typeof refusal === "string" && refusal.length >= 10) return refusal;
    return undefined;
  }
}

/** Zero of any type: what is called does not matter, only who calls. */
function emptyValue({ baseType, type, arrayLength, arrayChildren, components }: ParamType): unknown {
  if (baseType === "array")
    return Array.from({ length: Math.max(arrayLength ?? 0, 0) }, () => emptyValue(arrayChildren!));
  if (baseType === "tuple") return components!.map(emptyValue);
  if (type === "address") return ZeroAddress;
  if (type === "bool") return false;
  if (type === "string") return "";
  if (type === "bytes") return "0x";
  if (type.startsWith("bytes")) return `0x${"00".repeat(Number(type.slice("bytes".length)))}`;
  return 0n;
}
