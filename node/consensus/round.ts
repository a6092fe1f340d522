/**
 * Everything known about one view: votes, certificates, and what this node itself has signed.
 *
 * Owns: the record, and which votes contradict each other. Does not own: what to do about it (voting.ts, progress.ts).
 * Called by: state.ts and the rules. Memory: three votes per validator and three certificates.
 */
import type { Ballot, Certificate, Proposal, Vote, VoteKind } from "../types/messages.ts";
import type { Hash, ValidatorIndex, View } from "../types/primitives.ts";
import { type TallyEntry, VoteTally } from "./vote-tally.ts";

export interface Reproposed {
  readonly proposal: Proposal;
  /** Who brought it; undefined for our own, and after a restart. */
  readonly from: ValidatorIndex | undefined;
}

export class Round {
  readonly view: View;
  readonly votes: Readonly<Record<VoteKind, VoteTally>> = {
    notarize: new VoteTally(),
    finalize: new VoteTally(),
    nullify: new VoteTally(),
  };
  readonly certificates: Partial<Record<VoteKind, Certificate>> = {};
  /** What this node asked its key to sign, set before the key is used: binding from then on. */
  readonly own: Partial<Record<VoteKind, Ballot>> = {};
  /** The same once signed: what is sent again. */
  readonly ownVotes: Partial<Record<VoteKind, Vote>> = {};
  /** The first justified proposal of the leader. A second one is evidence and is not looked at, unless certified. */
  proposed: Hash | undefined;
  /** The justified re-proposal of this view: the block itself stands in the tree. */
  reproposal: Reproposed | undefined;
  /** The block of this view that became final, itself or through a descendant. */
  finalDigest: Hash | undefined;
  /** Validators whose contradiction in this view was already shown: one proof is enough. */
  readonly accused = new Set<ValidatorIndex>();

  constructor(view: View) {
    this.view = view;
  }

  /** The certificate that lets a child build on the block of this view. */
  get parentCertificate(): Certificate | undefined {
    return this.certificates.notarize ?? this.certificates.finalize;
  }

  /** True when this view is over for this node: another certificate of it brings nothing. */
  get isCertified(): boolean {
    return this.parentCertificate !== undefined || this.certificates.nullify !== undefined;
  }

  /**
   * Votes of the same signer that contradict this one: another block in the same kind, or nullify beside finalize.
   * Notarize and then nullify is no contradiction: it is how a view ends that brought no certificate in time.
   */
  contradictions(vote: Vote): TallyEntry[] {
    const found: TallyEntry[] = [];
    const same = this.votes[vote.kind].get(vote.signer);
    if (same && same.vote.digest !== vote.digest) found.push(same);
    const opposite = vote.kind === "nullify" ? "finalize" : vote.kind === "finalize" ? "nullify" : undefined;
    const other = opposite && this.votes[opposite].get(vote.signer);
    if (other) found.push(other);
    return found;
  }

  /** Frees the votes of a view long past; certificates and our own record stay until the view is final. */
  forgetVotes(): void {
    for (const tally of Object.values(this.votes)) tally.clear();
  }
}
