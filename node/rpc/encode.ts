/**
 * Blocks, transactions, receipts and logs as objects of the Ethereum JSON-RPC.
 *
 * Owns: which field exists for which transaction type and how it is written (ethereum/execution-apis).
 * Does not own: hex (hex.ts), reading (chain-reader.ts). Senders come from receipts and the pool, where they were
 * recovered once; nothing is recovered here.
 * Called by: methods, subscriptions. EIP-2718, 2930, 1559, 7702.
 */
import { RLP } from "@ethereumjs/rlp";
import type { LocatedLog } from "../ports/chain.ts";
import type { LogEntry, PendingTransaction } from "../ports/execution.ts";
import { invariant } from "../types/errors.ts";
import type { Hash } from "../types/primitives.ts";
import type { NodeStatus } from "./backend.ts";
import { type BlockView, HEADER_FIELDS, type HeaderField, type RlpItem, type TransactionItem } from "./block-view.ts";
import { bigintOfBytes, data, type Hex, quantity, quantityOfBytes } from "./hex.ts";

/** keccak256(rlp([])), the root of an empty trie. */
const EMPTY_TRIE_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

const HEADER_QUANTITIES: ReadonlySet<HeaderField> = new Set([
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "baseFeePerGas",
  "blobGasUsed",
  "excessBlobGas",
]);

type RpcHeader = Readonly<Record<HeaderField, Hex> & { hash: Hash }>;

/** What eth_subscribe("newHeads") sends. */
export function encodeHeader(block: BlockView): RpcHeader {
  const { fields } = block;
  const entries = HEADER_FIELDS.map((name) => [
    name,
    HEADER_QUANTITIES.has(name) ? quantityOfBytes(fields[name]) : data(fields[name]),
  ]);
  return { hash: block.hash, ...(Object.fromEntries(entries) as Record<HeaderField, Hex>) };
}

export function encodeBlock(block: BlockView, fullTransactions: boolean): object {
  const transactions = fullTransactions
    ? block.transactions.map((_, index) => encodeMined(block, index))
    : block.receipts.map((receipt) => receipt.transactionHash);
  const size = quantity(block.payload.length);
  return { ...encodeHeader(block), size, transactions, uncles: [], withdrawals: [] };
}

/** The block that would follow the head with no transaction: what `pending` can say without building one. */
export function encodePendingBlock(parent: BlockView, nextBaseFee: bigint, timestamp: number): object {
  return {
    ...encodeHeader(parent),
    hash: null,
    nonce: null,
    miner: null,
    mixHash: null,
    parentHash: parent.hash,
    number: quantity(parent.height + 1),
    timestamp: quantity(timestamp),
    gasUsed: "0x0",
    baseFeePerGas: quantity(nextBaseFee),
    logsBloom: `0x${"00".repeat(256)}`,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    parentBeaconBlockRoot: null,
    size: "0x0",
    transactions: [],
    uncles: [],
    withdrawals: [],
  };
}

type Field = "bytes" | "number" | "to" | "accessList" | "authorizationList";
type Layout = readonly (readonly [name: string, field: Field])[];

const SIGNATURE: Layout = [
  ["yParity", "number"],
  ["r", "number"],
  ["s", "number"],
];
const TARGET: Layout = [
  ["gas", "number"],
  ["to", "to"],
  ["value", "number"],
  ["input", "bytes"],
];
const FEE_MARKET: Layout = [
  ["chainId", "number"],
  ["nonce", "number"],
  ["maxPriorityFeePerGas", "number"],
  ["maxFeePerGas", "number"],
  ...TARGET,
  ["accessList", "accessList"],
];

/** Fields of each transaction type in the order of their RLP list. */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [0, [["nonce", "number"], ["gasPrice", "number"], ...TARGET, ["v", "number"], ["r", "number"], ["s", "number"]]],
  [
    1,
    [
      ["chainId", "number"],
      ["nonce", "number"],
      ["gasPrice", "number"],
      ...TARGET,
      ["accessList", "accessList"],
      ...SIGNATURE,
    ],
  ],
  [2, [...FEE_MARKET, ...SIGNATURE]],
  [4, [...FEE_MARKET, ["authorizationList", "authorizationList"], ...SIGNATURE]],
] satisfies [number, Layout][]);

const bytesIn = (item: RlpItem | undefined): Uint8Array => {
  invariant(item instanceof Uint8Array, "an accepted transaction has bytes where bytes belong");
  return item;
};
const listIn = (item: RlpItem | undefined): readonly RlpItem[] => {
  invariant(Array.isArray(item), "an accepted transaction has lists where lists belong");
  return item;
};

