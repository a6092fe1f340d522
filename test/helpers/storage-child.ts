/**
 * A process of its own that writes to a folder until it is killed or the disk is full, and says what was acknowledged.
 *
 * Owns: `log|store <folder>`; one line on standard output per acknowledged number, then, when writing fails, what a
 * first and a second attempt failed with. Does not own: the judgement (kill.test.ts and full-disk.test.ts, which start it).
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { FileLog } from "../../node/storage/file-log.ts";
import { LevelKeyValue } from "../../node/storage/level-key-value.ts";
import { CunError } from "../../node/types/errors.ts";

const RECORD_BYTES = 1000;
const PARALLEL = 4;

/** The number first, then padding. */
export function numbered(number: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

export async function readNumbers(log: FileLog): Promise<number[]> {
  const numbers: number[] = [];
  for await (const record of log.records()) numbers.push(numberOf(record));
  return numbers;
}

type Write = (number: number) => Promise<void>;

async function openLog(folder: string): Promise<{ first: number; write: Write }> {
  const log = await FileLog.open(join(folder, "test.log"));
  const first = (await readNumbers(log)).length;
  return { first, write: (number) => log.append([numbered(number)]) };
}

async function openStore(folder: string): Promise<{ first: number; write: Write }> {
  const store = await LevelKeyValue.open(join(folder, "db"));
  let first = 0;
  for await (const [key] of store.entries({ reverse: true, limit: 1 })) first = numberOf(key) + 1;
  const write: Write = (number) => {
    const key = numbered(number).subarray(0, 4);
    return store.write([{ type: "put", key, value: numbered(number) }], { durable: true });
  };
  return { first, write };
}

/** Keeps a few writes on their way at once, so that some are always cut off in the middle. */
async function writeForever(first: number, write: Write): Promise<void> {
  const failures: string[] = [];
  for (let next = first; failures.length < 2; next += PARALLEL) {
    const group = Array.from({ length: PARALLEL }, (_, i) => next + i);
    const results = await Promise.allSettled(
      group.map(async (number) => {
        await write(number);
        writeSync(1, `${number}\n`);
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed) failures.push(failed.reason instanceof CunError ? failed.reason.errorName : String(failed.reason));
  }
  for (const failure of failures) writeSync(1, `failed ${failure}\n`);
}

if (import.meta.main) {
  const [what, folder] = process.argv.slice(2);
  const { first, write } = await (what === "log" ? openLog : openStore)(folder!);
  await writeForever(first, write);
}
