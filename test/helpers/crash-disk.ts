/**
 * A disk whose power can be cut at any write: what was not flushed is lost, the last record of a log may be torn.
 *
 * Owns: durable bytes of logs (in the real format of node/storage/log-format) and of keyed records, the count of
 * writes, the planned crash. Each write takes virtual time; those to one file follow one another, files do not wait
 * for each other. Does not own: what a crash ends besides the disk (crash-cluster.ts).
 */
import type { KeyValueChange, KeyValuePort, LogPort } from "../../node/ports/storage.ts";
import {
  decodeHeader,
  encodeFrame,
  encodeHeader,
  FRAME_HEAD_BYTES,
  frameBytes,
  HEADER_BYTES,
  recordsOf,
  scanFrames,
} from "../../node/storage/log-format.ts";
import { MemoryKeyValue } from "../../node/storage/memory-key-value.ts";
import { CunError } from "../../node/types/errors.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** lost = before the write is durable; torn = half of it is on the disk; kept = durable, but nobody hears of it. */
export type CrashMode = "lost" | "torn" | "kept";

export interface CrashPoint {
  /** Counted from 1 over all files, in the order in which writes are done. */
  readonly write: number;
  readonly mode: CrashMode;
}

/** One process's time on the disk. */
export interface Life {
  alive: boolean;
}

interface Write {
  readonly label: string;
  apply(): void;
  /** Leaves half of the write. */
  tear?(): void;
}

const MARK = Buffer.from("mark", "latin1");
/** What a dead process gets. A new one each time: waiting for a shared one would keep all that ever waited. */
const never = (): Promise<never> => new Promise(() => undefined);

export class CrashDisk {
  readonly #clock: VirtualClock;
  /** What a flush of the block store takes longer than one of a log. */
  readonly #slowStoreMs: number;
  readonly #logs = new Map<string, Buffer>();
  readonly #stores = new Map<string, KeyValueChange[]>();
  /** What was written, for reports. */
  readonly labels: string[] = [];
  point: CrashPoint | undefined;
  /** Ends the process; called when the planned point is reached. */
  onCrash: (label: string) => void = () => undefined;

  constructor(clock: VirtualClock, slowStoreMs = 0) {
    this.#clock = clock;
    this.#slowStoreMs = slowStoreMs;
  }

  get writes(): number {
    return this.labels.length;
  }

  openLog(name: string, life: Life): LogPort {
    const bytes = this.#logs.get(name) ?? encodeHeader(MARK);
    if (decodeHeader(bytes) === undefined) throw new Error(`the header of ${name} is damaged`);
    const { end, corruptAt } = scanFrames(bytes, MARK);
    if (corruptAt !== undefined) throw new CunError("recordCorrupt", { path: name, offset: corruptAt, reason: "test" });
    this.#logs.set(name, bytes.subarray(0, end));
    return new CrashLog(this, name, life);
  }

  async openStore(name: string, life: Life): Promise<KeyValuePort> {
    const durable = this.#stores.get(name) ?? [];
    this.#stores.set(name, durable);
    const view = new MemoryKeyValue();
    await view.write(durable, { durable: true });
    return new CrashStore(this, name, life, view, durable);
  }

  logBytes(name: string): Buffer {
    return this.#logs.get(name)!;
  }
  setLogBytes(name: string, bytes: Buffer): void {
    this.#logs.set(name, bytes);
  }

  /** Carries one write out after a while, unless the process ends before. */
  async write(life: Life, write: Write): Promise<void> {
    const extraMs = write.label === "blocks batch" ? this.#slowStoreMs : 0;
    await this.#clock.sleep(1 + (this.labels.length % 3) + extraMs);
    if (!life.alive) return never();
    this.labels.push(write.label);
    const { point } = this;
    if (point?.write !== this.labels.length) {
      write.apply();
      return;
    }
    this.point = undefined;
    if (point.mode === "kept") write.apply();
    if (point.mode === "torn") write.tear?.();
    this.onCrash(write.label);
    return never();
  }
}

class CrashLog implements LogPort {
  readonly #disk: CrashDisk;
  readonly #name: string;
  readonly #life: Life;
  #last: Promise<void> = Promise.resolve();

  constructor(disk: CrashDisk, name: string, life: Life) {
    this.#disk = disk;
    this.#name = name;
    this.#life = life;
  }

  get bytes(): number {
    return this.#disk.logBytes(this.#name).length;
  }

  async *records(): AsyncGenerator<Uint8Array> {
    const bytes = this.#disk.logBytes(this.#name);
    for (let offset = HEADER_BYTES; offset < bytes.length; ) {
      const length = frameBytes(bytes.subarray(offset, offset + FRAME_HEAD_BYTES));
      yield* recordsOf(bytes.subarray(offset, offset + length));
      offset += length;
    }
  }

  append(records: readonly Uint8Array[]): Promise<void> {
    const frame = encodeFrame(records, MARK);
    const add = (bytes: Buffer) => {
      this.#disk.setLogBytes(this.#name, Buffer.concat([this.#disk.logBytes(this.#name), bytes]));
    };
    return this.#inOrder({
      label: `${this.#name} append`,
      apply: () => add(frame),
      tear: () => add(frame.subarray(0, frame.length >> 1)),
    });
  }

  rewrite(records: readonly Uint8Array[]): Promise<void> {
    const frames = records.length > 0 ? [encodeFrame(records, MARK)] : [];
    const bytes = Buffer.concat([encodeHeader(MARK), ...frames]);
    const apply = () => this.#disk.setLogBytes(this.#name, bytes);
    return this.#inOrder({ label: `${this.#name} rewrite`, apply });
  }

  async close(): Promise<void> {}

  #inOrder(write: Write): Promise<void> {
    this.#last = this.#last.then(() => this.#disk.write(this.#life, write));
    return this.#last;
  }
}

class CrashStore implements KeyValuePort {
  readonly #disk: CrashDisk;
  readonly #name: string;
  readonly #life: Life;
  readonly #view: MemoryKeyValue;
  readonly #durable: KeyValueChange[];
  /** Written without a flush: durable with the next one. */
  #unflushed: KeyValueChange[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(disk: CrashDisk, name: string, life: Life, view: MemoryKeyValue, durable: KeyValueChange[]) {
    this.#disk = disk;
    this.#name = name;
    this.#life = life;
    this.#view = view;
    this.#durable = durable;
  }

  get(key: Uint8Array) {
    return this.#view.get(key);
  }
  getMany(keys: readonly Uint8Array[]) {
    return this.#view.getMany(keys);
  }
  entries(range: Parameters<KeyValuePort["entries"]>[0]) {
    return this.#view.entries(range);
  }
  async close(): Promise<void> {}

  write(changes: readonly KeyValueChange[], { durable }: { readonly durable: boolean }): Promise<void> {
    const label = `${this.#name} ${durable ? "batch" : "unflushed batch"}`;
    const apply = () => {
      this.#unflushed.push(...changes);
      if (durable) this.#durable.push(...this.#unflushed.splice(0));
    };
    this.#last = this.#last
      .then(() => this.#disk.write(this.#life, { label, apply }))
      .then(() => this.#view.write(changes, { durable }));
    return this.#last;
  }
}
