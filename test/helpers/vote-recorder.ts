/**
 * Sees every vote that ever leaves a validator, over all its lives, and every block that is stored as final.
 *
 * Owns: what must never happen (CON-8, CON-10): two votes of a kind in a view, finalize beside nullify, notarize after
 * nullify, two final blocks at a height, the loss of what a quorum has finalised. Called by: crash tests.
 */
import type { Message, Vote, VoteKind } from "../../node/types/messages.ts";
import type { Hash, ValidatorIndex } from "../../node/types/primitives.ts";

export class VoteRecorder {
  readonly #quorum: number;
  readonly #votes = new Map<string, Partial<Record<VoteKind, Hash>>>();
  readonly #finalizers = new Map<Hash, Set<ValidatorIndex>>();
  readonly #chain = new Map<number, Hash>();
  /** What went wrong, in words. */
  readonly faults: string[] = [];

  constructor(quorum: number) {
    this.#quorum = quorum;
  }

  /** Call when a message leaves its sender, before anything can happen to it. */
  sent(from: ValidatorIndex, message: Message): void {
    const vote =
      message.type === "vote" ? message.vote : message.type === "proposal" ? message.proposal.vote : undefined;
    if (vote?.signer === from) this.#vote(vote);
  }

  stored(by: ValidatorIndex, { height, hash }: { readonly height: number; readonly hash: Hash }): void {
    const known = this.#chain.get(height) ?? hash;
    this.#chain.set(height, known);
    if (known !== hash) this.faults.push(`validator ${by} stored ${hash} at height ${height}, others ${known}`);
  }

  /** Blocks for which a quorum of finalize votes has left: they are final, whoever knows it. */
  finalDigests(): Hash[] {
    return [...this.#finalizers].filter(([, signers]) => signers.size >= this.#quorum).map(([digest]) => digest);
  }

  /** Blocks that were final and are not in the chain. */
  lost(digests: readonly Hash[]): Hash[] {
    const chain = new Set(this.#chain.values());
    return digests.filter((digest) => !chain.has(digest));
  }

  /** How many views have seen a nullify vote, and how many votes there were. */
  get counts(): { readonly nullified: number; readonly votes: number } {
    const all = [...this.#votes.values()];
    return {
      nullified: all.filter(({ nullify }) => nullify).length,
      votes: all.reduce((sum, kinds) => sum + Object.keys(kinds).length, 0),
    };
  }

  #vote({ signer, view, kind, digest }: Vote): void {
    const key = `${signer}/${view}`;
    const before = this.#votes.get(key) ?? {};
    this.#votes.set(key, before);
    const fault = (what: string) => this.faults.push(`validator ${signer} in view ${view}: ${what}`);
    const same = before[kind];
    if (same === digest) return;
    if (same) fault(`${kind} for ${digest} after ${same}`);
    if (kind === "finalize" && before.nullify) fault("finalize after nullify");
    if (kind === "nullify" && before.finalize) fault("nullify after finalize");
    if (kind === "notarize" && before.nullify) fault("notarize after nullify");
    before[kind] = digest;
    if (kind === "finalize") this.#finalizers.set(digest, (this.#finalizers.get(digest) ?? new Set()).add(signer));
  }
}
