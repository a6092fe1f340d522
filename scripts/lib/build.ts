/**
 * Builds what is missing or stale before a script needs it.
 *
 * Owns: "are the contracts compiled from the present sources?". Does not own: compiling (Hardhat).
 * Called by: scripts/start.ts, scripts/test.ts, scripts/bench, test/integration.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

const stamp = join(root, "cache", "contracts.sha256");

function sourceHash(): string {
  const hash = createHash("sha256");
  for (const path of [
    ...globSync("contracts/**/*.sol", { cwd: root }).sort(),
    "hardhat.config.ts",
    "package-lock.json",
  ]) {
    hash.update(path).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}

/** Compiles the contracts unless artifacts of exactly these sources are there. Starting Hardhat costs seconds. */
export async function buildContracts(): Promise<void> {
  const wanted = sourceHash();
  const fresh = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(join(root, "artifacts"));
  if (fresh) return;
  console.error("Compiling the contracts (about a minute the first time) …");
  await runNode(["node_modules/hardhat/dist/src/cli.js", "build", "--quiet"]);
  mkdirSync(join(root, "cache"), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Runs a Node program of the repository to its end. */
export async function runNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env });
  const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1)));
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with code ${code}`);
}
