/**
 * What the rules of the engine share: the head, the current view, the rounds, the block tree, and the effects so far.
 *
 * Owns: the mutable state of one engine, bounded and pruned here. Does not own: any rule.
 * Called by: the files of this room only. Everything is deterministic: iteration is in order of insertion or view.
 */
import { CunError, type ErrorDetails, type ErrorName } from "../types/errors.ts";
import { MAX_VIEWS_AHEAD, RETAINED_VIEWS } from "../types/limits.ts";
import type { Ballot, Certificate, Proposal, Vote } from "../types/messages.ts";
import { asView, type Epoch, type Hash, type ValidatorIndex, type View } from "../types/primitives.ts";
import { BlockTree } from "./block-tree.ts";
import type { Effect, EngineOptions, FinalizedHead } from "./events.ts";
import { ValidatorSet } from "./quorum.ts";
import { Round } from "./round.ts";

/** A block this node was asked to build. */
export interface BuildJob {
  readonly view: View;
  readonly parentView: View;
  readonly parentDigest: Hash;
  readonly parentCertificate: Certificate | undefined;
  readonly nullifications: readonly Certificate[];
}

/** What this node proposes once its vote has come back from the key. */
export interface Draft {
  readonly proposal: Omit<Proposal, "vote">;
  readonly closesEpoch: boolean;
}

export class EngineState {
  readonly options: EngineOptions;
  readonly set: ValidatorSet;
  readonly tree = new BlockTree();
  readonly rounds = new Map<View, Round>();
  head: FinalizedHead;
  view: View;
  effects: Effect[] = [];

  /** The block that closes the epoch is final: nothing is signed, built or believed any more. */
  isEnded = false;
  /** The build under way for the current view. */
  build: BuildJob | undefined;
  /** Own proposals between `built` and `signed`, by view. */
  readonly drafts = new Map<View, Draft>();
  /** Ballots handed to the key whose votes have not come back. */
  readonly awaitedVotes = new Set<string>();
  /** Certified blocks that are not here, by digest; `askedIn` is the view of the last request. */
  readonly wanted = new Map<Hash, { readonly view: View; readonly wantedIn: View; askedIn: View | undefined }>();
  /** Finalizations above the head whose blocks are not all here or verified, by view. */
  readonly finalizations = new Map<View, Certificate>();
  /** Whoever once handed in a bad signature has each vote checked when it comes. */
  readonly suspects = new Set<ValidatorIndex>();
  /** Validators that were sent certificates in this view, since the last tick. */
  readonly answered = new Set<ValidatorIndex>();
  /** Validators whose vote came twice in this view, since the last tick. */
  readonly repeaters = new Set<ValidatorIndex>();
  /** Newest view in which a validator was heard. */
  readonly lastHeard: View[];
  /** The finalization that `sync` was last asked for, and when. */
  syncAsked = { target: asView(0), inView: asView(0) };
  /** Where the next retransmission of older certificates goes on. */
  rotation = 0;

  constructor(options: EngineOptions, head: FinalizedHead) {
    this.options = options;
    this.set = new ValidatorSet(options.weights);
    this.head = head;
    this.view = asView(head.view + 1);
    this.lastHeard = options.weights.map(() => this.view);
  }

  /** Who this node votes as; undefined when it only follows, or when the epoch is over. */
  get voter(): ValidatorIndex | undefined {
    return this.isEnded ? undefined : this.options.self;
  }

  /** What was proposed in this view for this block: the block itself, or its re-proposal. */
  proposalIn(view: View, digest: Hash): Proposal | undefined {
    const repeated = this.rounds.get(view)?.reproposal?.proposal;
    if (repeated?.digest === digest) return repeated;
    const proposal = this.tree.get(digest)?.proposal;
    return proposal?.view === view ? proposal : undefined;
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  report<Name extends ErrorName>(validator: ValidatorIndex | undefined, name: Name, details: ErrorDetails<Name>): void {
    this.reportError(validator, new CunError(name, details));
  }

  /** Lays a fault at a validator's door; what nobody can be blamed for is dropped. */
  reportError(validator: ValidatorIndex | undefined, error: CunError): void {
    if (validator !== undefined && this.set.has(validator)) this.emit({ type: "report", validator, error });
  }

  /** True, and said so, when a message belongs to another validator set. */
  refuseEpoch({ epoch }: { readonly epoch: Epoch }, from: ValidatorIndex | undefined): boolean {
    const expected = this.options.epoch;
    if (epoch !== expected) this.report(from, "epochMismatch", { epoch, expected });
    return epoch !== expected;
  }

  /** The record of a view, made when it is new. */
  round(view: View): Round {
    let round = this.rounds.get(view);
    if (!round) {
      round = new Round(view);
      this.rounds.set(view, round);
    }
    return round;
  }

  /** Views whose votes are still looked at: some finalised ones (for evidence) and a window ahead. */
  isInVoteWindow(view: View): boolean {
    const oldest = Math.max(this.head.view - RETAINED_VIEWS, this.view - MAX_VIEWS_AHEAD);
    return view > oldest && view > 0 && view <= this.view + MAX_VIEWS_AHEAD;
  }

  hear(signer: ValidatorIndex, view: View): void {
    const seen = asView(Math.min(view, this.view));
    if (seen > (this.lastHeard[signer] ?? 0)) this.lastHeard[signer] = seen;
  }

  /** Views above the head that have a record, ascending. */
  openRounds(): Round[] {
    return [...this.rounds.values()].filter(({ view }) => view > this.head.view).sort((a, b) => a.view - b.view);
  }

  /** Moves the head and frees what lies below. */
  moveHead(head: FinalizedHead): void {
    this.head = head;
    this.tree.pruneTo(head.view);
    for (const view of this.rounds.keys()) if (view <= head.view - RETAINED_VIEWS) this.rounds.delete(view);
    for (const view of this.finalizations.keys()) if (view <= head.view) this.finalizations.delete(view);
    for (const [digest, { view }] of this.wanted) if (view <= head.view) this.wanted.delete(digest);
    for (const view of this.drafts.keys()) if (view <= head.view) this.drafts.delete(view);
  }

  /** Frees votes of unfinalised views that lie far behind, so that a long stretch of failed views stays small. */
  forgetOldVotes(): void {
    if (this.rounds.size <= 2 * MAX_VIEWS_AHEAD) return;
    for (const round of this.rounds.values()) if (round.view < this.view - MAX_VIEWS_AHEAD) round.forgetVotes();
  }
}

export const ballotKey = ({ kind, view, digest }: Ballot | Vote): string => `${kind}/${view}/${digest}`;
