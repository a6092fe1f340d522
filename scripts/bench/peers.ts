/**
 * The development nodes that a user would pick otherwise: `hardhat node` and `anvil`.
 *
 * Owns: starting and stopping them on loopback. Called by: scripts/bench/network.ts. One process, no consensus each.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { callRpc } from "../../node/sdk/json-rpc.ts";
import { root } from "../lib/build.ts";

export interface PeerNode {
  readonly url: string;
  stop(): Promise<void>;
}

const HARDHAT_PORT = 18_545;
const ANVIL_PORT = 18_546;

export function startHardhatNode(): Promise<PeerNode> {
  const cli = join(root, "node_modules/hardhat/dist/src/cli.js");
  const args = [cli, "node", "--hostname", "127.0.0.1", "--port", String(HARDHAT_PORT)];
  return started(spawn(process.execPath, args, { cwd: root, stdio: "ignore" }), HARDHAT_PORT);
}

/** Undefined where the registry has no anvil for this platform. */
export async function startAnvil(): Promise<PeerNode | undefined> {
  const binary = join(root, "node_modules/.bin/anvil");
  if (!existsSync(binary)) return undefined;
  const args = ["--silent", "--accounts", "20", "--port", String(ANVIL_PORT)];
  return started(spawn(binary, args, { cwd: root, stdio: "ignore" }), ANVIL_PORT);
}

async function started(child: ChildProcess, port: number): Promise<PeerNode> {
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(3_000).then(() => child.kill("SIGKILL"))]);
  };
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with code ${child.exitCode}`);
    const answered = await callRpc(url, "eth_chainId").catch(() => undefined);
    if (answered) return { url, stop };
    await sleep(50);
  }
  await stop();
  throw new Error(`${child.spawnfile} does not answer on port ${port}`);
}
