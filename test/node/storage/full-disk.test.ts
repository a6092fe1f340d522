/**
 * A disk that is really full: writing stops with storageFailed, stays stopped, and loses nothing acknowledged.
 *
 * Owns: log and database on a file system of a few hundred kilobytes (tmpfs) or, where mounting is not allowed, under
 * a limit on the size of a file. The writer is a process of its own: test/helpers/storage-child.ts.
 */
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { FileLog } from "../../../node/storage/file-log.ts";
import { LevelKeyValue } from "../../../node/storage/level-key-value.ts";
import { numbered, numberOf, readNumbers } from "../../helpers/storage-child.ts";
import { temporaryFolder } from "../../helpers/temporary.ts";

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, "../../helpers/storage-child.ts");
const DISK_KIB = 256;
const BALLAST_BYTES = 64 * 1024;

describe("storage on a full disk", () => {
  let disk: string;
  let isMounted = false;
  // Registered before the folder's own hook, so that the disk is gone when the folder goes.
  afterEach(async () => {
    if (isMounted) await run("umount", [disk]);
  });
  const folder = temporaryFolder();

  beforeEach(async () => {
    disk = join(folder.path, "disk");
    await mkdir(disk);
    isMounted = await run("mount", ["-t", "tmpfs", "-o", `size=${DISK_KIB}k`, "tmpfs", disk]).then(
      () => true,
      () => false,
    );
    await writeFile(join(disk, "ballast"), new Uint8Array(BALLAST_BYTES));
  });

  /** Lets the child write until the disk is full; returns the acknowledged numbers and the errors. */
  async function fillDisk(what: string): Promise<{ acknowledged: number[]; failures: string[] }> {
    const limit = isMounted ? "" : `ulimit -f ${DISK_KIB};`;
    const { stdout } = await run("bash", ["-c", `${limit} exec "$0" "$@"`, process.execPath, CHILD, what, disk]);
    const lines = stdout.trim().split("\n");
    const failures = lines.filter((line) => line.startsWith("failed "));
    return { acknowledged: lines.slice(0, lines.length - failures.length).map(Number), failures };
  }

  it("[LOG-1] the log fails with storageFailed, keeps refusing, and after a reopen has all that was acknowledged", async () => {
    const { acknowledged, failures } = await fillDisk("log");
    expect(failures).to.deep.equal(["failed storageFailed", "failed storageFailed"]);
    expect(acknowledged.length).to.be.greaterThan(10);
    await rm(join(disk, "ballast"));
    const log = await FileLog.open(join(disk, "test.log"));
    expect(await readNumbers(log)).to.deep.equal(acknowledged);
    await log.append([numbered(acknowledged.length)]);
    expect(await readNumbers(log)).to.have.length(acknowledged.length + 1);
    await log.close();
  }).timeout(30_000);

  it("the database fails with storageFailed, keeps refusing, and after a reopen has all that was acknowledged", async () => {
    const { acknowledged, failures } = await fillDisk("store");
    expect(failures).to.deep.equal(["failed storageFailed", "failed storageFailed"]);
    expect(acknowledged.length).to.be.greaterThan(10);
    await rm(join(disk, "ballast"));
    const store = await LevelKeyValue.open(join(disk, "db"));
    const values = await store.getMany(acknowledged.map((number) => numbered(number).subarray(0, 4)));
    await store.close();
    expect(values.map((value) => value && numberOf(value))).to.deep.equal(acknowledged);
  }).timeout(30_000);
});
