/**
 * The fast precompiles beside the library's JavaScript ones: same answers and same refusals for every kind of input.
 *
 * Owns: valid, boundary and invalid inputs. Does not own: gas of whole transactions (edr-precompiles.test.ts).
 */
import { createSign, generateKeyPairSync } from "node:crypto";
import { type EVMInterface, getActivePrecompiles, NobleBLS, NobleBN254, type PrecompileFunc } from "@ethereumjs/evm";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { expect } from "chai";
import { blake2f } from "../../../node/execution/blake2f.ts";
import { FastBls } from "../../../node/execution/bls12-381.ts";
import { FastBn254 } from "../../../node/execution/bn254.ts";
import { createChainCommon } from "../../../node/execution/chain-common.ts";
import { p256Verify } from "../../../node/execution/p256.ts";
import { Pace } from "../../../node/execution/pace.ts";
import { toHex } from "../../../node/types/primitives.ts";

const word = (value: bigint | number, bytes = 32): string => value.toString(16).padStart(2 * bytes, "0");
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** A small generator: the same numbers at every run. */
function numbers(seed: bigint): (limit: bigint) => bigint {
  let state = seed;
  return (limit) => {
    let value = 0n;
    for (let round = 0; round < 8; round++) {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & ((1n << 64n) - 1n);
      value = (value << 40n) | (state >> 24n);
    }
    return value % limit;
  };
}

function outcome(work: () => Uint8Array): string {
  try {
    return toHex(work());
  } catch {
    return "refused";
  }
}

/** What the inputs lead to: a test whose inputs all end the same proves little. */
function compare<Backend>(fast: Backend, slow: Backend, method: keyof Backend, inputs: readonly string[]): Set<string> {
  const outcomes = inputs.map((input) => {
    const [ours, theirs] = [fast, slow].map((backend) =>
      outcome(() => (backend[method] as (input: Uint8Array) => Uint8Array).call(backend, bytes(input))),
    );
    expect(ours, `${String(method)} of ${input.slice(0, 400)}`).to.equal(theirs);
    return ours!;
  });
  return new Set(outcomes);
}

const { G1, G2, fields } = bls12_381;
const ORDER = fields.Fr.ORDER;
const MODULUS = fields.Fp.ORDER;

function g1(multiple: bigint): string {
  if (multiple === 0n) return "00".repeat(128);
  const { x, y } = G1.Point.BASE.multiply(multiple).toAffine();
  return word(x, 64) + word(y, 64);
}

function g2(multiple: bigint): string {
  if (multiple === 0n) return "00".repeat(256);
  const { x, y } = G2.Point.BASE.multiply(multiple).toAffine();
  return [x.c0, x.c1, y.c0, y.c1].map((part) => word(part, 64)).join("");
}

/** On the curve, but not in the subgroup. */
function outsideG1(): string {
  for (let x = 1n; ; x++) {
    try {
      const y = fields.Fp.sqrt(fields.Fp.add(fields.Fp.pow(x, 3n), 4n));
      if (!G1.Point.fromAffine({ x, y }).isTorsionFree()) return word(x, 64) + word(y, 64);
    } catch {
      // Not a square: no point has this x.
    }
  }
}

function outsideG2(): string {
  const { Fp2 } = fields;
  for (let part = 1n; ; part++) {
    try {
      const x = Fp2.fromBigTuple([part, 0n]);
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.mul(x, x), x), Fp2.fromBigTuple([4n, 4n])));
      if (!G2.Point.fromAffine({ x, y }).isTorsionFree()) {
        return [x.c0, x.c1, y.c0, y.c1].map((value) => word(value, 64)).join("");
      }
    } catch {
      // Not a square.
    }
  }
}

const SCALARS = [0n, 1n, 2n, ORDER - 1n, ORDER, ORDER + 1n, (1n << 256n) - 1n, 1n << 255n];
/** Each breaks one coordinate, or all. */
function broken(point: string, modulus: bigint, size: number): string[] {
  const coordinates = point.length / (2 * size);
  const put = (position: number, value: string) =>
    point.slice(0, 2 * size * position) + value + point.slice(2 * size * (position + 1));
  const places = Array.from({ length: coordinates }, (_, position) => position);
  return [
    `${point.slice(0, -1)}${point.endsWith("0") ? "1" : "0"}`,
    ...places.flatMap((place) => [
      put(place, word(modulus, size)),
      put(place, word(modulus + 1n, size)),
      put(place, word(modulus - 1n, size)),
      put(place, "00".repeat(size)),
      put(place, "ff".repeat(size)),
    ]),
    places.map(() => word(modulus, size)).join(""),
  ];
}

