/**
 * Looks at all nodes from outside and says what must never be.
 *
 * Owns: agreement, validity, certificate soundness, honest votes, honest reputation. Does not own: liveness, which the
 * scenario checks at its end. Called by: sim-node.ts, world.ts. Properties: docs/PROPERTIES.md.
 * Independent of the engine: it counts quorums and compares votes with its own few lines.
 */

import type { CunError } from "../../node/types/errors.ts";
import type { Ballot, Certificate, Proposal, Vote } from "../../node/types/messages.ts";
import type { Hash, Height, ValidatorIndex } from "../../node/types/primitives.ts";

/** What a checker found: the run stops. */
export class Violation extends Error {
  readonly property: string;

  constructor(property: string, what: string) {
    super(`${property}: ${what}`);
    this.property = property;
  }
}

export class Checkers {
  readonly #count: number;
  readonly #isByzantine: (node: ValidatorIndex) => boolean;
  /** The one block final at each height, by the first honest node that said so. */
  readonly #final = new Map<Height, Hash>();
  /** Everything an honest key signed, over all restarts: by node and view. */
  readonly #signed = new Map<string, Ballot[]>();
  evidence = 0;

  constructor(count: number, isByzantine: (node: ValidatorIndex) => boolean) {
    this.#count = count;
    this.#isByzantine = isByzantine;
  }

  /** Agreement and validity: one chain, each block on the one before. */
  finalized(node: ValidatorIndex, block: Proposal, parent: { digest: Hash; height: Height }): void {
    if (block.parentDigest !== parent.digest || block.height !== parent.height + 1) {
      throw new Violation("validity", `node ${node} put ${block.digest} at ${block.height} on ${parent.digest}`);
    }
    const known = this.#final.get(block.height);
    if (known === undefined) this.#final.set(block.height, block.digest);
    else if (known !== block.digest) {
      throw new Violation("agreement", `height ${block.height}: ${known} and, at node ${node}, ${block.digest}`);
    }
  }

  /** More than two thirds signed, and whoever of them is honest did so. */
  certificate(node: ValidatorIndex, { kind, view, digest, signers }: Certificate): void {
    let weight = 0;
    for (let index = 0; index < this.#count; index++) {
      if (((signers[index >> 3]! >> (index & 7)) & 1) === 0) continue;
      weight++;
      if (this.#isByzantine(index as ValidatorIndex)) continue;
      const signed = this.#signed.get(`${index}/${view}`) ?? [];
      if (!signed.some((ballot) => ballot.kind === kind && ballot.digest === digest)) {
        throw new Violation("certificate soundness", `node ${node}: ${index} never signed ${kind} ${view} ${digest}`);
      }
    }
    if (weight * 3 <= this.#count * 2) {
      throw new Violation("certificate soundness", `node ${node}: ${kind} ${view} by ${weight} of ${this.#count}`);
    }
  }

  /** No honest key contradicts itself, whatever it has been through. */
  signed(node: ValidatorIndex, ballot: Ballot): void {
    if (this.#isByzantine(node)) return;
    const key = `${node}/${ballot.view}`;
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
  accused({ signer, view }: Vote): void {
    this.evidence++;
    if (!this.#isByzantine(signer)) throw new Violation("accountability", `honest ${signer} accused in view ${view}`);
  }

  /** Honest nodes never lower each other's score: what one sends, the other accepts or ignores. */
  reported(by: ValidatorIndex, node: ValidatorIndex, error: CunError): void {
    if (this.#isByzantine(node) || error.action !== "reject") return;
    throw new Violation("reputation", `honest ${node} reported by honest ${by}: ${error.message}`);
  }

  /** Blocks that some honest node holds final. */
  get finalHeight(): number {
    return this.#final.size;
  }
}
