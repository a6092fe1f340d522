/**
 * `cun governance`: see the council's parameters, sign a batch, gather signatures, bring them to the chain.
 *
 * Owns: files, what is printed, sending. Does not own: what is signed and checked (node/sdk/governance*.ts).
 * Called by: governance-commands.ts, tests. Nothing is signed that was not printed in words first. Whitepaper §3.2.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { JsonRpcProvider, Wallet } from "ethers";
import { z } from "zod";
import { readConfig, readGenesis } from "../app/config.ts";
import { readConsensusKey, readOperatorKey } from "../app/keys.ts";
import { executableAt, type GovernanceState, type Rpc, readGovernance } from "../sdk/governance.ts";
import { type Batch, batchHash, changeCalls, describeCalls } from "../sdk/governance-batch.ts";
import {
  type Collected,
  callsSchema,
  collect,
  nextBatch,
  type SignedBatch,
  scheduledSubmission,
  signatureSchema,
  signBatch,
  submission,
} from "../sdk/governance-signatures.ts";
import { callRpc } from "../sdk/json-rpc.ts";
import { CunError } from "../types/errors.ts";

export interface GovernanceOptions {
  readonly rpc: string;
  /** ContractDirectory; by default the one that the data folder's genesis file names. */
  readonly directory?: string;
  readonly data?: string;
}

export interface SignOptions extends GovernanceOptions {
  readonly data: string;
  readonly change?: readonly string[];
  readonly calls?: string;
  readonly deadline?: string;
  readonly out?: string;
  readonly escape?: boolean;
  readonly raw?: boolean;
}

export interface SubmitOptions extends GovernanceOptions {
  /** Folder whose operator account pays; without it the transaction is printed. */
  readonly from?: string;
}

const DAY = 86_400;
/** A new batch is good for a week: until the end of that day (UTC), so that all who sign on one day sign the same. */
const DEADLINE_SECONDS = 7 * DAY;

const rpcOf =
  ({ rpc }: GovernanceOptions): Rpc =>
  (method, params) =>
    callRpc(rpc, method, params);

const bigintAsText = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);

function readState(options: GovernanceOptions): Promise<GovernanceState> {
  return readGovernance(rpcOf(options), options.directory ?? directoryOf(options.data));
}

/** @throws CunError optionInvalid when neither option leads to a directory */
function directoryOf(data: string | undefined): string {
  const reason = "give the ContractDirectory's address, or --data of a node whose genesis file names it";
  if (data === undefined) throw new CunError("optionInvalid", { option: "--directory", reason });
  const { contracts } = readGenesis(resolve(data, readConfig(data).genesis));
  if (!contracts) throw new CunError("optionInvalid", { option: "--directory", reason });
  return contracts.directory;
}

/** Parameters, what is pending, the council; with files also who has signed them. */
export async function showGovernance(files: readonly string[], options: GovernanceOptions): Promise<void> {
  const state = await readState(options);
  console.log(`council ${state.council}, next batch number ${state.nonce}, epoch ${state.epoch}\n`);
  for (const { name, value, unit, minimum, maximum, unanimous, pending } of state.parameters) {
    console.log(`${name.padEnd(32)}${value} ${unit}  (${minimum} … ${maximum}${unanimous ? ", unanimous" : ""})`);
    if (pending) console.log(`${"".padEnd(32)}→ ${pending.value} from ${dateOf(pending.effectiveAt)} on`);
  }
  const signed = files.length > 0 ? collect(state, files.map(readSignature)).signed : [];
  console.log(files.length > 0 ? "\nvalidators, and who has signed" : "\nvalidators");
  for (const [index, { operator, counts }] of state.members.entries()) {
    const mark = signed.includes(index) ? "  signed" : "";
    console.log(`${String(index).padStart(4)}  ${operator}${counts ? "" : "  does not count"}${mark}`);
  }
}

/** Prints what the batch does, then signs it. */
export async function signGovernance(options: SignOptions): Promise<void> {
  const state = await readState(options);
  const batch = batchOf(state, options);
  describeBatch(state, batch, options.raw);
  const signed = signBatch(state, batch, readConsensusKey(options.data));
  const text = `${JSON.stringify(signed, bigintAsText, 2)}\n`;
  if (options.out === undefined) {
    process.stdout.write(text);
    return;
  }
  if (existsSync(options.out)) {
    throw new CunError("fileInvalid", { path: options.out, reason: "it is there already and is not overwritten" });
  }
  writeFileSync(options.out, text);
  console.error(`signed: ${options.out}`);
}

