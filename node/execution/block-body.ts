/**
 * The payload of a proposal: RLP of an Ethereum block [header, transactions, ommers, withdrawals].
 *
 * Owns: bytes ⇄ header and raw transactions; exactly one encoding of each block is accepted.
 * Does not own: what the header says (block-rules.ts), what is in a transaction (transaction.ts).
 * Called by: builder, verifier.
 */
import { RLP } from "@ethereumjs/rlp";
import { CunError } from "../types/errors.ts";
import { MAX_PAYLOAD_BYTES } from "../types/limits.ts";
import { bytesEqual } from "./hashing.ts";
import { headerFromItems, type SealedHeader } from "./header.ts";
import { encodeList, encodeString } from "./trie-node.ts";

const EMPTY_LIST = Uint8Array.of(0xc0);
const LIST = 0xc0;
/** What a payload has beyond its transactions: header, lengths, empty lists. */
export const PAYLOAD_OVERHEAD_BYTES = 1024;
/** A typed transaction is a string in the list: this much longer than itself. */
export const TRANSACTION_OVERHEAD_BYTES = 4;

type Item = Uint8Array | Item[];

export interface DecodedBlock {
  readonly sealed: SealedHeader;
  readonly transactions: readonly Uint8Array[];
}

export function encodeBlock(header: Uint8Array, transactions: readonly Uint8Array[]): Uint8Array {
  const body = transactions.map((raw) => ((raw[0] ?? 0) >= LIST ? raw : encodeString(raw)));
  return encodeList([header, encodeList(body), EMPTY_LIST, EMPTY_LIST]);
}

/** @throws CunError blockTooLarge, blockMalformed */
export function decodeBlock(payload: Uint8Array): DecodedBlock {
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new CunError("blockTooLarge", { bytes: payload.length, limit: MAX_PAYLOAD_BYTES });
  }
  const [header, body, ommers, withdrawals] = itemsOf(payload);
  if (!isEmptyList(ommers) || !isEmptyList(withdrawals)) malformed("it has ommers or withdrawals");
  if (!Array.isArray(body)) malformed("its transactions are not a list");
  const sealed = headerFromItems(header);
  const transactions = body.map((item) => (Array.isArray(item) ? reencode(item) : item));
  if (!bytesEqual(encodeBlock(sealed.encoded, transactions), payload)) malformed("it is not in canonical RLP");
  return { sealed, transactions };
}

function itemsOf(payload: Uint8Array): Item[] {
  let items: unknown;
  try {
    items = RLP.decode(payload);
  } catch (error) {
    malformed(error instanceof Error ? error.message : "not RLP");
  }
  if (!Array.isArray(items) || items.length !== 4) malformed("it is not a list of 4");
  return items as Item[];
}

const isEmptyList = (item: Item | undefined): boolean => Array.isArray(item) && item.length === 0;

/** A legacy transaction stands in the block as a list: back to the bytes it had. */
function reencode(item: Item): Uint8Array {
  return Array.isArray(item) ? encodeList(item.map(reencode)) : encodeString(item);
}

function malformed(reason: string): never {
  throw new CunError("blockMalformed", { reason });
}
