/**
 * Both log adapters against the suite; and the file log against crashes and damage, byte by byte.
 *
 * Owns: torn tails, flipped bits, leftovers of a rewrite. Killed processes: kill.test.ts; full disks: full-disk.test.ts.
 */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { FileLog } from "../../../node/storage/file-log.ts";
import { HEADER_BYTES } from "../../../node/storage/log-format.ts";
import { MemoryLog } from "../../../node/storage/memory-log.ts";
import { logCompliance, readAll, record } from "../../compliance/log.ts";
import { expectFailure, temporaryFolder } from "../../helpers/temporary.ts";

logCompliance("memory", async () => new MemoryLog());

describe("storage/file-log", () => {
  const folder = temporaryFolder();
  const path = () => join(folder.path, "test.log");

  logCompliance("file", () => FileLog.open(path()));

  /** A log of three frames with one, two and one records; returns its bytes and where each frame ends. */
  async function writeThreeFrames(): Promise<{ bytes: Buffer; ends: number[] }> {
    const log = await FileLog.open(path());
    const ends = [log.bytes];
    for (const group of [["one"], ["two", "three"], ["four"]]) {
      await log.append(group.map(record));
      ends.push(log.bytes);
    }
    await log.close();
    return { bytes: await readFile(path()), ends };
  }

  async function reopen(): Promise<{ texts: string[]; tornBytes: number }> {
    const log = await FileLog.open(path());
    try {
      return { texts: await readAll(log), tornBytes: log.tornBytes };
    } finally {
      await log.close();
    }
  }

  it("[LOG-1] opens with the whole frames before the cut when a crash tears the file at any byte", async () => {
    const { bytes, ends } = await writeThreeFrames();
    const prefixes = [[], ["one"], ["one", "two", "three"], ["one", "two", "three", "four"]];
    for (let length = HEADER_BYTES; length <= bytes.length; length++) {
      await writeFile(path(), bytes.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length - 1;
      expect(await reopen(), `cut at ${length}`).to.deep.equal({
        texts: prefixes[whole],
        tornBytes: length - ends[whole]!,
      });
      expect((await stat(path())).size, `cut at ${length}`).to.equal(ends[whole]);
    }
  });

  it("cuts off a tail that the file system filled with zeros or garbage", async () => {
    const { bytes } = await writeThreeFrames();
    for (const tail of [Buffer.alloc(4096), Buffer.alloc(4096, 0xff), bytes.subarray(-10)]) {
      await writeFile(path(), Buffer.concat([bytes, tail]));
      expect(await reopen()).to.deep.equal({ texts: ["one", "two", "three", "four"], tornBytes: tail.length });
    }
  });

  it("goes on appending where the torn tail was cut off", async () => {
    const { bytes } = await writeThreeFrames();
    await writeFile(path(), bytes.subarray(0, -1));
    const log = await FileLog.open(path());
    await log.append([record("after the crash")]);
    await log.close();
    expect((await reopen()).texts).to.deep.equal(["one", "two", "three", "after the crash"]);
  });

  it("stops with recordCorrupt when any byte before the last frame was changed", async () => {
    const { bytes, ends } = await writeThreeFrames();
    for (let offset = 0; offset < ends[2]!; offset++) {
      const damaged = Buffer.from(bytes);
      damaged[offset]! ^= 0x10;
      await writeFile(path(), damaged);
      const error = await expectFailure(FileLog.open(path()), "recordCorrupt");
      const frameStart = offset < HEADER_BYTES ? 0 : ends.filter((end) => end <= offset).at(-1);
      expect(error.details.offset, `byte ${offset}`).to.equal(frameStart);
      expect(await readFile(path()), "a damaged log is left as it is").to.deep.equal(damaged);
    }
  });

  it("stops with recordCorrupt when the header was cut off, for no crash does that", async () => {
    const { bytes } = await writeThreeFrames();
    for (const length of [0, 1, HEADER_BYTES - 1]) {
      await writeFile(path(), bytes.subarray(0, length));
      await expectFailure(FileLog.open(path()), "recordCorrupt");
    }
  });

  it("takes a torn record for torn although a peer put the bytes of a whole frame into it", async () => {
    const other = await FileLog.open(join(folder.path, "other.log"));
    await other.append([record("forged")]);
    await other.close();
    const forgedFrame = (await readFile(join(folder.path, "other.log"))).subarray(HEADER_BYTES);
    const log = await FileLog.open(path());
    await log.append([record("real")]);
    await log.append([new Uint8Array(forgedFrame), record("tail")]);
    await log.close();
    await writeFile(path(), (await readFile(path())).subarray(0, -1));
    expect((await reopen()).texts).to.deep.equal(["real"]);
  });

  it("keeps the old content when a crash leaves a half-written rewrite behind", async () => {
    await writeThreeFrames();
    await writeFile(`${path()}.new`, "half a rewrite");
    expect((await reopen()).texts).to.deep.equal(["one", "two", "three", "four"]);
    expect(await readdir(folder.path)).to.deep.equal(["test.log"]);
  });

  it("survives a reopen after a rewrite that spans several frames", async () => {
    const big = new Uint8Array(12 * 1024 * 1024).fill(7);
    const log = await FileLog.open(path());
    await log.rewrite([big, big, big, record("end")]);
    await log.close();
    const again = await FileLog.open(path());
    const lengths: number[] = [];
    for await (const entry of again.records()) lengths.push(entry.length);
    await again.close();
    expect(lengths).to.deep.equal([big.length, big.length, big.length, 3]);
  });

  it("shares one frame, thus one flush, between appends that wait", async () => {
    const log = await FileLog.open(path());
    const before = log.bytes;
    await log.append([record("x")]);
    const alone = log.bytes - before;
    await Promise.all([1, 2, 3, 4].map(() => log.append([record("x")])));
    const together = log.bytes - before - alone;
    await log.close();
    // The first of the four starts its flush at once; the other three share the next.
    expect(together).to.be.lessThan(3 * alone);
  });

  it("keeps the file to its owner", async () => {
    await (await FileLog.open(path())).close();
    expect((await stat(path())).mode & 0o777).to.equal(0o600);
  });
});
