/**
 * What every LogPort must do; run by the memory and the file adapter.
 *
 * Owns: order, rewrite, isolation from the caller's buffers, behaviour after close.
 * Does not own: crashes and damage (test/node/storage/file-log*.test.ts). Called by: test/node/storage/log.test.ts.
 */
import { expect } from "chai";
import type { LogPort } from "../../node/ports/storage.ts";
import { isCunError } from "../../node/types/errors.ts";

export const textOf = (record: Uint8Array): string => Buffer.from(record).toString();
export const record = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

export async function readAll(log: LogPort): Promise<string[]> {
  const texts: string[] = [];
  for await (const entry of log.records()) texts.push(textOf(entry));
  return texts;
}

export function logCompliance(name: string, open: () => Promise<LogPort>): void {
  describe(`LogPort: ${name}`, () => {
    let log: LogPort;
    beforeEach(async () => {
      log = await open();
    });
    afterEach(() => log.close());

    it("is empty at first", async () => {
      expect(await readAll(log)).to.deep.equal([]);
    });

    it("gives records back oldest first, also empty ones and several of one append", async () => {
      await log.append([record("a"), record("")]);
      await log.append([]);
      await log.append([record("b")]);
      expect(await readAll(log)).to.deep.equal(["a", "", "b"]);
    });

    it("keeps the order of appends that were not awaited", async () => {
      const names = Array.from({ length: 200 }, (_, i) => `record ${i}`);
      await Promise.all(names.map((text) => log.append([record(text)])));
      expect(await readAll(log)).to.deep.equal(names);
    });

    it("replaces everything on rewrite, in order with the appends around it", async () => {
      await Promise.all([
        log.append([record("old")]),
        log.rewrite([record("kept 1"), record("kept 2")]),
        log.append([record("new")]),
      ]);
      expect(await readAll(log)).to.deep.equal(["kept 1", "kept 2", "new"]);
      await log.rewrite([]);
      expect(await readAll(log)).to.deep.equal([]);
    });

    it("grows in bytes with appends and shrinks with a rewrite", async () => {
      const empty = log.bytes;
      await log.append([record("x".repeat(1000))]);
      expect(log.bytes).to.be.at.least(empty + 1000);
      await log.rewrite([]);
      expect(log.bytes).to.equal(empty);
    });

    it("copies records: changing a buffer after append changes nothing", async () => {
      const buffer = record("before");
      const appended = log.append([buffer]);
      buffer.fill(0);
      await appended;
      expect(await readAll(log)).to.deep.equal(["before"]);
    });

    it("goes on reading the old content while a rewrite replaces it", async () => {
      await log.append([record("a")]);
      await log.append([record("b")]);
      const reading = log.records()[Symbol.asyncIterator]();
      expect(textOf((await reading.next()).value)).to.equal("a");
      await log.rewrite([]);
      expect(textOf((await reading.next()).value)).to.equal("b");
      expect((await reading.next()).done).to.equal(true);
    });

    it("fails with storageFailed when used after close", async () => {
      await log.close();
      for (const use of [() => log.append([record("x")]), () => log.rewrite([]), () => readAll(log)]) {
        const error = await use().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(isCunError(error, "storageFailed"), String(error)).to.equal(true);
      }
    });
  });
}
