/**
 * Blocks without transactions: a payload that names its parent, epoch and views, and whether it closes its epoch, and a
 * digest over it.
 *
 * Owns: making and reading such blocks. Does not own: which node has executed what (sim-node.ts).
 * Called by: test/simulation, engine tests. A payload whose first bit is 0 is an invalid block.
 */
import type { FinalizedHead } from "../../node/consensus/events.ts";
import type { Proposal } from "../../node/types/messages.ts";
import {
  asEpoch,
  asHeight,
  asView,
  type Epoch,
  type Hash,
  type Height,
  hashBytes,
  toHash,
  type View,
} from "../../node/types/primitives.ts";

export interface FakeBlock {
  readonly valid: boolean;
  readonly height: Height;
  readonly view: View;
  readonly parentView: View;
  readonly parentDigest: Hash;
  /** Tells blocks of one leader in one view apart. */
  readonly salt: number;
  readonly epoch?: Epoch;
  /** Executing it ends its epoch. */
  readonly closes?: boolean;
}

/** Where every simulated chain begins. */
export const GENESIS: FinalizedHead = {
  epoch: asEpoch(0),
  view: asView(0),
  height: asHeight(0),
  digest: toHash(new Uint8Array(32).fill(0x47)),
  certificate: undefined,
  startsEpoch: true,
};

const LENGTH = 53;
const VALID = 1;
const CLOSES = 2;

export function encodeBlock(block: FakeBlock): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  bytes[0] = (block.valid ? VALID : 0) | (block.closes ? CLOSES : 0);
  view.setUint32(1, block.height);
  view.setUint32(5, block.view);
  view.setUint32(9, block.parentView);
  view.setUint32(13, block.salt);
  view.setUint32(17, block.epoch ?? 0);
  bytes.set(hashBytes(block.parentDigest), 21);
  return bytes;
}

export function decodeBlock(bytes: Uint8Array): FakeBlock | undefined {
  if (bytes.length !== LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH);
  return {
    valid: (bytes[0]! & VALID) !== 0,
    closes: (bytes[0]! & CLOSES) !== 0,
    epoch: asEpoch(view.getUint32(17)),
    height: asHeight(view.getUint32(1)),
    view: asView(view.getUint32(5)),
    parentView: asView(view.getUint32(9)),
    salt: view.getUint32(13),
    parentDigest: toHash(bytes.subarray(21)),
  };
}

/** Four FNV-1a hashes with different starts, as 16 bytes; the rest is the tail of the payload's own header. */
export function digestOf(payload: Uint8Array): Hash {
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  for (let lane = 0; lane < 4; lane++) {
    let hash = 0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b1);
    for (const byte of payload) hash = Math.imul(hash ^ byte, 0x01000193);
    view.setUint32(lane * 4, hash ^ (hash >>> 15));
  }
  digest.set(payload.subarray(1, 17), 16);
  return toHash(digest);
}

/** What execution must find before a validator votes. */
export function isExecutable(proposal: Proposal): boolean {
  const block = decodeBlock(proposal.payload);
  return (
    block?.valid === true &&
    digestOf(proposal.payload) === proposal.digest &&
    block.height === proposal.height &&
    block.epoch === proposal.epoch &&
    block.view === proposal.view &&
    block.parentView === proposal.parentView &&
    block.parentDigest === proposal.parentDigest
  );
}

/** What execution says of a block that is executable. */
export const closesEpoch = (payload: Uint8Array): boolean => decodeBlock(payload)?.closes === true;
