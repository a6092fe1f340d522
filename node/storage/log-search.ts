/**
 * Finding logs: the bloom filter rules out blocks and receipts, then logs are compared exactly.
 *
 * Owns: bloom membership as Ethereum defines it (yellow paper §4.3.1: three 11-bit positions of the keccak-256) and
 * the meaning of a filter. Does not own: reading blocks (block-store.ts, which calls it), limits.
 */
import { keccak256 } from "../crypto/hashes.ts";
import type { LogFilter } from "../ports/chain.ts";
import type { LogEntry } from "../ports/execution.ts";
import { fromHex, type Hash } from "../types/primitives.ts";

const BLOOM_BYTES = 256;

/** The three bits that a value sets: byte position and mask. */
type BloomBits = readonly (readonly [byte: number, mask: number])[];

export interface LogMatcher {
  /** False only when nothing behind this bloom can match. */
  mayContain(bloom: Uint8Array): boolean;
  matches(log: LogEntry): boolean;
}

export function createLogMatcher(filter: Pick<LogFilter, "addresses" | "topics">): LogMatcher {
  const addresses = new Set(filter.addresses);
  const topics = filter.topics.map((choices) => new Set<Hash>(choices));
  const groups = [filter.addresses, ...filter.topics]
    .filter((choices) => choices.length > 0)
    .map((choices) => choices.map((choice) => bloomBits(fromHex(choice)!)));
  return {
    mayContain: (bloom) => groups.every((choices) => choices.some((bits) => hasBits(bloom, bits))),
    matches: (log) =>
      (addresses.size === 0 || addresses.has(log.address)) &&
      topics.length <= log.topics.length &&
      topics.every((choices, position) => choices.size === 0 || choices.has(log.topics[position]!)),
  };
}

function bloomBits(value: Uint8Array): BloomBits {
  const hash = keccak256(value);
  return [0, 2, 4].map((offset) => {
    const bit = ((hash[offset]! << 8) | hash[offset + 1]!) & 0x7ff;
    return [BLOOM_BYTES - 1 - (bit >>> 3), 1 << (bit & 7)] as const;
  });
}

const hasBits = (bloom: Uint8Array, bits: BloomBits): boolean =>
  bits.every(([byte, mask]) => (bloom[byte]! & mask) !== 0);

/** True when no log stands behind this bloom. */
export const isEmptyBloom = (bloom: Uint8Array): boolean => bloom.every((byte) => byte === 0);
