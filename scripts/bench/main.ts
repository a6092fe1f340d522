/**
 * `npm run bench -- <area>`: figures of this machine, measured now, beside the peers that users would pick.
 *
 * Owns: choosing the area, the table for people, the JSON line for programs, docs/BENCHMARKS.md.
 * Does not own: the measurements (one file for each area).
 * Called by: `npm run bench`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { buildContracts, root } from "../lib/build.ts";
import { table } from "../lib/table.ts";
import type { Figures } from "./figures.ts";

const areas: Readonly<Record<string, { readonly about: string; run(): Promise<Figures> }>> = {
  economy: {
    about: "gas of staking, elections and councils, exact; steps of the model; powers left to anybody",
    run: async () => (await import("./economy.ts")).benchEconomy(),
  },
  network: {
    about: "four validators end to end: throughput, latency, gas, start and restart",
    run: async () => (await import("./network.ts")).benchNetwork(),
  },
};

const HELP = `npm run bench -- <area> [--json] [--write]

${Object.entries(areas)
  .map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
  .join("\n")}

  --json     the last line is one JSON object with the figures
  --write    put the table into docs/BENCHMARKS.md
`;

const HEAD = `<!-- Written by \`npm run bench -- <area> --write\`. Do not edit. -->
# Benchmarks

Ratios compare runs of one session; absolute times belong to the machine; gas is exact.
`;

const [area] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const has = (flag: string) => process.argv.includes(flag);
const chosen = area ? areas[area] : undefined;
if (!chosen) {
  console.log(HELP);
  process.exit(has("--help") ? 0 : 2);
}
await buildContracts();
const figures = await chosen.run();
const rows = Object.entries(figures).map(([key, { value, meaning }]) => [key, round(value), meaning]);
console.log(`\n${table(["figure", "value", "meaning"], rows)}`);
if (has("--write")) writeDocument(rows);
if (has("--json")) {
  console.log(
    JSON.stringify(Object.fromEntries(Object.entries(figures).map(([key, { value }]) => [key, Number(round(value))]))),
  );
}
process.exit(0);

function round(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
}

/** Puts the figures of this area into the document and leaves the other areas as they are. */
function writeDocument(lines: readonly (readonly string[])[]): void {
  const path = join(root, "docs/BENCHMARKS.md");
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  const body = lines.map((cells) => `| \`${cells[0]}\` | ${cells[1]} | ${cells[2]} |`).join("\n");
  const section = `## ${area}

Written by \`npm run bench -- ${area} --write\` on ${machine}.

| figure | value | meaning |
| --- | --- | --- |
${body}
`;
  const others = existsSync(path)
    ? readFileSync(path, "utf8")
        .split(/^(?=## )/m)
        .slice(1)
        .filter((text) => !text.startsWith(`## ${area}\n`))
    : [];
  const sections = [...others.map((text) => `${text.trimEnd()}\n`), section].sort();
  writeFileSync(path, `${HEAD}\n${sections.join("\n")}`);
}
