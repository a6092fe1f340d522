/**
 * Makes a fresh clone ready and runs a command on the pinned Node.
 *
 * Owns: installing what package-lock.json names, and restoring the native EVM that an npm running on an
 * old Node leaves out (npm judges `engines` of optional packages by the Node it runs on itself).
 * Does not own: building (scripts/build-if-needed.ts) or anything about the network.
 * Called by: every npm script (`node scripts/bootstrap.mjs <command> [arguments]`), npm's own postinstall
 * (no arguments), and hardhat.config.ts (import). It must run on any Node >= 20 with nothing installed.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const binaries = join(modules, ".bin");
const stamp = join(modules, ".coopunion-lock");
const windows = process.platform === "win32";
const pinnedNode = join(
  modules,
  `node-${windows ? "win" : process.platform}-${process.arch}`,
  "bin",
  windows ? "node.exe" : "node",
);

/** The Node every script runs on: the pinned one, or the system's where the registry has none for this machine. */
function nodePath() {
  return existsSync(pinnedNode) ? pinnedNode : process.execPath;
}

function lockHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function npm(node, args) {
  const script = process.env.npm_execpath;
  const [command, prefix] = script?.endsWith(".js") ? [node, [script]] : [windows ? "npm.cmd" : "npm", []];
  const result = spawnSync(command, [...prefix, ...args, "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    shell: windows && !script,
  });
  if (result.status !== 0) {
    console.error(
      `\nnpm ${args[0]} failed. Check that the npm registry can be reached, then run the same command again.`,
    );
    process.exit(result.status ?? 1);
  }
}

/** The native EVM of Hardhat is an optional package per platform; true when one for this platform is there. */
function hasNativeEvm() {
  const scope = join(modules, "@nomicfoundation");
  const name = `edr-${process.platform}-${process.arch}`;
  // The folder is tested, not the module: Node remembers a failed resolution for the life of the process.
  return existsSync(scope) && readdirSync(scope).some((folder) => folder.startsWith(name));
}

function restoreNativeEvm() {
  if (!existsSync(join(modules, "hardhat")) || hasNativeEvm() || !existsSync(pinnedNode)) return;
  npm(pinnedNode, ["install", "--no-save", "--ignore-scripts"]);
}

function install() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash()) return;
  console.error("Installing the packages that package-lock.json names (once, about half a minute) …");
  npm(process.execPath, ["ci", "--ignore-scripts"]);
}

function markInstalled() {
  if (existsSync(modules)) writeFileSync(stamp, lockHash());
}

/** Runs the command on the pinned Node with node_modules/.bin first on the path; passes signals and the exit code on. */
function run(command, args) {
  const node = nodePath();
  const isNode = command === "node";
  const child = spawn(isNode ? node : join(binaries, windows ? `${command}.cmd` : command), args, {
    stdio: "inherit",
    shell: windows && !isNode,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${binaries}${delimiter}${process.env.PATH}` },
  });
  // The terminal sends Ctrl-C to the whole group: the child decides, we wait for it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`Cannot run ${command}: ${error.message}`);
    process.exit(127);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

const invoked = process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1];
const [command, ...args] = invoked ? process.argv.slice(2) : [];
if (command) install();
restoreNativeEvm();
if (invoked) markInstalled();
if (command) run(command, args);
