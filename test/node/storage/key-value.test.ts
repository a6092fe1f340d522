/**
 * Both key-value adapters against the suite, and what only a disk can do wrong.
 *
 * Owns: the lock on a folder, survival of a reopen. Full disks: full-disk.test.ts.
 */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { LevelKeyValue } from "../../../node/storage/level-key-value.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { keyValueCompliance } from "../../compliance/key-value.ts";
import { expectFailure, temporaryFolder } from "../../helpers/temporary.ts";

const key = Uint8Array.of(1);

keyValueCompliance("memory", async () => new MemoryKeyValue());

describe("storage/level-key-value", () => {
  const folder = temporaryFolder();

  keyValueCompliance("LevelDB", () => LevelKeyValue.open(join(folder.path, "db")));

  it("finds after a reopen what was written before, durable or not", async () => {
    const first = await LevelKeyValue.open(folder.path);
    await first.write([{ type: "put", key, value: Uint8Array.of(1) }], { durable: true });
    await first.write([{ type: "put", key: Uint8Array.of(2), value: Uint8Array.of(2) }], { durable: false });
    await first.close();
    const second = await LevelKeyValue.open(folder.path);
    const values = await second.getMany([key, Uint8Array.of(2)]);
    await second.close();
    expect(values.map((value) => value?.[0])).to.deep.equal([1, 2]);
  });

  it("refuses a second process on one folder with dataDirectoryLocked, and lets it in after close", async () => {
    const first = await LevelKeyValue.open(folder.path);
    await expectFailure(LevelKeyValue.open(folder.path), "dataDirectoryLocked");
    await first.close();
    await (await LevelKeyValue.open(folder.path)).close();
  });

  it("refuses a damaged database with databaseCorrupt", async () => {
    const store = await LevelKeyValue.open(folder.path);
    await store.close();
    const manifest = (await readdir(folder.path)).find((name) => name.startsWith("MANIFEST"))!;
    await writeFile(join(folder.path, manifest), "damaged");
    await expectFailure(LevelKeyValue.open(folder.path), "databaseCorrupt");
  });

  it("fails with storageFailed where no folder can be made", async () => {
    await writeFile(join(folder.path, "file"), "");
    await expectFailure(LevelKeyValue.open(join(folder.path, "file", "db")), "storageFailed");
  });
});
