/**
 * How much voting weight is enough.
 *
 * Owns: the one quorum rule of the protocol: strictly more than two thirds of all weight.
 * Does not own: who is in the set. Called by: consensus, app (through certificates.ts).
 * Never "2f+1": for 20, 21 or 84 validators (not of the form 3f+1) two such quorums can meet in corrupt members only.
 */
import type { ValidatorIndex, Weight } from "../types/primitives.ts";

export class ValidatorSet {
  readonly #weights: readonly Weight[];
  readonly count: number;
  readonly total: bigint;

  constructor(weights: readonly Weight[]) {
    this.#weights = weights;
    this.count = weights.length;
    this.total = weights.reduce((sum, weight) => sum + weight, 0n);
  }
  has(index: ValidatorIndex): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.count;
  }
  weightOf(index: ValidatorIndex): bigint {
    return this.#weights[index] ?? 0n;
  }
  weightOfAll(indices: readonly ValidatorIndex[]): bigint {
    return indices.reduce((sum, index) => sum + this.weightOf(index), 0n);
  }
  isQuorum(weight: bigint): boolean {
    return weight * 3n > this.total * 2n;
  }
}
