/**
 * What the node asks of time: so that the shell can be run under virtual time in tests.
 *
 * Owns: the port and the system clock. Called by: app, execution, network.
 */
export interface ClockPort {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Runs the callback once after the delay; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: ClockPort = {
  nowMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
