/**
 * Plays random histories on contracts and model for hours: `npm run fuzz -- --hours 2 --seed 1`.
 *
 * Owns: the command line, the live line, the order of seeds. Does not own: histories (test/differential), invariants
 * (test/solidity, which it runs first with more runs). Exit code 1 on the first difference.
 * Called by: developers, CI at night.
 */
import { spawn } from "node:child_process";
import { Command, InvalidArgumentError } from "commander";
import { root } from "./lib/build.ts";

interface Options {
  readonly hours: number;
  readonly seed: number;
  readonly steps: number;
  readonly invariants: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above zero is needed");
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("a whole number from 1 on is needed");
  return value;
}

const hardhat = "node_modules/hardhat/dist/src/cli.js";

/** Runs Hardhat with its output passed on; true when all is well. */
function run(values: readonly string[], environment: Readonly<Record<string, string>>): Promise<boolean> {
  const child = spawn(process.execPath, [hardhat, ...values], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  return new Promise((resolve) => child.on("close", (code) => resolve(code === 0)));
}

async function fuzz({ hours, seed, steps, invariants }: Options): Promise<void> {
  const until = Date.now() + hours * 3_600_000;
  if (invariants) {
    console.log("Solidity invariants, with more and longer runs …");
    if (!(await run(["test", "solidity"], { CUN_FUZZ: "1" }))) {
      process.exitCode = 1;
      return;
    }
  }
  const environment = { CUN_FUZZ_UNTIL: String(until), CUN_FUZZ_SEED: String(seed), CUN_FUZZ_STEPS: String(steps) };
  if (!(await run(["test", "mocha", "test/differential/fuzz.test.ts"], environment))) process.exitCode = 1;
}

await new Command("fuzz")
  .description("random histories on the contracts and on the exact model, until the time is over or they differ")
  .option("--hours <count>", "how long", positive, 1)
  .option("--seed <number>", "first seed; the next ones follow", whole, 1)
  .option("--steps <count>", "steps of one history", whole, 2_000)
  .option("--no-invariants", "leave the Solidity invariants out")
  .addHelpText(
    "after",
    `
Examples:
  npm run fuzz -- --hours 2 --seed 1000
  npm run fuzz -- --hours 0.1 --steps 500 --no-invariants`,
  )
  .action(fuzz)
  .parseAsync();
