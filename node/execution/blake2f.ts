/**
 * The BLAKE2F precompile in parts: one call may ask for sixteen million rounds, a second or more of work.
 *
 * Owns: the compression function of BLAKE2b with any number of rounds, the rules of EIP-152.
 * Does not own: when to let in other work or to give up (pace.ts).
 * Called by: machine. Words of 64 bits are pairs of 32, low half first, as they stand in the input.
 */
import { EVMError, type PrecompileFunc } from "@ethereumjs/evm";
import type { Pace } from "./pace.ts";

const INPUT_BYTES = 213;
const [H_AT, M_AT, T_AT, FINAL_AT] = [4, 68, 196, 212];
/** About a millisecond. */
const ROUNDS_BETWEEN_CHECKS = 5000;
const NOTHING = new Uint8Array(0);

/** The first 64 bits of the fractional parts of the square roots of the first eight primes. */
const INITIAL = Int32Array.of(
  0xf3bcc908,
  0x6a09e667,
  0x84caa73b,
  0xbb67ae85,
  0xfe94f82b,
  0x3c6ef372,
  0x5f1d36f1,
  0xa54ff53a,
  0xade682d1,
  0x510e527f,
  0x2b3e6c1f,
  0x9b05688c,
  0xfb41bd6b,
  0x1f83d9ab,
  0x137e2179,
  0x5be0cd19,
);
/** Which words of the message a round mixes in, as offsets; ten rounds, then again. */
const SIGMA = [
  "0123456789abcdef",
  "ea489fd61c02b753",
  "b8c052fdae367194",
  "7931dcbe265a40f8",
  "905724afe1bc683d",
  "2c6a0b834d75fe19",
  "c51fed4a0763928b",
  "db7ec13950f4862a",
  "6fe9b308c2d714a5",
  "a2847615fb9e3cd0",
].map((row) => Uint8Array.from(row, (digit) => 2 * Number.parseInt(digit, 16)));

export const blake2f =
  (pace: Pace): PrecompileFunc =>
  async ({ data, gasLimit }) => {
    const final = data[FINAL_AT];
    if (data.length !== INPUT_BYTES || (final !== 0 && final !== 1)) {
      return failed(gasLimit, EVMError.errorMessages.OUT_OF_RANGE);
    }
    const rounds = new DataView(data.buffer, data.byteOffset).getUint32(0);
    if (gasLimit < BigInt(rounds)) return failed(gasLimit, EVMError.errorMessages.OUT_OF_GAS);
    const h = wordsOf(data.subarray(H_AT, M_AT));
    const message = wordsOf(data.subarray(M_AT, T_AT));
    const work = start(h, wordsOf(data.subarray(T_AT, FINAL_AT)), final === 1);
    for (let round = 0; round < rounds; round += ROUNDS_BETWEEN_CHECKS) {
      const pause = pace.check();
      if (pause !== undefined) await pause;
      mixRounds(work, message, round, Math.min(rounds, round + ROUNDS_BETWEEN_CHECKS));
    }
    const output = new DataView(new ArrayBuffer(4 * h.length));
    h.forEach((word, index) => {
      output.setInt32(4 * index, word ^ work[index]! ^ work[index + h.length]!, true);
    });
    return { executionGasUsed: BigInt(rounds), returnValue: new Uint8Array(output.buffer) };
  };

const failed = (gasLimit: bigint, reason: EVMError["error"]) => ({
  returnValue: NOTHING,
  executionGasUsed: gasLimit,
  exceptionError: new EVMError(reason),
});

function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(4 * index, true));
}

function start(h: Int32Array, offset: Int32Array, isFinal: boolean): Int32Array {
  const work = new Int32Array(2 * h.length);
  work.set(h);
  work.set(INITIAL, h.length);
  for (let index = 0; index < offset.length; index++) work[24 + index]! ^= offset[index]!;
  if (isFinal) {
    work[28]! ^= -1;
    work[29]! ^= -1;
  }
  return work;
}

function mixRounds(work: Int32Array, message: Int32Array, from: number, to: number): void {
  for (let round = from; round < to; round++) {
    const order = SIGMA[round % SIGMA.length]!;
    mix(work, message, 0, 8, 16, 24, order[0]!, order[1]!);
    mix(work, message, 2, 10, 18, 26, order[2]!, order[3]!);
    mix(work, message, 4, 12, 20, 28, order[4]!, order[5]!);
    mix(work, message, 6, 14, 22, 30, order[6]!, order[7]!);
    mix(work, message, 0, 10, 20, 30, order[8]!, order[9]!);
    mix(work, message, 2, 12, 22, 24, order[10]!, order[11]!);
    mix(work, message, 4, 14, 16, 26, order[12]!, order[13]!);
    mix(work, message, 6, 8, 18, 28, order[14]!, order[15]!);
  }
}

const WORD = 2 ** 32;

/** BLAKE2b's G on words a, b, c, d with words x and y of the message; rotations by 32, 24, 16 and 63. */
function mix(
  work: Int32Array,
  message: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  x: number,
  y: number,
): void {
  let bLow = work[b]!;
  let bHigh = work[b + 1]!;
  let sum = (work[a]! >>> 0) + (bLow >>> 0) + (message[x]! >>> 0);
  let aLow = sum | 0;
  let aHigh = (work[a + 1]! + bHigh + message[x + 1]! + ((sum / WORD) | 0)) | 0;
  let dLow = work[d + 1]! ^ aHigh;
  let dHigh = work[d]! ^ aLow;
  sum = (work[c]! >>> 0) + (dLow >>> 0);
  let cLow = sum | 0;
  let cHigh = (work[c + 1]! + dHigh + ((sum / WORD) | 0)) | 0;
  let low = bLow ^ cLow;
  let high = bHigh ^ cHigh;
  bLow = (low >>> 24) | (high << 8);
  bHigh = (high >>> 24) | (low << 8);
  sum = (aLow >>> 0) + (bLow >>> 0) + (message[y]! >>> 0);
  aLow = sum | 0;
  aHigh = (aHigh + bHigh + message[y + 1]! + ((sum / WORD) | 0)) | 0;
  low = dLow ^ aLow;
  high = dHigh ^ aHigh;
  dLow = (low >>> 16) | (high << 16);
  dHigh = (high >>> 16) | (low << 16);
  sum = (cLow >>> 0) + (dLow >>> 0);
  cLow = sum | 0;
  cHigh = (cHigh + dHigh + ((sum / WORD) | 0)) | 0;
  low = bLow ^ cLow;
  high = bHigh ^ cHigh;
  work[b] = (high >>> 31) | (low << 1);
  work[b + 1] = (low >>> 31) | (high << 1);
  work[a] = aLow;
  work[a + 1] = aHigh;
  work[c] = cLow;
  work[c + 1] = cHigh;
  work[d] = dLow;
  work[d + 1] = dHigh;
}
