/**
 * Time that jumps from one timer to the next, for several nodes in one process.
 *
 * Owns: VirtualClock, and each node's own view of it, which can run fast or slow and dies with the node.
 * Called by: crash tests of the node's shell.
 */
import type { ClockPort } from "../../node/ports/clock.ts";

const START_MS = 1_700_000_000_000;

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements ClockPort {
  #nowMs = START_MS;
  #order = 0;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** What a node sees: off by so much, and nothing more once it is dead. */
  seenBy(life: { readonly alive: boolean }, offsetMs = 0): ClockPort {
    return {
      nowMs: () => this.#nowMs + offsetMs,
      after: (delayMs, callback) =>
        this.after(delayMs, () => {
          if (life.alive) callback();
        }),
    };
  }

  /** Runs what falls due, in order, until the condition holds. False when it does not within the time. */
  async runUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#nowMs + limitMs;
    await settle();
    while (!isDone()) {
      const due = this.#next();
      if (!due || due.atMs > endMs) {
        this.#nowMs = endMs;
        return false;
      }
      this.#timers.delete(due);
      this.#nowMs = due.atMs;
      due.callback();
      await settle();
    }
    return true;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Lets all promises that can go on do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