function encodeField(field: Field, item: RlpItem | undefined): unknown {
  switch (field) {
    case "number":
      return quantityOfBytes(bytesIn(item));
    case "bytes":
      return data(bytesIn(item));
    case "to":
      return bytesIn(item).length === 0 ? null : data(bytesIn(item));
    case "accessList":
      return listIn(item).map((tuple) => {
        const [address, storageKeys] = listIn(tuple);
        return { address: data(bytesIn(address)), storageKeys: listIn(storageKeys).map((key) => data(bytesIn(key))) };
      });
    case "authorizationList":
      return listIn(item).map((tuple) => {
        const [chainId, address, nonce, yParity, r, s] = listIn(tuple).map(bytesIn);
        return {
          chainId: quantityOfBytes(chainId!),
          address: data(address!),
          nonce: quantityOfBytes(nonce!),
          yParity: quantityOfBytes(yParity!),
          r: quantityOfBytes(r!),
          s: quantityOfBytes(s!),
        };
      });
  }
}

/** The fields that the transaction itself carries, in the forms of both wallets old (v) and new (yParity). */
function encodeEnvelope(item: TransactionItem): Record<string, unknown> {
  const type = item instanceof Uint8Array ? item[0]! : 0;
  const list = item instanceof Uint8Array ? (RLP.decode(item.subarray(1)) as unknown as readonly RlpItem[]) : item;
  const layout = LAYOUTS.get(type);
  invariant(layout && list.length === layout.length, "an accepted transaction is of a known type");
  const fields: Record<string, unknown> = { type: quantity(type) };
  for (const [i, [name, field]] of layout.entries()) fields[name] = encodeField(field, list[i]);
  if (type !== 0) return { ...fields, v: fields["yParity"] };
  const v = bigintOfBytes(bytesIn(list[layout.findIndex(([name]) => name === "v")]));
  return v >= 35n ? { ...fields, chainId: quantity((v - 35n) / 2n) } : fields;
}

/** A transaction of a finalised block. */
export function encodeMined(block: BlockView, index: number): object {
  const receipt = block.receipts[index]!;
  return {
    blockHash: block.hash,
    blockNumber: quantity(block.height),
    from: receipt.from,
    hash: receipt.transactionHash,
    transactionIndex: quantity(index),
    ...encodeEnvelope(block.transactions[index]!),
    gasPrice: quantity(receipt.effectiveGasPrice),
  };
}

/** A transaction waiting in the pool: no block yet; its gas price is the most it would pay. */
export function encodePending(pending: PendingTransaction): object {
  const { raw } = pending;
  const isTyped = raw[0]! < 0x80;
  const fields = encodeEnvelope(isTyped ? raw : (RLP.decode(raw) as unknown as readonly RlpItem[]));
  return {
    blockHash: null,
    blockNumber: null,
    from: pending.sender,
    hash: pending.hash,
    transactionIndex: null,
    gasPrice: fields["maxFeePerGas"],
    ...fields,
  };
}

interface LogPlace {
  readonly blockHash: Hash;
  readonly height: number;
  readonly transactionHash: Hash;
  readonly index: number;
  readonly logIndex: number;
}

export function encodeLog(log: LogEntry, place: LogPlace): object {
  return {
    address: log.address,
    topics: log.topics,
    data: data(log.data),
    blockHash: place.blockHash,
    blockNumber: quantity(place.height),
    transactionHash: place.transactionHash,
    transactionIndex: quantity(place.index),
    logIndex: quantity(place.logIndex),
    removed: false,
  };
}

export const encodeLocatedLog = (log: LocatedLog): object => encodeLog(log, log);

export function encodeReceipt(block: BlockView, index: number): object {
  const receipt = block.receipts[index]!;
  const { transactionHash } = receipt;
  const first = block.firstLogIndexes[index]!;
  const place = { blockHash: block.hash, height: block.height, transactionHash, index };
  return {
    transactionHash,
    transactionIndex: quantity(index),
    blockHash: block.hash,
    blockNumber: quantity(block.height),
    from: receipt.from,
    to: receipt.to ?? null,
    contractAddress: receipt.contractAddress ?? null,
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    logs: receipt.logs.map((log, i) => encodeLog(log, { ...place, logIndex: first + i })),
    logsBloom: data(receipt.logsBloom),
    status: receipt.succeeded ? "0x1" : "0x0",
    type: quantity(receipt.type),
  };
}

/** The form of eth_syncing and of the `syncing` subscription. */
export function encodeSyncing({ syncing, height }: NodeStatus): false | object {
  if (syncing === false) return false;
  return {
    startingBlock: quantity(syncing.startingHeight),
    currentBlock: quantity(height),
    highestBlock: quantity(syncing.highestHeight),
  };
}
