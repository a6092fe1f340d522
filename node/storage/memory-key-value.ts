/**
 * Keyed records in memory: the KeyValuePort for tests, simulations and throw-away networks.
 *
 * Owns: byte order of keys, whole batches, copies in and out (no caller can change what is stored).
 * Does not own: durability: everything is gone when the process ends (level-key-value.ts is the one on disk).
 * Called by: benches, tests. Compliance suite: test/compliance/key-value.ts.
 */
import type { KeyRange, KeyValueChange, KeyValuePort } from "../ports/storage.ts";
import { CunError } from "../types/errors.ts";

/** One character per byte, so that JavaScript's string order is the order of the bytes. */
const toText = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
const toBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** First position in a sorted list whose text is not below the given one. */
function lowerBound(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class MemoryKeyValue implements KeyValuePort {
  readonly #values = new Map<string, Uint8Array>();
  /** Keys in order; undefined after a key came or went, until the next iteration needs it. */
  #sorted: readonly string[] | undefined = [];
  #closed = false;

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    return this.#values.get(toText(key))?.slice();
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen();
    return keys.map((key) => this.#values.get(toText(key))?.slice());
  }

  async write(changes: readonly KeyValueChange[], _options: { readonly durable: boolean }): Promise<void> {
    this.#checkOpen();
    for (const change of changes) {
      const key = toText(change.key);
      if (this.#values.has(key) !== (change.type === "put")) this.#sorted = undefined;
      if (change.type === "put") this.#values.set(key, change.value.slice());
      else this.#values.delete(key);
    }
  }

  /** Iterates over the content as it was at the first step. */
  async *entries(range: KeyRange): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    this.#checkOpen();
    this.#sorted ??= [...this.#values.keys()].sort((a, b) => (a < b ? -1 : 1));
    const start = range.from === undefined ? 0 : lowerBound(this.#sorted, toText(range.from));
    const end = range.to === undefined ? this.#sorted.length : lowerBound(this.#sorted, toText(range.to));
    const keys = this.#sorted.slice(start, Math.max(start, end));
    if (range.reverse) keys.reverse();
    const picked = keys.slice(0, range.limit).map((key) => [key, this.#values.get(key)!] as const);
    for (const [key, value] of picked) yield [toBytes(key), value.slice()];
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new CunError("storageFailed", { path: "(memory)", reason: "it is closed" });
  }
}
