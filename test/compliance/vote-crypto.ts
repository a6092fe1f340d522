/**
 * What every BLS backend must do, and the vote crypto on top of it; run for blst and for noble.
 *
 * Owns: published vectors, refusal of bad keys and signatures, aggregation. Does not own: agreement of two backends
 * with each other (test/node/crypto/backends.test.ts). Called by: test/node/crypto/vote-crypto.test.ts.
 */
import { expect } from "chai";
import type { BlsBackend } from "../../node/crypto/bls/backend.ts";
import { deriveSecretKey } from "../../node/crypto/bls/keygen.ts";
import { createVoteCrypto, signBallot } from "../../node/crypto/vote-crypto.ts";
import { isCunError } from "../../node/types/errors.ts";
import type { Ballot } from "../../node/types/messages.ts";
import { asEpoch, asIndex, asView, toHash, ZERO_HASH } from "../../node/types/primitives.ts";
import { badPublicKeys, badSignatures, signVector, strayPoint } from "../vectors/bls.ts";

const chain = { chainId: 2026n, genesisHash: toHash(new Uint8Array(32).fill(7)) };
const otherChain = { ...chain, chainId: 2027n };
const secretKeys = [1, 2, 3, 4].map((fill) => deriveSecretKey(new Uint8Array(32).fill(fill)));
const ballot: Ballot = {
  kind: "finalize",
  epoch: asEpoch(0),
  view: asView(9),
  digest: toHash(new Uint8Array(32).fill(9)),
};

const errorNameOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    for (const name of ["publicKeyInvalid", "secretKeyInvalid"] as const) if (isCunError(error, name)) return name;
    throw error;
  }
  return "no error";
};

export function voteCryptoCompliance(backend: BlsBackend): void {
  describe(`BlsBackend: ${backend.name}`, function () {
    this.timeout(30_000);
    const publicKeys = secretKeys.map((secretKey) => backend.publicKey(secretKey));
    const crypto = createVoteCrypto({ backend, chain, publicKeys });
    const votes = secretKeys.map((secretKey, signer) =>
      signBallot({ backend, chain, secretKey, signer: asIndex(signer) }, ballot),
    );
    const [first, second] = votes.map(({ signature }) => signature) as [Uint8Array, Uint8Array];

    it("reproduces the published signature", () => {
      const { secretKey, message, signature } = signVector;
      expect(backend.sign(secretKey, message)).to.deep.equal(signature);
      expect(backend.keyring([backend.publicKey(secretKey)]).verify(0, message, signature)).to.equal(true);
    });

    it("accepts a vote by its signer, and by nobody else or for another ballot or chain", () => {
      const [vote] = votes;
      expect(crypto.verify(vote!)).to.equal(true);
      expect(crypto.verify({ ...vote!, signer: asIndex(1) })).to.equal(false);
      expect(crypto.verify({ ...vote!, signer: asIndex(99) })).to.equal(false);
      expect(crypto.verify({ ...vote!, view: asView(10) })).to.equal(false);
      expect(crypto.verify({ ...vote!, epoch: asEpoch(1) })).to.equal(false);
      expect(crypto.verify({ ...vote!, kind: "notarize" })).to.equal(false);
      expect(crypto.verify({ ...vote!, digest: ZERO_HASH })).to.equal(false);
      expect(createVoteCrypto({ backend, chain: otherChain, publicKeys }).verify(vote!)).to.equal(false);
    });

    it("accepts an aggregate of exactly the signers it names, in any order", () => {
      const joined = backend.aggregate([first, second])!;
      expect(crypto.verifyAggregate(ballot, [0, 1].map(asIndex), joined)).to.equal(true);
      expect(crypto.verifyAggregate(ballot, [1, 0].map(asIndex), joined)).to.equal(true);
      for (const signers of [[0], [0, 2], [0, 1, 2], [0, 0, 1], [], [0, 99]]) {
        expect(crypto.verifyAggregate(ballot, signers.map(asIndex), joined), signers.join()).to.equal(false);
      }
    });

    it("an aggregate of signatures that are wrong alone but right together verifies, the votes do not", () => {
      // X = third's signature: the sum of (first + X) and (second − X) is the sum of both.
      const third = votes[2]!.signature;
      const minusThird = Uint8Array.from(third);
      minusThird[0]! ^= 0x20;
      const wrongFirst = backend.aggregate([first, third])!;
      const wrongSecond = backend.aggregate([second, minusThird])!;
      const joined = backend.aggregate([wrongFirst, wrongSecond])!;
      expect(joined).to.deep.equal(backend.aggregate([first, second]));
      expect(crypto.verifyAggregate(ballot, [0, 1].map(asIndex), joined)).to.equal(true);
      expect(crypto.verify({ ...votes[0]!, signature: wrongFirst })).to.equal(false);
      expect(crypto.verify({ ...votes[1]!, signature: wrongSecond })).to.equal(false);
    });

    for (const [name, key] of badPublicKeys) {
      it(`refuses with publicKeyInvalid a public key that is ${name}`, () => {
        expect(errorNameOf(() => createVoteCrypto({ backend, chain, publicKeys: [key] }))).to.equal("publicKeyInvalid");
      });
    }

    it("refuses with secretKeyInvalid the secret key zero, one above the order, and one of 31 bytes", () => {
      for (const secretKey of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31).fill(1)]) {
        expect(errorNameOf(() => backend.sign(secretKey, new Uint8Array(32)))).to.equal("secretKeyInvalid");
        expect(errorNameOf(() => backend.publicKey(secretKey))).to.equal("secretKeyInvalid");
      }
    });

    for (const [name, signature] of badSignatures) {
      it(`refuses a signature that is ${name}`, () => {
        expect(crypto.verify({ ...votes[0]!, signature })).to.equal(false);
        expect(crypto.verifyAggregate(ballot, [asIndex(0)], signature)).to.equal(false);
      });
    }

    it("does not join what is no point, nor nothing", () => {
      expect(backend.aggregate([])).to.equal(undefined);
      expect(backend.aggregate([first, new Uint8Array(96)])).to.equal(undefined);
      expect(backend.aggregate([first, new Uint8Array(95)])).to.equal(undefined);
    });

    it("a sum that left the subgroup does not verify", () => {
      const joined = backend.aggregate([first, strayPoint]);
      expect(joined !== undefined && crypto.verifyAggregate(ballot, [asIndex(0)], joined)).to.equal(false);
    });
  });
}
