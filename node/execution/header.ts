/**
 * Block headers: the 21 fields of an Osaka header, their RLP, and where consensus stands in them.
 *
 * Owns: bytes ⇄ Header, the consensus context in parentBeaconBlockRoot, summaries.
 * Does not own: which values are allowed (block-rules.ts), transactions (block-body.ts).
 * Called by: executor, builder, verifier, state-reader, genesis-block. Layout: docs/protocol/blocks.md.
 */
import { RLP } from "@ethereumjs/rlp";
import type { ConsensusContext, HeaderSummary } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { type Address, asEpoch, asHeight, asView, type Hash } from "../types/primitives.ts";
import { quantity, toQuantity } from "./account-data.ts";
import { bytesEqual, hexOf, keccak256 } from "./hashing.ts";

export interface Header {
  readonly parentHash: Uint8Array;
  readonly ommersHash: Uint8Array;
  readonly coinbase: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly transactionsRoot: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly logsBloom: Uint8Array;
  readonly difficulty: bigint;
  readonly number: bigint;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  readonly timestamp: bigint;
  readonly extraData: Uint8Array;
  readonly prevRandao: Uint8Array;
  readonly nonce: Uint8Array;
  readonly baseFeePerGas: bigint;
  readonly withdrawalsRoot: Uint8Array;
  readonly blobGasUsed: bigint;
  readonly excessBlobGas: bigint;
  readonly parentBeaconBlockRoot: Uint8Array;
  readonly requestsHash: Uint8Array;
}

/** A header with its bytes and its hash. */
export interface SealedHeader {
  readonly header: Header;
  readonly encoded: Uint8Array;
  readonly hash: Hash;
}

/** Fields in the order of the RLP; a number is the exact width of a byte field, otherwise it is a quantity. */
const LAYOUT: readonly (readonly [field: keyof Header, width: number | "quantity" | "bytes"])[] = [
  ["parentHash", 32],
  ["ommersHash", 32],
  ["coinbase", 20],
  ["stateRoot", 32],
  ["transactionsRoot", 32],
  ["receiptsRoot", 32],
  ["logsBloom", 256],
  ["difficulty", "quantity"],
  ["number", "quantity"],
  ["gasLimit", "quantity"],
  ["gasUsed", "quantity"],
  ["timestamp", "quantity"],
  ["extraData", "bytes"],
  ["prevRandao", 32],
  ["nonce", 8],
  ["baseFeePerGas", "quantity"],
  ["withdrawalsRoot", 32],
  ["blobGasUsed", "quantity"],
  ["excessBlobGas", "quantity"],
  ["parentBeaconBlockRoot", 32],
  ["requestsHash", 32],
];
/** Heights and timestamps are JavaScript numbers elsewhere. */
const NUMBER_LIMIT = BigInt(Number.MAX_SAFE_INTEGER);
const MAX_EXTRA_BYTES = 32;

export function sealHeader(header: Header): SealedHeader {
  const encoded = RLP.encode(
    LAYOUT.map(([field]) => {
      const value = header[field];
      return typeof value === "bigint" ? quantity(value) : value;
    }),
  );
  return { header, encoded, hash: hexOf(keccak256(encoded)) as Hash };
}

function malformed(reason: string): never {
  throw new CunError("blockMalformed", { reason });
}

function fieldFrom(item: unknown, field: string, width: number | "quantity" | "bytes"): bigint | Uint8Array {
  if (!(item instanceof Uint8Array)) return malformed(`header field ${field} is a list`);
  if (width === "bytes") return item.length <= MAX_EXTRA_BYTES ? item : malformed(`${field} has ${item.length} bytes`);
  if (width !== "quantity") return item.length === width ? item : malformed(`${field} has ${item.length} bytes`);
  if (item[0] === 0 || item.length > 32) malformed(`${field} is not a quantity`);
  const value = toQuantity(item);
  return field === "baseFeePerGas" || value <= NUMBER_LIMIT ? value : malformed(`${field} is above 2^53−1`);
}

/** @throws CunError blockMalformed */
export function headerFromItems(items: unknown): SealedHeader {
  if (!Array.isArray(items) || items.length !== LAYOUT.length) malformed(`a header is a list of ${LAYOUT.length}`);
  const fields: Partial<Record<keyof Header, bigint | Uint8Array>> = {};
  LAYOUT.forEach(([field, width], index) => {
    fields[field] = fieldFrom(items[index], field, width);
  });
  return sealHeader(fields as unknown as Header);
}

/** @throws CunError blockMalformed */
export function decodeHeader(encoded: Uint8Array): SealedHeader {
  let items: unknown;
  try {
    items = RLP.decode(encoded);
  } catch (error) {
    malformed(error instanceof Error ? error.message : "not RLP");
  }
  const sealed = headerFromItems(items);
  if (!bytesEqual(sealed.encoded, encoded)) malformed("header is not in canonical RLP");
  return sealed;
}

/** 8 zero bytes ‖ epoch ‖ view ‖ parentView, 8 bytes each, big endian. */
export function encodeContext({ epoch, view, parentView }: ConsensusContext): Uint8Array {
  const bytes = new Uint8Array(32);
  const fields = new DataView(bytes.buffer);
  fields.setBigUint64(8, BigInt(epoch));
  fields.setBigUint64(16, BigInt(view));
  fields.setBigUint64(24, BigInt(parentView));
  return bytes;
}

/** @throws CunError blockFieldInvalid */
export function decodeContext(bytes: Uint8Array): ConsensusContext {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [zero, epoch, view, parentView] = [0, 8, 16, 24].map((offset) => fields.getBigUint64(offset));
  if (zero !== 0n || epoch! > NUMBER_LIMIT || view! > NUMBER_LIMIT || parentView! > NUMBER_LIMIT) {
    throw new CunError("blockFieldInvalid", {
      field: "parentBeaconBlockRoot",
      value: hexOf(bytes),
      expected: "8 zero bytes, epoch, view, parentView",
    });
  }
  return { epoch: asEpoch(Number(epoch)), view: asView(Number(view)), parentView: asView(Number(parentView)) };
}

export function summaryOf({ header, hash }: SealedHeader): HeaderSummary {
  return {
    hash,
    parentHash: hexOf(header.parentHash) as Hash,
    height: asHeight(Number(header.number)),
    timestamp: Number(header.timestamp),
    context: decodeContext(header.parentBeaconBlockRoot),
  };
}

export const addressOf = (bytes: Uint8Array): Address => hexOf(bytes) as Address;
