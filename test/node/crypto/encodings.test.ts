/**
 * What is signed and hashed, against an independent encoder (ethers) and published vectors.
 *
 * Owns: sign roots, proofs of possession, set blobs, EIP-2537 points, key generation.
 */
import { SecretKey } from "@chainsafe/blst";
import { expect } from "chai";
import { AbiCoder, concat, getBytes, hexlify, id, keccak256 } from "ethers";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import { deriveSecretKey } from "../../../node/crypto/bls/keygen.ts";
import { publicKeyFromEvm, publicKeyToEvm, signatureFromEvm, signatureToEvm } from "../../../node/crypto/bls/points.ts";
import { sha256 } from "../../../node/crypto/hashes.ts";
import { possessionMessage, provePossession, verifyPossession } from "../../../node/crypto/proof-of-possession.ts";
import { setBlob, setHash } from "../../../node/crypto/set-hash.ts";
import { KIND_CODES, signRoot } from "../../../node/crypto/sign-root.ts";
import type { Ballot, VoteKind } from "../../../node/types/messages.ts";
import { type Address, asEpoch, asView, toHash, toHex, ZERO_HASH } from "../../../node/types/primitives.ts";
import { keygenVector, signVector } from "../../vectors/bls.ts";

const coder = AbiCoder.defaultAbiCoder();
const chain = { chainId: 2026n, genesisHash: toHash(new Uint8Array(32).fill(0xab)) };
const registry = `0x${"11".repeat(20)}` as Address;
const operator = `0x${"22".repeat(20)}` as Address;
const { secretKey } = signVector;
const publicKey = blstBackend.publicKey(secretKey);

describe("crypto: encodings", () => {
  for (const kind of ["notarize", "finalize", "nullify"] as VoteKind[]) {
    it(`[CON-9] the sign root of a ${kind} is keccak256(abi.encode(domain, chain, genesis, epoch, kind, view, digest))`, () => {
      const digest = kind === "nullify" ? ZERO_HASH : toHash(new Uint8Array(32).fill(3));
      const ballot: Ballot = { kind, epoch: asEpoch(5), view: asView(2 ** 40), digest };
      const types = ["bytes32", "uint256", "bytes32", "uint64", "uint8", "uint64", "bytes32"];
      const values = [id("CUN_CONSENSUS_VOTE_V1"), 2026n, chain.genesisHash, 5, KIND_CODES[kind], 2n ** 40n, digest];
      expect(toHex(signRoot(chain, ballot))).to.equal(keccak256(coder.encode(types, values)));
    });
  }

  it("[VAL-2] a proof of possession signs the key, its owner and the registry, and fits none of them changed", () => {
    const claim = { chainId: 2026n, registry, operator, publicKey };
    const types = ["bytes32", "uint256", "address", "address", "bytes32"];
    const keyHash = keccak256(publicKeyToEvm(publicKey));
    const values = [id("CUN_PROOF_OF_POSSESSION_V1"), 2026n, registry, operator, keyHash];
    expect(toHex(possessionMessage(claim))).to.equal(keccak256(coder.encode(types, values)));
    const proof = provePossession(blstBackend, secretKey, claim);
    expect(verifyPossession(blstBackend, claim, proof)).to.equal(true);
    const otherKey = blstBackend.publicKey(deriveSecretKey(new Uint8Array(32).fill(1)));
    const changes = [{ chainId: 1n }, { registry: operator }, { operator: registry }, { publicKey: otherKey }];
    for (const change of changes) {
      expect(verifyPossession(blstBackend, { ...claim, ...change }, proof), Object.keys(change)[0]).to.equal(false);
    }
  });

  it("a set is 144 bytes for each validator: padded key and uint128 weight; its hash is keccak256", () => {
    const other = blstBackend.publicKey(deriveSecretKey(new Uint8Array(32).fill(2)));
    const members = [
      { publicKey, weight: 1n },
      { publicKey: other, weight: 2n ** 128n - 1n },
    ];
    const blob = setBlob(members);
    const weights = [`0x${"00".repeat(15)}01`, `0x${"ff".repeat(16)}`];
    const parts = [publicKeyToEvm(publicKey), weights[0]!, publicKeyToEvm(other), weights[1]!];
    expect(toHex(blob)).to.equal(hexlify(concat(parts)));
    expect(setHash(members)).to.equal(keccak256(blob));
    expect(setHash([...members].reverse())).not.to.equal(setHash(members));
  });

  it("a point in EIP-2537 form has the coordinates that the native library writes, padded, c0 before c1", () => {
    const key = SecretKey.fromBytes(secretKey);
    const plainKey = key.toPublicKey().toBytes(false);
    const pad = new Uint8Array(16);
    const part = (bytes: Uint8Array, position: number) => bytes.subarray(position * 48, position * 48 + 48);
    const expectedKey = getBytes(concat([pad, part(plainKey, 0), pad, part(plainKey, 1)]));
    expect(publicKeyToEvm(publicKey)).to.deep.equal(expectedKey);
    const plain = key.sign(signVector.message).toBytes(false);
    const order = [1, 0, 3, 2].flatMap((position) => [pad, part(plain, position)]);
    expect(signatureToEvm(signVector.signature)).to.deep.equal(getBytes(concat(order)));
  });

  it("points come back from EIP-2537 form; set padding and wrong lengths are refused with publicKeyInvalid", () => {
    const padded = publicKeyToEvm(publicKey);
    expect(publicKeyFromEvm(padded)).to.deep.equal(publicKey);
    expect(signatureFromEvm(signatureToEvm(signVector.signature))).to.deep.equal(signVector.signature);
    const dirty = Uint8Array.from(padded).fill(1, 0, 1);
    for (const bad of [dirty, padded.subarray(1), new Uint8Array(127)]) {
      expect(() => publicKeyFromEvm(bad))
        .to.throw()
        .with.property("errorName", "publicKeyInvalid");
    }
    expect(() => publicKeyToEvm(new Uint8Array(48)))
      .to.throw()
      .with.property("errorName", "publicKeyInvalid");
  });

  it("makes the published key, the keys of the native library, and none from little randomness", () => {
    expect(BigInt(toHex(deriveSecretKey(keygenVector.randomness)))).to.equal(keygenVector.secretKey);
    for (let fill = 0; fill < 5; fill++) {
      const randomness = new Uint8Array(32 + fill).fill(fill);
      expect(deriveSecretKey(randomness)).to.deep.equal(new Uint8Array(SecretKey.fromKeygen(randomness).toBytes()));
    }
    expect(() => deriveSecretKey(new Uint8Array(31)))
      .to.throw()
      .with.property("errorName", "secretKeyInvalid");
  });

  it("sha256 of nothing is the published one", () => {
    expect(toHex(sha256(new Uint8Array(0)))).to.equal(
      "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});
