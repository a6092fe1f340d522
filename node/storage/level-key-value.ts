/**
 * Keyed records in LevelDB: the KeyValuePort on disk.
 *
 * Owns: opening (one process per folder), atomic batches, flushing when durable, and the refusal of further writes
 * after one failed: LevelDB would append behind the torn record of a full disk and lose what follows at the next start.
 * Does not own: what keys and values mean.
 * Called by: app, tests. Compliance suite: test/compliance/key-value.ts.
 */
import { mkdir } from "node:fs/promises";
import { ClassicLevel } from "classic-level";
import type { KeyRange, KeyValueChange, KeyValuePort } from "../ports/storage.ts";
import { CunError } from "../types/errors.ts";
import { errorCode, reasonOf } from "./failure.ts";

type Database = ClassicLevel<Uint8Array, Uint8Array>;

export class LevelKeyValue implements KeyValuePort {
  readonly #database: Database;
  readonly #path: string;
  #failure: CunError | undefined;
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /** @throws CunError dataDirectoryLocked, databaseCorrupt, storageFailed */
  static async open(path: string): Promise<LevelKeyValue> {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      const database: Database = new ClassicLevel(path, { keyEncoding: "view", valueEncoding: "view" });
      await database.open();
      return new LevelKeyValue(database, path);
    } catch (error) {
      throw toCunError(error, path);
    }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#attempt(() => this.#database.get(key));
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#attempt(() => this.#database.getMany([...keys]));
  }

  /** One batch at a time, so that none can be written behind one that failed. */
  write(changes: readonly KeyValueChange[], options: { readonly durable: boolean }): Promise<void> {
    const written = this.#lastWrite.then(() => this.#write(changes, options.durable));
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  async #write(changes: readonly KeyValueChange[], durable: boolean): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      await this.#database.batch(changes.map(toOperation), { sync: durable });
    } catch (error) {
      this.#failure = toCunError(error, this.#path);
      throw this.#failure;
    }
  }

  async *entries(range: KeyRange): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    const iterator = await this.#attempt(async () =>
      this.#database.iterator({
        ...(range.from && { gte: range.from }),
        ...(range.to && { lt: range.to }),
        reverse: range.reverse ?? false,
        limit: range.limit ?? -1,
      }),
    );
    try {
      for (;;) {
        const entry = await this.#attempt(() => iterator.next());
        if (entry === undefined) return;
        yield entry;
      }
    } finally {
      await iterator.close();
    }
  }

  async close(): Promise<void> {
    await this.#lastWrite;
    await this.#attempt(() => this.#database.close());
  }

  async #attempt<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      throw toCunError(error, this.#path);
    }
  }
}

function toOperation(change: KeyValueChange) {
  return change.type === "put"
    ? { type: "put" as const, key: change.key, value: change.value }
    : { type: "del" as const, key: change.key };
}

function toCunError(error: unknown, path: string): CunError {
  const code = errorCode(error);
  const reason = reasonOf(error);
  if (code === "LEVEL_LOCKED") return new CunError("dataDirectoryLocked", { path }, { cause: error });
  const corrupt = code === "LEVEL_CORRUPTION" || /corruption|checksum mismatch/i.test(reason);
  return new CunError(corrupt ? "databaseCorrupt" : "storageFailed", { path, reason }, { cause: error });
}
