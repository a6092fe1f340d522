/**
 * The append-only log on disk: the LogPort under the write-ahead log and the signing guard.
 *
 * Owns: one flush for all appends that wait (group commit), cutting a torn tail off at open, telling damage from a
 * crash, atomic rewrite, and never acknowledging what is not on the disk: after a failed write or flush the log
 * refuses everything until it is opened again, because nobody knows what the kernel kept.
 * Does not own: the layout (log-format.ts), what records mean. A log belongs to one process: the folder's lock is
 * LevelKeyValue's. Called by: app, signing-guard's owner. Compliance suite: test/compliance/log.ts.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { LogPort } from "../ports/storage.ts";
import { CunError, invariant } from "../types/errors.ts";
import { MAX_LOG_FRAME_BYTES } from "../types/limits.ts";
import { reasonOf } from "./failure.ts";
import {
  decodeHeader,
  encodeFrame,
  encodeHeader,
  FRAME_HEAD_BYTES,
  frameBytes,
  HEADER_BYTES,
  recordBytes,
  recordsOf,
  scanFrames,
} from "./log-format.ts";

interface Job {
  readonly type: "append" | "rewrite";
  readonly records: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: CunError) => void;
}

/** A file with a whole log; a rewrite leaves one behind that goes when its last reader has finished. */
interface OpenLog {
  readonly file: FileHandle;
  readonly mark: Buffer;
  /** Everything before this is on the disk. */
  end: number;
  readers: number;
}

export class FileLog implements LogPort {
  readonly #path: string;
  #log: OpenLog;
  #failure: CunError | undefined;
  #closed = false;
  #jobs: Job[] = [];
  #isWorking = false;
  #working: Promise<void> = Promise.resolve();
  /** Bytes of a torn tail that were cut off at open: 0 after a clean stop. Nothing acknowledged was among them. */
  readonly tornBytes: number;

  private constructor(path: string, log: OpenLog, tornBytes: number) {
    this.#path = path;
    this.#log = log;
    this.tornBytes = tornBytes;
  }

  /** Opens the log, or creates an empty one. @throws CunError recordCorrupt, storageFailed */
  static async open(path: string): Promise<FileLog> {
    try {
      await rm(temporaryPath(path), { force: true });
      const existing = await openExisting(path);
      return existing
        ? new FileLog(path, existing.log, existing.tornBytes)
        : new FileLog(path, await create(path, []), 0);
    } catch (error) {
      throw storageFailed(path, error);
    }
  }

  get bytes(): number {
    return this.#log.end;
  }

