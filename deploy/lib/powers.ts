/**
 * Powers over the system that an externally owned account holds: after the hand-over there must be none.
 *
 * Owns: finding them on the chain: roles of the AccessManager (also those that take effect later), what stands above
 * each contract as its authority, and administrators of proxies (EIP-1967). Does not own: who should hold what
 * (config/roles.ts), other checks (verify.ts). Called by: verify.ts, tests, benchmarks. Whitepaper §3.2.
 */
import { dataSlice, getAddress, ZeroAddress } from "ethers";
import type { ContractName } from "./artifacts.ts";
import type { Environment } from "./environment.ts";
import { roleHolders } from "./role-holders.ts";

export interface Power {
  /** For example "role 0", "authority of CUNP". */
  readonly power: string;
  readonly account: string;
}

/** keccak256("eip1967.proxy.admin") − 1: a proxy with an administrator here could be replaced past the AccessManager. */
export const PROXY_ADMIN_SLOT = "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103";
/** A delegation of an externally owned account begins with these three bytes (EIP-7702). */
const DELEGATION_PREFIX = "0xef0100";

/** Every power that no contract holds. */
export async function powersHeldByEoas(environment: Environment): Promise<Power[]> {
  const roles = (await roleHolders(environment)).map(({ role, account }) => ({ power: `role ${role}`, account }));
  const names = Object.keys(environment.addresses()) as ContractName[];
  const others = await Promise.all(names.map((name) => powersOver(environment, name)));
  const all = [...roles, ...others.flat()];
  const isHeldByContract = await Promise.all(all.map(({ account }) => hasOwnCode(environment, account)));
  return all.filter((_, index) => !isHeldByContract[index]);
}

async function powersOver(environment: Environment, name: ContractName): Promise<Power[]> {
  const contract = environment.contract(name);
  const word = await environment.options.provider.getStorage(contract.address, PROXY_ADMIN_SLOT);
  const admin = getAddress(dataSlice(word, 12));
  const powers = admin === ZeroAddress ? [] : [{ power: `administrator of ${name}`, account: admin }];
  if (!environment.options.artifacts(name).interface.getFunction("authority")) return powers;
  const [authority] = await environment.read(contract, "authority");
  return [...powers, { power: `authority of ${name}`, account: authority }];
}

async function hasOwnCode(environment: Environment, account: string): Promise<boolean> {
  const code = await environment.options.provider.getCode(account);
  return code !== "0x" && !code.startsWith(DELEGATION_PREFIX);
}
