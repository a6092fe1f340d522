/**
 * The floor plan: which room may import which, and how the source tree is read.
 *
 * Owns: the rooms, their allowed imports, and helpers that list files and their imports.
 * Does not own: the tests (rooms.test.ts, words.test.ts, coverage.test.ts). Called by: test/tidy.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export const root = join(import.meta.dirname, "../..");

/** Room → rooms it may import besides itself. Everything not listed here is forbidden. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  "node/types": [],
  "node/crypto": ["node/types"],
  "node/consensus": ["node/types", "node/crypto"],
  "node/pay": ["node/types", "node/crypto"],
  "node/ports": ["node/types"],
  "node/execution": ["node/types", "node/crypto", "node/ports"],
  "node/network": ["node/types", "node/crypto", "node/ports"],
  "node/storage": ["node/types", "node/crypto", "node/ports"],
  "node/chain": ["node/types", "node/crypto", "node/ports", "deploy/addresses"],
  "node/app": [
    "node/types",
    "node/crypto",
    "node/consensus",
    "node/ports",
    "node/execution",
    "node/network",
    "node/storage",
    "node/chain",
    "node/rpc",
  ],
  "node/rpc": ["node/types", "node/crypto", "node/ports"],
  "node/sdk": ["node/types", "node/crypto", "node/pay", "deploy/addresses"],
  "node/cli": ["node/types", "node/sdk", "node/app"],
  deploy: ["node/types"],
  tasks: ["deploy", "node/types", "node/sdk", "node/app"],
};

/** Rooms that must stay pure: no clock, randomness, input or output, nothing asynchronous. */
export const pureRooms = ["node/consensus", "node/pay"];

/** Rooms that a browser loads: no Node modules. */
export const browserRooms = ["node/types", "node/sdk", "node/consensus", "node/pay"];

/** Files under version control or about to be, by ending. */
export function files(...endings: string[]): string[] {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  return list
    .toString()
    .split("\n")
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .filter((path) => {
      try {
        return readFileSync(join(root, path)).length >= 0;
      } catch {
        return false; // deleted in the work tree, still in the index
      }
    });
}

export const read = (path: string): string => readFileSync(join(root, path), "utf8");

export const isGenerated = (path: string): boolean => /\.gen\.ts$|\/gen\//.test(path);

/** The room a path belongs to: the longest listed one, or its top folder. */
export function roomOf(path: string): string {
  const known = [...Object.keys(rooms), "deploy/addresses"].filter((room) => path.startsWith(`${room}/`));
  return known.sort((a, b) => b.length - a.length)[0] ?? path.split("/")[0]!;
}

/** Relative imports of a TypeScript file as paths from the root, type-only imports included. */
export function relativeImports(path: string): string[] {
  return specifiers(path)
    .filter((specifier) => specifier.startsWith(".") && !specifier.endsWith("/package.json"))
    .map((specifier) => normalize(join(dirname(path), specifier)));
}

/** All import specifiers of a TypeScript file: static, re-exported and dynamic. */
export function specifiers(path: string): string[] {
  const statics = read(path).matchAll(/^\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']/gm);
  const bare = read(path).matchAll(/^\s*import\s*["']([^"']+)["']/gm);
  const dynamic = read(path).matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g);
  return [...statics, ...bare, ...dynamic].map((match) => match[1]!);
}

/** Groups of files that import each other in a circle. */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: string[]): void => {
    const start = trail.indexOf(node);
    if (start >= 0) found.push([...trail.slice(start), node]);
    if (start >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}
