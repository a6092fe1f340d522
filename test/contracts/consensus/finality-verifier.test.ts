/**
 * FinalityVerifier: certificates, what attackers try with them, and what they cost.
 */
import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { KIND_CODES, signRoot } from "../../../node/crypto/sign-root.ts";
import { asEpoch, asView, type Hash, toHex } from "../../../node/types/primitives.ts";
import { measureCertificateGas } from "../../../scripts/bench/certificate-gas.ts";
import { bitmapOf, publicKeyOf, range, secretsOf, signTogether } from "../../helpers/bls.ts";
import {
  CHAIN_ID,
  certify,
  connect,
  deployManager,
  deploySource,
  deployVerifier,
  equalWeights,
  GENESIS_HASH,
  type Member,
  setHashOf,
} from "../../helpers/finality.ts";

async function setup(members: readonly Member[] = equalWeights(secretsOf(4))) {
  const connection = await connect();
  return { connection, members, verifier: await deployVerifier(connection, members) };
}

describe("FinalityVerifier: the set", () => {
  it("reverts with FinalitySetEmpty when the registry has no validator", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("FinalityVerifier");
    await expect(deployVerifier(connection, [])).to.be.revertedWithCustomError(factory, "FinalitySetEmpty");
  });

  it("reverts with FinalitySetTooLarge when the set does not fit into one contract, and takes the largest that does", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("FinalityVerifier");
    const members = equalWeights(secretsOf(170));
    await expect(deployVerifier(connection, members))
      .to.be.revertedWithCustomError(factory, "FinalitySetTooLarge")
      .withArgs(170n, 169n);
    const largest = members.slice(0, 169);
    const verifier = await deployVerifier(connection, largest);
    await verifier.verify(await certify(verifier, largest, range(113)));
  });

  it("reverts with FinalityWeightZero when a validator would count nothing", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("FinalityVerifier");
    const [first, second] = secretsOf(2);
    const members = [
      { secret: first!, weight: 1n },
      { secret: second!, weight: 0n },
    ];
    await expect(deployVerifier(connection, members))
      .to.be.revertedWithCustomError(factory, "FinalityWeightZero")
      .withArgs(1n);
  });

  it("reverts with BLSPointAtInfinity or BLSPointLength when the registry names what is no key", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("FinalityVerifier");
    const bad = [
      [`0x${"00".repeat(128)}`, "BLSPointAtInfinity"],
      ["0x1234", "BLSPointLength"],
    ] as const;
    for (const [blsPublicKey, error] of bad) {
      const source = await connection.ethers.deployContract("ValidatorSetMock");
      const operator = "0x00000000000000000000000000000000000000aa";
      await source.add([{ operator, blsPublicKey, weight: 1n, certificateFingerprint: ZeroHash }]);
      const manager = await deployManager(connection);
      const values = [manager, await source.getAddress(), CHAIN_ID, GENESIS_HASH, ZeroHash] as const;
      await expect(factory.deploy(...values)).to.be.revertedWithCustomError(factory, error);
    }
  });

  it("reverts with SafeCastOverflowedUintDowncast when the weights together pass what is stored", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("FinalityVerifier");
    const members = secretsOf(2).map((secret) => ({ secret, weight: 2n ** 95n }));
    await expect(deployVerifier(connection, members)).to.be.revertedWithCustomError(
      factory,
      "SafeCastOverflowedUintDowncast",
    );
  });

  it("reverts with FinalitySetMismatch when an attacker creates it before the registry is complete", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("FinalityVerifier");
    const complete = equalWeights(secretsOf(4));
    const source = await deploySource(connection, complete.slice(0, 3));
    const manager = await deployManager(connection);
    const values = [manager, await source.getAddress(), CHAIN_ID, GENESIS_HASH, setHashOf(complete)] as const;
    await expect(factory.deploy(...values))
      .to.be.revertedWithCustomError(factory, "FinalitySetMismatch")
      .withArgs(setHashOf(complete.slice(0, 3)), setHashOf(complete));
  });

  it("keeps the set of an epoch, its hash and its weight readable", async () => {
    const members = secretsOf(3).map((secret, index) => ({ secret, weight: BigInt(index + 1) }));
    const { verifier } = await setup(members);
    expect(await verifier.setHashOf(0)).to.equal(setHashOf(members));
    expect(await verifier.totalWeightOf(0)).to.equal(6n);
    const set = await verifier.validatorSetOf(0);
    expect(set).to.have.length(2 + 2 * 3 * 144);
    expect(`0x${set.slice(2 + 2 * 144, 2 + 2 * 144 + 256)}`).to.equal(publicKeyOf(members[1]!.secret));
    expect(await verifier.CHAIN_ID()).to.equal(CHAIN_ID);
    expect(await verifier.GENESIS_HASH()).to.equal(GENESIS_HASH);
    expect(await verifier.newestEpoch()).to.equal(0n);
    for (const view of [verifier.setHashOf, verifier.totalWeightOf, verifier.validatorSetOf]) {
      await expect(view(1)).to.be.revertedWithCustomError(verifier, "FinalityEpochUnknown").withArgs(1n, 0n);
    }
  });
});

