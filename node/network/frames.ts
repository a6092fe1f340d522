/**
 * Frames on a byte stream: length u32 ‖ body. An empty body is a sign of life and is not handed on.
 *
 * Owns: cutting a stream into frames, whatever pieces it arrives in, and refusing an oversized frame when its length
 * is read, before a byte of its body is kept. Does not own: the meaning of bodies, sockets.
 * Called by: connection. Layout: docs/protocol/network.md.
 */
import { CunError, invariant } from "../types/errors.ts";
import { MAX_FRAME_BYTES } from "../types/limits.ts";

export const FRAME_HEAD_BYTES = 4;

/** Head and body as one buffer: made once for all peers that get it. */
export function encodeFrame(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.set(body, FRAME_HEAD_BYTES);
  return frame;
}

/** A frame that carries a message of this node: what is too large here is our own bug. */
export function encodeMessageFrame(body: Uint8Array): Buffer {
  invariant(body.length > 0 && body.length <= MAX_FRAME_BYTES, `a frame of ${body.length} bytes can be sent`);
  return encodeFrame(body);
}

export const KEEP_ALIVE_FRAME: Buffer = encodeFrame(new Uint8Array(0));

export class FrameParser {
  /** Largest body accepted from here on: small until the peer is known. */
  limitBytes: number;
  #head = Buffer.alloc(FRAME_HEAD_BYTES);
  #headBytes = 0;
  /** The body that is being collected; undefined while a head is. */
  #body: Uint8Array | undefined;
  #bodyBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /**
   * Takes the next piece and yields the bodies that are whole with it; empty ones too.
   * @throws CunError messageTooLarge
   */
  *push(chunk: Buffer): Generator<Uint8Array> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#body === undefined) {
        offset += this.#takeHead(chunk, offset);
        if (this.#headBytes < FRAME_HEAD_BYTES) return;
        this.#startBody();
      }
      offset += this.#takeBody(chunk, offset);
      const body = this.#body!;
      if (this.#bodyBytes < body.length) return;
      this.#body = undefined;
      this.#headBytes = 0;
      yield body;
    }
  }

  #takeHead(chunk: Buffer, offset: number): number {
    const taken = chunk.copy(this.#head, this.#headBytes, offset, offset + FRAME_HEAD_BYTES - this.#headBytes);
    this.#headBytes += taken;
    return taken;
  }

  #startBody(): void {
    const bytes = this.#head.readUInt32BE(0);
    if (bytes > this.limitBytes) throw new CunError("messageTooLarge", { bytes, limit: this.limitBytes });
    this.#body = new Uint8Array(bytes);
    this.#bodyBytes = 0;
  }

  #takeBody(chunk: Buffer, offset: number): number {
    const taken = chunk.copy(this.#body!, this.#bodyBytes, offset);
    this.#bodyBytes += taken;
    return taken;
  }
}
