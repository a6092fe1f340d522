/**
 * Facts that are kept as files: who changes them on purpose writes them anew, and a reviewer sees the difference.
 *
 * Owns: comparing with test/snapshots and writing it. Called by: test/contracts/snapshots.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";

const folder = join(import.meta.dirname, "../snapshots");
const UPDATE = "UPDATE_SNAPSHOTS=1 npx hardhat test mocha test/contracts/snapshots/*.test.ts";

/** Compares with test/snapshots/<name>.json; writes it when UPDATE_SNAPSHOTS is set. */
export function expectSnapshot(name: string, actual: unknown): void {
  const path = join(folder, `${name}.json`);
  if (process.env["UPDATE_SNAPSHOTS"]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(actual, null, 2)}\n`);
    return;
  }
  const kept: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  expect(actual, `test/snapshots/${name}.json differs. Is it meant? Then: ${UPDATE}`).to.deep.equal(kept);
}
