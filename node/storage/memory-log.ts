/**
 * A log in memory: the LogPort for tests, simulations and throw-away networks.
 *
 * Owns: order of records, copies in and out. Does not own: durability (file-log.ts is the one on disk).
 * Called by: tests of app and of the signing guard. Compliance suite: test/compliance/log.ts.
 */
import type { LogPort } from "../ports/storage.ts";
import { CunError } from "../types/errors.ts";

export class MemoryLog implements LogPort {
  #records: Uint8Array[] = [];
  #bytes = 0;
  #closed = false;

  get bytes(): number {
    return this.#bytes;
  }

  async *records(): AsyncGenerator<Uint8Array> {
    this.#checkOpen();
    for (const record of this.#records) yield record.slice();
  }

  async append(records: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    for (const record of records) this.#add(record);
  }

  async rewrite(records: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    this.#records = [];
    this.#bytes = 0;
    for (const record of records) this.#add(record);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #add(record: Uint8Array): void {
    this.#records.push(record.slice());
    this.#bytes += record.length;
  }

  #checkOpen(): void {
    if (this.#closed) throw new CunError("storageFailed", { path: "(memory)", reason: "it is closed" });
  }
}
