/**
 * Looks at all nodes from outside and says what must never be.
 *
 * Owns: agreement, validity, ends of epochs, certificate soundness, honest votes, honest reputation. Does not own: liveness, which the
 * scenario checks at its end. Called by: sim-node.ts, world.ts. Properties: docs/PROPERTIES.md.
 * Independent of the engine: it counts quorums and compares votes with its own few lines.
 */

import type { CunError } from "../../node/types/errors.ts";
import type { Ballot, Certificate, Proposal, Vote } from "../../node/types/messages.ts";
import type { Epoch, Hash, Height, ValidatorIndex } from "../../node/types/primitives.ts";
import { closesEpoch } from "./fake-execution.ts";

/** What a checker found: the run stops. */
export class Violation extends Error {
  readonly property: string;

  constructor(property: string, what: string) {
    super(`${property}: ${what}`);
    this.property = property;
  }
}

/** Who has which bit in the certificates of an epoch. */
export type SetOf = (epoch: Epoch) => readonly ValidatorIndex[];

export class Checkers {
  readonly #setOf: SetOf;
  readonly #isByzantine: (node: ValidatorIndex) => boolean;
  /** The one block final at each height, by the first honest node that said so. */
  readonly #final = new Map<Height, Hash>();
  /** The one block that closed each epoch. */
  readonly #closing = new Map<Epoch, Hash>();
  /** Everything an honest key signed, over all restarts: by node, epoch and view. */
  readonly #signed = new Map<string, Ballot[]>();
  /** The newest epoch an honest key signed in. */
  readonly #signedIn = new Map<ValidatorIndex, Epoch>();
  evidence = 0;

  constructor(setOf: SetOf, isByzantine: (node: ValidatorIndex) => boolean) {
    this.#setOf = setOf;
    this.#isByzantine = isByzantine;
  }

  /** Agreement and validity: one chain, each block on the one before, in the epoch that follows from it. */
  finalized(node: ValidatorIndex, block: Proposal, parent: { digest: Hash; height: Height; epoch: Epoch }): void {
    if (block.epoch !== parent.epoch) {
      throw new Violation("end of epoch", `node ${node} put a block of epoch ${block.epoch} where ${parent.epoch} is`);
    }
    if (closesEpoch(block.payload)) this.#closed(node, block);
    if (block.parentDigest !== parent.digest || block.height !== parent.height + 1) {
      throw new Violation("validity", `node ${node} put ${block.digest} at ${block.height} on ${parent.digest}`);
    }
    const known = this.#final.get(block.height);
    if (known === undefined) this.#final.set(block.height, block.digest);
    else if (known !== block.digest) {
      throw new Violation("agreement", `height ${block.height}: ${known} and, at node ${node}, ${block.digest}`);
    }
  }

  /** An epoch ends with one block, the same for everybody. */
  #closed(node: ValidatorIndex, { epoch, digest }: Proposal): void {
    const known = this.#closing.get(epoch) ?? digest;
    this.#closing.set(epoch, known);
    if (known !== digest) {
      throw new Violation("end of epoch", `epoch ${epoch} closed by ${known} and, at node ${node}, by ${digest}`);
    }
  }

  /** More than two thirds signed, and whoever of them is honest did so. */
  certificate(node: ValidatorIndex, { kind, epoch, view, digest, signers }: Certificate): void {
    const set = this.#setOf(epoch);
    let weight = 0;
    for (const [index, member] of set.entries()) {
      if (((signers[index >> 3]! >> (index & 7)) & 1) === 0) continue;
      weight++;
      if (this.#isByzantine(member)) continue;
      const signed = this.#signed.get(`${member}/${epoch}/${view}`) ?? [];
      if (!signed.some((ballot) => ballot.kind === kind && ballot.digest === digest)) {
        throw new Violation("certificate soundness", `node ${node}: ${member} never signed ${kind} ${view} ${digest}`);
      }
    }
    if (weight * 3 <= set.length * 2) {
      throw new Violation("certificate soundness", `node ${node}: ${kind} ${view} by ${weight} of ${set.length}`);
    }
  }

  /** No honest key contradicts itself, whatever it has been through. */
  signed(node: ValidatorIndex, ballot: Ballot): void {
    if (this.#isByzantine(node)) return;
    const newest = this.#signedIn.get(node) ?? ballot.epoch;
    if (ballot.epoch < newest) {
      throw new Violation("honest votes", `node ${node} signs in epoch ${ballot.epoch} after ${newest}`);
    }
    this.#signedIn.set(node, ballot.epoch);
    const key = `${node}/${ballot.epoch}/${ballot.view}`;
    const before = this.#signed.get(key) ?? [];
    if (before.some(({ kind, digest }) => kind === ballot.kind && digest === ballot.digest)) return;
    for (const { kind, digest } of before) {
      const pair = `${kind}+${ballot.kind}`;
      const contradicts = kind === ballot.kind || pair === "nullify+finalize" || pair === "finalize+nullify";
      if (contradicts || pair === "nullify+notarize") {
        throw new Violation("honest votes", `node ${node} view ${ballot.view}: ${kind} ${digest}, then ${ballot.kind}`);
      }
    }
    this.#signed.set(key, [...before, ballot]);
  }

  /** Evidence never hits an honest node. */
  accused({ signer, epoch, view }: Vote): void {
    this.evidence++;
    const node = this.#setOf(epoch)[signer]!;
    if (!this.#isByzantine(node)) throw new Violation("accountability", `honest ${node} accused in view ${view}`);
  }

  /** Honest nodes never lower each other's score: what one sends, the other accepts or ignores. */
  reported(by: ValidatorIndex, node: ValidatorIndex, error: CunError): void {
    if (this.#isByzantine(node) || error.action !== "reject") return;
    throw new Violation("reputation", `honest ${node} reported by honest ${by}: ${error.message}`);
  }

  /** Epochs that some honest node has seen the end of. */
  get epochsClosed(): number {
    return this.#closing.size;
  }

  /** Blocks that some honest node holds final. */
  get finalHeight(): number {
    return this.#final.size;
  }
}
