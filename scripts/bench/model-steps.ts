/**
 * How many steps the differential tests play on contracts and model, and how many differ: read from their own run.
 *
 * Owns: running them and reading their closing line. Called by: scripts/bench/economy.ts.
 */
import { spawn } from "node:child_process";
import { root } from "../lib/build.ts";

/** @throws Error when the run says nothing: then nothing was compared */
export async function measureModelSteps(): Promise<{ modelSteps: number; modelDifferences: number }> {
  const args = ["node_modules/hardhat/dist/src/cli.js", "test", "mocha", "test/contracts/differential.test.ts"];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await new Promise<void>((resolve) => child.on("close", () => resolve()));
  const steps = output.match(/modelSteps (\d+)/)?.[1];
  if (!steps) throw new Error(`The differential tests did not say what they compared:\n${output.slice(-2000)}`);
  // A difference fails a test: each failing test is one.
  return { modelSteps: Number(steps), modelDifferences: Number(output.match(/(\d+) failing/)?.[1] ?? 0) };
}
