/**
 * Made-up finalised blocks for tests of whatever stores or serves them: right in form, with blooms that fit their logs.
 *
 * Owns: deterministic hashes, receipts, logs. Does not own: execution (these blocks were never executed).
 * Called by: tests of storage.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { ExecutedBlock, LogEntry, Receipt } from "../../node/ports/execution.ts";
import type { Certificate } from "../../node/types/messages.ts";
import {
  type Address,
  asEpoch,
  asHeight,
  asView,
  fromHex,
  type Hash,
  toHash,
  toHex,
  ZERO_HASH,
} from "../../node/types/primitives.ts";

export const hashOf = (text: string): Hash => toHash(keccak_256(new TextEncoder().encode(text)));
export const addressOf = (text: string): Address => hashOf(text).slice(0, 42) as Address;

/** Written from the yellow paper (§4.3.1), apart from the code under test. */
function bloomOf(logs: readonly LogEntry[]): Uint8Array {
  let bits = 0n;
  for (const value of logs.flatMap((log) => [log.address, ...log.topics])) {
    const hash = Buffer.from(keccak_256(fromHex(value)!));
    for (const pair of [0, 2, 4]) bits |= 1n << BigInt(hash.readUInt16BE(pair) % 2048);
  }
  return fromHex(`0x${bits.toString(16).padStart(512, "0")}`)!;
}

export function logEntry(address: string, topics: readonly string[], data = ""): LogEntry {
  return { address: addressOf(address), topics: topics.map(hashOf), data: new TextEncoder().encode(data) };
}

function receiptOf(transactionHash: Hash, transactionIndex: number, logs: readonly LogEntry[]): Receipt {
  const creates = transactionIndex % 2 === 1;
  return {
    transactionHash,
    transactionIndex,
    type: transactionIndex % 3,
    succeeded: transactionIndex % 4 !== 3,
    cumulativeGasUsed: 21_000n * BigInt(transactionIndex + 1),
    gasUsed: 21_000n,
    effectiveGasPrice: transactionIndex === 0 ? 0n : 2n ** 70n + BigInt(transactionIndex),
    from: addressOf(`sender ${transactionIndex}`),
    to: creates ? undefined : addressOf("receiver"),
    contractAddress: creates ? addressOf("created") : undefined,
    logs,
    logsBloom: bloomOf(logs),
  };
}

/** A block with one transaction for each list of logs; without a parent it is genesis. */
export function makeBlock(
  parent: ExecutedBlock | undefined,
  logsByTransaction: readonly LogEntry[][] = [],
): ExecutedBlock {
  const height = parent ? parent.height + 1 : 0;
  const hash = hashOf(`block ${height} on ${parent?.hash} with ${logsByTransaction.length}`);
  const transactionHashes = logsByTransaction.map((_, index) => hashOf(`transaction ${index} of ${hash}`));
  return {
    hash,
    parentHash: parent?.hash ?? ZERO_HASH,
    height: asHeight(height),
    timestamp: height,
    context: { epoch: asEpoch(0), view: asView(height), parentView: asView(Math.max(0, height - 1)) },
    payload: fromHex(`${hash}${toHex(new Uint8Array(100)).slice(2)}`)!,
    header: fromHex(hash)!,
    logsBloom: bloomOf(logsByTransaction.flat()),
    transactionHashes,
    receipts: transactionHashes.map((transaction, index) => receiptOf(transaction, index, logsByTransaction[index]!)),
  };
}

export function finalizationOf(block: ExecutedBlock): Certificate {
  const signature = new Uint8Array(96).fill(block.height % 256);
  return {
    kind: "finalize",
    epoch: block.context.epoch,
    view: block.context.view,
    digest: block.hash,
    signers: Uint8Array.of(7),
    signature,
  };
}
