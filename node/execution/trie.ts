/**
 * Reading and changing Merkle-Patricia tries of immutable nodes: every change gives a new root and shares the rest.
 *
 * Owns: find, insert, remove, proofs. A snapshot costs nothing and several branches live side by side.
 * Does not own: nodes and hashes (trie-node.ts), the database (trie-store.ts).
 * Called by: state, trie-store, ordered-root. Functions are synchronous; one that meets a node not in memory throws
 * MissingNode, the store loads it and the call is made again (TrieStore.whenLoaded).
 */
import { invariant } from "../types/errors.ts";
import {
  type AccountData,
  BranchNode,
  ExtensionNode,
  encodingOf,
  LazyNode,
  LeafNode,
  type LoadedNode,
  type TrieNode,
} from "./trie-node.ts";

/** Control flow, not an error: names the node that has to be loaded first. */
export class MissingNode {
  readonly lazy: LazyNode;
  constructor(lazy: LazyNode) {
    this.lazy = lazy;
  }
}

function loaded(node: TrieNode): LoadedNode {
  if (!(node instanceof LazyNode)) return node;
  if (node.node === undefined) throw new MissingNode(node);
  return node.node;
}

function commonPrefix(path: Uint8Array, key: Uint8Array, depth: number): number {
  const limit = Math.min(path.length, key.length - depth);
  let length = 0;
  while (length < limit && path[length] === key[depth + length]) length++;
  return length;
}

function matches(path: Uint8Array, key: Uint8Array, depth: number): boolean {
  return commonPrefix(path, key, depth) === path.length;
}

/** The leaf of a key (in nibbles), if there is one. */
export function find(root: TrieNode | undefined, key: Uint8Array): LeafNode | undefined {
  let node = root;
  let depth = 0;
  while (node !== undefined) {
    const here = loaded(node);
    if (here instanceof BranchNode) {
      node = here.children[key[depth++]!];
    } else if (here instanceof ExtensionNode) {
      if (!matches(here.path, key, depth)) return undefined;
      depth += here.path.length;
      node = here.child;
    } else {
      return here.path.length === key.length - depth && matches(here.path, key, depth) ? here : undefined;
    }
  }
  return undefined;
}

/** Encodings of the nodes from the root towards a key: shows that the key is there, or that it is not. */
export function prove(root: TrieNode | undefined, key: Uint8Array): Uint8Array[] {
  const proof: Uint8Array[] = [];
  let node = root;
  let depth = 0;
  while (node !== undefined) {
    const here = loaded(node);
    const encoded = encodingOf(here);
    if (proof.length === 0 || encoded.length >= 32) proof.push(encoded);
    if (here instanceof LeafNode) break;
    if (here instanceof BranchNode) {
      node = here.children[key[depth++]!];
    } else {
      if (!matches(here.path, key, depth)) break;
      depth += here.path.length;
      node = here.child;
    }
  }
  return proof;
}

export interface LeafContent {
  readonly value: Uint8Array;
  readonly account?: AccountData;
}

const leaf = (path: Uint8Array, content: LeafContent): LeafNode =>
  new LeafNode(path, content.value, content.account ?? undefined);

const extended = (path: Uint8Array, child: TrieNode): TrieNode =>
  path.length === 0 ? child : new ExtensionNode(path, child);

/** The trie in which the key (in nibbles, from `depth` on) has this content. */
export function insert(root: TrieNode | undefined, key: Uint8Array, content: LeafContent, depth = 0): TrieNode {
  if (root === undefined) return leaf(key.slice(depth), content);
  const node = loaded(root);
  if (node instanceof BranchNode) {
    invariant(depth < key.length, "no key of a trie is the beginning of another");
    const nibble = key[depth]!;
    const children = node.children.slice();
    children[nibble] = insert(children[nibble], key, content, depth + 1);
    return new BranchNode(children);
  }
  const shared = commonPrefix(node.path, key, depth);
  if (shared === node.path.length) {
    if (node instanceof LeafNode) return leaf(node.path, content);
    return new ExtensionNode(node.path, insert(node.child, key, content, depth + shared));
  }
  return split(node, shared, key, content, depth);
}

/** Puts a branch where the path of a leaf or extension and the key part. */
function split(node: LeafNode | ExtensionNode, shared: number, key: Uint8Array, content: LeafContent, depth: number) {
  const children = new Array<TrieNode | undefined>(16).fill(undefined);
  const rest = node.path.slice(shared + 1);
  children[node.path[shared]!] =
    node instanceof LeafNode
      ? leaf(rest, node.account === undefined ? { value: node.value } : { value: node.value, account: node.account })
      : extended(rest, node.child);
  invariant(depth + shared < key.length, "no key of a trie is the beginning of another");
  children[key[depth + shared]!] = leaf(key.slice(depth + shared + 1), content);
  return extended(node.path.slice(0, shared), new BranchNode(children));
}

/** The trie without the key; undefined when nothing is left. Gives the same root back when the key was not there. */
export function remove(root: TrieNode | undefined, key: Uint8Array, depth = 0): TrieNode | undefined {
  if (root === undefined) return undefined;
  const node = loaded(root);
  if (node instanceof LeafNode) {
    return node.path.length === key.length - depth && matches(node.path, key, depth) ? undefined : root;
  }
  if (node instanceof ExtensionNode) {
    if (!matches(node.path, key, depth)) return root;
    const child = remove(node.child, key, depth + node.path.length);
    if (child === node.child) return root;
    invariant(child !== undefined, "below an extension is a branch, which holds two keys or more");
    return prefixed(node.path, child);
  }
  const nibble = key[depth]!;
  const child = remove(node.children[nibble], key, depth + 1);
  if (child === node.children[nibble]) return root;
  const children = node.children.slice();
  children[nibble] = child;
  const left = children.findIndex((candidate) => candidate !== undefined);
  const isLast = children.findLastIndex((candidate) => candidate !== undefined) === left;
  return isLast ? prefixed(Uint8Array.of(left), children[left]!) : new BranchNode(children);
}

/** A node below a longer path: leaves and extensions take the path in, a branch gets an extension above it. */
function prefixed(path: Uint8Array, below: TrieNode): TrieNode {
  const node = loaded(below);
  if (node instanceof BranchNode) return new ExtensionNode(path, below);
  const whole = new Uint8Array(path.length + node.path.length);
  whole.set(path, 0);
  whole.set(node.path, path.length);
  if (node instanceof ExtensionNode) return new ExtensionNode(whole, node.child);
  return leaf(whole, node.account === undefined ? { value: node.value } : { value: node.value, account: node.account });
}
