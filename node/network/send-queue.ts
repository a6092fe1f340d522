/**
 * Frames that wait for a peer that reads too slowly: bounded in bytes, the oldest whole frames go first.
 *
 * Owns: the bound and the order. Old consensus messages are the ones that are worth least, and everything that still
 * matters is sent again. Does not own: when the peer can take more (connection, memory-network, which call it).
 */
export class SendQueue {
  readonly #limitBytes: number;
  #frames: Buffer[] = [];
  /** Frames before this one have left; they are cut off now and then, not one by one. */
  #first = 0;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a frame and returns how many were dropped for it: possibly the frame itself, when it alone is too large. */
  push(frame: Buffer): number {
    this.#frames.push(frame);
    this.#bytes += frame.length;
    let dropped = 0;
    while (this.#bytes > this.#limitBytes) {
      this.shift();
      dropped++;
    }
    return dropped;
  }

  shift(): Buffer | undefined {
    const frame = this.#frames[this.#first];
    if (frame === undefined) return undefined;
    this.#first++;
    this.#bytes -= frame.length;
    if (this.#first > 1024 || this.#first === this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
    return frame;
  }
}
