/**
 * Plays years of the economy and shows what came of it: plots, claims, buckets.
 *
 * Owns: files and printing. Does not own: the run (economy/run.ts), rules (test/differential/model).
 * Called by: scripts/simulate.ts.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/build.ts";
import { table } from "../lib/table.ts";
import { type Picture, pictures } from "./economy/charts.ts";
import { claims, emptyTable } from "./economy/claims.ts";
import { byStakeOf, economicsDocument } from "./economy/document.ts";
import { simulate } from "./economy/run.ts";
import { SCENARIOS, type Scenario, type ScenarioName } from "./economy/scenario.ts";

export interface EconomyOptions extends Partial<Scenario> {
  readonly scenario: ScenarioName;
  readonly out: string;
  readonly document?: boolean;
  readonly json?: boolean;
}

export function simulateEconomy(options: EconomyOptions): void {
  if (options.document) return writeDocument();
  const { scenario: name, out, json, document: _, ...exceptions } = options;
  const decade = simulate({ ...SCENARIOS[name].scenario, ...exceptions });
  const rows = claims(decade, byStakeOf(decade));
  console.log(`Scenario ${name}: ${SCENARIOS[name].about}\n`);
  for (const { claim, section, result, holds } of rows)
    console.log(`  ${holds.padEnd(8)} ${claim} (${section})\n           ${result}`);
  console.log(`\n${table(["bucket", "runs empty"], emptyTable({ [name]: decade }))}\n`);
  write(out, pictures(decade));
  if (json) console.log(JSON.stringify({ scenario: name, claims: rows, last: decade.weeks.at(-1) }));
}

function writeDocument(): void {
  const { text, pictures } = economicsDocument();
  writeFileSync(join(root, "docs/ECONOMICS.md"), text);
  console.log("docs/ECONOMICS.md");
  write(join(root, "docs/economics"), pictures);
}

function write(folder: string, files: readonly Picture[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, svg } of files) {
    writeFileSync(join(folder, file), svg);
    console.log(join(folder, file));
  }
}
