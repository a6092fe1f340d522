/**
 * The council as a node shows it: parameters, pending changes, the validators who approve, the next batch's number.
 *
 * Owns: reading it, over any JSON-RPC, at one block. Does not own: what a batch means (governance-batch.ts), signatures
 * (governance-signatures.ts). Called by: cli, dApps, tests. Browser-safe. Whitepaper §2.3, §3.2 [GOV-1, GOV-2].
 */
import { decodeBytes32String, encodeBytes32String, Interface, type Result, toUtf8String } from "ethers";
import { CunError } from "../types/errors.ts";

/** One JSON-RPC call: `callRpc` of json-rpc.ts with its url, or a provider's `send`. */
export type Rpc = (method: string, params: readonly unknown[]) => Promise<unknown>;

export interface GovernedParameter {
  readonly name: string;
  readonly unit: string;
  readonly value: bigint;
  readonly minimum: bigint;
  readonly maximum: bigint;
  /** True when a change needs every validator. */
  readonly unanimous: boolean;
  /** The change that has not taken effect; `effectiveAt` in seconds since 1970. */
  readonly pending: { readonly value: bigint; readonly effectiveAt: number } | undefined;
}

export interface CouncilMember {
  readonly operator: string;
  /** G1, EIP-2537, 128 bytes. */
  readonly blsPublicKey: string;
  /** False for who is jailed, leaving or struck: it may be absent, and its signature adds nothing. */
  readonly counts: boolean;
}

export interface GovernanceState {
  readonly chainId: bigint;
  /** Seconds since 1970, of the block that was read. */
  readonly timestamp: number;
  readonly council: string;
  /** Number of the next batch. */
  readonly nonce: bigint;
  readonly epoch: bigint;
  /** In the order of the bits. */
  readonly members: readonly CouncilMember[];
  readonly parameters: readonly GovernedParameter[];
  /** Address (lower case) → name, of everything in the directory. */
  readonly contracts: ReadonlyMap<string, string>;
}

const directoryAbi = new Interface([
  "function names() view returns (bytes32[])",
  "function addressOf(bytes32) view returns (address)",
]);
const councilAbi = new Interface([
  "function nonce() view returns (uint256)",
  "function epoch() view returns (uint64)",
  "function validators() view returns (address[] operators, bool[] counts)",
  "function executableAt(bytes32) view returns (uint48)",
]);
const verifierAbi = new Interface(["function validatorSetOf(uint64) view returns (bytes)"]);
const parametersAbi = new Interface([
  "function names() view returns (bytes32[])",
  "function valuesOf(bytes32[]) view returns (uint256[])",
  "function pendingOf(bytes32) view returns (uint256 value, uint48 effectiveAt)",
  "function definitionOf(bytes32) view returns (tuple(bytes32 name, bytes16 solidityType, bytes16 unit, uint128 minimum, uint128 maximum, bool unanimous))",
]);

/** Hex digits of a key, and of a key with its weight, in a stored set. */
const KEY_DIGITS = 256;
const ENTRY_DIGITS = 288;

type Ask = (to: string, abi: Interface, method: string, values?: readonly unknown[]) => Promise<Result>;

function asker(rpc: Rpc, block: unknown): Ask {
  return async (to, abi, method, values = []) => {
    const data = abi.encodeFunctionData(method, values);
    const answer = (await rpc("eth_call", [{ to, data }, block])) as string;
    if (answer === "0x") throw new CunError("governanceContractMissing", { address: to, method });
    return abi.decodeFunctionResult(method, answer);
  };
}

/**
 * Everything a validator needs to know before it signs.
 *
 * @param directory Address of the ContractDirectory.
 * @throws CunError governanceContractMissing when there is no such system at this address; nodeUnreachable
 * @example
 * const state = await readGovernance((method, params) => callRpc(url, method, params), directory);
 */
export async function readGovernance(rpc: Rpc, directory: string): Promise<GovernanceState> {
  const chainId = BigInt((await rpc("eth_chainId", [])) as string);
  const block = (await rpc("eth_getBlockByNumber", ["latest", false])) as { number: string; timestamp: string };
  const ask = asker(rpc, block.number);
  const contracts = await readDirectory(ask, directory);
  const find = (name: string): string => {
    const found = [...contracts].find(([, known]) => known === name);
    if (!found) throw new CunError("governanceContractMissing", { address: directory, method: name });
    return found[0];
  };
  const council = find("ValidatorCouncil");
  const [nonce] = await ask(council, councilAbi, "nonce");
  const [epoch] = await ask(council, councilAbi, "epoch");
  return {
    chainId,
    timestamp: Number(block.timestamp),
    council,
    nonce,
    epoch,
    members: await readMembers(ask, council, find("FinalityVerifier"), epoch),
    parameters: await readParameters(ask, find("ParameterRegistry")),
    contracts,
  };
}

/** From when on a scheduled batch may be carried out, in seconds since 1970; zero when it is not scheduled. */
export async function executableAt(rpc: Rpc, council: string, approval: string): Promise<number> {
  const [at] = await asker(rpc, "latest")(council, councilAbi, "executableAt", [approval]);
  return Number(at);
}

async function readDirectory(ask: Ask, directory: string): Promise<Map<string, string>> {
  const [names] = await ask(directory, directoryAbi, "names");
  const entries = await Promise.all(
    (names as string[]).map(async (name): Promise<[string, string]> => {
      const [account] = await ask(directory, directoryAbi, "addressOf", [name]);
      return [(account as string).toLowerCase(), decodeBytes32String(name)];
    }),
  );
  return new Map(entries);
}

async function readMembers(ask: Ask, council: string, verifier: string, epoch: bigint): Promise<CouncilMember[]> {
  const [operators, counts] = await ask(council, councilAbi, "validators");
  const [set] = await ask(verifier, verifierAbi, "validatorSetOf", [epoch]);
  return (operators as string[]).map((operator, index) => {
    const start = 2 + index * ENTRY_DIGITS;
    const blsPublicKey = `0x${(set as string).slice(start, start + KEY_DIGITS)}`;
    return { operator, blsPublicKey, counts: counts[index] };
  });
}

async function readParameters(ask: Ask, registry: string): Promise<GovernedParameter[]> {
  const [names] = await ask(registry, parametersAbi, "names");
  const [values] = await ask(registry, parametersAbi, "valuesOf", [[...names]]);
  return Promise.all(
    (names as string[]).map(async (name, index): Promise<GovernedParameter> => {
      const [[, , unit, minimum, maximum, unanimous]] = await ask(registry, parametersAbi, "definitionOf", [name]);
      const [value, effectiveAt] = await ask(registry, parametersAbi, "pendingOf", [name]);
      const pending = effectiveAt === 0n ? undefined : { value, effectiveAt: Number(effectiveAt) };
      const text = { name: decodeBytes32String(name), unit: toUtf8String(unit).replace(/\0+$/, "") };
      return { ...text, value: values[index], minimum, maximum, unanimous, pending };
    }),
  );
}

/** A name as the registry keeps it. */
export const parameterKey = (name: string): string => encodeBytes32String(name);
