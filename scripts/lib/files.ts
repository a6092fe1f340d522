/**
 * The files of the project: under version control or about to be.
 *
 * Owns: listing them. Called by: scripts/mutate.ts.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build.ts";

/** Paths from the root, of the whole project or of one folder. */
export function projectFiles(folder = "."): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", folder], { cwd: root });
  return listed
    .toString()
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)));
}
