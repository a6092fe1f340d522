/**
 * Finds the tests whose titles carry an ID.
 *
 * Owns: what counts as a title (mocha's describe/it, and the names and NatSpec of Solidity tests).
 * Called by: scripts/generate.ts, test/tidy.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build.ts";

/** Test file → its titles. */
export function testTitles(): ReadonlyMap<string, string> {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "test"], { cwd: root });
  const files = listed
    .toString()
    .split("\n")
    .filter((path) => /\.(ts|sol)$/.test(path) && !path.startsWith("test/tidy/") && existsSync(join(root, path)));
  return new Map(files.map((path) => [path, titlesOf(readFileSync(join(root, path), "utf8"))]));
}

function titlesOf(text: string): string {
  const mocha = text.matchAll(/\b(?:it|describe|context)\(\s*(["'`])([\s\S]*?)\1/g);
  const solidity = text.matchAll(/^\s*\/\/\/ .*$|^\s*function (?:test|invariant)\w*/gm);
  return [...[...mocha].map((match) => match[2]!), ...[...solidity].map((match) => match[0])].join("\n");
}

/** Files with a title that carries the ID. */
export function titlesNaming(id: string): string[] {
  const pattern = new RegExp(`(^|[^\\w-])${id}($|[^\\w-])`);
  return [...testTitles()].filter(([, titles]) => pattern.test(titles)).map(([file]) => file);
}
