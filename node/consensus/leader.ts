/**
 * Who proposes in a view.
 *
 * Owns: the leader elections; each is a function from view to validator, the same on every node.
 * Does not own: which one a stage uses (node/app reads the stage). Called by: app, simulation. Whitepaper §2.4.2.
 */
import { invariant } from "../types/errors.ts";
import { asIndex, type ValidatorIndex, type View } from "../types/primitives.ts";

export type LeaderElection = (view: View) => ValidatorIndex;

/** One after another in the order of the set; view 1 belongs to validator 0. */
export function roundRobin(count: number): LeaderElection {
  invariant(count > 0, "a validator set is not empty");
  return (view) => asIndex((view - 1) % count);
}