/** A new batch, or exactly the one that somebody else has signed: otherwise the signatures would not fit together. */
function batchOf(state: GovernanceState, { change, calls, deadline, ...options }: SignOptions): Batch {
  if ((calls === undefined) === (change === undefined)) {
    throw new CunError("optionInvalid", { option: "--change, --calls", reason: "exactly one of them is needed" });
  }
  const way = options.escape ? "escape" : "approval";
  const at = deadlineOf(state, deadline);
  if (change !== undefined) return nextBatch(state, way, changeCalls(state, change), at);
  const file = parseFile(calls!, z.looseObject({}));
  if ("signature" in file) return readSignature(calls!);
  return nextBatch(state, way, parseFile(calls!, callsSchema).calls, at);
}

/** On the error stream, so that what is signed can be redirected into a file. */
function describeBatch(state: GovernanceState, batch: Batch, raw = false): void {
  const kind = batch.way === "escape" ? "ESCAPE, to be scheduled" : "batch";
  console.error(`${kind} ${batch.nonce} of council ${batch.council}, good until ${dateOf(batch.deadline)}:`);
  for (const [index, sentence] of describeCalls(state, batch.calls, raw).entries()) {
    console.error(`  ${index + 1}. ${sentence}`);
  }
  console.error(`hash ${batchHash(batch)}`);
}

function deadlineOf(state: GovernanceState, given: string | undefined): number {
  if (given === undefined) return Math.ceil((state.timestamp + DEADLINE_SECONDS) / DAY) * DAY;
  const deadline = Number(given);
  if (Number.isSafeInteger(deadline) && deadline > 0) return deadline;
  throw new CunError("optionInvalid", { option: "--deadline", reason: "seconds since 1970 are expected" });
}

/** Says who has signed and who is missing, and prints the aggregate. */
export async function collectGovernance(files: readonly string[], options: GovernanceOptions): Promise<void> {
  const state = await readState(options);
  const collected = collect(state, files.map(readSignature));
  reportProgress(state, collected);
  const { absent, signature, complete } = collected;
  console.log(JSON.stringify({ complete, absent, signature }, bigintAsText, 2));
}

function reportProgress(state: GovernanceState, collected: Collected): void {
  describeBatch(state, collected.batch, true);
  console.error(`${collected.signed.length} of ${state.members.length} have signed`);
  for (const index of collected.missing) {
    const { operator, counts } = state.members[index]!;
    console.error(`  missing: ${index} ${operator}${counts ? "" : " (does not count)"}`);
  }
}

/** Brings the batch to the chain, or prints the transaction. */
export async function submitGovernance(files: readonly string[], options: SubmitOptions): Promise<void> {
  const state = await readState(options);
  const signatures = files.map(readSignature);
  const data = (await scheduled(options, signatures)) ?? submission(state, collect(state, signatures));
  if (options.from === undefined) {
    console.log(JSON.stringify({ to: state.council, value: "0x0", data }, null, 2));
    return;
  }
  const provider = new JsonRpcProvider(options.rpc, undefined, { staticNetwork: true });
  try {
    const wallet = new Wallet(readOperatorKey(options.from), provider);
    const response = await wallet.sendTransaction({ to: state.council, data });
    const receipt = await response.wait();
    console.log(`done in block ${receipt!.blockNumber}: ${response.hash}, ${receipt!.gasUsed} gas`);
  } finally {
    provider.destroy();
  }
}

/** What carries out an escape that was scheduled before; undefined when this is something else. */
async function scheduled(options: SubmitOptions, [first]: readonly SignedBatch[]): Promise<string | undefined> {
  if (first?.way !== "escape") return undefined;
  const at = await executableAt(rpcOf(options), first.council, batchHash(first));
  if (at === 0) return undefined;
  console.error(`scheduled before: may be carried out from ${dateOf(at)} on`);
  return scheduledSubmission(first);
}

const readSignature = (path: string): SignedBatch => parseFile(path, signatureSchema);

/** @throws CunError fileInvalid */
function parseFile<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new CunError("fileInvalid", { path, reason: (cause as Error).message }, { cause });
  }
}

const dateOf = (seconds: number): string => `${new Date(seconds * 1000).toISOString()} (${seconds})`;
