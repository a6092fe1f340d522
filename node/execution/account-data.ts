/**
 * The RLP of accounts, as it stands in the leaves of the state trie (yellow paper §4.1).
 *
 * Owns: AccountData ⇄ bytes, quantities ⇄ bytes.
 * Does not own: the trie (trie.ts), changes during a block (state.ts).
 * Called by: state, state-reader, trie-store, header. Balance in wei.
 */
import { RLP } from "@ethereumjs/rlp";
import { bytesEqual, keccak256 } from "./hashing.ts";
import { type AccountData, EMPTY_ROOT, encodeList, encodeString, LazyNode, rootHash } from "./trie-node.ts";

export const EMPTY_CODE_HASH = keccak256(new Uint8Array());
export const NO_CODE = new Uint8Array();

export function encodeAccount(account: AccountData): Uint8Array {
  return encodeList([
    encodeString(quantity(account.nonce)),
    encodeString(quantity(account.balance)),
    encodeString(rootHash(account.storage)),
    encodeString(account.codeHash),
  ]);
}

export function decodeAccount(encoded: Uint8Array): AccountData {
  const [nonce, balance, root, codeHash] = RLP.decode(encoded) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const hasCode = !bytesEqual(codeHash, EMPTY_CODE_HASH);
  return {
    nonce: toQuantity(nonce),
    balance: toQuantity(balance),
    storage: bytesEqual(root, EMPTY_ROOT) ? undefined : new LazyNode(root),
    codeHash,
    code: hasCode ? undefined : NO_CODE,
    codeStored: true,
  };
}

/** Big endian without leading zeros; zero is no bytes at all. */
export function quantity(value: bigint): Uint8Array {
  if (value === 0n) return NO_CODE;
  const hex = value.toString(16);
  return new Uint8Array(Buffer.from(hex.length & 1 ? `0${hex}` : hex, "hex"));
}

export function toQuantity(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`);
}