describe("fast BLS12-381 precompiles", () => {
  const [fast, slow] = [new FastBls(), new NobleBLS()];
  const below = numbers(12n);

  it("add, double and cancel points of the curve, in the subgroup or not, as noble does", () => {
    const points1 = [
      g1(0n),
      g1(1n),
      g1(5n),
      g1(ORDER - 5n),
      g1(below(ORDER)),
      outsideG1(),
      ...broken(g1(7n), MODULUS, 64),
    ];
    const points2 = [
      g2(0n),
      g2(1n),
      g2(5n),
      g2(ORDER - 5n),
      g2(below(ORDER)),
      outsideG2(),
      ...broken(g2(7n), MODULUS, 64),
    ];
    const pairs = (points: readonly string[]) =>
      points.flatMap((left, index) =>
        points.slice(index < 6 ? 0 : 6, index < 6 ? undefined : 7).map((right) => left + right),
      );
    expect(compare(fast, slow, "addG1", pairs(points1)).size).to.be.greaterThan(10);
    expect(compare(fast, slow, "addG2", pairs(points2)).size).to.be.greaterThan(10);
  }).timeout(60_000);

  it("multiply and sum with any scalar, also zero ones, infinity and points that cancel", () => {
    for (const [method, point, outside, size] of [
      ["msmG1", g1, outsideG1(), 1],
      ["msmG2", g2, outsideG2(), 2],
    ] as const) {
      const random = (count: number) =>
        Array.from({ length: count }, () => point(below(ORDER)) + word(below(1n << 256n))).join("");
      const inputs = [
        ...SCALARS.map((scalar) => point(3n) + word(scalar)),
        ...SCALARS.map((scalar) => point(0n) + word(scalar) + point(2n) + word(scalar)),
        point(3n) + word(4n) + point(ORDER - 3n) + word(4n),
        point(3n) + word(4n) + point(3n) + word(ORDER - 4n),
        (point(9n) + word(11n)).repeat(5),
        ...[2, 3, 9, 20].map(random),
        outside + word(5n),
        outside + word(0n),
        outside + word(ORDER),
        point(2n) + word(3n) + outside + word(1n),
        ...broken(point(7n), MODULUS, 64).map((bad) => bad + word(1n)),
      ];
      expect(compare(fast, slow, method, inputs).size, `size ${size}`).to.be.greaterThan(15);
    }
  }).timeout(120_000);

  it("check pairings with infinity, cancellation and broken points", () => {
    const [a, b] = [below(ORDER), below(ORDER)];
    const inputs = [
      g1(a) + g2(b),
      g1(a) + g2(b) + g1(ORDER - a) + g2(b),
      g1(a) + g2(b) + g1((a * b) % ORDER) + g2(ORDER - 1n),
      g1(0n) + g2(b),
      g1(a) + g2(0n),
      g1(0n) + g2(0n),
      g1(0n) + g2(b) + g1(a) + g2(b),
      g1(a) + g2(b) + g1(0n) + g2(0n) + g1(ORDER - a) + g2(b),
      outsideG1() + g2(0n),
      g1(0n) + outsideG2(),
      ...broken(g1(7n), MODULUS, 64).map((bad) => bad + g2(0n)),
      ...broken(g2(7n), MODULUS, 64).map((bad) => g1(0n) + bad),
    ];
    expect(compare(fast, slow, "pairingCheck", inputs).size).to.equal(3);
  }).timeout(120_000);

  it("map field elements, the smallest and the largest, and refuse what is not in the field", () => {
    const elements = [
      0n,
      1n,
      2n,
      MODULUS - 1n,
      MODULUS - 2n,
      below(MODULUS),
      below(MODULUS),
      MODULUS,
      MODULUS + 1n,
      (1n << 384n) - 1n,
    ];
    expect(
      compare(
        fast,
        slow,
        "mapFPtoG1",
        elements.map((element) => word(element, 64)),
      ).size,
    ).to.equal(8);
    const couples = elements.flatMap((left) =>
      [0n, 5n, MODULUS - 1n, MODULUS].map((right) => word(left, 64) + word(right, 64)),
    );
    expect(compare(fast, slow, "mapFP2toG2", couples).size).to.equal(22);
  }).timeout(60_000);
});

