/**
 * BLS12381: the Solidity library against two other libraries and the eth2 vectors.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect } from "chai";
import { concat, id, ZeroHash } from "ethers";
import { network } from "hardhat";
import { BLS_SUITE } from "../../../node/crypto/bls/backend.ts";
import { publicKeyToEvm, signatureToEvm } from "../../../node/crypto/bls/points.ts";
import { fromHex, toHex } from "../../../node/types/primitives.ts";
import { publicKeyOf, secretOf, secretsOf, signTogether, signWith } from "../../helpers/bls.ts";
import { connect } from "../../helpers/finality.ts";

const INFINITY_G1 = `0x${"00".repeat(128)}`;
const INFINITY_G2 = `0x${"00".repeat(256)}`;
const fromText = (hex: string): Uint8Array => fromHex(`0x${hex}`)!;

/** ethereum/bls12-381-tests, fast_aggregate_verify_valid_3d7576f3c0e3570a. */
const vector = {
  keys: [
    "a491d1b0ecd9bb917989f0e74f0dea0422eac4a873e5e2644f368dffb9a6e20fd6e10c1b77654d067c0618f6e5a7f79a",
    "b301803f8b5ac4a1133581fc676dfedc60d891dd5fa99028805e5ea5b08d3491af75d0707adab3b70c6a6a580217bf81",
    "b53d21a4cfd562c469cc81514d4ce5a6b577d8403d32a394dc265dd190b47fa9f829fdd7963afdf972e5e77854051f6f",
  ],
  message: `0x${"ab".repeat(32)}`,
  signature:
    "9712c3edd73a209c742b8250759db12549b3eaf43b5ca61376d9f30e2747dbcf842d8b2ac0901d2a093713e20284a767" +
    "0fcf6954e9ab93de991bb9b313e664785a075fc285806fa5224c82bde146561b446ccfc706a64b8579513cfc4ff1d930",
};
const vectorKeys = vector.keys.map((key) => toHex(publicKeyToEvm(fromText(key))));
const vectorSignature = toHex(signatureToEvm(fromText(vector.signature)));

/** Points of the curves that lie outside the subgroups of prime order. */
function outsideG1(): string {
  const { G1 } = bls12_381;
  for (let x = 1n; ; x++) {
    const y = squareRoot(x ** 3n + 4n);
    if (y === undefined) continue;
    const point = G1.Point.fromAffine({ x, y });
    if (!point.isTorsionFree()) return `0x${[x, y].map((number) => number.toString(16).padStart(128, "0")).join("")}`;
  }
}

function squareRoot(value: bigint): bigint | undefined {
  const { Fp } = bls12_381.fields;
  try {
    return Fp.sqrt(Fp.create(value));
  } catch {
    return undefined;
  }
}

