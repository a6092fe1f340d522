/**
 * Executed blocks from the head upwards: a tree, of which finality keeps one branch.
 *
 * Owns: head, descendants, what they include. Does not own: durability (embedded.ts), states (they share nodes).
 * Called by: embedded.
 */
import { invariant } from "../types/errors.ts";
import type { Hash } from "../types/primitives.ts";
import type { BlockRecord } from "./executor.ts";
import { bytesEqual, hexOf } from "./hashing.ts";
import type { TrieNode } from "./trie-node.ts";

interface Place {
  readonly record: BlockRecord;
  readonly parent: Hash;
  readonly included: ReadonlySet<Hash>;
}

function placeOf(record: BlockRecord): Place {
  return {
    record,
    parent: hexOf(record.sealed.header.parentHash) as Hash,
    included: new Set(record.transactions.map(({ hash }) => hash)),
  };
}

export class RecordTree {
  readonly #places = new Map<Hash, Place>();
  #head: BlockRecord;

  constructor(head: BlockRecord) {
    this.#head = head;
    this.#places.set(head.sealed.hash, placeOf(head));
  }

  get head(): BlockRecord {
    return this.#head;
  }

  get(hash: Hash): BlockRecord | undefined {
    return this.#places.get(hash)?.record;
  }

  /** The state with this root, when the head or a block above it leads to it. */
  rootOf(stateRoot: Uint8Array): TrieNode | undefined {
    for (const { record } of this.#places.values()) {
      if (bytesEqual(record.sealed.header.stateRoot, stateRoot)) return record.root;
    }
    return undefined;
  }

  /** Adds an executed block, unless its parent was pruned while it ran. */
  add(record: BlockRecord): void {
    const place = placeOf(record);
    if (this.#places.has(place.parent)) this.#places.set(record.sealed.hash, place);
  }

  /** True when an unfinalised block on the way to the parent, or any unfinalised block, holds the transaction. */
  isIncluded(transaction: Hash, parent?: Hash): boolean {
    if (parent === undefined) {
      for (const { record, included } of this.#places.values()) {
        if (record !== this.#head && included.has(transaction)) return true;
      }
      return false;
    }
    let place = this.#places.get(parent);
    while (place !== undefined && place.record !== this.#head) {
      if (place.included.has(transaction)) return true;
      place = this.#places.get(place.parent);
    }
    return false;
  }

  /** Makes a child of the head the head; what does not descend from it is dropped. */
  moveHead(record: BlockRecord): void {
    invariant(hexOf(record.sealed.header.parentHash) === this.#head.sealed.hash, "the new head is a child of the head");
    this.#head = record;
    for (const hash of [...this.#places.keys()]) {
      if (!this.#descends(hash)) this.#places.delete(hash);
    }
  }

  #descends(hash: Hash): boolean {
    let place = this.#places.get(hash);
    while (place !== undefined) {
      if (place.record === this.#head) return true;
      place = this.#places.get(place.parent);
    }
    return false;
  }
}
