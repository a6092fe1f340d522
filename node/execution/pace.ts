/**
 * Keeps long executions from holding up the node: other work is let in, and where the rules allow it they are ended.
 *
 * Owns: when to let in, when to give up. Does not own: the meaning of giving up (the error comes from the user).
 * Called by: interpreter, state (at every call frame), blake2f, executor, simulator. Milliseconds of real time, never of consensus.
 */
import { setImmediate } from "node:timers/promises";
import type { CunError } from "../types/errors.ts";

/** Votes and timers wait at most about this long for an execution. */
const YIELD_AFTER_MS = 8;

export class Pace {
  #yieldedAt = performance.now();
  #endsAt = Number.POSITIVE_INFINITY;
  #giveUp: (() => CunError) | undefined;

  /** From here on, work that takes longer than this ends with the error; without arguments it may take any time. */
  limit(milliseconds = Number.POSITIVE_INFINITY, giveUp?: () => CunError): void {
    this.#endsAt = performance.now() + milliseconds;
    this.#giveUp = giveUp;
  }

  /** Undefined when there is nothing to wait for. @throws the error given to `limit` */
  check(): Promise<void> | undefined {
    const now = performance.now();
    if (now > this.#endsAt && this.#giveUp !== undefined) throw this.#giveUp();
    if (now - this.#yieldedAt < YIELD_AFTER_MS) return undefined;
    return this.#yield();
  }

  async #yield(): Promise<void> {
    await setImmediate();
    this.#yieldedAt = performance.now();
  }
}
