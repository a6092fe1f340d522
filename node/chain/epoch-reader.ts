/**
 * Reads from the system contracts when an epoch ends and who validates the next one.
 *
 * Owns: the adapter of EpochSource: the event of EpochManager, the set in FinalityVerifier, the stage in StageManager.
 * Does not own: the boundary itself (node/app/epoch-runner.ts), the rules of the contracts.
 * Called by: app. Requirements NET-6, VAL-5.
 *
 * Before EpochManager is in the directory nothing closes an epoch. Only the manager that the directory names after the
 * block counts; others may emit the same event. When the next set cannot be read in full, the block closes nothing: the
 * network goes on with the set it has, on every node alike, instead of standing still for ever.
 */
import { Interface, id } from "ethers";
import { publicKeyFromEvm } from "../crypto/bls/points.ts";
import { uintWord } from "../crypto/words.ts";
import {
  type EpochBlock,
  type EpochDescription,
  type EpochSource,
  type EpochValidator,
  STAGE_NAMES,
} from "../ports/epochs.ts";
import type { StatePort } from "../ports/execution.ts";
import { MAX_VALIDATORS } from "../types/limits.ts";
import { type Address, asEpoch, asWeight, type Epoch, fromHex, toHash, toHex } from "../types/primitives.ts";
import { ContractCalls } from "./contract-calls.ts";

const abi = new Interface([
  "function addressOf(bytes32 name) view returns (address)",
  "function operatorsOf(uint64 epoch) view returns (address[])",
  "function validatorSetOf(uint64 epoch) view returns (bytes)",
  "function stageOf(uint64 epoch) view returns (uint8)",
]);

const EPOCH_STARTED = id("EpochStarted(uint64,bytes32,uint8,uint48)");
const KEY_BYTES = 128;
const ENTRY_BYTES = KEY_BYTES + 16;

export interface EpochReaderOptions {
  readonly state: StatePort;
  readonly directory: Address | undefined;
  /** An epoch was announced that cannot begin, because of this. */
  onUnreadable(epoch: Epoch, reason: string): void;
}

export class EpochReader implements EpochSource {
  readonly #options: EpochReaderOptions;
  readonly #calls: ContractCalls;

  constructor(options: EpochReaderOptions) {
    this.#options = options;
    this.#calls = new ContractCalls(options.state, abi, options.directory);
  }

  async following(block: EpochBlock): Promise<EpochDescription | undefined> {
    const epoch = asEpoch(block.epoch + 1);
    const announcers = announcersOf(block, epoch);
    if (announcers.size === 0) return undefined;
    const { header } = block;
    const manager = await this.#calls.find(header, "EpochManager");
    if (!manager || !announcers.has(manager)) return undefined;
    const verifier = await this.#calls.find(header, "FinalityVerifier");
    const stageManager = await this.#calls.find(header, "StageManager");
    const set = verifier && (await this.#first(header, verifier, "validatorSetOf", epoch));
    const operators = await this.#first(header, manager, "operatorsOf", epoch);
    const validators = membersOf(set, operators);
    if (typeof validators === "string") {
      this.#options.onUnreadable(epoch, validators);
      return undefined;
    }
    const stage = stageManager && (await this.#first(header, stageManager, "stageOf", epoch));
    return { epoch, stage: STAGE_NAMES[Number(stage ?? 0)] ?? "Origin", validators };
  }

  async #first(header: Uint8Array, to: Address, name: string, epoch: Epoch): Promise<unknown> {
    return (await this.#calls.read(header, to, name, [epoch]))?.[0];
  }
}

/** Contracts that say in this block that the epoch starts. */
function announcersOf({ receipts }: EpochBlock, epoch: Epoch): Set<Address> {
  const topic = toHash(uintWord(epoch));
  const logs = receipts.flatMap((receipt) => receipt.logs);
  const announcing = logs.filter(({ topics }) => topics[0] === EPOCH_STARTED && topics[1] === topic);
  return new Set(announcing.map(({ address }) => address));
}

/** The members of a set, or why they cannot be read. */
function membersOf(set: unknown, operators: unknown): readonly EpochValidator[] | string {
  const blob = typeof set === "string" ? fromHex(set) : undefined;
  if (!blob) return "FinalityVerifier has no such set";
  const count = blob.length / ENTRY_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_VALIDATORS) return `its set has ${blob.length} bytes`;
  if (!Array.isArray(operators) || operators.length !== count) {
    return `${count} keys, but ${Array.isArray(operators) ? operators.length : "no"} operators`;
  }
  const validators: EpochValidator[] = [];
  for (const [index, operator] of operators.entries()) {
    const entry = blob.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    const publicKey = keyOf(entry.subarray(0, KEY_BYTES));
    const weight = asWeight(BigInt(toHex(entry.subarray(KEY_BYTES))));
    if (!publicKey) return `the key of validator ${index} is no public key`;
    if (weight === 0n) return `validator ${index} has no weight`;
    validators.push({ operator: String(operator).toLowerCase() as Address, publicKey, weight });
  }
  return validators;
}

/** Undefined also for the point at infinity, which no key may be. */
function keyOf(padded: Uint8Array): Uint8Array | undefined {
  if (padded.every((byte) => byte === 0)) return undefined;
  try {
    return publicKeyFromEvm(padded);
  } catch {
    return undefined;
  }
}
