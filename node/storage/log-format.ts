/**
 * The bytes of a log file: a header, then frames; one frame holds the records that were flushed together.
 *
 *   header: "CUNLOG01" ‖ mark u32 ‖ CRC-32 of both        frame: mark u32 ‖ length u32 ‖ CRC-32 u32 ‖ body
 *   body:   one or more of (record length u32 ‖ record)   CRC over length and body
 *
 * Only the last frame can be torn by a crash, because a frame is written after the one before is on the disk; so bad
 * bytes followed by a whole frame are damage and never a crash. The mark is random for each file: no peer can hide
 * bytes in a record that look like a frame, and searching for the next frame is one scan.
 * Owns: this layout and the judgement. Does not own: files (file-log.ts, which calls it).
 */
import { crc32 } from "node:zlib";
import { MAX_LOG_FRAME_BYTES } from "../types/limits.ts";

export const HEADER_BYTES = 16;
export const FRAME_HEAD_BYTES = 12;
const MAGIC = Buffer.from("CUNLOG01", "latin1");

export function encodeHeader(mark: Buffer): Buffer {
  const body = Buffer.concat([MAGIC, mark]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([body, checksum]);
}

/** The mark, or undefined when this is not a whole header. */
export function decodeHeader(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  return bytes.readUInt32BE(12) === crc32(bytes.subarray(0, 12)) ? Buffer.from(bytes.subarray(8, 12)) : undefined;
}

/** Bytes that a record takes inside a frame. */
export const recordBytes = (record: Uint8Array): number => 4 + record.length;

export function encodeFrame(records: readonly Uint8Array[], mark: Buffer): Buffer {
  const bodyBytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + bodyBytes);
  mark.copy(frame);
  frame.writeUInt32BE(bodyBytes, 4);
  let offset = FRAME_HEAD_BYTES;
  for (const record of records) {
    offset = frame.writeUInt32BE(record.length, offset);
    frame.set(record, offset);
    offset += record.length;
  }
  frame.writeUInt32BE(checksum(frame), 8);
  return frame;
}

function checksum(frame: Buffer): number {
  return crc32(frame.subarray(FRAME_HEAD_BYTES), crc32(frame.subarray(4, 8)));
}

/** Length of a frame, from its head. */
export const frameBytes = (head: Buffer): number => FRAME_HEAD_BYTES + head.readUInt32BE(4);

/** Length of the whole frame that starts at the offset; undefined when there is none. */
function wholeFrameAt(bytes: Buffer, offset: number, mark: Buffer): number | undefined {
  if (offset + FRAME_HEAD_BYTES > bytes.length || bytes.compare(mark, 0, 4, offset, offset + 4) !== 0) return undefined;
  const bodyBytes = bytes.readUInt32BE(offset + 4);
  const end = offset + FRAME_HEAD_BYTES + bodyBytes;
  if (bodyBytes === 0 || bodyBytes > MAX_LOG_FRAME_BYTES || end > bytes.length) return undefined;
  const frame = bytes.subarray(offset, end);
  return checksum(frame) === frame.readUInt32BE(8) ? frame.length : undefined;
}

/** Records of a frame whose checksum was right. */
export function* recordsOf(frame: Buffer): Generator<Uint8Array> {
  let offset = FRAME_HEAD_BYTES;
  while (offset < frame.length) {
    const length = frame.readUInt32BE(offset);
    yield new Uint8Array(frame.subarray(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
}

export interface LogScan {
  /** End of the last whole frame in a row: what lies behind it is a torn tail. */
  readonly end: number;
  /** Where bad bytes are followed by a whole frame. */
  readonly corruptAt: number | undefined;
}

/** Judges everything behind the header. */
export function scanFrames(bytes: Buffer, mark: Buffer): LogScan {
  let end = HEADER_BYTES;
  for (;;) {
    const length = wholeFrameAt(bytes, end, mark);
    if (length === undefined) break;
    end += length;
  }
  for (let offset = bytes.indexOf(mark, end + 1); offset !== -1; offset = bytes.indexOf(mark, offset + 1)) {
    if (wholeFrameAt(bytes, offset, mark) !== undefined) return { end, corruptAt: end };
  }
  return { end, corruptAt: undefined };
}
