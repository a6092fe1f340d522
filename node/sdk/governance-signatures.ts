/**
 * Approvals of a batch: one validator's signature as a small file, and all of them as one transaction.
 *
 * Owns: the file's form and its check, the aggregate, who is missing. Does not own: keys and where they are kept, sending.
 * Trusts nobody: each signature is checked against the key of the set before it is used, since one wrong one spoils the
 * aggregate. Called by: cli, dApps, tests. Browser-safe. Contract: IValidatorCouncil. Whitepaper §3.2 [GOV-2].
 */
import { Interface } from "ethers";
import { z } from "zod";
import { nobleBackend } from "../crypto/bls/noble.ts";
import { publicKeyFromEvm, publicKeyToEvm, signatureToEvm } from "../crypto/bls/points.ts";
import { CunError } from "../types/errors.ts";
import { fromHex, toHex } from "../types/primitives.ts";
import type { GovernanceState } from "./governance.ts";
import { type Batch, batchHash } from "./governance-batch.ts";

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address");
const bytes = z.string().regex(/^0x([0-9a-fA-F]{2})*$/, "bytes as hex");
const whole = z
  .string()
  .regex(/^\d{1,78}$/, "a whole number as text")
  .transform(BigInt);

/** Calls of a file: all that a batch needs from outside. */
export const callsSchema = z.object({
  calls: z
    .array(z.strictObject({ target: address, value: whole.default(0n), data: bytes.default("0x") }))
    .min(1)
    .max(256),
});

export const signatureSchema = z.strictObject({
  ...callsSchema.shape,
  way: z.enum(["approval", "escape"]),
  chainId: whole,
  council: address,
  nonce: whole,
  deadline: z.int().positive(),
  operator: address,
  /** Compressed G2, 96 bytes. */
  signature: z.string().regex(/^0x[0-9a-f]{192}$/, "96 bytes as lower-case hex"),
});

/** A batch with one validator's approval. */
export type SignedBatch = z.output<typeof signatureSchema>;

/** What is gathered of one batch. */
export interface Collected {
  readonly batch: Batch;
  /** Positions in the set. */
  readonly signed: readonly number[];
  readonly missing: readonly number[];
  /** True when the council will take it: by the approval threshold, or for an escape more than two thirds. */
  readonly complete: boolean;
  /** Bit i is set when validator i did not sign. */
  readonly absent: bigint;
  /** Aggregate, G2, EIP-2537; undefined when nobody signed. */
  readonly signature: string | undefined;
}

const councilAbi = new Interface([
  "function execute(tuple(address target, uint256 value, bytes data)[] calls, uint64 deadline, uint256 absent, bytes signature)",
  "function schedule(tuple(address target, uint256 value, bytes data)[] calls, uint64 deadline, uint256 absent, bytes signature)",
  "function executeScheduled(tuple(address target, uint256 value, bytes data)[] calls, uint256 batchNonce, uint64 deadline)",
]);

/** The batch that comes next. @param deadline Seconds since 1970. */
export const nextBatch = (
  { chainId, council, nonce }: GovernanceState,
  way: Batch["way"],
  calls: Batch["calls"],
  deadline: number,
): Batch => ({ way, chainId, council, nonce, deadline, calls });

/**
 * A validator's approval.
 *
 * @throws CunError governanceSignerUnknown when the key is not in the present set; governanceBatchStale
 */
export function signBatch(state: GovernanceState, batch: Batch, blsSecret: Uint8Array): SignedBatch {
  checkBatch(state, batch);
  const key = toHex(publicKeyToEvm(nobleBackend.publicKey(blsSecret)));
  const member = state.members.find(({ blsPublicKey }) => blsPublicKey === key);
  if (!member) throw new CunError("governanceSignerUnknown", { epoch: state.epoch, count: state.members.length });
  const signature = toHex(nobleBackend.sign(blsSecret, fromHex(batchHash(batch))!));
  return { ...batch, calls: [...batch.calls], operator: member.operator, signature };
}

