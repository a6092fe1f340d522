/**
 * Precompiles and rewritten opcodes here and in EDR (revm): output, success and gas for valid, boundary and bad input.
 *
 * Owns: the inputs, sent as call data to a contract that asks and logs. Does not own: comparison (edr-pair.ts); the
 * same precompiles beside the library's own, with more inputs (precompiles.test.ts).
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { assemble } from "../../helpers/assembly.ts";
import { compareBlock, openPair, type Pair } from "../../helpers/edr-pair.ts";
import { ANN, signed } from "../../helpers/execution-chain.ts";
import { KZG_INPUTS, P256_INPUT, PAIRING_INPUT } from "../../vectors/precompile-inputs.ts";

const ASKER = "0x00000000000000000000000000000000000a5ce2";
const COPIER = "0x00000000000000000000000000000000000c0b1e";
const JUMPER = "0x000000000000000000000000000000000001a3b9";
/** The first word of its call data is whom it asks with the rest; it logs the answer under the success. */
const ASK = assemble(
  `20 CALLDATASIZE SUB 20 00 CALLDATACOPY 00 00 20 CALLDATASIZE SUB 00 00 CALLDATALOAD 200b20 STATICCALL
   RETURNDATASIZE 00 00 RETURNDATACOPY RETURNDATASIZE 00 LOG1`,
);
/** Copies with the offset and length in its call data from all sources, then moves words, and logs all memory. */
const COPY = assemble(
  `20 CALLDATALOAD 00 CALLDATALOAD 05 CALLDATACOPY 20 CALLDATALOAD 00 CALLDATALOAD 0100 CODECOPY
   20 CALLDATALOAD 00 CALLDATALOAD 0203 ADDRESS EXTCODECOPY 20 CALLDATALOAD 00 CALLDATALOAD 0300 60 CALLDATALOAD EXTCODECOPY
   40 CALLDATALOAD 0411 MSTORE 0407 MLOAD 0455 MSTORE 0411 MLOAD 03 MLOAD MSIZE 00 LOG2`,
);
/** Jumps where its call data says, if the second word is not zero; 0x5b at 13 is data, at 14 a target. */
const JUMP = `${assemble("20 CALLDATALOAD 00 CALLDATALOAD JUMPI 2a 00 SSTORE")}605b5b${assemble("07 01 SSTORE").slice(2)}`;

const { G1, G2, fields } = bls12_381;
const word = (value: bigint | number, bytes = 32): string => value.toString(16).padStart(2 * bytes, "0");
const ones = (1n << 256n) - 1n;
const g1 = (multiple: bigint): string => {
  const { x, y } = G1.Point.BASE.multiply(multiple).toAffine();
  return word(x, 64) + word(y, 64);
};
const g2 = (multiple: bigint): string => {
  const { x, y } = G2.Point.BASE.multiply(multiple).toAffine();
  return [x.c0, x.c1, y.c0, y.c1].map((part) => word(part, 64)).join("");
};
const bn1 = (multiple: bigint): string => {
  const { x, y } = bn254.G1.Point.BASE.multiply(multiple).toAffine();
  return word(x) + word(y);
};
const bn2 = (multiple: bigint): string => {
  const { x, y } = bn254.G2.Point.BASE.multiply(multiple).toAffine();
  return [x.c1, x.c0, y.c1, y.c0].map((part) => word(part)).join("");
};
/** With a wrong last digit, one byte too short, one too long. */
const spoilt = (input: string): string[] => [
  `${input.slice(0, -1)}${input.endsWith("0") ? "1" : "0"}`,
  input.slice(2),
  `${input}00`,
];
const NOTHING1 = "00".repeat(128);
const NOTHING2 = "00".repeat(256);
/** (4, …) is on the curve and outside the subgroup: its y is found like any square root. */
const OUTSIDE = word(4n, 64) + word(fields.Fp.sqrt(68n), 64);

