/**
 * Root of the trie of a numbered list: transactions, receipts, withdrawals of a block.
 *
 * Owns: keys (RLP of the position) and the root. Does not own: the items' encoding.
 * Called by: executor, genesis-block. Yellow paper §4.3.2.
 */
import { RLP } from "@ethereumjs/rlp";
import { insert } from "./trie.ts";
import { rootHash, type TrieNode, toNibbles } from "./trie-node.ts";

export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  let root: TrieNode | undefined;
  items.forEach((value, index) => {
    root = insert(root, toNibbles(RLP.encode(index)), { value });
  });
  return rootHash(root);
}