/** A batch can still be carried out: same chain and council, next number, not expired. @throws CunError governanceBatchStale */
export function checkBatch(state: GovernanceState, batch: Batch): void {
  const stale = (what: string, actual: string | bigint | number, expected: string | bigint | number): never => {
    throw new CunError("governanceBatchStale", { what, actual, expected });
  };
  if (batch.chainId !== state.chainId) stale("chain id", batch.chainId, state.chainId);
  if (batch.council.toLowerCase() !== state.council.toLowerCase()) stale("council", batch.council, state.council);
  if (batch.nonce !== state.nonce) stale("number", batch.nonce, state.nonce);
  if (batch.deadline < state.timestamp) stale("deadline", batch.deadline, `${state.timestamp} or later`);
}

/**
 * All signatures of one batch as one.
 *
 * @throws CunError governanceSignatureRefused when a file is of another batch, by nobody of the set, or wrong;
 * governanceBatchStale
 */
export function collect(state: GovernanceState, files: readonly SignedBatch[]): Collected {
  const [first] = files;
  if (!first) throw new CunError("optionInvalid", { option: "files", reason: "at least one signature is needed" });
  checkBatch(state, first);
  const hash = batchHash(first);
  const found = new Map(files.map((file) => check(state, hash, file)));
  const positions = state.members.map((_, index) => index);
  const signed = positions.filter((index) => found.has(index));
  const missing = positions.filter((index) => !found.has(index));
  const counted = positions.filter((index) => state.members[index]!.counts);
  const approving = counted.filter((index) => found.has(index)).length;
  const enough = isEnough(state, first.way, approving, counted.length);
  const aggregate = nobleBackend.aggregate([...found.values()]);
  return {
    batch: first,
    signed,
    missing,
    complete: counted.length > 0 && enough,
    absent: missing.reduce((bits, index) => bits | (1n << BigInt(index)), 0n),
    signature: aggregate && toHex(signatureToEvm(aggregate)),
  };
}

/** As the council judges it: the escape takes more than two thirds, everything else the threshold's share. */
function isEnough({ parameters }: GovernanceState, way: Batch["way"], approving: number, counted: number): boolean {
  if (way === "escape") return 3 * approving > 2 * counted;
  const threshold = parameters.find(({ name }) => name === "approvalThresholdBps")?.value ?? 10_000n;
  return BigInt(approving) * 10_000n >= threshold * BigInt(counted);
}

function check(state: GovernanceState, hash: string, file: SignedBatch): [number, Uint8Array] {
  const { operator } = file;
  const refuse = (reason: string): never => {
    throw new CunError("governanceSignatureRefused", { operator, reason });
  };
  if (batchHash(file) !== hash) refuse("it is of another batch than the first file");
  const index = state.members.findIndex((member) => member.operator.toLowerCase() === operator.toLowerCase());
  if (index < 0) refuse(`it is not in the set of epoch ${state.epoch}`);
  const key = publicKeyFromEvm(fromHex(state.members[index]!.blsPublicKey)!);
  const signature = fromHex(file.signature)!;
  if (!nobleBackend.keyring([key]).verify(0, fromHex(hash)!, signature))
    refuse("it does not verify with the validator's key");
  return [index, signature];
}

/** Calldata for the council: `execute` or `schedule`. @throws CunError governanceApprovalsMissing unless forced */
export function submission(state: GovernanceState, collected: Collected, force = false): string {
  const { batch, absent, signature, missing, complete } = collected;
  if ((!complete && !force) || !signature) {
    const blocking = missing
      .filter((index) => state.members[index]!.counts)
      .map((index) => state.members[index]!.operator);
    throw new CunError("governanceApprovalsMissing", { count: blocking.length, operators: blocking.join(", ") });
  }
  const method = batch.way === "escape" ? "schedule" : "execute";
  return councilAbi.encodeFunctionData(method, [rowsOf(batch), batch.deadline, absent, signature]);
}

/** Calldata that carries out an escape whose delay is over. */
export const scheduledSubmission = (batch: Batch): string =>
  councilAbi.encodeFunctionData("executeScheduled", [rowsOf(batch), batch.nonce, batch.deadline]);

const rowsOf = ({ calls }: Batch) => calls.map(({ target, value, data }) => [target, value, data]);
