/**
 * What the engine knows, for people: which view, who is missing, which certificate is needed.
 *
 * Owns: the report behind `cun status` and `explain`. Does not own: words and colours (cli). Called by: engine.
 * Read-only: asking changes nothing.
 */
import type { VoteKind } from "../types/messages.ts";
import { asIndex, type Epoch, type Hash, type ValidatorIndex, type View } from "../types/primitives.ts";
import type { FinalizedHead } from "./events.ts";
import type { Round } from "./round.ts";
import type { EngineState } from "./state.ts";

export interface VoteStatus {
  /** Weight of the block with most votes (all of them for nullify), not yet checked when not certified. */
  readonly weight: bigint;
  readonly digest: Hash | undefined;
  readonly missing: readonly ValidatorIndex[];
  readonly isCertified: boolean;
}

export interface RoundStatus {
  readonly view: View;
  readonly leader: ValidatorIndex;
  readonly proposed: Hash | undefined;
  readonly votes: Readonly<Record<VoteKind, VoteStatus>>;
  /** What this node itself has signed. */
  readonly signed: readonly VoteKind[];
}

export interface EngineStatus {
  readonly epoch: Epoch;
  readonly self: ValidatorIndex | undefined;
  readonly view: View;
  readonly leader: ValidatorIndex;
  readonly head: FinalizedHead;
  readonly totalWeight: bigint;
  /** Views above the final one, ascending, the current one last. */
  readonly rounds: readonly RoundStatus[];
  /** Certified blocks that are not here. */
  readonly wanted: readonly Hash[];
}

const KINDS: readonly VoteKind[] = ["notarize", "finalize", "nullify"];

export function statusOf(state: EngineState): EngineStatus {
  const { options, head, view, set, wanted } = state;
  return {
    epoch: options.epoch,
    self: options.self,
    view,
    leader: options.leaderOf(view),
    head,
    totalWeight: set.total,
    rounds: state
      .openRounds()
      .filter((round) => round.view <= view)
      .map((round) => roundStatus(state, round)),
    wanted: [...wanted.keys()],
  };
}

function roundStatus(state: EngineState, round: Round): RoundStatus {
  const vote = (kind: VoteKind): VoteStatus => {
    const tally = round.votes[kind];
    const digest = round.certificates[kind]?.digest ?? tally.leading();
    return {
      weight: digest === undefined ? 0n : tally.weightFor(digest),
      digest,
      missing: Array.from({ length: state.set.count }, (_, i) => asIndex(i)).filter((index) => !tally.get(index)),
      isCertified: round.certificates[kind] !== undefined,
    };
  };
  return {
    view: round.view,
    leader: state.options.leaderOf(round.view),
    proposed: round.proposed,
    votes: { notarize: vote("notarize"), finalize: vote("finalize"), nullify: vote("nullify") },
    signed: KINDS.filter((kind) => round.own[kind]),
  };
}
