/**
 * The finalised chain on disk: blocks, receipts, certificates and their indexes, over any KeyValuePort.
 *
 * Owns: one atomic durable batch per block, the head, looking up, searching logs. Only finalised blocks come here, so
 * nothing is ever replaced. Opening reads one record: it costs the same at any height.
 * Does not own: states (node/execution), the check of certificates (node/consensus), layouts (block-records.ts).
 * Called by: app (append, sync), rpc (reads). Whitepaper §2.4.2.
 */
import type { BlockStorePort, LocatedLog, LogFilter, StoredBlock, TransactionLocation } from "../ports/chain.ts";
import type { ExecutedBlock, Receipt } from "../ports/execution.ts";
import type { KeyValueChange, KeyValuePort } from "../ports/storage.ts";
import { decodeCertificate, encodeCertificate } from "../types/codec.ts";
import { CunError, invariant } from "../types/errors.ts";
import { MAX_LOG_BLOCKS, MAX_LOG_RESULTS } from "../types/limits.ts";
import type { Certificate } from "../types/messages.ts";
import { asHeight, type Hash, type Height } from "../types/primitives.ts";
import {
  blockKey,
  certificateKey,
  decodeBlock,
  decodeHeight,
  decodeIndex,
  decodeReceipts,
  decodeTransaction,
  encodeBlock,
  encodeHeight,
  encodeIndex,
  encodeReceipts,
  encodeTransaction,
  HEAD_KEY,
  heightOfKey,
  type IndexRecord,
  indexKey,
  receiptsKey,
  transactionKey,
} from "./block-records.ts";
import { createLogMatcher, isEmptyBloom, type LogMatcher } from "./log-search.ts";

interface Head {
  readonly height: Height;
  readonly hash: Hash;
}

type Listener = (block: ExecutedBlock) => void;

export class BlockStore implements BlockStorePort {
  readonly #database: KeyValuePort;
  readonly #listeners = new Set<Listener>();
  #head: Head;
  /** Head once all appends on their way are written: what the next block must be the child of. */
  #comingHead: Head;
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(database: KeyValuePort, head: Head) {
    this.#database = database;
    this.#head = head;
    this.#comingHead = head;
  }

  /**
   * Takes over the database and closes it in the end; an empty one gets the genesis block.
   * @throws CunError genesisMismatch, databaseCorrupt, storageFailed
   */
  static async open(database: KeyValuePort, genesis: ExecutedBlock): Promise<BlockStore> {
    invariant(genesis.height === 0, "the first block of a store is genesis");
    const headBytes = await database.get(HEAD_KEY);
    if (headBytes === undefined) {
      await database.write(changesFor(genesis, undefined), { durable: true });
      return new BlockStore(database, genesis);
    }
    const height = decodeHeight(headBytes);
    const first = await readIndex(database, asHeight(0));
    const last = await readIndex(database, height);
    if (first === undefined || last === undefined) {
      throw new CunError("databaseCorrupt", {
        path: "blocks",
        reason: `the head is ${height} but its index is missing`,
      });
    }
    if (first.hash !== genesis.hash) {
      throw new CunError("genesisMismatch", { found: first.hash, expected: genesis.hash });
    }
    return new BlockStore(database, { height, hash: last.hash });
  }

  head(): Head {
    return { height: this.#head.height, hash: this.#head.hash };
  }

  append(block: ExecutedBlock, finalization: Certificate | undefined): Promise<void> {
    const parent = this.#comingHead;
    invariant(
      block.height === parent.height + 1 && block.parentHash === parent.hash,
      `block ${block.height} ${block.hash} is the child of the head ${parent.height} ${parent.hash}`,
    );
    invariant(block.receipts.length === block.transactionHashes.length, "every transaction has its receipt");
    if (finalization) checkFinalization(block.hash, finalization);
    this.#comingHead = block;
    return this.#inOrder(async () => {
      await this.#database.write(changesFor(block, finalization), { durable: true });
      this.#head = block;
      for (const listener of this.#listeners) listener(block);
    });
  }

