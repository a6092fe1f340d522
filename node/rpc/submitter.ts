/**
 * Collects raw transactions that arrive in one turn of the event loop and gives them to the pool together.
 *
 * Owns: the collecting; order of arrival is kept. Does not own: any check (PoolPort).
 * Called by: methods/transactions.ts. Why: the pool recovers the senders of many transactions in parallel, and
 * batches and concurrent connections bring hundreds in one turn.
 */
import type { PoolPort } from "../ports/execution.ts";
import { type CunError, invariant } from "../types/errors.ts";
import type { Hash } from "../types/primitives.ts";

interface Submission {
  readonly raw: Uint8Array;
  readonly resolve: (result: Hash | CunError) => void;
  readonly reject: (error: unknown) => void;
}

export class Submitter {
  readonly #pool: PoolPort;
  #collected: Submission[] = [];

  constructor(pool: PoolPort) {
    this.#pool = pool;
  }

  /** The hash of the accepted transaction. @throws the CunError that refused it */
  async submit(raw: Uint8Array): Promise<Hash> {
    const result = await new Promise<Hash | CunError>((resolve, reject) => {
      this.#collected.push({ raw, resolve, reject });
      if (this.#collected.length === 1) setImmediate(() => void this.#flush());
    });
    if (typeof result !== "string") throw result;
    return result;
  }

  async #flush(): Promise<void> {
    const submissions = this.#collected;
    this.#collected = [];
    try {
      const results = await this.#pool.submit(submissions.map((submission) => submission.raw));
      invariant(results.length === submissions.length, "the pool answers for each transaction");
      for (const [i, submission] of submissions.entries()) submission.resolve(results[i]!);
    } catch (error) {
      for (const submission of submissions) submission.reject(error);
    }
  }
}
