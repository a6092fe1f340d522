/**
 * Virtual time: a queue of what happens when, in milliseconds that cost nothing.
 *
 * Owns: order (by time, then by the order of scheduling, so that a run is the same every time).
 * Called by: test/simulation.
 */
interface Entry {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);

export class VirtualTime {
  /** A binary heap: the earliest entry stands first. */
  readonly #heap: Entry[] = [];
  #sequence = 0;
  nowMs = 0;
  /** How much has happened: tells two runs apart, and how large one was. */
  steps = 0;

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    let position = heap.push({ atMs: Math.max(atMs, this.nowMs), sequence: this.#sequence++, run }) - 1;
    const entry = heap[position]!;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[position] = heap[parent]!;
      position = parent;
    }
    heap[position] = entry;
  }

  /** Runs what comes next; false when nothing is left, or nothing until the given time. */
  advance(untilMs: number): boolean {
    const next = this.#heap[0];
    if (!next || next.atMs > untilMs) return false;
    this.#removeFirst();
    this.nowMs = next.atMs;
    this.steps++;
    next.run();
    return true;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let position = 0;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[position] = heap[child]!;
      position = child;
    }
    heap[position] = last;
  }
}