describe("fast bn254 precompiles", () => {
  const [fast, slow] = [new FastBn254(), new NobleBN254()];
  const below = numbers(254n);
  const order = bn254.fields.Fr.ORDER;
  const modulus = bn254.fields.Fp.ORDER;
  const point1 = (multiple: bigint): string => {
    if (multiple === 0n) return "00".repeat(64);
    const { x, y } = bn254.G1.Point.BASE.multiply(multiple).toAffine();
    return word(x) + word(y);
  };
  const point2 = (multiple: bigint): string => {
    if (multiple === 0n) return "00".repeat(128);
    const { x, y } = bn254.G2.Point.BASE.multiply(multiple).toAffine();
    return [x.c1, x.c0, y.c1, y.c0].map((part) => word(part)).join("");
  };
  /** On the twist, but not in the subgroup. */
  const outside = (): string => {
    const { Fp2 } = bn254.fields;
    const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
    for (let part = 1n; ; part++) {
      try {
        const x = Fp2.fromBigTuple([part, 0n]);
        const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.mul(x, x), x), b));
        if (!bn254.G2.Point.fromAffine({ x, y }).isTorsionFree()) {
          return [x.c1, x.c0, y.c1, y.c0].map((value) => word(value)).join("");
        }
      } catch {
        // Not a square.
      }
    }
  };
  const bad1 = broken(point1(7n), modulus, 32);
  const bad2 = broken(point2(7n), modulus, 32);

  it("add, double and cancel as noble does", () => {
    const points = [point1(0n), point1(1n), point1(5n), point1(order - 5n), point1(below(order))];
    const inputs = points.flatMap((left) => [...points, ...bad1].flatMap((right) => [left + right, right + left]));
    expect(compare(fast, slow, "add", inputs).size).to.be.greaterThan(8);
  });

  it("multiply by any scalar", () => {
    const scalars = [0n, 1n, 2n, order - 1n, order, order + 1n, (1n << 256n) - 1n, below(order), below(1n << 256n)];
    const points = [point1(0n), point1(1n), point1(order - 1n), point1(below(order)), ...bad1];
    const inputs = points.flatMap((point) => scalars.map((scalar) => point + word(scalar) + "00".repeat(32)));
    expect(compare(fast, slow, "mul", inputs).size).to.be.greaterThan(15);
  });

  it("check pairings of nothing, infinity, cancellation, the twist's other points and broken ones", () => {
    const [a, b] = [below(order), below(order)];
    const inputs = [
      "",
      point1(a) + point2(b),
      point1(a) + point2(b) + point1(order - a) + point2(b),
      point1(a) + point2(b) + point1((a * b) % order) + point2(order - 1n),
      point1(0n) + point2(b),
      point1(a) + point2(0n),
      point1(0n) + point2(0n) + point1(a) + point2(b),
      point1(a) + outside(),
      point1(0n) + outside(),
      ...bad1.map((bad) => bad + point2(0n)),
      ...bad2.map((bad) => point1(0n) + bad),
    ];
    expect(compare(fast, slow, "pairing", inputs).size).to.equal(3);
  }).timeout(60_000);
});

