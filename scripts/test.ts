/**
 * Runs all tests, suite by suite, and adds the counts up: `npm test`, `npm test -- contracts`.
 *
 * Owns: the order of the suites and the closing line. Does not own: what a suite holds.
 * Called by: `npm test`, .ci/run.
 */
import { spawn } from "node:child_process";
import { buildContracts, root } from "./lib/build.ts";

interface Suite {
  readonly name: string;
  readonly about: string;
  readonly command: readonly [string, ...string[]];
}

const mocha = (...paths: string[]): [string, ...string[]] => ["node_modules/mocha/bin/mocha.js", ...paths];

/** Fast and general first, slow and specific last. */
const suites: readonly Suite[] = [
  { name: "tidy", about: "the repository itself", command: mocha("test/tidy/**/*.test.ts") },
  { name: "node", about: "rooms of the node and their ports", command: mocha("test/node/**/*.test.ts") },
  {
    name: "simulation",
    about: "consensus under seeded faults, the economy for years",
    command: mocha("test/simulation/**/*.test.ts"),
  },
  {
    name: "contracts",
    about: "contracts, deployment, fuzzing",
    command: ["node_modules/hardhat/dist/src/cli.js", "test"],
  },
  { name: "integration", about: "real processes on a real network", command: mocha("test/integration/**/*.test.ts") },
];

interface Count {
  passed: number;
  failed: number;
}

/** Runs one suite, passes its output on through `print`, and counts from the closing lines of mocha and Hardhat. */
async function run(suite: Suite, print: (text: string) => void): Promise<Count> {
  const started = Date.now();
  print(`\n━━ ${suite.name}: ${suite.about}\n`);
  const child = spawn(process.execPath, suite.command, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    print(text);
  });
  const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1)));
  // Hardhat prints mocha's own line first and then the sum with the Solidity tests: the last one counts.
  const total = (word: string) =>
    Number([...plain(output).matchAll(new RegExp(`^\\s*(\\d+) ${word}`, "gm"))].at(-1)?.[1] ?? 0);
  const count = { passed: total("passing"), failed: total("failing") };
  // A suite that dies before its closing line must not look green.
  if (code !== 0 && count.failed === 0) count.failed = 1;
  if (count.passed + count.failed === 0) count.failed = 1;
  const seconds = Math.round((Date.now() - started) / 1000);
  print(`   ${suite.name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s\n`);
  return count;
}

// Colour codes would hide the numbers from the pattern.
const plain = (text: string): string => text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "");

const wanted = process.argv.slice(2);
if (wanted.includes("--help")) {
  console.log(`npm test                 all suites\nnpm test -- node tidy    these suites\n`);
  for (const suite of suites) console.log(`  ${suite.name.padEnd(12)} ${suite.about}`);
  process.exit(0);
}
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `No suite is called ${unknown.join(", ")}. There are: ${suites.map((suite) => suite.name).join(", ")}.`,
  );
  process.exit(2);
}

/** One after the other, with their output as it comes. */
async function runAll(chosen: readonly Suite[]): Promise<Count[]> {
  const counts: Count[] = [];
  for (const suite of chosen) counts.push(await run(suite, (text) => process.stdout.write(text)));
  return counts;
}

/** Beside the others, on the second core; its output comes in one piece at the end. */
async function runAside(suite: Suite): Promise<Count> {
  const output: string[] = [];
  const count = await run(suite, (text) => output.push(text));
  aside.push(output.join(""));
  return count;
}

await buildContracts();
const aside: string[] = [];
const chosen = suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
// Some of the node's tests are about time: they have the machine to themselves.
const isAlone = ({ name }: Suite) => name === "tidy" || name === "node";
// The contracts' suite takes as long as all that follow together and uses one core.
const isAside = ({ name }: Suite) => name === "contracts" && chosen.length > 1;
const counts = await runAll(chosen.filter(isAlone));
const others = chosen.filter((suite) => !isAlone(suite) && !isAside(suite));
counts.push(...(await Promise.all([runAll(others), Promise.all(chosen.filter(isAside).map(runAside))])).flat());
process.stdout.write(aside.join(""));
const sum = (word: keyof Count): number => counts.reduce((total, count) => total + count[word], 0);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
process.exit(sum("failed") === 0 ? 0 : 1);