const INPUTS: Readonly<Record<string, readonly string[]>> = {
  "01": ["", word(1) + word(27) + word(1) + word(1), word(1) + word(28) + word(ones) + word(1)],
  "02": ["", "00", "ab".repeat(200)],
  "03": ["", "00", "ab".repeat(200)],
  "05": [
    `${word(1) + word(1) + word(1)}030507`,
    word(0) + word(0) + word(0),
    `${word(32) + word(2) + word(32) + word(ones)}ffff${word(ones - 1n)}`,
    word(3) + word(3) + word(40),
    word(1025) + word(1) + word(1),
  ],
  "06": [
    bn1(2n) + bn1(3n),
    bn1(2n) + bn1(2n),
    bn1(2n),
    "",
    word(bn254.fields.Fp.ORDER) + word(2),
    ...spoilt(bn1(2n) + bn1(9n)),
  ],
  "07": [bn1(2n) + word(ones), bn1(2n) + word(bn254.fields.Fr.ORDER), bn1(5n), "", ...spoilt(bn1(7n))],
  "08": [
    "",
    bn1(2n) + bn2(3n),
    bn1(6n) + bn2(5n) + bn1(bn254.fields.Fr.ORDER - 30n) + bn2(1n),
    ...spoilt(bn1(2n) + bn2(3n)),
  ],
  "09": [
    `${word(12, 4) + "5a".repeat(208)}01`,
    `${word(0, 4) + "5a".repeat(208)}00`,
    `${word(3_000, 4) + "5a".repeat(208)}01`,
    `${word(1, 4) + "00".repeat(208)}02`,
    "",
  ],
  "0a": KZG_INPUTS.flatMap((input) => [input.slice(2)]),
  "0b": [
    g1(2n) + g1(3n),
    g1(2n) + g1(2n),
    g1(2n) + NOTHING1,
    NOTHING1 + NOTHING1,
    OUTSIDE + g1(3n),
    ...spoilt(g1(2n) + g1(9n)),
  ],
  "0c": [
    g1(2n) + word(ones),
    g1(2n) + word(3) + g1(5n) + word(0) + NOTHING1 + word(9),
    OUTSIDE + word(1),
    "",
    ...spoilt(g1(7n) + word(5)),
  ],
  "0d": [g2(2n) + g2(3n), g2(2n) + g2(2n), g2(2n) + NOTHING2, NOTHING2 + NOTHING2, ...spoilt(g2(2n) + g2(9n))],
  "0e": [
    g2(2n) + word(ones),
    g2(2n) + word(3) + g2(5n) + word(0) + NOTHING2 + word(9),
    "",
    ...spoilt(g2(7n) + word(5)),
  ],
  "0f": [
    PAIRING_INPUT.slice(2),
    g1(2n) + g2(3n),
    NOTHING1 + g2(3n),
    g1(2n) + NOTHING2,
    OUTSIDE + g2(1n),
    "",
    ...spoilt(g1(2n) + g2(3n)),
  ],
  "10": [
    word(5n, 64),
    word(0n, 64),
    word(fields.Fp.ORDER - 1n, 64),
    word(fields.Fp.ORDER, 64),
    "",
    `01${word(5n, 63)}`,
  ],
  "11": [
    word(5n, 128),
    word(0n, 128),
    word(fields.Fp.ORDER - 1n, 64) + word(7n, 64),
    word(5n, 64) + word(fields.Fp.ORDER, 64),
    "",
  ],
  "0100": [P256_INPUT.slice(2), "", "00".repeat(160), ...spoilt(P256_INPUT.slice(2))],
};

describe("precompiles and rewritten opcodes beside EDR", () => {
  let pair: Pair;
  let nonce: number;
  beforeEach(async () => {
    pair = await openPair({ [ASKER]: ASK, [COPIER]: COPY, [JUMPER]: JUMP });
    nonce = 0;
  });
  afterEach(async () => {
    await pair.ours.close();
    await pair.oracle.close();
  });

  const send = async (to: string, data: string, gasLimit = 3_000_000n) =>
    signed(ANN, nonce++, { to, data: `0x${data}`, value: 0n, gasLimit });

  for (const [precompile, inputs] of Object.entries(INPUTS)) {
    it(`agrees on ${inputs.length} inputs of the precompile at 0x${precompile}`, async () => {
      const raws = [];
      for (const input of inputs) raws.push(await send(ASKER, word(BigInt(`0x${precompile}`)) + input));
      const block = await compareBlock(pair, raws);
      const answers = new Set(block.receipts.map(({ logs }) => JSON.stringify([logs[0]!.topics, [...logs[0]!.data]])));
      expect(answers.size).to.be.greaterThan(1);
    });
  }

  it("agrees on copies at and past the end of data and on words of memory at odd places", async () => {
    const raws = [];
    for (const [offset, length] of [
      [0n, 0n],
      [0n, 7n],
      [3n, 32n],
      [90n, 100n],
      [127n, 1n],
      [128n, 40n],
      [129n, 40n],
      [2n ** 32n, 5n],
      [ones, 33n],
      [ones, 0n],
      [5n, 200n],
    ] as const) {
      for (const value of [0n, 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 128n + 5n, ones]) {
        raws.push(await send(COPIER, word(offset) + word(length) + word(value) + word(0xa5ce2), 100_000n));
      }
    }
    raws.push(await send(COPIER, word(0) + word(ones) + word(0) + word(0), 100_000n));
    const block = await compareBlock(pair, raws);
    expect(block.receipts.filter(({ succeeded }) => succeeded).length).to.equal(66);
  });

  it("agrees on jumps to targets, into data, past the end and to no offset at all", async () => {
    const raws = [];
    for (const target of [0n, 1n, 12n, 13n, 14n, 15n, 19n, 20n, 99n, 2n ** 32n + 14n, 2n ** 53n, ones]) {
      for (const condition of [0n, 1n, ones]) raws.push(await send(JUMPER, word(target) + word(condition), 100_000n));
    }
    const block = await compareBlock(pair, raws);
    expect(block.receipts.filter(({ succeeded }) => succeeded).length).to.equal(14);
  });
});
