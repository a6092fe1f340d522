/**
 * Plays one random history on contracts and model, batch by batch, and compares everything they say.
 *
 * Owns: the loop, the comparison, the report of a difference. Does not own: what is drawn (a Script), contracts
 * (theatre.ts), what is right (model). Called by: test/differential, scripts/fuzz.ts.
 */
import { Random } from "../simulation/random.ts";
import { type Action, show } from "./model/actions.ts";
import { Fraction } from "./model/fraction.ts";
import { judge } from "./model/rules.ts";
import { compare, type Expected, ModelDifference, type World } from "./model/world.ts";
import type { Answer, Theatre, View } from "./theatre.ts";

/** A view and what it must say: each number of its result that is expected. */
export interface Check extends View {
  readonly expected: readonly (Expected | undefined)[];
}

/** One stage with its contracts, its model, and a way to draw what happens. */
export interface Script {
  readonly theatre: Theatre;
  readonly world: World;
  /** Time of the next block, at least one second after `now`. */
  nextTime(random: Random, now: bigint): bigint;
  drawBatch(random: Random, now: bigint): Promise<readonly Action[]>;
  checks(now: bigint): readonly Check[];
  /** Lets the model take over the dust of a batch, where the stage has any. */
  align?(steps: bigint): Promise<void>;
  /** What must hold between the contracts' own answers. */
  review?(checks: readonly Check[], results: readonly (readonly bigint[])[]): void;
}

export interface Played {
  readonly steps: number;
  readonly accepted: number;
  readonly refused: number;
  readonly comparisons: number;
  /** Accepted actions by kind, then refusals by error: a history that never gets somewhere shows here. */
  readonly reached: ReadonlyMap<string, number>;
}

export async function playHistory(
  script: Script,
  seed: number,
  steps: number,
  start: bigint,
  progress: (steps: number) => void = () => {},
): Promise<Played> {
  const random = new Random(seed);
  const tale: string[] = [];
  const reached = new Map<string, number>();
  const count = (key: string) => reached.set(key, (reached.get(key) ?? 0) + 1);
  let [now, done, accepted, comparisons] = [start, 0, 0, 0];
  try {
    while (done < steps) {
      now = script.nextTime(random, now);
      const actions = await script.drawBatch(random, now);
      const answers = await script.theatre.play(actions, now);
      for (const [index, action] of actions.entries()) {
        const answer = answers[index]!;
        tale.push(`${now} ${show(action)} → ${answer.accepted ? `accepted ${answer.value ?? ""}` : answer.error}`);
        meet(script.world, action, now, answer);
        count(answer.accepted ? action.kind : answer.error);
        if (answer.accepted) accepted++;
      }
      done += actions.length;
      await script.align?.(BigInt(actions.length));
      comparisons += await compareViews(script, now);
      progress(actions.length);
    }
  } catch (error) {
    if (!(error instanceof ModelDifference)) throw error;
    const last = tale.slice(-12).join("\n    ");
    throw new ModelDifference(`seed ${seed}, step ${tale.length}: ${error.message}\n    ${last}`);
  }
  return { steps: done, accepted, refused: done - accepted, comparisons, reached };
}

/** One answer against the model's; the model follows what was accepted. */
function meet(world: World, action: Action, now: bigint, answer: Answer): void {
  const { errors, certain } = judge(world, action, now);
  if (answer.accepted) {
    if (errors.length > 0 && certain)
      throw new ModelDifference(`${action.kind} was accepted and must be refused: ${errors.join(", ")}`);
    world.play(action, now, answer.value);
    return;
  }
  if (errors.length === 0) throw new ModelDifference(`${action.kind} was refused with ${answer.error} and is right`);
  if (!errors.includes(answer.error))
    throw new ModelDifference(`${action.kind} was refused with ${answer.error}, not with ${errors.join(" or ")}`);
}

async function compareViews(script: Script, now: bigint): Promise<number> {
  const checks = script.checks(now);
  const results = await script.theatre.look(checks);
  script.review?.(checks, results);
  let count = 0;
  for (const [index, { part, view, arguments: values, expected }] of checks.entries())
    for (const [position, value] of expected.entries()) {
      if (!value) continue;
      count++;
      compare(`${part}.${view}(${values.join(", ")})[${position}]`, results[index]![position]!, value);
    }
  return count;
}

export const exactly = (value: bigint): Expected => ({ exact: Fraction.of(value), dust: 0n });
