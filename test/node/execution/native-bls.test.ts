/**
 * Native point addition against noble's, including every kind of input that serialised points treat specially.
 */
import { NobleBLS } from "@ethereumjs/evm";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect } from "chai";
import { NativeBls } from "../../../node/execution/native-bls.ts";
import { toHex } from "../../../node/types/primitives.ts";

const { G1, G2, fields } = bls12_381;
const [native, noble] = [new NativeBls(), new NobleBLS()];

const pad = (value: bigint): string => value.toString(16).padStart(128, "0");
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

function g1(multiple: bigint): string {
  if (multiple === 0n) return "00".repeat(128);
  const { x, y } = G1.Point.BASE.multiply(multiple).toAffine();
  return pad(x) + pad(y);
}

function g2(multiple: bigint): string {
  if (multiple === 0n) return "00".repeat(256);
  const { x, y } = G2.Point.BASE.multiply(multiple).toAffine();
  return pad(x.c0) + pad(x.c1) + pad(y.c0) + pad(y.c1);
}

/** On the curve, but not in the subgroup: addition must take it. */
function outsideG1(): string {
  for (let x = 1n; ; x++) {
    try {
      const y = fields.Fp.sqrt(fields.Fp.add(fields.Fp.pow(x, 3n), 4n));
      if (!G1.Point.fromAffine({ x, y }).isTorsionFree()) return pad(x) + pad(y);
    } catch {
      // Not a square: no point has this x.
    }
  }
}

function expectSame(add: "addG1" | "addG2", input: string): void {
  const outcome = (work: () => Uint8Array): string => {
    try {
      return toHex(work());
    } catch {
      return "refused";
    }
  };
  expect(
    outcome(() => native[add](bytes(input))),
    input,
  ).to.equal(outcome(() => noble[add](bytes(input))));
}

describe("native BLS addition", () => {
  const order = fields.Fr.ORDER;
  const pairs = [
    [1n, 2n],
    [5n, 5n],
    [7n, order - 7n],
    [0n, 3n],
    [3n, 0n],
    [0n, 0n],
    [order - 1n, 12345678901234567890n],
  ] as const;

  it("adds, doubles, cancels and treats infinity as noble does", () => {
    for (const [left, right] of pairs) {
      expectSame("addG1", g1(left) + g1(right));
      expectSame("addG2", g2(left) + g2(right));
    }
  });

  it("takes points outside the subgroup, as EIP-2537 wants", () => {
    const point = outsideG1();
    expect(toHex(native.addG1(bytes(point + g1(0n))))).to.equal(`0x${point}`);
    expectSame("addG1", point + g1(9n));
    expectSame("addG1", point + point);
  });

  it("refuses what is not on the curve or not in the field, also when its top bits look like flags", () => {
    const honest = g1(5n);
    const flagged = (flag: string) => `${"00".repeat(16)}${flag}${"00".repeat(47)}${"00".repeat(64)}`;
    const modulus = pad(fields.Fp.ORDER);
    for (const broken of [
      `${honest.slice(0, -1)}0`,
      flagged("40"),
      flagged("c0"),
      flagged("80"),
      flagged("20"),
      modulus + honest.slice(128),
      modulus + modulus,
      `${"00".repeat(64)}${modulus}`,
    ]) {
      expect(() => native.addG1(bytes(broken + honest)), broken).to.throw();
      expect(() => native.addG1(bytes(honest + broken)), broken).to.throw();
    }
    const honest2 = g2(5n);
    for (const broken of [
      `${honest2.slice(0, -1)}0`,
      modulus + honest2.slice(128),
      flagged("40") + "00".repeat(128),
      honest2.slice(0, 128) + flagged("40").slice(0, 128) + honest2.slice(256),
    ]) {
      expect(() => native.addG2(bytes(broken + honest2)), broken).to.throw();
      expectSame("addG2", honest2 + broken);
    }
  });
});
