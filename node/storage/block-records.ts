/**
 * The binary form of what the block store keeps: keys, index entries, headers, receipts.
 *
 * Owns: these layouts; one value has one encoding. Does not own: when they are written (block-store.ts), the
 * encoding of certificates (types/codec.ts), RLP (node/execution).
 * Called by: block-store. Keys of one kind lie side by side in the order of height, so that a range is one scan.
 */
import type { LogEntry, Receipt } from "../ports/execution.ts";
import { ByteReader, ByteWriter } from "../types/binary.ts";
import { CunError } from "../types/errors.ts";
import { MAX_PAYLOAD_BYTES } from "../types/limits.ts";
import { type Address, asHeight, fromHex, type Hash, type Height, hashBytes, toHex } from "../types/primitives.ts";

const BLOOM_BYTES = 256;
const ADDRESS_BYTES = 20;
const EMPTY_BLOOM = new Uint8Array(BLOOM_BYTES);

const PREFIXES = { index: 1, block: 2, receipts: 3, certificate: 4, heightOf: 5, transaction: 6, meta: 7 } as const;

function key(kind: keyof typeof PREFIXES, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + rest.length);
  bytes[0] = PREFIXES[kind];
  bytes.set(rest, 1);
  return bytes;
}

function heightBytes(height: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(height));
  return bytes;
}

export const indexKey = (height: number): Uint8Array => key("index", heightBytes(height));
export const blockKey = (height: Height): Uint8Array => key("block", heightBytes(height));
export const receiptsKey = (height: Height): Uint8Array => key("receipts", heightBytes(height));
export const certificateKey = (height: Height): Uint8Array => key("certificate", heightBytes(height));
export const heightOfKey = (hash: Hash): Uint8Array => key("heightOf", hashBytes(hash));
export const transactionKey = (hash: Hash): Uint8Array => key("transaction", hashBytes(hash));
export const HEAD_KEY = key("meta", Uint8Array.of(0));

function reader(bytes: Uint8Array): ByteReader {
  return new ByteReader(bytes, (offset, reason) => {
    throw new CunError("databaseCorrupt", { path: "blocks", reason: `${reason} (byte ${offset} of a record)` });
  });
}

function decode<Value>(bytes: Uint8Array, read: (from: ByteReader) => Value): Value {
  const from = reader(bytes);
  const value = read(from);
  from.end();
  return value;
}

function encode(write: (to: ByteWriter) => void): Uint8Array {
  const to = new ByteWriter();
  write(to);
  return to.finish();
}

/** An empty bloom takes one byte: most blocks of a quiet network have no logs. */
function writeBloom(to: ByteWriter, bloom: Uint8Array): void {
  const empty = bloom.every((byte) => byte === 0);
  to.u8(empty ? 0 : 1);
  if (!empty) to.fixed(bloom);
}

const readBloom = (from: ByteReader): Uint8Array => (from.flag() ? from.fixed(BLOOM_BYTES) : EMPTY_BLOOM.slice());

export interface IndexRecord {
  readonly hash: Hash;
  readonly bloom: Uint8Array;
}

export const encodeIndex = (record: IndexRecord): Uint8Array =>
  encode((to) => {
    to.fixed(hashBytes(record.hash));
    writeBloom(to, record.bloom);
  });

export const decodeIndex = (bytes: Uint8Array): IndexRecord =>
  decode(bytes, (from) => ({ hash: from.hash(), bloom: readBloom(from) }));

export const encodeHeight = heightBytes;
export const decodeHeight = (bytes: Uint8Array): Height => decode(bytes, (from) => asHeight(from.u64()));

