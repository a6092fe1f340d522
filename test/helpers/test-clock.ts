/**
 * A clock that runs on its own and can be set forward: bans end and certificates expire while a test runs.
 *
 * Owns: an offset on the system's time; timers run in real time. Called by: tests of network.
 */
import { type ClockPort, systemClock } from "../../node/ports/clock.ts";

export class TestClock implements ClockPort {
  #aheadMs = 0;

  nowMs(): number {
    return systemClock.nowMs() + this.#aheadMs;
  }
  after(delayMs: number, callback: () => void): () => void {
    return systemClock.after(delayMs, callback);
  }
  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}