describe("FinalityVerifier: verify", () => {
  it("[CON-9] accepts a certificate of every quorum of four, and of all", async () => {
    const { verifier, members } = await setup();
    for (const absent of range(4)) {
      const signers = range(4).filter((index) => index !== absent);
      await verifier.verify(await certify(verifier, members, signers));
    }
    await verifier.verify(await certify(verifier, members, range(4)));
  });

  it("[CON-9] signs the root that the node signs", async () => {
    const { verifier } = await setup();
    const digest = id("a block") as Hash;
    const ballot = { kind: "finalize", epoch: asEpoch(0), view: asView(7), digest } as const;
    const root = signRoot({ chainId: CHAIN_ID, genesisHash: GENESIS_HASH as Hash }, ballot);
    expect(await verifier.finalizeRoot(0, 7, digest)).to.equal(toHex(root));
  });

  it("[FIN-1] refuses a certificate by exactly two thirds of the weight, and takes a wei more", async () => {
    const secrets = secretsOf(3);
    const exact = secrets.map((secret) => ({ secret, weight: 10n ** 18n }));
    const { verifier, connection } = await setup(exact);
    await expect(verifier.verify(await certify(verifier, exact, [0, 1])))
      .to.be.revertedWithCustomError(verifier, "FinalityQuorumMissing")
      .withArgs(2n * 10n ** 18n, 3n * 10n ** 18n);
    const above = exact.map((member, index) => (index === 0 ? { ...member, weight: member.weight + 1n } : member));
    const generous = await deployVerifier(connection, above);
    await generous.verify(await certify(generous, above, [0, 1]));
    await expect(generous.verify(await certify(generous, above, [1, 2]))).to.be.revertedWithCustomError(
      generous,
      "FinalityQuorumMissing",
    );
  });

  it("[FIN-1] counts weight, not heads", async () => {
    const members = secretsOf(4).map((secret, index) => ({ secret, weight: index === 0 ? 7n : 1n }));
    const { verifier } = await setup(members);
    await verifier.verify(await certify(verifier, members, [0]));
    await expect(verifier.verify(await certify(verifier, members, [1, 2, 3])))
      .to.be.revertedWithCustomError(verifier, "FinalityQuorumMissing")
      .withArgs(3n, 10n);
  });

  it("[FIN-1] refuses a certificate by nobody", async () => {
    const { verifier, members } = await setup();
    const certificate = { ...(await certify(verifier, members, [0])), signers: "0x00" };
    await expect(verifier.verify(certificate))
      .to.be.revertedWithCustomError(verifier, "FinalityQuorumMissing")
      .withArgs(0n, 4n);
  });

  it("[FIN-1] refuses a bitmap that names more validators than signed", async () => {
    const { verifier, members } = await setup();
    const certificate = { ...(await certify(verifier, members, [0, 1])), signers: bitmapOf(4, [0, 1, 2]) };
    await expect(verifier.verify(certificate)).to.be.revertedWithCustomError(verifier, "FinalitySignatureInvalid");
  });

  it("[FIN-2] refuses a bitmap with bits beyond the set", async () => {
    const { verifier, members } = await setup();
    const certificate = await certify(verifier, members, range(4));
    for (const signers of ["0x1f", "0x8f", "0xff"]) {
      await expect(verifier.verify({ ...certificate, signers }))
        .to.be.revertedWithCustomError(verifier, "FinalityBitmapTrailing")
        .withArgs(signers, 4n);
    }
  });

  it("[FIN-2] refuses a bitmap that is too short or too long", async () => {
    const members = equalWeights(secretsOf(9));
    const { verifier } = await setup(members);
    const certificate = await certify(verifier, members, range(9));
    for (const signers of ["0x", "0xff", "0xff0100"]) {
      await expect(verifier.verify({ ...certificate, signers }))
        .to.be.revertedWithCustomError(verifier, "FinalityBitmapLength")
        .withArgs((signers.length - 2) / 2, 2n);
    }
  });

  it("[FIN-2] takes a set of exactly eight, whose bitmap has no spare bit", async () => {
    const members = equalWeights(secretsOf(8));
    const { verifier } = await setup(members);
    await verifier.verify(await certify(verifier, members, [0, 2, 3, 5, 6, 7]));
  });

  it("[FIN-3] refuses a certificate whose block, view or signature was exchanged", async () => {
    const { verifier, members } = await setup();
    const certificate = await certify(verifier, members, range(3));
    const other = await certify(verifier, members, range(3), { epoch: 0n, viewNumber: 8n, digest: id("another") });
    const forgeries = [
      { ...certificate, digest: other.digest },
      { ...certificate, viewNumber: other.viewNumber },
      { ...certificate, signature: other.signature },
    ];
    for (const forgery of forgeries) {
      await expect(verifier.verify(forgery)).to.be.revertedWithCustomError(verifier, "FinalitySignatureInvalid");
    }
  });

  it("[FIN-3] refuses a certificate of another epoch", async () => {
    const { verifier, members } = await setup();
    const certificate = await certify(verifier, members, range(3), { epoch: 1n, viewNumber: 7n, digest: id("b") });
    await expect(verifier.verify(certificate))
      .to.be.revertedWithCustomError(verifier, "FinalityEpochUnknown")
      .withArgs(1n, 0n);
    await expect(verifier.verify({ ...certificate, epoch: 0n })).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
  });

  it("[FIN-3] refuses a certificate of another chain or another genesis", async () => {
    const { verifier, members, connection } = await setup();
    for (const other of [{ chainId: CHAIN_ID + 1n }, { genesisHash: id("another genesis") }]) {
      const foreign = await deployVerifier(connection, members, other);
      const certificate = await certify(foreign, members, range(3));
      await foreign.verify(certificate);
      await expect(verifier.verify(certificate)).to.be.revertedWithCustomError(verifier, "FinalitySignatureInvalid");
    }
  });

  it("[FIN-3] refuses notarizations and nullifications passed off as finality", async () => {
    const { verifier, members } = await setup();
    const chain = { chainId: CHAIN_ID, genesisHash: GENESIS_HASH as Hash };
    const digest = id("a block") as Hash;
    for (const kind of ["notarize", "nullify"] as const) {
      expect(KIND_CODES[kind]).not.to.equal(KIND_CODES.finalize);
      const root = toHex(signRoot(chain, { kind, epoch: asEpoch(0), view: asView(7), digest }));
      const signature = signTogether(
        members.slice(0, 3).map(({ secret }) => secret),
        root,
      );
      const certificate = { epoch: 0n, viewNumber: 7n, digest, signers: bitmapOf(4, range(3)), signature };
      await expect(verifier.verify(certificate)).to.be.revertedWithCustomError(verifier, "FinalitySignatureInvalid");
    }
  });

  it("refuses what is no signature at all: infinity, wrong length, off the curve", async () => {
    const { verifier, members } = await setup();
    const certificate = await certify(verifier, members, range(3));
    const bad = [
      [`0x${"00".repeat(256)}`, "BLSPointAtInfinity"],
      [certificate.signature.slice(0, -2), "BLSPointLength"],
      [`${certificate.signature.slice(0, -2)}00`, "BLSPrecompileFailed"],
    ] as const;
    for (const [signature, error] of bad) {
      await expect(verifier.verify({ ...certificate, signature })).to.be.revertedWithCustomError(verifier, error);
    }
  });

  it("refuses a signature by keys that cancel each other out", async () => {
    // Two validators with opposite secrets: their keys sum to infinity, so only infinity would "verify".
    const [secret] = secretsOf(1);
    const order = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
    const opposite = Buffer.from((order - BigInt(toHex(secret!))).toString(16).padStart(64, "0"), "hex");
    const members = equalWeights([secret!, new Uint8Array(opposite)]);
    const { verifier } = await setup(members);
    const certificate = { epoch: 0n, viewNumber: 1n, digest: id("x"), signers: "0x03" };
    const infinity = { ...certificate, signature: `0x${"00".repeat(256)}` };
    await expect(verifier.verify(infinity)).to.be.revertedWithCustomError(verifier, "BLSPointAtInfinity");
    const some = { ...certificate, signature: signTogether([secret!], id("x")) };
    await expect(verifier.verify(some)).to.be.revertedWithCustomError(verifier, "BLSPointAtInfinity");
  });

  it("subtracts absent keys rightly when those that are absent cancel each other out", async () => {
    const secrets = secretsOf(6);
    const order = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
    const opposite = Buffer.from((order - BigInt(toHex(secrets[5]!))).toString(16).padStart(64, "0"), "hex");
    const members = equalWeights([...secrets, new Uint8Array(opposite)]);
    const { verifier } = await setup(members);
    await verifier.verify(await certify(verifier, members, [0, 1, 2, 3, 4]));
  });

  it("[CON-9] costs at most 235,000 gas at 21 validators with a bare quorum", async () => {
    const gas = await measureCertificateGas();
    expect(gas["certificateGas.21"]).to.be.at.most(235_000);
    expect(gas["certificateGas.4"]).to.be.at.most(gas["certificateGas.21"]!);
    expect(gas["certificateGas.84"]).to.be.at.most(235_000);
  });
});

describe("FinalityVerifier: large numbers", () => {
  it("weights up to the whole supply in wei count exactly", async () => {
    const whole = 10n ** 27n;
    const weights = [whole - 2n, 1n, 1n];
    const members = secretsOf(3).map((secret, index) => ({ secret, weight: weights[index]! }));
    const { verifier } = await setup(members);
    expect(await verifier.totalWeightOf(0)).to.equal(whole);
    await verifier.verify(await certify(verifier, members, [0]));
  });
});
