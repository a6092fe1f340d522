/**
 * What leaves of the state and storage tries say.
 *
 * Owns: leaf → account (decoded once, kept on the leaf), leaf → slot value. Does not own: finding the leaf (trie.ts).
 * Called by: state, state-reader.
 */
import { decodeAccount, NO_CODE } from "./account-data.ts";
import type { AccountData, LeafNode } from "./trie-node.ts";

export function readAccount(leaf: LeafNode | undefined): AccountData | undefined {
  if (leaf === undefined) return undefined;
  leaf.account ??= decodeAccount(leaf.value);
  return leaf.account;
}

/** Value of a slot without leading zeros: its leaf holds the RLP of at most 32 bytes. */
export function readSlot(leaf: LeafNode | undefined): Uint8Array {
  if (leaf === undefined) return NO_CODE;
  return leaf.value[0]! < 0x80 ? leaf.value : leaf.value.subarray(1);
}