export interface BlockRecord {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

export const encodeBlock = (record: BlockRecord): Uint8Array =>
  encode((to) => {
    to.variable(record.header);
    to.variable(record.payload);
  });

export const decodeBlock = (bytes: Uint8Array): BlockRecord =>
  decode(bytes, (from) => ({ header: from.variable(MAX_PAYLOAD_BYTES), payload: from.variable(bytes.length) }));

export interface TransactionRecord {
  readonly height: Height;
  readonly index: number;
}

export const encodeTransaction = (record: TransactionRecord): Uint8Array =>
  encode((to) => {
    to.u64(record.height);
    to.u32(record.index);
  });

export const decodeTransaction = (bytes: Uint8Array): TransactionRecord =>
  decode(bytes, (from) => ({ height: asHeight(from.u64()), index: from.u32() }));

const readAddress = (from: ByteReader): Address => toHex(from.fixed(ADDRESS_BYTES)) as Address;

function writeOptionalAddress(to: ByteWriter, address: Address | undefined): void {
  to.u8(address === undefined ? 0 : 1);
  if (address !== undefined) to.fixed(fromHex(address)!);
}

const readOptionalAddress = (from: ByteReader): Address | undefined => (from.flag() ? readAddress(from) : undefined);

/** Wei may exceed 64 bits: length byte, then no leading zero. */
function writeWei(to: ByteWriter, value: bigint): void {
  const hex = value === 0n ? "" : value.toString(16);
  const bytes = fromHex(`0x${hex.length % 2 ? "0" : ""}${hex}`)!;
  to.u8(bytes.length);
  to.fixed(bytes);
}

function readWei(from: ByteReader): bigint {
  const bytes = from.fixed(from.u8());
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}

function writeLog(to: ByteWriter, log: LogEntry): void {
  to.fixed(fromHex(log.address)!);
  to.u8(log.topics.length);
  for (const topic of log.topics) to.fixed(hashBytes(topic));
  to.variable(log.data);
}

function readLog(from: ByteReader, limit: number): LogEntry {
  const address = readAddress(from);
  const topics = Array.from({ length: from.u8() }, () => from.hash());
  return { address, topics, data: from.variable(limit) };
}

function writeReceipt(to: ByteWriter, receipt: Receipt): void {
  to.fixed(hashBytes(receipt.transactionHash));
  to.u8(receipt.type);
  to.u8(receipt.succeeded ? 1 : 0);
  to.u64(receipt.cumulativeGasUsed);
  to.u64(receipt.gasUsed);
  writeWei(to, receipt.effectiveGasPrice);
  to.fixed(fromHex(receipt.from)!);
  writeOptionalAddress(to, receipt.to);
  writeOptionalAddress(to, receipt.contractAddress);
  writeBloom(to, receipt.logsBloom);
  to.u32(receipt.logs.length);
  for (const log of receipt.logs) writeLog(to, log);
}

function readReceipt(from: ByteReader, transactionIndex: number, limit: number): Receipt {
  const transactionHash = from.hash();
  const type = from.u8();
  const succeeded = from.flag();
  const cumulativeGasUsed = from.u64Big();
  const gasUsed = from.u64Big();
  const effectiveGasPrice = readWei(from);
  const sender = readAddress(from);
  const to = readOptionalAddress(from);
  const contractAddress = readOptionalAddress(from);
  const logsBloom = readBloom(from);
  const logs: LogEntry[] = [];
  for (let left = from.u32(); left > 0; left--) logs.push(readLog(from, limit));
  return {
    transactionHash,
    transactionIndex,
    type,
    succeeded,
    cumulativeGasUsed,
    gasUsed,
    effectiveGasPrice,
    from: sender,
    to,
    contractAddress,
    logs,
    logsBloom,
  };
}

export const encodeReceipts = (receipts: readonly Receipt[]): Uint8Array =>
  encode((to) => {
    to.u32(receipts.length);
    for (const receipt of receipts) writeReceipt(to, receipt);
  });

export const decodeReceipts = (bytes: Uint8Array): readonly Receipt[] =>
  decode(bytes, (from) => {
    const receipts: Receipt[] = [];
    for (let left = from.u32(); left > 0; left--) receipts.push(readReceipt(from, receipts.length, bytes.length));
    return receipts;
  });