describe("BLS12381", () => {
  const deploy = async () => {
    const { ethers } = await connect();
    return { bls: await ethers.deployContract("BLS12381Harness") };
  };

  it("reverts with BLSPointLength when a key or signature has another length", async () => {
    const { bls } = await deploy();
    await expect(bls.verify("0x1234", ZeroHash, INFINITY_G2))
      .to.be.revertedWithCustomError(bls, "BLSPointLength")
      .withArgs(2, 128);
    await expect(bls.verify(vectorKeys[0]!, ZeroHash, `${vectorSignature}00`))
      .to.be.revertedWithCustomError(bls, "BLSPointLength")
      .withArgs(257, 256);
  });

  it("reverts with BLSPointAtInfinity when the key or the signature is infinity", async () => {
    const { bls } = await deploy();
    await expect(bls.verify(INFINITY_G1, ZeroHash, INFINITY_G2)).to.be.revertedWithCustomError(
      bls,
      "BLSPointAtInfinity",
    );
    await expect(bls.verify(INFINITY_G1, ZeroHash, vectorSignature)).to.be.revertedWithCustomError(
      bls,
      "BLSPointAtInfinity",
    );
    await expect(bls.verify(vectorKeys[0]!, ZeroHash, INFINITY_G2)).to.be.revertedWithCustomError(
      bls,
      "BLSPointAtInfinity",
    );
  });

  it("reverts with BLSPrecompileFailed when a key is not on the curve", async () => {
    const { bls } = await deploy();
    const offCurve = `${vectorKeys[0]!.slice(0, -2)}00`;
    await expect(bls.verify(offCurve, ZeroHash, vectorSignature))
      .to.be.revertedWithCustomError(bls, "BLSPrecompileFailed")
      .withArgs("0x000000000000000000000000000000000000000F");
  });

  it("reverts with BLSPrecompileFailed when a key is on the curve but outside the subgroup", async () => {
    const { bls } = await deploy();
    const smallOrder = outsideG1();
    // G1ADD takes it: that is why keys must have passed the pairing before they are added.
    expect(await bls.sum([smallOrder])).to.equal(smallOrder);
    await expect(bls.verify(smallOrder, ZeroHash, vectorSignature)).to.be.revertedWithCustomError(
      bls,
      "BLSPrecompileFailed",
    );
  });

  it("reverts with BLSPrecompileFailed when a coordinate is not reduced modulo p", async () => {
    const { bls } = await deploy();
    const p = BigInt(
      "0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    );
    const x = BigInt(vectorKeys[0]!.slice(0, 130));
    const unreduced = concat([`0x${(x + p).toString(16).padStart(128, "0")}`, `0x${vectorKeys[0]!.slice(130)}`]);
    await expect(bls.verify(unreduced, ZeroHash, vectorSignature)).to.be.revertedWithCustomError(
      bls,
      "BLSPrecompileFailed",
    );
  });

  it("reverts with BLSPrecompileFailed on a chain without EIP-2537 instead of accepting everything", async () => {
    const { ethers } = await network.create({ network: "default", override: { hardfork: "cancun" } });
    const bls = await ethers.deployContract("BLS12381Harness");
    await expect(bls.verify(vectorKeys[0]!, vector.message, vectorSignature))
      .to.be.revertedWithCustomError(bls, "BLSPrecompileFailed")
      .withArgs("0x0000000000000000000000000000000000000011");
  });

  it("[BLS-1] hashes messages to G2 as RFC 9380 does (against noble)", async () => {
    const { bls } = await deploy();
    for (const message of [ZeroHash, `0x${"ff".repeat(32)}`, ...Array.from({ length: 20 }, (_, i) => id(`m${i}`))]) {
      const point = bls12_381.longSignatures.hash(fromHex(message)!, BLS_SUITE);
      expect(await bls.hashToG2(message)).to.equal(toHex(signatureToEvm(point.toBytes())));
    }
  });

  it("[BLS-1] accepts the eth2 vector fast_aggregate_verify_valid and refuses it when tampered with", async () => {
    const { bls } = await deploy();
    expect(await bls.fastAggregateVerify(vectorKeys, vector.message, vectorSignature)).to.equal(true);
    expect(await bls.fastAggregateVerify(vectorKeys, id("another"), vectorSignature)).to.equal(false);
    expect(await bls.fastAggregateVerify(vectorKeys.slice(1), vector.message, vectorSignature)).to.equal(false);
    const extra = [...vectorKeys, publicKeyOf(secretOf(1))];
    expect(await bls.fastAggregateVerify(extra, vector.message, vectorSignature)).to.equal(false);
  });

  it("[BLS-1] accepts blst's signatures, alone and together, and no other's", async () => {
    const { bls } = await deploy();
    const secrets = secretsOf(5);
    const message = id("message");
    for (const secret of secrets) {
      expect(await bls.verify(publicKeyOf(secret), message, signWith(secret, message))).to.equal(true);
    }
    expect(await bls.verify(publicKeyOf(secrets[0]!), message, signWith(secrets[1]!, message))).to.equal(false);
    const together = signTogether(secrets, message);
    expect(await bls.fastAggregateVerify(secrets.map(publicKeyOf), message, together)).to.equal(true);
  });

  it("negates points, and infinity stays infinity", async () => {
    const { bls } = await deploy();
    for (const secret of secretsOf(8)) {
      const key = publicKeyOf(secret);
      const negated = await bls.negate(key);
      expect(negated).not.to.equal(key);
      expect(await bls.sum([key, negated])).to.equal(INFINITY_G1);
    }
    expect(await bls.negate(INFINITY_G1)).to.equal(INFINITY_G1);
  });
});

describe("CodeStorage", () => {
  it("reads back what was written, of any length", async () => {
    const { ethers } = await connect();
    const harness = await ethers.deployContract("BLS12381Harness");
    for (const length of [0, 1, 31, 32, 33, 1000, 24_575]) {
      const data = `0x${"5a".repeat(length)}`;
      expect(await harness.store.staticCall(data)).to.equal(data);
    }
  });

  it("reverts with CodeStorageFailed when the data is larger than a contract may be", async () => {
    const { ethers } = await connect();
    const harness = await ethers.deployContract("BLS12381Harness");
    for (const length of [24_576, 65_535, 65_536]) {
      await expect(harness.store.staticCall(`0x${"5a".repeat(length)}`))
        .to.be.revertedWithCustomError(harness, "CodeStorageFailed")
        .withArgs(length);
    }
  });
});
