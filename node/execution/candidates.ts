/**
 * The order in which a block takes transactions: best tip first, each sender's in the order of their nonces.
 *
 * Owns: a heap of senders, keyed by the tip of their next transaction; ties go to who came first.
 * Does not own: which transactions wait (pool.ts), whether one can be executed (builder.ts).
 * Called by: builder. Tips in wei per gas.
 */
import type { Transaction } from "./transaction.ts";

interface Row {
  readonly transactions: readonly Transaction[];
  readonly arrival: number;
  next: number;
  tip: bigint;
}

export class Candidates {
  readonly #heap: Row[] = [];
  readonly #baseFee: bigint;

  /** Each row is one sender's transactions in the order of their nonces, without a gap. */
  constructor(rows: Iterable<readonly Transaction[]>, baseFee: bigint) {
    this.#baseFee = baseFee;
    let arrival = 0;
    for (const transactions of rows) {
      if (transactions.length === 0) continue;
      this.#heap.push({ transactions, arrival: arrival++, next: 0, tip: this.#tipOf(transactions[0]!) });
    }
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  /** The best one; it stays the best until `advance` or `dropSender`. */
  best(): Transaction | undefined {
    const row = this.#heap[0];
    return row?.transactions[row.next];
  }

  /** Goes on to the same sender's next one. */
  advance(): void {
    const row = this.#heap[0];
    if (row === undefined) return;
    row.next++;
    const following = row.transactions[row.next];
    if (following === undefined) {
      this.dropSender();
    } else {
      row.tip = this.#tipOf(following);
      this.#sink(0);
    }
  }

  /** The best one cannot be taken, so neither can those after it. */
  dropSender(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  /** Negative when the base fee is not covered. */
  #tipOf({ maxFee, maxTip }: Transaction): bigint {
    const room = maxFee - this.#baseFee;
    return maxTip < room ? maxTip : room;
  }

  #isBefore(left: Row, right: Row): boolean {
    return left.tip === right.tip ? left.arrival < right.arrival : left.tip > right.tip;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const row = heap[start]!;
    let index = start;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isBefore(heap[child]!, row)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = row;
  }
}
