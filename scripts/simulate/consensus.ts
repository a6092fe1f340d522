/**
 * Runs consensus scenarios seed by seed and prints what came of them.
 *
 * Owns: the table and the failure report. Does not own: scenarios and checks (test/simulation). Called by: simulate.ts.
 */
import { execFileSync } from "node:child_process";
import type { Behaviour } from "../../test/simulation/byzantine.ts";
import { type Outcome, runScenario, tolerated } from "../../test/simulation/scenario.ts";

export interface SimulateOptions {
  readonly nodes: number;
  readonly seeds: number;
  readonly seed: number;
  readonly byzantine?: number;
  readonly behaviours?: readonly Behaviour[];
  readonly epochs?: boolean;
  readonly json?: boolean;
}

/** Returns true when no property was violated. */
export function simulateConsensus(options: SimulateOptions): boolean {
  const startedMs = performance.now();
  const outcomes: Outcome[] = [];
  for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
    const outcome = runScenario({
      seed,
      count: options.nodes,
      ...(options.byzantine !== undefined && { byzantineCount: options.byzantine }),
      ...(options.epochs && { epochs: true }),
      ...(options.behaviours && { behaviours: options.behaviours }),
    });
    outcomes.push(outcome);
    if (outcome.violation) reportFailure(options, outcome);
  }
  const figures = figuresOf(options, outcomes, (performance.now() - startedMs) / 1000);
  console.table(figures);
  if (options.json) console.log(JSON.stringify(figures));
  return figures.violations === 0;
}

function figuresOf({ nodes }: SimulateOptions, outcomes: readonly Outcome[], seconds: number) {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    nodes,
    tolerated: tolerated(nodes),
    seeds: outcomes.length,
    violations: outcomes.filter(({ violation }) => violation).length,
    blocksPerSeed: round(sum(({ height }) => height) / outcomes.length),
    virtualSecondsPerSeed: round(sum(({ virtualMs }) => virtualMs) / outcomes.length / 1000),
    epochsPerSeed: round(sum(({ epochs }) => epochs) / outcomes.length),
    evidence: sum(({ evidence }) => evidence),
    steps: sum(({ steps }) => steps),
    seedsPerSecond: round(outcomes.length / seconds),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

function reportFailure({ nodes, byzantine, behaviours, epochs }: SimulateOptions, { seed, violation }: Outcome): void {
  const more = [
    ...(epochs ? ["--epochs"] : []),
    ...(byzantine === undefined ? [] : [`--byzantine ${byzantine}`]),
    ...(behaviours ? [`--behaviours ${behaviours.join(",")}`] : []),
  ];
  console.error(`seed ${seed}, commit ${commit()}: ${violation?.message}`);
  console.error(`  node scripts/simulate.ts consensus --nodes ${nodes} --seeds 1 --seed ${seed} ${more.join(" ")}`);
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"]).toString().trim();
  } catch {
    return "unknown";
  }
}
