/**
 * Writing and reading of fixed-width, big-endian fields: the alphabet of every binary form of the node.
 *
 * Owns: bounds (a read never leaves its buffer, a variable field never exceeds its limit) and nothing left over.
 * Does not own: which fields there are (codec.ts, node/storage, node/network), nor the error for a bad one.
 * Called by: codec, storage, network.
 */
import { type Hash, toHash } from "./primitives.ts";

/** Appends fields to a growing buffer. */
export class ByteWriter {
  #buffer = new Uint8Array(512);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  /** Makes room and returns where it starts. Called before buffer or view are looked at: it may replace both. */
  #reserve(bytes: number): number {
    const start = this.#length;
    this.#length += bytes;
    if (this.#length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2));
      grown.set(this.#buffer);
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }
  u8(value: number): void {
    const start = this.#reserve(1);
    this.#buffer[start] = value;
  }
  u16(value: number): void {
    const start = this.#reserve(2);
    this.#view.setUint16(start, value);
  }
  u32(value: number): void {
    const start = this.#reserve(4);
    this.#view.setUint32(start, value);
  }
  u64(value: number | bigint): void {
    const start = this.#reserve(8);
    this.#view.setBigUint64(start, BigInt(value));
  }
  fixed(bytes: Uint8Array): void {
    const start = this.#reserve(bytes.length);
    this.#buffer.set(bytes, start);
  }
  variable(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.fixed(bytes);
  }
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }
}

/** Takes fields off a buffer and refuses whatever does not fit. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #refuse: (offset: number, reason: string) => never;
  #offset = 0;

  /** `refuse` throws the caller's error for bytes that do not fit. */
  constructor(bytes: Uint8Array, refuse: (offset: number, reason: string) => never) {
    this.#bytes = bytes;
    this.#refuse = refuse;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  fail(reason: string): never {
    return this.#refuse(this.#offset, reason);
  }
  #take(bytes: number): number {
    const start = this.#offset;
    if (start + bytes > this.#bytes.length) this.fail(`${bytes} bytes expected, ${this.#bytes.length - start} left`);
    this.#offset += bytes;
    return start;
  }
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail("number above 2^53−1");
    return Number(value);
  }
  u64Big(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }
  fixed(bytes: number): Uint8Array {
    const start = this.#take(bytes);
    return this.#bytes.slice(start, start + bytes);
  }
  variable(limit: number): Uint8Array {
    const length = this.u32();
    if (length > limit) this.fail(`field of ${length} bytes is over its limit of ${limit}`);
    return this.fixed(length);
  }
  hash(): Hash {
    return toHash(this.fixed(32));
  }
  count(limit: number): number {
    const count = this.u16();
    if (count > limit) this.fail(`list of ${count} is over its limit of ${limit}`);
    return count;
  }
  oneOf<Choice>(choices: readonly Choice[]): Choice {
    const index = this.u8();
    return choices[index] ?? this.fail(`unknown code ${index}`);
  }
  flag(): boolean {
    return this.oneOf([false, true]);
  }
  end(): void {
    if (this.#offset !== this.#bytes.length) this.fail(`${this.#bytes.length - this.#offset} bytes left over`);
  }
}
