/**
 * A finalised block as the RPC methods look at it: parts are decoded when first needed and kept.
 *
 * Owns: the header's fields by name, the transactions' RLP items, the receipts beside them.
 * Does not own: reading it from disk (chain-reader.ts), the RPC objects (encode.ts).
 * Called by: chain-reader, methods. Yellow Paper §4.3; EIP-1559, 4895, 4844, 4788, 7685.
 */
import { RLP } from "@ethereumjs/rlp";
import type { Receipt } from "../ports/execution.ts";
import { invariant } from "../types/errors.ts";
import type { Hash, Height } from "../types/primitives.ts";
import { bigintOfBytes } from "./hex.ts";

/** What RLP gives for one transaction: a list of fields (legacy) or the EIP-2718 envelope. */
export type TransactionItem = Uint8Array | readonly RlpItem[];
export type RlpItem = Uint8Array | readonly RlpItem[];

/** The header's fields in their order, as bytes. */
export const HEADER_FIELDS = [
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "extraData",
  "mixHash",
  "nonce",
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
] as const;
export type HeaderField = (typeof HEADER_FIELDS)[number];
export type HeaderBytes = Readonly<Record<HeaderField, Uint8Array>>;

interface BlockParts {
  readonly hash: Hash;
  readonly height: Height;
  readonly payload: Uint8Array;
  /** RLP of the header. */
  readonly header: Uint8Array;
  readonly receipts: readonly Receipt[];
}

function decodeHeader(header: Uint8Array): HeaderBytes {
  const items = RLP.decode(header);
  invariant(Array.isArray(items) && items.length === HEADER_FIELDS.length, "a stored header has the fields of Osaka");
  return Object.fromEntries(HEADER_FIELDS.map((name, i) => [name, items[i]])) as unknown as HeaderBytes;
}

export class BlockView {
  readonly hash: Hash;
  readonly height: Height;
  readonly payload: Uint8Array;
  readonly header: Uint8Array;
  readonly receipts: readonly Receipt[];
  #fields: HeaderBytes | undefined;
  #transactions: readonly TransactionItem[] | undefined;
  #firstLogIndexes: readonly number[] | undefined;

  constructor(parts: BlockParts) {
    this.hash = parts.hash;
    this.height = parts.height;
    this.payload = parts.payload;
    this.header = parts.header;
    this.receipts = parts.receipts;
  }

  get fields(): HeaderBytes {
    this.#fields ??= decodeHeader(this.header);
    return this.#fields;
  }

  get transactions(): readonly TransactionItem[] {
    if (!this.#transactions) {
      const items = (RLP.decode(this.payload) as unknown as readonly RlpItem[])[1];
      invariant(Array.isArray(items) && items.length === this.receipts.length, "each transaction has one receipt");
      this.#transactions = items;
    }
    return this.#transactions;
  }

  /** For each transaction the index of its first log: logs are counted through the block. */
  get firstLogIndexes(): readonly number[] {
    if (!this.#firstLogIndexes) {
      let next = 0;
      this.#firstLogIndexes = this.receipts.map((receipt) => {
        const first = next;
        next += receipt.logs.length;
        return first;
      });
    }
    return this.#firstLogIndexes;
  }

  /** Seconds. */
  get timestamp(): number {
    return Number(bigintOfBytes(this.fields.timestamp));
  }
  /** Wei. */
  get baseFeePerGas(): bigint {
    return bigintOfBytes(this.fields.baseFeePerGas);
  }

  /** Rough bytes this view holds: the payload twice (its decoded items), and its receipts. */
  get weight(): number {
    const logBytes = this.receipts.reduce((sum, receipt) => sum + 700 + receipt.logs.length * 400, 0);
    return 2048 + 2 * this.payload.length + logBytes;
  }
}
