/**
 * How much a peer gets in answer to its requests for proposals: a question is small, a block is not.
 *
 * Owns: bytes by peer in the present window. Does not own: answering (node.ts), sync answers (synchronizer.ts).
 * Called by: node. A peer that needs several blocks at once gets them; one that asks for ever gets what a link bears.
 */
import type { ClockPort } from "../ports/clock.ts";
import { ANSWER_WINDOW_MS, MAX_ANSWER_BYTES } from "../types/limits.ts";
import type { PeerId } from "../types/primitives.ts";

export class AnswerBudget {
  readonly #clock: ClockPort;
  readonly #spentBytes = new Map<PeerId, number>();
  #windowStartMs: number;

  constructor(clock: ClockPort) {
    this.#clock = clock;
    this.#windowStartMs = clock.nowMs();
  }

  /** False until the next window for a peer that has had its share. */
  allows(peer: PeerId): boolean {
    const ageMs = this.#clock.nowMs() - this.#windowStartMs;
    // Negative when the system's clock was set back.
    if (ageMs < 0 || ageMs >= ANSWER_WINDOW_MS) {
      this.#spentBytes.clear();
      this.#windowStartMs += ageMs;
    }
    return (this.#spentBytes.get(peer) ?? 0) < MAX_ANSWER_BYTES;
  }

  spend(peer: PeerId, bytes: number): void {
    this.#spentBytes.set(peer, (this.#spentBytes.get(peer) ?? 0) + bytes);
  }
}
