/**
 * Proposals above the finalised head, linked to their parents, each with what execution said of it.
 *
 * Owns: the tree, and the way from the head to a block. Does not own: whether a proposal may enter (proposals.ts), nor
 * re-proposals: a block stands here once, as its first leader proposed it (reproposals are kept by round).
 * Called by: the rules. Memory: the first justified proposal of a view, plus certified ones; pruned at the head.
 */
import type { Proposal } from "../types/messages.ts";
import type { Hash, ValidatorIndex, View } from "../types/primitives.ts";
import type { FinalizedHead } from "./events.ts";

/** waiting = its parent is not verified here yet. */
export type BlockStatus = "waiting" | "verifying" | "valid" | "invalid";

export interface BlockEntry {
  readonly proposal: Proposal;
  readonly from: ValidatorIndex | undefined;
  status: BlockStatus;
  /** Known once it is valid: nothing of this epoch stands on it. */
  closesEpoch: boolean;
}

export type Path =
  | { readonly status: "complete"; readonly proposals: readonly Proposal[] }
  /** Blocks are here but not all are verified. */
  | { readonly status: "pending" }
  | { readonly status: "missing"; readonly view: View; readonly digest: Hash }
  /** The block does not descend from the head. */
  | { readonly status: "conflict" };

export class BlockTree {
  readonly #entries = new Map<Hash, BlockEntry>();

  get(digest: Hash): BlockEntry | undefined {
    return this.#entries.get(digest);
  }
  isValid(digest: Hash): boolean {
    return this.#entries.get(digest)?.status === "valid";
  }
  /** True for an executed block that ends the epoch. */
  closesEpoch(digest: Hash): boolean {
    const entry = this.#entries.get(digest);
    return entry?.status === "valid" && entry.closesEpoch;
  }
  /** Replaces an entry of the same digest: only an invalid one may be replaced (its copy was not the block). */
  add(entry: BlockEntry): void {
    this.#entries.set(entry.proposal.digest, entry);
  }
  childrenOf(digest: Hash): BlockEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.proposal.parentDigest === digest);
  }
  proposals(): Proposal[] {
    return [...this.#entries.values()].map((entry) => entry.proposal).sort((a, b) => a.view - b.view);
  }
  /**
   * The blocks above the head up to this one, oldest first.
   * The links of a block that is not verified are only its sender's word: they may lead to a request, never to a
   * verdict.
   */
  pathFrom(head: FinalizedHead, target: { readonly view: View; readonly digest: Hash }): Path {
    const proposals: Proposal[] = [];
    let pending = false;
    let { view, digest } = target;
    while (digest !== head.digest) {
      if (view <= head.view) return { status: pending ? "pending" : "conflict" };
      const entry = this.#entries.get(digest);
      if (!entry || entry.status === "invalid") return { status: "missing", view, digest };
      if (entry.status !== "valid") pending = true;
      proposals.push(entry.proposal);
      view = entry.proposal.parentView;
      digest = entry.proposal.parentDigest;
    }
    return pending ? { status: "pending" } : { status: "complete", proposals: proposals.reverse() };
  }
  pruneTo(view: View): void {
    for (const [digest, entry] of this.#entries) if (entry.proposal.view <= view) this.#entries.delete(digest);
  }
}
