/**
 * What a batch of the council is, what it means in words, and what is signed to approve it.
 *
 * Owns: making calls that change parameters, reading calls back, the two hashes (computed here, so that no node can
 * show one batch and have another signed). Does not own: signatures (governance-signatures.ts), the state
 * (governance.ts). Called by: cli, dApps, tests. Browser-safe. Contract: IValidatorCouncil. Whitepaper §3.2 [GOV-2].
 */
import { AbiCoder, decodeBytes32String, formatEther, Interface, id, keccak256, parseEther } from "ethers";
import { CunError } from "../types/errors.ts";
import { type GovernanceState, type GovernedParameter, parameterKey } from "./governance.ts";

/** IValidatorCouncil.Call. */
export interface CouncilCall {
  readonly target: string;
  /** Native coin in wei. */
  readonly value: bigint;
  readonly data: string;
}

/** approval: carried out at once. escape: scheduled by more than two thirds, with the long delay. */
export type Way = "approval" | "escape";

/** Exactly what is approved. */
export interface Batch {
  readonly way: Way;
  readonly chainId: bigint;
  readonly council: string;
  readonly nonce: bigint;
  /** Seconds since 1970. */
  readonly deadline: number;
  readonly calls: readonly CouncilCall[];
}

const DOMAINS: Readonly<Record<Way, string>> = {
  approval: id("CUN_COUNCIL_APPROVAL_V1"),
  escape: id("CUN_COUNCIL_ESCAPE_V1"),
};
const AMOUNT_UNIT = "wei of CUNP";
const AMOUNT = /^(\d+(?:\.\d{1,18})?)CUNP$/;
/** Calls within calls: an announced upgrade is one deep. */
const DEPTH_LIMIT = 3;

/** What a council is asked to do, by the directory's name of the contract; everything else needs --raw. */
const KNOWN: Readonly<Record<string, Interface>> = {
  ParameterRegistry: new Interface([
    "function propose(bytes32 name, uint256 value)",
    "function withdraw(bytes32 name)",
  ]),
  ValidatorRegistry: new Interface([
    "function admit(address operator)",
    "function remove(address operator)",
    "function revokeCertificate(bytes32 fingerprint)",
    "function upgradeToAndCall(address newImplementation, bytes data) payable",
  ]),
  ValidatorCouncil: new Interface(["function cancel(bytes32 approval)"]),
  CUNP: new Interface(["function transfer(address to, uint256 value)"]),
  AccessManager: new Interface([
    "function schedule(address target, bytes data, uint48 when)",
    "function grantRole(uint64 roleId, address account, uint32 executionDelay)",
    "function revokeRole(uint64 roleId, address account)",
  ]),
};

/** What each validator signs: the contract's approvalHash or escapeHash. */
export function batchHash({ way, chainId, council, nonce, deadline, calls }: Batch): string {
  const coder = AbiCoder.defaultAbiCoder();
  const rows = calls.map(({ target, value, data }) => [target, value, data]);
  const batch = keccak256(coder.encode(["tuple(address,uint256,bytes)[]"], [rows]));
  const types = ["bytes32", "uint256", "address", "uint256", "bytes32", "uint64"];
  return keccak256(coder.encode(types, [DOMAINS[way], chainId, council, nonce, batch, deadline]));
}

/**
 * Calls that propose new values.
 *
 * @param changes `name=value`; amounts of CUNP in wei or as `12.5CUNP`.
 * @throws CunError governanceParameterInvalid with the reason: unknown, no number, out of bounds, unchanged
 */
export function changeCalls(state: GovernanceState, changes: readonly string[]): CouncilCall[] {
  const target = addressOf(state, "ParameterRegistry");
  return changes.map((change) => {
    const [name = "", text = ""] = change.split("=", 2);
    const parameter = state.parameters.find((entry) => entry.name === name);
    if (!parameter) return refuse(name, text, "there is no such parameter");
    const value = parseValue(parameter, text);
    const data = KNOWN["ParameterRegistry"]!.encodeFunctionData("propose", [parameterKey(name), value]);
    return { target, value: 0n, data };
  });
}

