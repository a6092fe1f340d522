/**
 * Everything a reviewer should not have to look at: format, lint, types. `npm run check`; `npm run format` mends.
 *
 * Owns: the order of the tools. Does not own: tests (scripts/test.ts; the repository's own rules are test/tidy).
 * Called by: `npm run check`, `npm run format`, .ci/run.
 */
import { spawnSync } from "node:child_process";
import { buildContracts, root } from "./lib/build.ts";

const fix = process.argv.includes("--format");
const solidity = ["contracts/**/*.sol", "test/**/*.sol"];
const prettier = "node_modules/prettier/bin/prettier.cjs";

const steps: readonly (readonly [title: string, ...command: string[]])[] = fix
  ? [
      ["format TypeScript", "node_modules/@biomejs/biome/bin/biome", "check", "--write", "."],
      ["format Solidity", prettier, "--write", "--log-level=warn", ...solidity],
    ]
  : [
      ["format and lint TypeScript", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
      ["format Solidity", prettier, "--check", "--log-level=warn", ...solidity],
      [
        "lint Solidity",
        "node_modules/solhint/solhint.js",
        "--noPoster",
        "--disc",
        "--max-warnings=0",
        "contracts/**/*.sol",
      ],
      ["types", "node_modules/typescript/bin/tsc", "-p", "."],
    ];

if (!fix) await buildContracts(); // types of the contracts are made by the build
let failed = 0;
for (const [title, ...command] of steps) {
  const started = Date.now();
  const result = spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" });
  if (result.status !== 0) failed++;
  console.log(`${result.status === 0 ? "✓" : "✗"} ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
process.exit(failed === 0 ? 0 : 1);
