/**
 * Nodes of a Merkle-Patricia trie as immutable objects, their RLP and their hashes (yellow paper, appendix D).
 *
 * Owns: the four kinds of node, encoding, decoding, hashing once per node. A child is kept in its parent's encoding
 * when it is shorter than 32 bytes.
 * Does not own: reading and changing tries (trie.ts), where nodes are kept (trie-store.ts).
 * Called by: trie, trie-store, state. Keys have no common prefixes (hashes, RLP of numbers): branches hold no values.
 */
import { RLP } from "@ethereumjs/rlp";
import { invariant } from "../types/errors.ts";
import { keccak256 } from "./hashing.ts";

/** An account as it hangs on its leaf of the state trie. Balance in wei. */
export interface AccountData {
  readonly nonce: bigint;
  readonly balance: bigint;
  /** Undefined when the account stores nothing. */
  readonly storage: TrieNode | undefined;
  readonly codeHash: Uint8Array;
  /** Undefined until somebody asks for it. */
  code: Uint8Array | undefined;
  /** True when the database has the code. */
  codeStored: boolean;
}

/** What every node that is in memory has. */
abstract class MemoryNode {
  /** RLP; undefined until sealed, and again once the node is in the database. */
  encoded: Uint8Array | undefined;
  /** keccak-256 of the RLP; undefined until sealed, and for nodes so short that they live in their parent's RLP. */
  hash: Uint8Array | undefined;
  /** True when the database has it. */
  stored = false;
}

export class LeafNode extends MemoryNode {
  /** What is left of the key, in nibbles. */
  readonly path: Uint8Array;
  readonly value: Uint8Array;
  /** In the state trie: the decoded value and what hangs on it. */
  account: AccountData | undefined;
  constructor(path: Uint8Array, value: Uint8Array, account: AccountData | undefined) {
    super();
    this.path = path;
    this.value = value;
    this.account = account;
  }
}

export class ExtensionNode extends MemoryNode {
  readonly path: Uint8Array;
  /** Changed only from a node to its LazyNode and back: the content stays. */
  child: TrieNode;
  constructor(path: Uint8Array, child: TrieNode) {
    super();
    this.path = path;
    this.child = child;
  }
}

export class BranchNode extends MemoryNode {
  /** Changed only from a node to its LazyNode and back: the content stays. */
  readonly children: (TrieNode | undefined)[];
  constructor(children: (TrieNode | undefined)[]) {
    super();
    this.children = children;
  }
}

/** A node of which only the hash is known until somebody needs it. */
export class LazyNode {
  readonly hash: Uint8Array;
  node: LoadedNode | undefined;
  constructor(hash: Uint8Array) {
    this.hash = hash;
  }
}

export type LoadedNode = LeafNode | ExtensionNode | BranchNode;
export type TrieNode = LoadedNode | LazyNode;

/** Root of an empty trie: keccak-256 of the empty string's RLP. */
export const EMPTY_ROOT = keccak256(Uint8Array.of(0x80));

const EMPTY_STRING = Uint8Array.of(0x80);
const HASH_PREFIX = 0xa0;

/** Root hash of a trie; nodes on the way are encoded and hashed when they were not before. */
export function rootHash(root: TrieNode | undefined): Uint8Array {
  if (root === undefined) return EMPTY_ROOT;
  if (root instanceof LazyNode) return root.hash;
  seal(root);
  return root.hash ?? keccak256(encodingOf(root));
}

/** RLP of a node, as it stands in the database and in proofs. */
export function encodingOf(node: LoadedNode): Uint8Array {
  return node.encoded ?? encode(node);
}

function seal(node: LoadedNode): void {
  if (node.hash !== undefined || node.encoded !== undefined) return;
  node.encoded = encode(node);
  if (node.encoded.length >= 32) node.hash = keccak256(node.encoded);
}

/** A node as it stands in its parent's list: RLP of its hash, or the node itself when that is shorter. */
function reference(child: TrieNode | undefined): Uint8Array {
  if (child === undefined) return EMPTY_STRING;
  if (!(child instanceof LazyNode)) {
    seal(child);
    if (child.hash === undefined) return encodingOf(child);
  }
  const bytes = new Uint8Array(33);
  bytes[0] = HASH_PREFIX;
  bytes.set(child.hash!, 1);
  return bytes;
}

function encode(node: LoadedNode): Uint8Array {
  if (node instanceof LeafNode) return encodeList([encodeString(compact(node.path, true)), encodeString(node.value)]);
  if (node instanceof ExtensionNode) {
    return encodeList([encodeString(compact(node.path, false)), reference(node.child)]);
  }
  const items: Uint8Array[] = [];
  for (let index = 0; index < 16; index++) items.push(reference(node.children[index]));
  items.push(EMPTY_STRING);
  return encodeList(items);
}

function writeLength(length: number, offset: number): Uint8Array {
  if (length < 56) return Uint8Array.of(offset + length);
  if (length < 256) return Uint8Array.of(offset + 56, length);
  if (length < 65536) return Uint8Array.of(offset + 57, length >> 8, length & 255);
  return Uint8Array.of(offset + 58, length >> 16, (length >> 8) & 255, length & 255);
}

/** RLP of a byte string (shorter than 16 MiB). */
export function encodeString(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes;
  return join([writeLength(bytes.length, 0x80), bytes]);
}

/** RLP of a list whose items are RLP already. */
export function encodeList(items: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const item of items) length += item.length;
  return join([writeLength(length, 0xc0), ...items]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Nibbles to bytes, with a flag for leaf and for odd length in front. */
function compact(path: Uint8Array, isLeaf: boolean): Uint8Array {
  const odd = path.length & 1;
  const bytes = new Uint8Array((path.length >> 1) + 1);
  bytes[0] = (isLeaf ? 0x20 : 0) | (odd ? 0x10 | path[0]! : 0);
  for (let from = odd, to = 1; from < path.length; from += 2, to++) bytes[to] = (path[from]! << 4) | path[from + 1]!;
  return bytes;
}

export function toNibbles(key: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(key.length * 2);
  for (let index = 0; index < key.length; index++) {
    nibbles[2 * index] = key[index]! >> 4;
    nibbles[2 * index + 1] = key[index]! & 15;
  }
  return nibbles;
}

type Item = Uint8Array | Item[];

/** The node that the database holds under a hash. */
export function decodeNode(encoded: Uint8Array, hash: Uint8Array): LoadedNode {
  const node = fromItems(RLP.decode(encoded) as Item);
  if (encoded.length >= 32) node.hash = hash;
  node.stored = true;
  return node;
}

function fromItems(items: Item): LoadedNode {
  invariant(Array.isArray(items) && (items.length === 17 || items.length === 2), "a trie node is a list of 17 or 2");
  if (items.length === 17) return new BranchNode(items.slice(0, 16).map(childFrom));
  const flagged = toNibbles(items[0] as Uint8Array);
  const path = flagged.slice(flagged[0]! & 1 ? 1 : 2);
  if (flagged[0]! & 2) return new LeafNode(path, items[1] as Uint8Array, undefined);
  const child = childFrom(items[1]!);
  invariant(child !== undefined, "an extension has a child");
  return new ExtensionNode(path, child);
}

function childFrom(item: Item): TrieNode | undefined {
  if (!Array.isArray(item)) return item.length === 0 ? undefined : new LazyNode(item);
  const node = fromItems(item);
  node.stored = true;
  return node;
}
