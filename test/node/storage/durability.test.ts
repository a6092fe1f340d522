/**
 * When a write counts: not before the disk says so; and after a disk failed once, never again until reopened.
 *
 * Owns: the moment of acknowledgement, with the calls to the disk held up or failing. Real full disks:
 * full-disk.test.ts; killed processes: kill.test.ts.
 */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ClassicLevel } from "classic-level";
import type { KeyValueChange } from "../../../node/ports/storage.ts";
import { FileLog } from "../../../node/storage/file-log.ts";
import { LevelKeyValue } from "../../../node/storage/level-key-value.ts";
import { readAll, record } from "../../compliance/log.ts";
import { expectFailure, temporaryFolder } from "../../helpers/temporary.ts";

const diskError = (): Error => Object.assign(new Error("EIO: i/o error"), { code: "EIO" });

describe("storage durability", () => {
  const restores: (() => void)[] = [];
  const folder = temporaryFolder();
  const path = () => join(folder.path, "test.log");
  afterEach(() => {
    for (const restore of restores.splice(0)) restore();
  });

  /** Replaces a method of a prototype until the test ends. */
  function intercept<Key extends string>(target: Record<Key, unknown>, method: Key, replacement: unknown): void {
    const original = target[method];
    target[method] = replacement;
    restores.push(() => {
      target[method] = original;
    });
  }

  async function fileHandlePrototype(): Promise<FileHandle & Record<string, unknown>> {
    const file = await open(import.meta.filename);
    await file.close();
    return Object.getPrototypeOf(file);
  }

  it("the log acknowledges only after the flush, once for all appends that waited", async () => {
    const log = await FileLog.open(path());
    const flushes: (() => void)[] = [];
    const acknowledged: string[] = [];
    intercept(await fileHandlePrototype(), "datasync", () => new Promise<void>((resolve) => flushes.push(resolve)));
    const nextFlush = async (count: number) => {
      while (flushes.length < count) await new Promise((resolve) => setImmediate(resolve));
    };
    const appends = ["a", "b", "c"].map((text) => log.append([record(text)]).then(() => acknowledged.push(text)));
    await nextFlush(1);
    expect(acknowledged).to.deep.equal([]);
    flushes[0]!();
    await nextFlush(2);
    expect(acknowledged).to.deep.equal(["a"]);
    flushes[1]!();
    await Promise.all(appends);
    expect(flushes).to.have.length(2);
    await log.close();
  });

  it("the log refuses everything with storageFailed after one failed flush, although the disk works again", async () => {
    const log = await FileLog.open(path());
    await log.append([record("safe")]);
    const prototype = await fileHandlePrototype();
    intercept(prototype, "datasync", () => Promise.reject(diskError()));
    const waiting = [log.append([record("lost 1")]), log.append([record("lost 2")])];
    for (const append of waiting) await expectFailure(append, "storageFailed");
    restores.pop()!();
    await expectFailure(log.append([record("refused")]), "storageFailed");
    await expectFailure(log.rewrite([]), "storageFailed");
    await log.close();
    const again = await FileLog.open(path());
    expect(await readAll(again)).to.deep.equal(["safe"]);
    await again.append([record("new")]);
    await again.close();
  });

  it("a rewrite that fails leaves the old log whole, and stops the log with storageFailed", async () => {
    const log = await FileLog.open(path());
    await log.append([record("old")]);
    intercept(await fileHandlePrototype(), "sync", () => Promise.reject(diskError()));
    await expectFailure(log.rewrite([record("new")]), "storageFailed");
    restores.pop()!();
    await expectFailure(log.append([record("refused")]), "storageFailed");
    await log.close();
    const again = await FileLog.open(path());
    expect(await readAll(again)).to.deep.equal(["old"]);
    await again.close();
  });

  const change: KeyValueChange = { type: "put", key: Uint8Array.of(1), value: Uint8Array.of(1) };
  type Batch = (operations: unknown, options: { readonly sync: boolean }) => Promise<void>;
  const level = ClassicLevel.prototype as unknown as Record<"batch", Batch>;

  it("the database flushes a durable batch and only that", async () => {
    const store = await LevelKeyValue.open(folder.path);
    const flushed: boolean[] = [];
    const original = level.batch;
    intercept(level, "batch", function (this: unknown, operations: unknown, options: { readonly sync: boolean }) {
      flushed.push(options.sync);
      return original.call(this, operations, options);
    });
    await store.write([change], { durable: true });
    await store.write([change], { durable: false });
    await store.close();
    expect(flushed).to.deep.equal([true, false]);
  });

  it("the database writes nothing behind a batch that failed: storageFailed until it is opened again", async () => {
    const store = await LevelKeyValue.open(folder.path);
    let calls = 0;
    intercept(level, "batch", () => {
      calls++;
      return Promise.reject(diskError());
    });
    const writes = [1, 2, 3].map(() => store.write([change], { durable: true }));
    for (const write of writes) await expectFailure(write, "storageFailed");
    expect(calls).to.equal(1);
    restores.pop()!();
    await expectFailure(store.write([change], { durable: false }), "storageFailed");
    await store.close();
    const again = await LevelKeyValue.open(folder.path);
    await again.write([change], { durable: true });
    await again.close();
  });
});
