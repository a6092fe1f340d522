/**
 * Moves from view to view and gives up on views that bring nothing.
 *
 * Owns: entering a view, its timers, leaders that are not waited for. Does not own: what ends a view (progress.ts).
 * Called by: progress, recovery, engine. Intervals are fixed: no counter grows with failures, so the network is as quick after
 * a day's outage as before; nodes meet again through certificates, not through timers.
 */
import type { View } from "../types/primitives.ts";
import { tryBuild } from "./building.ts";
import { castNullify } from "./casting.ts";
import type { EngineState } from "./state.ts";

export function enterView(state: EngineState, view: View): void {
  const { leaderOf, viewTimeoutMs, retransmitMs } = state.options;
  // After a jump nothing is known of who spoke in between: nobody counts as silent.
  if (view > state.view + 1) state.lastHeard.fill(view);
  state.view = view;
  state.build = undefined;
  state.answered.clear();
  state.repeaters.clear();
  state.forgetOldVotes();
  const leader = leaderOf(view);
  state.emit({ type: "viewEntered", view, leader });
  state.emit({ type: "setTimer", view, timer: "view", delayMs: viewTimeoutMs });
  state.emit({ type: "setTimer", view, timer: "retransmit", delayMs: retransmitMs });
  tryBuild(state);
  if (isSilent(state)) castNullify(state);
}

/** True when the leader of the current view was not heard for so long that waiting for it is a waste. */
function isSilent({ view, lastHeard, options, voter }: EngineState): boolean {
  const { leaderOf, skipAfterSilentViews } = options;
  const leader = leaderOf(view);
  if (skipAfterSilentViews === 0 || leader === voter) return false;
  return (lastHeard[leader] ?? 0) < view - skipAfterSilentViews;
}

/** The view timer fired: this node gives up on the view, unless it is over. */
export function onViewTimeout(state: EngineState, view: View): void {
  if (view === state.view) castNullify(state);
}