describe("fast P256VERIFY and BLAKE2F", () => {
  const common = createChainCommon(2026);
  const library = getActivePrecompiles(common);
  const context = { common, _EVM: {} as EVMInterface };
  const at = (address: string): PrecompileFunc => library.get(address.padStart(40, "0"))!;

  async function expectSame(
    fast: PrecompileFunc,
    slow: PrecompileFunc,
    input: string,
    gasLimit: bigint,
  ): Promise<string> {
    const [ours, theirs] = await Promise.all(
      [fast, slow].map(async (precompile) => {
        const { executionGasUsed, returnValue, exceptionError } = await precompile({
          data: bytes(input),
          gasLimit,
          ...context,
        });
        return { executionGasUsed, output: toHex(returnValue), error: exceptionError?.error };
      }),
    );
    expect(ours, `${input} with ${gasLimit} gas`).to.deep.equal(theirs);
    return `${ours!.output} ${ours!.error}`;
  }

  it("verify signatures by the rules of EIP-7951", async () => {
    const n = p256.Point.Fn.ORDER;
    const p = p256.Point.Fp.ORDER;
    const below = numbers(256n);
    const { x: gx, y: gy } = p256.Point.BASE;
    const key = word(gx) + word(gy);
    const outcomes = new Set<string>();
    const run = async (input: string, gas = 6900n) => outcomes.add(await expectSame(p256Verify, at("100"), input, gas));
    const sign = (digest: bigint, secret: bigint, nonce: bigint): string => {
      const r = p256.Point.BASE.multiply(nonce).toAffine().x % n;
      const s = (p256.Point.Fn.inv(nonce) * (digest + r * secret)) % n;
      const { x, y } = p256.Point.BASE.multiply(secret).toAffine();
      return word(digest) + word(r) + word(s) + word(x) + word(y);
    };
    for (let round = 0; round < 12; round++) {
      const valid = sign(below(1n << 256n), below(n - 1n) + 1n, below(n - 1n) + 1n);
      expect(await expectSame(p256Verify, at("100"), valid, 10_000n)).to.equal(`0x${word(1)} undefined`);
      const place = 2 * (8 * round + 3);
      await run(
        `${valid.slice(0, place)}${valid.slice(place, place + 2) === "00" ? "01" : "00"}${valid.slice(place + 2)}`,
      );
      await run(valid, 6899n);
      // The twin signature with n − s is valid too: EIP-7951 does not ask for the smaller one.
      await run(valid.slice(0, 128) + word(n - BigInt(`0x${valid.slice(128, 192)}`)) + valid.slice(192));
    }
    // Digests of zero and of the order itself: (z/r)·G is the point at infinity.
    for (const digest of [0n, n, n + 1n, (1n << 256n) - 1n]) await run(sign(digest, 5n, 77n));
    // With secret d and r, the digest r·d makes (z/r)·G equal to Q, and −r·d its negative.
    const r = p256.Point.BASE.multiply(9n).toAffine().x % n;
    for (const digest of [(r * 5n) % n, (n - ((r * 5n) % n)) % n]) {
      await run(sign(digest, 5n, 9n));
      await run(word(digest) + word(r) + word(3n) + sign(1n, 5n, 1n).slice(192));
    }
    const edges = [0n, 1n, n - 1n, n, n + 1n, p - 1n, p, (1n << 256n) - 1n];
    for (const left of edges) {
      for (const right of edges) {
        await run(word(9n) + word(left) + word(right) + key);
        await run(word(9n) + word(7n) + word(8n) + word(left) + word(right));
      }
    }
    for (const input of ["", "00".repeat(160), "11".repeat(159), "11".repeat(161)]) await run(input);
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" });
    const signature = createSign("sha256").update("").sign({ key: privateKey, dsaEncoding: "ieee-p1363" });
    const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const point = Buffer.concat([Buffer.from(jwk.x!, "base64url"), Buffer.from(jwk.y!, "base64url")]).toString("hex");
    await run(emptyHash + signature.toString("hex") + point);
    expect(outcomes).to.deep.equal(new Set([`0x${word(1)} undefined`, "0x undefined", "0x out of gas"]));
  }).timeout(60_000);

  it("compress with any number of rounds, and refuse other lengths and flags", async () => {
    const below = numbers(9n);
    const fast = blake2f(new Pace());
    const input = (rounds: number, flag: string) =>
      word(rounds, 4) + Array.from({ length: 26 }, () => word(below(1n << 64n), 8)).join("") + flag;
    const outcomes = new Set<string>();
    for (const rounds of [0, 1, 2, 9, 10, 11, 12, 25, 5000, 5001, 12_345]) {
      for (const flag of ["00", "01", "02"])
        outcomes.add(await expectSame(fast, at("09"), input(rounds, flag), 20_000n));
    }
    await expectSame(fast, at("09"), input(101, "01"), 100n);
    await expectSame(fast, at("09"), input(0xffff_ffff, "01"), 16_000_000n);
    await expectSame(fast, at("09"), "", 100n);
    await expectSame(fast, at("09"), input(1, "01").slice(2), 100n);
    await expectSame(fast, at("09"), `${input(1, "01")}00`, 100n);
    expect(outcomes.size).to.equal(23);
  });
});
