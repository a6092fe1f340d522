/**
 * Sees every vote that ever leaves a validator, over all its lives, and every block that is stored as final.
 *
 * Owns: what must never happen (CON-8, CON-10): two votes of a kind in a view, finalize beside nullify, notarize after
 * nullify, two final blocks at a height, the loss of what a quorum has finalised. Called by: crash tests.
 */
import type { Message, Vote, VoteKind } from "../../node/types/messages.ts";
import type { Epoch, Hash, ValidatorIndex } from "../../node/types/primitives.ts";

export class VoteRecorder {
  readonly #seatOf: (node: number, epoch: Epoch) => ValidatorIndex | undefined;
  readonly #quorumOf: (epoch: Epoch) => number;
  readonly #votes = new Map<string, Partial<Record<VoteKind, Hash>>>();
  /** By block and view: one that closes its epoch may stand in several views, and is final with a quorum in one. */
  readonly #finalizers = new Map<
    string,
    { readonly digest: Hash; readonly epoch: Epoch; readonly signers: Set<number> }
  >();
  /** The newest epoch in which a node has voted. */
  readonly #epochs = new Map<number, Epoch>();
  readonly #chain = new Map<number, Hash>();
  /** What went wrong, in words. */
  readonly faults: string[] = [];

  /** Nodes are numbered for good; each epoch has its own seats and its own quorum, of equal weights. */
  constructor(seatOf: (node: number, epoch: Epoch) => ValidatorIndex | undefined, quorumOf: (epoch: Epoch) => number) {
    this.#seatOf = seatOf;
    this.#quorumOf = quorumOf;
  }

  /** Call when a message leaves its sender, before anything can happen to it. */
  sent(from: number, message: Message): void {
    const vote =
      message.type === "vote" ? message.vote : message.type === "proposal" ? message.proposal.vote : undefined;
    if (vote && vote.signer === this.#seatOf(from, vote.epoch)) this.#vote(from, vote);
  }

  stored(by: number, { height, hash }: { readonly height: number; readonly hash: Hash }): void {
    const known = this.#chain.get(height) ?? hash;
    this.#chain.set(height, known);
    if (known !== hash) this.faults.push(`validator ${by} stored ${hash} at height ${height}, others ${known}`);
  }

  /** Blocks for which a quorum of finalize votes has left: they are final, whoever knows it. */
  finalDigests(): Hash[] {
    const certified = [...this.#finalizers.values()].filter(
      ({ epoch, signers }) => signers.size >= this.#quorumOf(epoch),
    );
    return certified.map(({ digest }) => digest);
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

  #vote(node: number, { epoch, view, kind, digest }: Vote): void {
    const key = `${node}/${epoch}/${view}`;
    const before = this.#votes.get(key) ?? {};
    this.#votes.set(key, before);
    const fault = (what: string) => this.faults.push(`validator ${node} in view ${view} of ${epoch}: ${what}`);
    const newest = this.#epochs.get(node) ?? epoch;
    this.#epochs.set(node, epoch > newest ? epoch : newest);
    if (epoch < newest && before[kind] !== digest) fault(`${kind} for ${digest} after epoch ${newest}`);
    const same = before[kind];
    if (same === digest) return;
    if (same) fault(`${kind} for ${digest} after ${same}`);
    if (kind === "finalize" && before.nullify) fault("finalize after nullify");
    if (kind === "nullify" && before.finalize) fault("nullify after finalize");
    if (kind === "notarize" && before.nullify) fault("notarize after nullify");
    before[kind] = digest;
    if (kind !== "finalize") return;
    const finalizers = this.#finalizers.get(`${digest}/${view}`) ?? { digest, epoch, signers: new Set<number>() };
    finalizers.signers.add(node);
    this.#finalizers.set(`${digest}/${view}`, finalizers);
  }
}
