/**
 * Lets calls that execute or scan in a few at a time, so that a flood of them cannot starve consensus.
 *
 * Owns: the queue and its bound. Does not own: which calls are heavy (methods).
 * Called by: dispatch. Between two calls the event loop gets a turn: the node's votes come first.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { CunError } from "../types/errors.ts";

export class Gate {
  readonly #capacity: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(capacity: number, maxWaiting: number) {
    this.#capacity = capacity;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws CunError rpcLimitExceeded when too many wait already */
  async run<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#capacity) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new CunError("rpcLimitExceeded", { what: "calls waiting for execution", limit: this.#maxWaiting });
    }
    await new Promise<void>((enter) => this.#waiting.push(enter));
    await nextTurn();
  }

  /** Hands the place to the next one waiting, or frees it. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}
