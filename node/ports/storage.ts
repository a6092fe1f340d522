/**
 * What the node asks of a disk.
 *
 * Owns: the ports for keyed records, the write-ahead log and the signing guard. Adapters: node/storage (files,
 * LevelDB, memory); test/compliance/{key-value,log}.ts run against each.
 * Does not own: what the records mean. Errors: storageFailed, recordCorrupt, dataDirectoryLocked, signingConflict.
 * Called by: execution, storage/block-store, app.
 */
import type { Ballot } from "../types/messages.ts";
import type { Epoch, View } from "../types/primitives.ts";

export type KeyValueChange =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "delete"; readonly key: Uint8Array };

export interface KeyRange {
  /** Inclusive. */
  readonly from?: Uint8Array;
  /** Exclusive. */
  readonly to?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** Keys in byte order; a batch is written whole or not at all. */
export interface KeyValuePort {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** When `durable`, the batch survives a power cut once the promise resolves. */
  write(changes: readonly KeyValueChange[], options: { readonly durable: boolean }): Promise<void>;
  entries(range: KeyRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
  close(): Promise<void>;
}

/** Append-only log of opaque records. A torn tail (crash while writing) is cut off when the log is opened. */
export interface LogPort {
  /** All records, oldest first. */
  records(): AsyncIterable<Uint8Array>;
  /** Resolves when the records are on the disk. Concurrent appends share one disk flush. */
  append(records: readonly Uint8Array[]): Promise<void>;
  /** Replaces the whole content in one atomic step (write aside, flush, rename): used to drop finalised history. */
  rewrite(records: readonly Uint8Array[]): Promise<void>;
  readonly bytes: number;
  close(): Promise<void>;
}

/** Everything up to this view of this epoch is done with, and every earlier epoch. */
export interface SigningFloor {
  readonly epoch: Epoch;
  readonly view: View;
}

/** The last line against signing twice: checks and durably records a ballot before a key may be used. */
export interface SigningGuardPort {
  /** @throws CunError signingConflict when this key has signed something that contradicts the ballot. */
  authorize(ballot: Ballot): Promise<void>;
  /** Ballots recorded above the floor, oldest first: what a restarted engine must know it has signed. */
  ballots(): readonly Ballot[];
  /**
   * Forgets ballots of earlier epochs, and of this one at or below the view, and refuses every later ballot there.
   * Never goes down.
   */
  raiseFloor(floor: SigningFloor): Promise<void>;
  close(): Promise<void>;
}
