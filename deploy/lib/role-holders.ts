/**
 * Finds who holds roles of an AccessManager, from its own events, checked against its present state.
 *
 * Owns: reading events over ranges that the node accepts. Does not own: who should hold what (config/roles.ts).
 * Called by: verify.ts, access-matrix.ts, tests. A grant that takes effect later counts: `hasRole` would not show it.
 */
import type { Filter, Log } from "ethers";
import type { Environment } from "./environment.ts";

export interface RoleHolder {
  readonly role: bigint;
  readonly account: string;
  /** Seconds between the announcement and the act: the smaller one when it is about to change. */
  readonly delaySeconds: bigint;
  /** False for an externally owned account, also for one that delegates to code (EIP-7702). */
  readonly isContract: boolean;
  /** False when the grant takes effect later. */
  readonly isMember: boolean;
}

/** A delegation of an externally owned account begins with these three bytes. */
const DELEGATION_PREFIX = "0xef0100";

/** Everyone who was ever granted a role and holds it now or will hold it. */
export async function roleHolders(environment: Environment): Promise<RoleHolder[]> {
  const access = environment.contract("AccessManager");
  const abi = environment.options.artifacts("AccessManager").interface;
  const topic = abi.getEvent("RoleGranted")!.topicHash;
  const newest = await environment.options.provider.getBlockNumber();
  const logs = await allLogs(environment, { address: access.address, topics: [topic] }, 0, newest);
  const granted = new Map(
    logs.map((log) => {
      const [role, account] = abi.decodeEventLog("RoleGranted", log.data, log.topics);
      return [`${role} ${account}`, { role, account } as { role: bigint; account: string }] as const;
    }),
  );
  const holders = await Promise.all([...granted.values()].map((grant) => readHolder(environment, grant)));
  return holders.filter((holder) => holder !== undefined);
}

async function readHolder(
  environment: Environment,
  { role, account }: { readonly role: bigint; readonly account: string },
): Promise<RoleHolder | undefined> {
  const access = environment.contract("AccessManager");
  const [since, current, pending, effect] = await environment.read(access, "getAccess", [role, account]);
  if (since === 0n) return undefined;
  const [isMember] = await environment.read(access, "hasRole", [role, account]);
  const code = await environment.options.provider.getCode(account);
  const isContract = code !== "0x" && !code.startsWith(DELEGATION_PREFIX);
  const delaySeconds = effect !== 0n && pending < current ? pending : current;
  return { role, account, delaySeconds, isContract, isMember };
}

/** Logs of a range; a range that the node refuses as too large is halved. */
async function allLogs(environment: Environment, filter: Filter, from: number, to: number): Promise<Log[]> {
  try {
    return await environment.options.provider.getLogs({ ...filter, fromBlock: from, toBlock: to });
  } catch (error) {
    if (from === to) throw error;
    const middle = Math.floor((from + to) / 2);
    const lower = await allLogs(environment, filter, from, middle);
    return [...lower, ...(await allLogs(environment, filter, middle + 1, to))];
  }
}