function parseValue({ name, unit, minimum, maximum, value: present }: GovernedParameter, text: string): bigint {
  const amount = unit === AMOUNT_UNIT ? AMOUNT.exec(text)?.[1] : undefined;
  if (!amount && !/^\d+$/.test(text)) return refuse(name, text, `a whole number of ${unit} is expected`);
  const value = amount ? parseEther(amount) : BigInt(text);
  if (value < minimum || value > maximum) return refuse(name, text, `it must be from ${minimum} to ${maximum}`);
  if (value === present) return refuse(name, text, "it has this value already");
  return value;
}

function refuse(name: string, value: string, reason: string): never {
  throw new CunError("governanceParameterInvalid", { name, value, reason });
}

function addressOf({ contracts }: GovernanceState, wanted: string): string {
  const found = [...contracts].find(([, name]) => name === wanted);
  if (!found) throw new CunError("governanceContractMissing", { address: "the directory", method: wanted });
  return found[0];
}

/**
 * One sentence for each call.
 *
 * @param raw Shows what cannot be read as bytes instead of refusing.
 * @throws CunError governanceBatchUnreadable
 */
export function describeCalls(state: GovernanceState, calls: readonly CouncilCall[], raw = false): string[] {
  return calls.map((call, index) => {
    const sentence = describe(state, call, 0);
    if (sentence !== undefined) return sentence;
    const { target, value, data } = call;
    if (!raw) throw new CunError("governanceBatchUnreadable", { index, target, data });
    return `RAW call of ${target}${sending(value)} with ${data}`;
  });
}

function describe(state: GovernanceState, { target, value, data }: CouncilCall, depth: number): string | undefined {
  const name = state.contracts.get(target.toLowerCase());
  if (data === "0x") return `send ${formatEther(value)} native coins to ${name ?? target}`;
  const parsed = name ? KNOWN[name]?.parseTransaction({ data }) : undefined;
  // Bytes behind the arguments would be signed without being shown.
  if (!parsed || KNOWN[name!]!.encodeFunctionData(parsed.fragment, parsed.args) !== data.toLowerCase())
    return undefined;
  const sentence = describeFunction(state, parsed.name, [...parsed.args], depth);
  return sentence && `${name}: ${sentence}${sending(value)}`;
}

const sending = (value: bigint): string => (value === 0n ? "" : `, sending ${formatEther(value)} native coins along`);

function describeFunction(
  state: GovernanceState,
  method: string,
  values: readonly unknown[],
  depth: number,
): string | undefined {
  switch (method) {
    case "propose":
      return describeChange(state, String(values[0]), values[1] as bigint);
    case "withdraw":
      return `withdraw the pending change of ${decodeBytes32String(String(values[0]))}`;
    case "cancel":
      return `cancel the escape ${values[0]}`;
    case "transfer":
      return `transfer ${formatEther(values[1] as bigint)} CUNP to ${values[0]}`;
    case "grantRole":
      return `grant role ${values[0]} to ${values[1]}, with a delay of ${values[2]} s`;
    case "schedule":
      return describeAnnouncement(state, values, depth);
    default:
      return `${method}(${values.join(", ")})`;
  }
}

function describeChange(state: GovernanceState, key: string, value: bigint): string | undefined {
  const parameter = state.parameters.find(({ name }) => parameterKey(name) === key);
  if (!parameter) return undefined;
  const { name, unit, value: present, unanimous } = parameter;
  return `${name}: ${present} → ${value} ${unit}${unanimous ? " (needs every validator)" : ""}`;
}

function describeAnnouncement(state: GovernanceState, values: readonly unknown[], depth: number): string | undefined {
  if (depth === DEPTH_LIMIT) return undefined;
  const [target, data, when] = values;
  const inner = describe(state, { target: String(target), value: 0n, data: String(data) }, depth + 1);
  return inner && `announce for ${when === 0n ? "as soon as its delay allows" : `the time ${when}`}: ${inner}`;
}
