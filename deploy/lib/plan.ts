/**
 * Orders deployment steps and runs those side by side that do not wait for each other.
 *
 * Owns: the meaning of `dependsOn`. Does not own: the steps. Called by: deploy-all.ts.
 */
import { CunError } from "../../node/types/errors.ts";
import type { Environment } from "./environment.ts";

export interface Step {
  readonly id: string;
  readonly dependsOn: readonly string[];
  run(environment: Environment): Promise<void>;
}

/** The steps so that each comes after what it depends on. @throws CunError deployPlanInvalid */
export function orderSteps(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const ordered: Step[] = [];
  const visit = (step: Step, path: readonly string[]): void => {
    if (ordered.includes(step)) return;
    if (path.includes(step.id)) fail(step.id, `it waits for itself: ${[...path, step.id].join(" → ")}`);
    for (const id of step.dependsOn) {
      visit(byId.get(id) ?? fail(step.id, `there is no step ${id}`), [...path, step.id]);
    }
    ordered.push(step);
  };
  if (byId.size !== steps.length) fail(steps.map(({ id }) => id).join(", "), "two steps have one id");
  for (const step of steps) visit(step, []);
  return ordered;
}

function fail(step: string, reason: string): never {
  throw new CunError("deployPlanInvalid", { step, reason });
}

/** Runs each step as soon as those it depends on are done. Waits for all before it throws the first failure. */
export async function runSteps(steps: readonly Step[], environment: Environment): Promise<void> {
  const running = new Map<string, Promise<void>>();
  for (const step of orderSteps(steps)) {
    const before = Promise.all(step.dependsOn.map((id) => running.get(id)));
    running.set(
      step.id,
      before.then(() => step.run(environment)),
    );
  }
  const results = await Promise.allSettled(running.values());
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
