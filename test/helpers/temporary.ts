/**
 * Folders that vanish after the test, and the error a promise fails with.
 *
 * Owns: nothing else. Called by: tests of storage and network.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { CunError, type ErrorName } from "../../node/types/errors.ts";

/** Registers hooks: a fresh folder for each test of the block it is called in. */
export function temporaryFolder(): { readonly path: string } {
  const folder = { path: "" };
  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), "cun-"));
  });
  afterEach(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/** Expects the promise to fail with this error of the table and returns it. */
export async function expectFailure<Name extends ErrorName>(
  action: Promise<unknown> | (() => unknown),
  name: Name,
): Promise<CunError<Name>> {
  try {
    await (typeof action === "function" ? action() : action);
  } catch (error) {
    if (!(error instanceof CunError)) throw error;
    expect(error.errorName, String(error)).to.equal(name);
    return error as CunError<Name>;
  }
  return expect.fail(`${name} was expected; nothing failed`);
}