  attachFinalization(hash: Hash, finalization: Certificate): Promise<void> {
    checkFinalization(hash, finalization);
    return this.#inOrder(async () => {
      const height = await this.#heightOf(hash);
      if (height === undefined) throw new CunError("blockUnknown", { hash });
      const change = { type: "put", key: certificateKey(height), value: encodeCertificate(finalization) } as const;
      // Lost in a power cut it can be asked for again, so it need not cost a flush of its own.
      await this.#database.write([change], { durable: false });
    });
  }

  async blockByHeight(height: Height): Promise<StoredBlock | undefined> {
    if (height > this.#head.height) return undefined;
    const [index, block, certificate] = await this.#database.getMany([
      indexKey(height),
      blockKey(height),
      certificateKey(height),
    ]);
    if (index === undefined || block === undefined) return undefined;
    const finalization = certificate && readCertificate(certificate);
    return { hash: decodeIndex(index).hash, height, ...decodeBlock(block), finalization };
  }

  async blockByHash(hash: Hash): Promise<StoredBlock | undefined> {
    const height = await this.#heightOf(hash);
    return height === undefined ? undefined : this.blockByHeight(height);
  }

  async receipts(hash: Hash): Promise<readonly Receipt[] | undefined> {
    const height = await this.#heightOf(hash);
    const bytes = height === undefined ? undefined : await this.#database.get(receiptsKey(height));
    return bytes && decodeReceipts(bytes);
  }

  async transaction(hash: Hash): Promise<TransactionLocation | undefined> {
    const bytes = await this.#database.get(transactionKey(hash));
    if (bytes === undefined) return undefined;
    const { height, index } = decodeTransaction(bytes);
    const block = height > this.#head.height ? undefined : await readIndex(this.#database, height);
    return block && { blockHash: block.hash, height, index };
  }

  async logs(filter: LogFilter): Promise<readonly LocatedLog[]> {
    const toHeight = asHeight(Math.min(filter.toHeight, this.#head.height));
    if (toHeight - filter.fromHeight >= MAX_LOG_BLOCKS) {
      throw logRangeTooLarge(filter, `at most ${MAX_LOG_BLOCKS} blocks at once`);
    }
    const matcher = createLogMatcher(filter);
    const found: LocatedLog[] = [];
    const range = { from: indexKey(filter.fromHeight), to: indexKey(toHeight + 1) };
    let height = filter.fromHeight;
    for await (const [, value] of this.#database.entries(range)) {
      const index = decodeIndex(value);
      if (!isEmptyBloom(index.bloom) && matcher.mayContain(index.bloom)) {
        found.push(...(await this.#logsOfBlock(height, index.hash, matcher)));
        if (found.length > MAX_LOG_RESULTS) throw logRangeTooLarge(filter, `over ${MAX_LOG_RESULTS} logs match`);
      }
      height = asHeight(height + 1);
    }
    return found;
  }

  onAppended(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#lastWrite;
    await this.#database.close();
  }

  #inOrder(action: () => Promise<void>): Promise<void> {
    const done = this.#lastWrite.then(action);
    this.#lastWrite = done.catch(() => undefined);
    return done;
  }

  async #heightOf(hash: Hash): Promise<Height | undefined> {
    const bytes = await this.#database.get(heightOfKey(hash));
    return bytes && decodeHeight(bytes);
  }

  async #logsOfBlock(height: Height, blockHash: Hash, matcher: LogMatcher): Promise<LocatedLog[]> {
    const bytes = await this.#database.get(receiptsKey(height));
    const found: LocatedLog[] = [];
    let logIndex = -1;
    for (const { transactionHash, transactionIndex, logs } of bytes ? decodeReceipts(bytes) : []) {
      for (const log of logs) {
        logIndex++;
        if (!matcher.matches(log)) continue;
        found.push({ ...log, blockHash, height, index: transactionIndex, transactionHash, logIndex });
      }
    }
    return found;
  }
}

function changesFor(block: ExecutedBlock, finalization: Certificate | undefined): KeyValueChange[] {
  const { height, hash } = block;
  const puts: [Uint8Array, Uint8Array][] = [
    [indexKey(height), encodeIndex({ hash, bloom: block.logsBloom })],
    [blockKey(height), encodeBlock({ header: block.header, payload: block.payload })],
    [receiptsKey(height), encodeReceipts(block.receipts)],
    [heightOfKey(hash), encodeHeight(height)],
    [HEAD_KEY, encodeHeight(height)],
  ];
  if (finalization) puts.push([certificateKey(height), encodeCertificate(finalization)]);
  for (const [index, transaction] of block.transactionHashes.entries()) {
    puts.push([transactionKey(transaction), encodeTransaction({ height, index })]);
  }
  return puts.map(([key, value]) => ({ type: "put", key, value }));
}

async function readIndex(database: KeyValuePort, height: Height): Promise<IndexRecord | undefined> {
  const bytes = await database.get(indexKey(height));
  return bytes && decodeIndex(bytes);
}

function readCertificate(bytes: Uint8Array): Certificate {
  try {
    return decodeCertificate(bytes);
  } catch (error) {
    throw new CunError("databaseCorrupt", { path: "blocks", reason: "a certificate cannot be read" }, { cause: error });
  }
}

function checkFinalization(hash: Hash, finalization: Certificate): void {
  const fits = finalization.kind === "finalize" && finalization.digest === hash;
  invariant(fits, `the ${finalization.kind} certificate of ${finalization.digest} is the finalization of ${hash}`);
}

function logRangeTooLarge(filter: LogFilter, reason: string): CunError<"logRangeTooLarge"> {
  return new CunError("logRangeTooLarge", { fromHeight: filter.fromHeight, toHeight: filter.toHeight, reason });
}