  /** Reads what was on the disk when the first record was asked for. */
  async *records(): AsyncGenerator<Uint8Array> {
    if (this.#closed) throw storageFailed(this.#path, "it is closed");
    const log = this.#log;
    const end = log.end;
    log.readers++;
    try {
      for (let offset = HEADER_BYTES; offset < end; ) {
        const frame = await this.#readFrame(log.file, offset);
        yield* recordsOf(frame);
        offset += frame.length;
      }
    } finally {
      log.readers--;
      if (log !== this.#log && log.readers === 0) await log.file.close();
    }
  }

  append(records: readonly Uint8Array[]): Promise<void> {
    return records.length === 0 ? Promise.resolve() : this.#enqueue("append", records);
  }

  rewrite(records: readonly Uint8Array[]): Promise<void> {
    return this.#enqueue("rewrite", records);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#working;
    await this.#log.file.close();
  }

  #enqueue(type: Job["type"], records: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return Promise.reject(storageFailed(this.#path, "it is closed"));
    const copies = records.map((record) => record.slice());
    for (const record of copies) invariant(recordBytes(record) <= MAX_LOG_FRAME_BYTES, "a record fits into a frame");
    return new Promise((resolve, reject) => {
      this.#jobs.push({ type, records: copies, resolve, reject });
      if (!this.#isWorking) this.#working = this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#jobs.length > 0) {
      const group = this.#nextGroup();
      try {
        if (this.#failure) throw this.#failure;
        const records = group.flatMap((job) => job.records);
        if (group[0]!.type === "rewrite") await this.#replaceFile(records);
        else await this.#appendFrames(records);
        for (const job of group) job.resolve();
      } catch (error) {
        this.#failure ??= storageFailed(this.#path, error);
        for (const job of group) job.reject(this.#failure);
      }
    }
    // In the same step as the last look at the jobs, so that none is left behind.
    this.#isWorking = false;
  }

  /** A rewrite alone, or as many waiting appends in a row as fit into one frame. */
  #nextGroup(): Job[] {
    let count = 0;
    let bytes = 0;
    for (const job of this.#jobs) {
      bytes += job.records.reduce((sum, record) => sum + recordBytes(record), 0);
      if (count > 0 && (job.type === "rewrite" || bytes > MAX_LOG_FRAME_BYTES)) break;
      count++;
      if (job.type === "rewrite") break;
    }
    return this.#jobs.splice(0, count);
  }

  async #appendFrames(records: readonly Uint8Array[]): Promise<void> {
    const log = this.#log;
    let end = log.end;
    try {
      for (const frame of framesOf(records, log.mark)) {
        await writeFully(log.file, frame, end);
        await log.file.datasync();
        end += frame.length;
      }
      log.end = end;
    } catch (error) {
      // Best effort: opening again must not find records that a failed flush may have left in memory only.
      await log.file.truncate(log.end).catch(() => undefined);
      throw error;
    }
  }

  async #replaceFile(records: readonly Uint8Array[]): Promise<void> {
    const previous = this.#log;
    this.#log = await create(this.#path, records);
    if (previous.readers === 0) await previous.file.close();
  }

  async #readFrame(file: FileHandle, offset: number): Promise<Buffer> {
    try {
      const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
      await readFully(file, head, offset);
      const frame = Buffer.allocUnsafe(frameBytes(head));
      await readFully(file, frame, offset);
      return frame;
    } catch (error) {
      throw storageFailed(this.#path, error);
    }
  }
}

async function openExisting(path: string): Promise<{ log: OpenLog; tornBytes: number } | undefined> {
  const file = await open(path, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const bytes = await file.readFile();
    const mark = decodeHeader(bytes);
    // A log is created whole and renamed into place, so that no crash leaves half a header.
    if (mark === undefined) throw new CunError("recordCorrupt", { path, offset: 0, reason: "the header is damaged" });
    const { end, corruptAt } = scanFrames(bytes, mark);
    if (corruptAt !== undefined) {
      throw new CunError("recordCorrupt", { path, offset: corruptAt, reason: "length or checksum is wrong" });
    }
    if (end < bytes.length) await file.truncate(end);
    // What a killed process had written may still be in the kernel only; it counts from now on, so flush it.
    await file.sync();
    return { log: { file, mark, end, readers: 0 }, tornBytes: bytes.length - end };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Writes a log aside, flushes it and renames it into place: the path never shows anything but a whole log. */
async function create(path: string, records: readonly Uint8Array[]): Promise<OpenLog> {
  const temporary = temporaryPath(path);
  const mark = randomBytes(4);
  const file = await open(temporary, "w+", 0o600);
  try {
    let end = 0;
    for (const part of [encodeHeader(mark), ...framesOf(records, mark)]) {
      await writeFully(file, part, end);
      end += part.length;
    }
    await file.sync();
    await rename(temporary, path);
    await syncDirectory(dirname(path));
    return { file, mark, end, readers: 0 };
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

const temporaryPath = (path: string): string => `${path}.new`;

function* framesOf(records: readonly Uint8Array[], mark: Buffer): Generator<Buffer> {
  let group: Uint8Array[] = [];
  let bytes = 0;
  for (const record of records) {
    if (bytes + recordBytes(record) > MAX_LOG_FRAME_BYTES) {
      yield encodeFrame(group, mark);
      group = [];
      bytes = 0;
    }
    group.push(record);
    bytes += recordBytes(record);
  }
  if (group.length > 0) yield encodeFrame(group, mark);
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

async function readFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let read = 0; read < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, position + read);
    if (bytesRead === 0) throw new Error(`the file ends before byte ${position + bytes.length}`);
    read += bytesRead;
  }
}

/** A new name in a folder is durable only when the folder is. Windows has no such call and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function storageFailed(path: string, error: unknown): CunError {
  return error instanceof CunError
    ? error
    : new CunError("storageFailed", { path, reason: reasonOf(error) }, { cause: error });
}
