/**
 * Breaks contracts on purpose and counts how many of the breaks the tests notice: `npm run mutate`.
 *
 * Owns: copies of the project, changing one place in each, running the test that must fail, the score.
 * Does not own: the list of properties' mutations (test/mutations.ts), the operators (lib/mutation-operators.ts).
 * Called by: `npm run mutate`, scripts/test.ts. The coverage tool has no branch figure: the score stands in for it.
 */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Mutation, mutations } from "../test/mutations.ts";
import { buildContracts, root } from "./lib/build.ts";
import { projectFiles } from "./lib/files.ts";
import { drawMutants, type Mutant } from "./lib/mutation-operators.ts";
import { table } from "./lib/table.ts";

const HELP = `Breaks contracts on purpose; the tests must notice.

npm run mutate                                   every property of docs/PROPERTIES.md broken once
npm run mutate -- --only REG-1,CUNP-3            these properties
npm run mutate -- --operators 40 --files staking 40 random changes of operators, conditions and constants in the
                                                 contracts whose path contains "staking"; all their room's tests run

  --operators <n>   number of random changes                        (0: the list of properties instead)
  --files <text>    part of the contracts' paths                    (contracts/)
  --seed <n>        the same changes for the same seed              (1)
  --jobs <n>        copies of the project that work side by side    (number of cores)
  --help            this text
`;

/** What became of a change. */
type Verdict = "caught" | "survived" | "not compiled" | "no test ran";

interface Task {
  readonly label: string;
  readonly file: string;
  apply(source: string): string;
  /** Arguments of `hardhat test`. */
  readonly test: readonly string[];
}

const { values } = parseArgs({
  options: {
    operators: { type: "string", default: "0" },
    files: { type: "string", default: "contracts/" },
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: String(Math.max(1, cpus().length)) },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

await buildContracts();
const drawn = Number(values.operators);
const tasks = drawn > 0 ? drawTasks(drawn) : listedTasks(values.only?.split(","));
const verdicts = await runAll(tasks, Math.min(Number(values.jobs), tasks.length));
report(tasks, verdicts);

function listedTasks(only: readonly string[] | undefined): Task[] {
  return mutations.filter(({ property }) => !only || only.includes(property)).map(taskOf);
}

function taskOf({ property, file, from, to, test, grep }: Mutation): Task {
  return {
    label: `${property}: ${from.trim().split("\n")[0]} → ${to.trim().split("\n")[0]}`,
    file,
    test: test.endsWith(".sol") ? ["solidity", test, "--grep", grep] : ["mocha", test, "--grep", grep],
    apply(source) {
      if (source.split(from).length !== 2) throw new Error(`${file} does not hold exactly once: ${from}`);
      return source.replace(from, () => to);
    },
  };
}

function drawTasks(count: number): Task[] {
  const files = projectFiles("contracts")
    .filter((path) => path.includes(values.files) && path.endsWith(".sol"))
    .filter((path) => !/\/(mocks|types)\/|\/I[A-Z]\w*\.sol$/.test(path));
  const sources = files.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  return drawMutants(sources, count, Number(values.seed)).map(({ path, line, from, to, apply }: Mutant) => ({
    label: `${path}:${line} ${from} → ${to}`,
    file: path,
    apply,
    test: ["mocha", ...roomTests(path)],
  }));
}

/** All tests of the room a contract stands in, and the differential ones. */
function roomTests(path: string): string[] {
  const room = path.split("/")[1]!;
  const tests = projectFiles("test/contracts").filter((file) => file.endsWith(".test.ts"));
  const own = tests.filter((file) => file.startsWith(`test/contracts/${room}/`));
  return own.length > 0 ? own : tests.filter((file) => !file.includes("/deploy/"));
}

async function runAll(queue: readonly Task[], jobs: number): Promise<Verdict[]> {
  const results: Verdict[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    const copy = copyProject();
    try {
      while (next < queue.length) {
        const place = next++;
        results[place] = await attempt(copy, queue[place]!);
        console.log(`  ${++done}/${queue.length} ${results[place]}: ${queue[place]!.label}`);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

/** Sources, tests and what is compiled; the installed packages are shared. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "cun-mutants-"));
  for (const path of projectFiles()) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path));
  }
  for (const folder of ["artifacts", "cache", "types"]) {
    if (existsSync(join(root, folder))) cpSync(join(root, folder), join(copy, folder), { recursive: true });
  }
  // Hardhat writes down whole paths: with the project's own it would compile everything again.
  const cache = join(copy, "cache/compile-cache.json");
  if (existsSync(cache))
    writeFileSync(
      cache,
      readFileSync(cache, "utf8").replaceAll(root, () => copy),
    );
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

async function attempt(copy: string, { file, apply, test }: Task): Promise<Verdict> {
  const path = join(copy, file);
  const original = readFileSync(path, "utf8");
  writeFileSync(path, apply(original));
  try {
    const { code, output } = await run(copy, ["node_modules/hardhat/dist/src/cli.js", "test", ...test]);
    if (/HHE9\d\d|Compilation failed/.test(output)) return "not compiled";
    const count = (word: string) => Number(output.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
    if (count("failing") > 0) return "caught";
    if (count("passing") === 0) return code === 0 ? "no test ran" : "caught";
    return code === 0 ? "survived" : "caught";
  } finally {
    writeFileSync(path, original);
  }
}

function run(cwd: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("close", (status) => resolve({ code: status ?? 1, output }));
  });
}

/** The last lines are what scripts/test.ts counts: caught is passing, everything else fails. */
function report(all: readonly Task[], results: readonly Verdict[]): void {
  const missed = all.flatMap(({ label }, place) => (results[place] === "caught" ? [] : [[results[place]!, label]]));
  if (missed.length > 0) console.log(`\n${table(["verdict", "change"], missed)}`);
  const compiled = results.filter((verdict) => verdict !== "not compiled").length;
  const caught = results.filter((verdict) => verdict === "caught").length;
  console.log(`\nmutation score ${caught}/${compiled}`);
  const failing = drawn > 0 ? 0 : missed.length;
  console.log(`\n  ${caught} passing\n${failing > 0 ? `  ${failing} failing\n` : ""}`);
  process.exit(failing === 0 ? 0 : 1);
}
