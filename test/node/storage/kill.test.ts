/**
 * A process that writes is killed with SIGKILL again and again: nothing that it acknowledged may be missing.
 *
 * Owns: log and database under kill. Does not own: power cuts (fsync is asserted by no test; see docs/LIMITS.md).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { FileLog } from "../../../node/storage/file-log.ts";
import { LevelKeyValue } from "../../../node/storage/level-key-value.ts";
import { numberOf, readNumbers } from "../../helpers/storage-child.ts";
import { temporaryFolder } from "../../helpers/temporary.ts";

const ROUNDS = 5;
const CHILD = join(import.meta.dirname, "../../helpers/storage-child.ts");

async function linesUntilKilled(child: ChildProcess, lines: number): Promise<string[]> {
  let text = "";
  child.stdout!.on("data", (chunk) => {
    text += chunk;
    if (text.split("\n").length > lines) child.kill("SIGKILL");
  });
  await once(child, "close");
  expect(child.signalCode, text.slice(-200)).to.equal("SIGKILL");
  return text.split("\n").slice(0, -1);
}

describe("storage under kill -9", () => {
  const folder = temporaryFolder();

  /** Kills the writer in each round after some more acknowledgements; returns the highest number acknowledged. */
  async function killRepeatedly(what: string, check: (acknowledged: number) => Promise<void>): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(process.execPath, [CHILD, what, folder.path], { stdio: ["ignore", "pipe", "inherit"] });
      const lines = await linesUntilKilled(child, 5 + 37 * round);
      await check(Math.max(...lines.map(Number)));
    }
  }

  it("[LOG-1] the log keeps every acknowledged record, in order and without a gap", async () => {
    await killRepeatedly("log", async (acknowledged) => {
      const log = await FileLog.open(join(folder.path, "test.log"));
      const numbers = await readNumbers(log);
      await log.close();
      expect(numbers).to.deep.equal([...numbers.keys()]);
      expect(numbers.length).to.be.greaterThan(acknowledged);
    });
  }).timeout(30_000);

  it("[LOG-1] the database keeps every acknowledged batch", async () => {
    await killRepeatedly("store", async (acknowledged) => {
      const store = await LevelKeyValue.open(join(folder.path, "db"));
      const numbers: number[] = [];
      for await (const [, value] of store.entries({})) numbers.push(numberOf(value));
      await store.close();
      expect(numbers).to.deep.equal([...numbers.keys()]);
      expect(numbers.length).to.be.greaterThan(acknowledged);
    });
  }).timeout(30_000);
});
