/**
 * Receipts and blooms of executed transactions.
 *
 * Owns: what the interpreter reports → Receipt, the RLP that the receipts root is made of, the bloom of a block.
 * Does not own: execution (executor.ts), storage of receipts (node/storage).
 * Called by: executor. Yellow paper §4.3.1; EIP-2718 for the type byte.
 */
import { RLP } from "@ethereumjs/rlp";
import type { RunTxResult } from "@ethereumjs/vm";
import type { LogEntry, Receipt } from "../ports/execution.ts";
import type { Address, Hash } from "../types/primitives.ts";
import { quantity } from "./account-data.ts";
import { hexOf, keccak256 } from "./hashing.ts";
import { addressOf } from "./header.ts";
import type { Transaction } from "./transaction.ts";
import { encodeList, encodeString } from "./trie-node.ts";

export const BLOOM_BYTES = 256;

export interface ReceiptPlace {
  readonly index: number;
  readonly baseFee: bigint;
  readonly gasUsedBefore: bigint;
}

export function receiptOf(transaction: Transaction, result: RunTxResult, place: ReceiptPlace): Receipt {
  const { executable, sender } = transaction;
  const to = executable.to;
  return {
    transactionHash: transaction.hash,
    transactionIndex: place.index,
    type: transaction.type,
    succeeded: result.execResult.exceptionError === undefined,
    cumulativeGasUsed: place.gasUsedBefore + result.totalGasSpent,
    gasUsed: result.totalGasSpent,
    effectiveGasPrice: effectivePrice(transaction, place.baseFee),
    from: sender,
    to: to && addressOf(to.bytes),
    contractAddress: to === undefined ? createdAddress(sender, transaction.nonce) : undefined,
    logs: (result.execResult.logs ?? []).map(logOf),
    logsBloom: result.bloom.bitvector,
  };
}

/** What a transaction pays per gas: the base fee and as much of its tip as its fee leaves room for. */
function effectivePrice({ maxFee, maxTip }: Pick<Transaction, "maxFee" | "maxTip">, baseFee: bigint): bigint {
  const price = baseFee + maxTip;
  return price < maxFee ? price : maxFee;
}

/** Address of the contract that a transaction deploys; in the receipt also when the deployment failed. */
function createdAddress(sender: Address, nonce: bigint): Address {
  return addressOf(keccak256(RLP.encode([sender, nonce])).slice(12));
}

function logOf([address, topics, data]: [Uint8Array, Uint8Array[], Uint8Array]): LogEntry {
  return { address: addressOf(address), topics: topics.map((topic) => hexOf(topic) as Hash), data };
}

/** The receipt as its trie holds it. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const encoded = encodeList([
    encodeString(quantity(receipt.succeeded ? 1n : 0n)),
    encodeString(quantity(receipt.cumulativeGasUsed)),
    encodeString(receipt.logsBloom),
    encodeList(receipt.logs.map(encodeLog)),
  ]);
  return receipt.type === 0 ? encoded : Buffer.concat([Uint8Array.of(receipt.type), encoded]);
}

function encodeLog({ address, topics, data }: LogEntry): Uint8Array {
  return encodeList([
    encodeString(Buffer.from(address.slice(2), "hex")),
    encodeList(topics.map((topic) => encodeString(Buffer.from(topic.slice(2), "hex")))),
    encodeString(data),
  ]);
}

export function joinBlooms(receipts: readonly Receipt[]): Uint8Array {
  const joined = new Uint8Array(BLOOM_BYTES);
  for (const { logs, logsBloom } of receipts) {
    if (logs.length === 0) continue;
    for (let index = 0; index < BLOOM_BYTES; index++) joined[index]! |= logsBloom[index]!;
  }
  return joined;
}
