/**
 * What the node asks of the finalised chain on disk: the block store.
 *
 * Owns: the port. Adapter: node/storage/block-store over a KeyValuePort.
 * Does not own: states (ports/execution.ts). Only finalised blocks are here, so nothing in it ever changes.
 * Called by: app (append, sync), rpc (reads).
 */
import type { Certificate } from "../types/messages.ts";
import type { Address, Hash, Height } from "../types/primitives.ts";
import type { ExecutedBlock, LogEntry, Receipt } from "./execution.ts";

export interface StoredBlock {
  readonly hash: Hash;
  readonly height: Height;
  /** RLP of the block (header and transactions). */
  readonly payload: Uint8Array;
  /** RLP of the header. */
  readonly header: Uint8Array;
  /** The block's own finalization; a block finalised through a descendant has none. */
  readonly finalization: Certificate | undefined;
}

export interface TransactionLocation {
  readonly blockHash: Hash;
  readonly height: Height;
  readonly index: number;
}

export interface LogFilter {
  readonly fromHeight: Height;
  readonly toHeight: Height;
  readonly addresses: readonly Address[];
  /** Per position: any of these topics; an empty list matches everything. */
  readonly topics: readonly (readonly Hash[])[];
}

export interface LocatedLog extends LogEntry, TransactionLocation {
  readonly transactionHash: Hash;
  /** Position of the log in its block. */
  readonly logIndex: number;
}

export interface BlockStorePort {
  /** Height and hash of the newest finalised block. */
  head(): { readonly height: Height; readonly hash: Hash };
  /** Appends the child of the head, durably: block, receipts, indexes and certificate in one atomic write. */
  append(block: ExecutedBlock, finalization: Certificate | undefined): Promise<void>;
  /** Adds the finalization of a block that was finalised through a descendant when it arrives late. */
  attachFinalization(hash: Hash, finalization: Certificate): Promise<void>;
  blockByHeight(height: Height): Promise<StoredBlock | undefined>;
  blockByHash(hash: Hash): Promise<StoredBlock | undefined>;
  receipts(hash: Hash): Promise<readonly Receipt[] | undefined>;
  transaction(hash: Hash): Promise<TransactionLocation | undefined>;
  /** Logs in chain order. @throws CunError logRangeTooLarge */
  logs(filter: LogFilter): Promise<readonly LocatedLog[]>;
  /** Calls back after each append, in order; returns the unsubscriber. */
  onAppended(listener: (block: ExecutedBlock) => void): () => void;
  close(): Promise<void>;
}
