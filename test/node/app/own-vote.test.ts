/** A vote that came after the quorum is added to a certificate, and never one that was not given. */
import { expect } from "chai";
import { withOwnVote } from "../../../node/app/own-vote.ts";
import { verifyCertificate } from "../../../node/consensus/certificates.ts";
import { ValidatorSet } from "../../../node/consensus/quorum.ts";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import { deriveSecretKey } from "../../../node/crypto/bls/keygen.ts";
import { createVoteCrypto, signBallot } from "../../../node/crypto/vote-crypto.ts";
import type { EpochValidator } from "../../../node/ports/epochs.ts";
import type { Ballot, Certificate } from "../../../node/types/messages.ts";
import { asEpoch, asIndex, asView, asWeight, type Hash } from "../../../node/types/primitives.ts";

const chain = { chainId: 2026n, genesisHash: `0x${"01".repeat(32)}` as Hash };
const secrets = [1, 2, 3, 4].map((seed) => deriveSecretKey(new Uint8Array(32).fill(seed)));
const publicKeys = secrets.map((secret) => blstBackend.publicKey(secret));
const crypto = createVoteCrypto({ backend: blstBackend, chain, publicKeys });
const epoch = asEpoch(3);
const ballot: Ballot = { kind: "finalize", epoch, view: asView(9), digest: `0x${"ab".repeat(32)}` as Hash };
const set = new ValidatorSet(publicKeys.map(() => asWeight(1n)));

const sign = (signer: number, what: Ballot) =>
  signBallot({ backend: blstBackend, chain, secretKey: secrets[signer]!, signer: asIndex(signer) }, what);

function certify(signers: readonly number[]): Certificate {
  const signature = crypto.aggregate(signers.map((signer) => sign(signer, ballot).signature))!;
  return { ...ballot, signers: new Uint8Array([signers.reduce((bits, signer) => bits | (1 << signer), 0)]), signature };
}

function optionsOf(given: readonly Ballot[]) {
  const validators = publicKeys.map((publicKey) => ({ publicKey }) as EpochValidator);
  const signer = { publicKey: publicKeys[3]!, sign: async (what: Ballot) => sign(3, what) };
  return {
    known: { epoch, crypto, validators },
    identity: { index: asIndex(3), signer },
    guard: { ballots: () => given },
  };
}

describe("own vote in a certificate", () => {
  it("[EMI-4] a vote that the guard has recorded is added, and the certificate is valid with it", async () => {
    const completed = await withOwnVote(certify([0, 1, 2]), optionsOf([ballot]));
    expect(completed.signers).to.deep.equal(new Uint8Array([0b1111]));
    verifyCertificate(completed, { epoch, set, crypto });
  });

  it("a vote that was never given is not added", async () => {
    const certificate = certify([0, 1, 2]);
    const others: Ballot[] = [
      { ...ballot, kind: "notarize" },
      { ...ballot, view: asView(10) },
      { ...ballot, digest: `0x${"cd".repeat(32)}` as Hash },
      { ...ballot, epoch: asEpoch(2) },
    ];
    expect(await withOwnVote(certificate, optionsOf(others))).to.equal(certificate);
  });

  it("a certificate that has the vote, or is of another epoch, stays as it is", async () => {
    const complete = certify([0, 1, 3]);
    expect(await withOwnVote(complete, optionsOf([ballot]))).to.equal(complete);
    const former = { ...certify([0, 1, 2]), epoch: asEpoch(2) };
    expect(await withOwnVote(former, optionsOf([ballot]))).to.equal(former);
  });
});
