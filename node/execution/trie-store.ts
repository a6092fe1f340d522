/**
 * Trie nodes and contract code in the database, addressed by their hashes; states of all finalised blocks are kept.
 *
 * Owns: keys of the records, loading on demand, the batch that makes a state durable, memory for nodes.
 * Does not own: what a state means (state.ts), when it becomes durable (embedded.ts).
 * Called by: state, state-reader, embedded. Records: 't' + hash → node, 'c' + hash → code, 'm' + name → chain facts.
 */
import type { KeyValueChange, KeyValuePort } from "../ports/storage.ts";
import { CunError } from "../types/errors.ts";
import { MAX_RESIDENT_TRIE_NODES } from "../types/limits.ts";
import { EMPTY_CODE_HASH, NO_CODE } from "./account-data.ts";
import { bytesEqual, hexOf } from "./hashing.ts";
import { MissingNode } from "./trie.ts";
import {
  type AccountData,
  BranchNode,
  decodeNode,
  ExtensionNode,
  encodingOf,
  LazyNode,
  LeafNode,
  type LoadedNode,
  rootHash,
  type TrieNode,
} from "./trie-node.ts";

const NODE = 0x74;
const CODE = 0x63;
const META = 0x6d;
/** Levels of the state trie that stay in memory when the rest is let go: up to 65,536 nodes. */
const RESIDENT_LEVELS = 4;

export class TrieStore {
  readonly #records: KeyValuePort;
  /** Nodes that came into memory since the last time they were let go. */
  #resident = 0;

  readonly #residentLimit: number;

  constructor(records: KeyValuePort, residentLimit: number = MAX_RESIDENT_TRIE_NODES) {
    this.#records = records;
    this.#residentLimit = residentLimit;
  }

  /** Calls a trie function until all nodes it needs are in memory. @throws CunError stateMissing */
  async whenLoaded<Result>(read: () => Result): Promise<Result> {
    for (;;) {
      const missing = attempt(read);
      if (!(missing instanceof MissingNode)) return missing;
      await this.#load(missing.lazy);
    }
  }

  /** The same without waiting when nothing is missing; undefined means: use whenLoaded. */
  ifLoaded<Result>(read: () => Result): Result | MissingNode {
    return attempt(read);
  }

  async code(account: AccountData): Promise<Uint8Array> {
    if (account.code !== undefined) return account.code;
    if (bytesEqual(account.codeHash, EMPTY_CODE_HASH)) return NO_CODE;
    const code = await this.#records.get(recordKey(CODE, account.codeHash));
    if (code === undefined) throw new CunError("stateMissing", { kind: "code", hash: hexOf(account.codeHash) });
    account.code = code;
    return code;
  }

  async meta(name: string): Promise<Uint8Array | undefined> {
    return this.#records.get(recordKey(META, Buffer.from(name)));
  }

  async close(): Promise<void> {
    await this.#records.close();
  }

  /**
   * Writes what a state has and the database has not, together with facts about the chain, in one batch. Not flushed
   * to the disk: after a power cut the database is older but whole, and the node replays its blocks.
   */
  async persist(root: TrieNode | undefined, facts: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const changes: KeyValueChange[] = [];
    const fresh: LoadedNode[] = [];
    const codes: AccountData[] = [];
    collectTrie(root, fresh, codes, changes);
    for (const account of codes) {
      changes.push({ type: "put", key: recordKey(CODE, account.codeHash), value: account.code! });
    }
    for (const [name, value] of Object.entries(facts)) {
      changes.push({ type: "put", key: recordKey(META, Buffer.from(name)), value });
    }
    await this.#records.write(changes, { durable: false });
    for (const node of fresh) {
      node.stored = true;
      node.encoded = undefined;
    }
    for (const account of codes) account.codeStored = true;
    this.#resident += fresh.length;
  }

  /** Lets go of nodes below the top levels when too many are in memory; they are loaded again when needed. */
  trim(root: TrieNode | undefined, levels = RESIDENT_LEVELS): void {
    if (this.#resident < this.#residentLimit || root === undefined) return;
    if (!(root instanceof LazyNode)) letGo(root, levels);
    else if (root.node !== undefined) letGo(root.node, levels);
    this.#resident = 0;
  }

  async #load(lazy: LazyNode): Promise<void> {
    const encoded = await this.#records.get(recordKey(NODE, lazy.hash));
    if (encoded === undefined) throw new CunError("stateMissing", { kind: "node", hash: hexOf(lazy.hash) });
    lazy.node ??= decodeNode(encoded, lazy.hash);
    this.#resident++;
  }
}

function attempt<Result>(read: () => Result): Result | MissingNode {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof MissingNode) return thrown;
    throw thrown;
  }
}

function recordKey(kind: number, name: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + name.length);
  key[0] = kind;
  key.set(name, 1);
  return key;
}

/** A trie's unsaved nodes; its root is saved under its hash even when it is short. */
function collectTrie(
  root: TrieNode | undefined,
  fresh: LoadedNode[],
  codes: AccountData[],
  changes: KeyValueChange[],
): void {
  if (root === undefined || root instanceof LazyNode || root.stored) return;
  const hash = rootHash(root);
  if (root.hash === undefined) changes.push({ type: "put", key: recordKey(NODE, hash), value: encodingOf(root) });
  collect(root, fresh, codes, changes);
}

function collect(
  node: TrieNode | undefined,
  fresh: LoadedNode[],
  codes: AccountData[],
  changes: KeyValueChange[],
): void {
  if (node === undefined || node instanceof LazyNode || node.stored) return;
  fresh.push(node);
  if (node.hash !== undefined) {
    changes.push({ type: "put", key: recordKey(NODE, node.hash), value: encodingOf(node) });
  }
  if (node instanceof BranchNode) {
    for (const child of node.children) collect(child, fresh, codes, changes);
  } else if (node instanceof ExtensionNode) {
    collect(node.child, fresh, codes, changes);
  } else if (node.account !== undefined) {
    collectTrie(node.account.storage, fresh, codes, changes);
    if (!node.account.codeStored) codes.push(node.account);
  }
}

function letGo(node: LoadedNode, levels: number): void {
  if (node instanceof LeafNode) {
    if (node.stored) node.account = undefined;
  } else if (node instanceof ExtensionNode) {
    node.child = lighter(node.child, levels);
  } else {
    node.children.forEach((child, index) => {
      if (child !== undefined) node.children[index] = lighter(child, levels);
    });
  }
}

function lighter(child: TrieNode, levels: number): TrieNode {
  if (child instanceof LazyNode) {
    if (levels <= 1) child.node = undefined;
    else if (child.node !== undefined) letGo(child.node, levels - 1);
    return child;
  }
  if (levels <= 1 && child.stored && child.hash !== undefined) return new LazyNode(child.hash);
  letGo(child, levels - 1);
  return child;
}
