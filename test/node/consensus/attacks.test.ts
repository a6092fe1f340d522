/**
 * What a corrupt validator may try: each test is named after what the attacker does.
 *
 * Owns: bad input to a running engine. Whoever brought it is reported with a code; an honest node named inside is not.
 */
import { expect } from "chai";
import { encodeBitmap } from "../../../node/consensus/bitmap.ts";
import { MAX_VIEWS_AHEAD, RETAINED_VIEWS } from "../../../node/types/limits.ts";
import type { Proposal, Vote } from "../../../node/types/messages.ts";
import { asEpoch, asHeight, asIndex, asView } from "../../../node/types/primitives.ts";
import { fakeSign, shiftSignature } from "../../simulation/fake-crypto.ts";
import { certificate, EngineContext, errors, of, proposal, reports, signedKinds, vote } from "./engine-context.ts";

const garbage = (cast: Vote): Vote => shiftSignature(cast, 1);
const epochOne = asEpoch(1);

describe("consensus: attacks", () => {
  describe("votes", () => {
    it("ignores with epochMismatch a vote of another epoch", () => {
      const effects = new EngineContext().vote({ ...vote("nullify", 1, 0), epoch: epochOne }, 0);
      expect(reports(effects)).to.deep.equal([{ validator: 0, error: "epochMismatch" }]);
      expect(errors(effects)[0]?.action).to.equal("ignore");
    });

    it("rejects with signerUnknown a vote of somebody outside the set, at the door of who brought it", () => {
      expect(reports(new EngineContext().vote(vote("nullify", 1, 4), 2))).to.deep.equal([
        { validator: 2, error: "signerUnknown" },
      ]);
    });

    it("ignores with voteDuplicate a vote that comes again, and counts it once", () => {
      const context = new EngineContext();
      context.votes("nullify", 1, [0, 1]);
      const effects = context.votes("nullify", 1, [0, 0, 1, 1, 1]);
      expect(reports(effects).map(({ error }) => error)).to.deep.equal(["voteDuplicate", "voteDuplicate"]);
      expect(context.view).to.equal(1);
    });

    it("ignores with viewStale a vote far below the final view, and tells its sender where the others are", () => {
      const context = new EngineContext();
      const block = proposal({ view: 20 });
      context.complete({ ...block });
      const effects = context.vote(vote("nullify", 20 - RETAINED_VIEWS, 0), 0);
      expect(reports(effects)).to.deep.equal([{ validator: 0, error: "viewStale" }]);
      const answers = of(effects, "send").map(({ to, message }) => [to, message.type]);
      expect(answers).to.deep.equal([[0, "certificate"]]);
    });

    it("ignores with viewTooFar a vote too many views ahead", () => {
      const context = new EngineContext();
      expect(reports(context.vote(vote("nullify", 1 + MAX_VIEWS_AHEAD, 0), 0))).to.deep.equal([]);
      expect(reports(context.vote(vote("nullify", 2 + MAX_VIEWS_AHEAD, 0), 0))).to.deep.equal([
        { validator: 0, error: "viewTooFar" },
      ]);
    });

    it("keeps one vote per validator and view of a flood of different ones", () => {
      const context = new EngineContext();
      const effects = Array.from({ length: 50 }, (_, salt) =>
        context.vote(garbage(vote("notarize", 1, 0, proposal({ view: 1, salt }).digest)), 0),
      ).flat();
      expect(of(effects, "evidence")).to.deep.equal([]);
      expect(context.engine.status().rounds[0]?.votes.notarize.weight).to.equal(1n);
    });

    it("finds a bad signature in a quorum, reports who brought it, and certifies without it", () => {
      const context = new EngineContext();
      const { digest } = proposal({ view: 1 });
      context.vote(garbage(vote("notarize", 1, 0, digest)), 0);
      context.votes("notarize", 1, [1], digest);
      const effects = context.votes("notarize", 1, [2], digest);
      expect(reports(effects)).to.deep.equal([{ validator: 0, error: "signatureInvalid" }]);
      expect(context.view).to.equal(1);
      context.vote(vote("notarize", 1, 0, digest), 0);
      expect(context.view).to.equal(2);
    });

    it("a forged vote in another's name neither displaces the true one nor blackens its owner", () => {
      const context = new EngineContext();
      const { digest } = proposal({ view: 1 });
      context.vote(garbage(vote("notarize", 1, 0, digest)), 2);
      const effects = context.vote(vote("notarize", 1, 0, digest), 0);
      expect(reports(effects)).to.deep.equal([{ validator: 2, error: "signatureInvalid" }]);
      context.votes("notarize", 1, [1, 2], digest);
      expect(context.view).to.equal(2);
    });

    it("checks each vote of a validator with a bad one at once, so that it cannot spoil every quorum", () => {
      const context = new EngineContext();
      const { digest } = proposal({ view: 1 });
      context.vote(garbage(vote("notarize", 1, 0, digest)), 0);
      context.votes("notarize", 1, [1, 2], digest);
      expect(reports(context.vote(garbage(vote("nullify", 1, 0)), 0))).to.deep.equal([
        { validator: 0, error: "signatureInvalid" },
      ]);
    });
  });

  describe("double voting", () => {
    const one = proposal({ view: 2, salt: 1 }).digest;
    const two = proposal({ view: 2, salt: 2 }).digest;
    const pairs: [string, Vote, Vote][] = [
      ["two blocks notarized in a view", vote("notarize", 2, 0, one), vote("notarize", 2, 0, two)],
      ["two blocks finalized in a view", vote("finalize", 2, 0, one), vote("finalize", 2, 0, two)],
      ["a view finalized and given up", vote("finalize", 2, 0, one), vote("nullify", 2, 0)],
      ["a view given up and finalized", vote("nullify", 2, 0), vote("finalize", 2, 0, one)],
    ];
    for (const [name, first, second] of pairs) {
      it(`[CON-8] shows evidence of ${name}, once, and reports voteConflicting`, () => {
        const context = new EngineContext();
        context.vote(first);
        const effects = [...context.vote(second), ...context.vote(second), ...context.vote(first)];
        expect(of(effects, "evidence")).to.deep.equal([{ type: "evidence", first, second }]);
        expect(reports(effects).filter(({ error }) => error === "voteConflicting")).to.deep.equal([
          { validator: 0, error: "voteConflicting" },
        ]);
      });
    }

    it("sees no fault in a vote for a block and then giving the view up", () => {
      const context = new EngineContext();
      context.vote(vote("notarize", 2, 0, one));
      expect(context.vote(vote("nullify", 2, 0))).to.deep.equal([]);
    });

    it("shows evidence of a leader with two blocks, and votes for the first alone", () => {
      const context = new EngineContext();
      const effects = [...context.propose(proposal({ view: 1 })), ...context.propose(proposal({ view: 1, salt: 9 }))];
      expect(of(effects, "evidence").map(({ first }) => first.signer)).to.deep.equal([0]);
      expect(signedKinds(effects)).to.deep.equal(["notarize 1"]);
      expect(of(effects, "verify")).to.have.length(1);
    });

    it("takes the second block of a leader when that is the certified one", () => {
      const context = new EngineContext();
      const other = proposal({ view: 1, salt: 9 });
      context.propose(proposal({ view: 1 }));
      context.certify(certificate("notarize", 1, other.digest, [0, 1, 2]));
      const effects = context.propose(other, 2);
      expect(signedKinds(effects)).to.deep.equal(["finalize 1"]);
    });

    it("sees a contradicting vote also after its view is final", () => {
      const context = new EngineContext();
      const block = proposal({ view: 1 });
      context.complete(block);
      expect(of(context.vote(vote("nullify", 1, 0)), "evidence")).to.have.length(1);
    });

    it("shows no evidence from two votes of which one is forged", () => {
      const context = new EngineContext();
      context.vote(vote("notarize", 2, 0, one), 0);
      const effects = context.vote(garbage(vote("notarize", 2, 0, two)), 1);
      expect(of(effects, "evidence")).to.deep.equal([]);
      expect(reports(effects)).to.deep.equal([{ validator: 1, error: "signatureInvalid" }]);
    });

    it("two colluders whose wrong signatures cancel in the sum get a certificate, but their votes are no evidence", () => {
      const context = new EngineContext();
      const { digest } = proposal({ view: 1 });
      context.vote(shiftSignature(vote("notarize", 1, 0, digest), 77), 0);
      context.vote(shiftSignature(vote("notarize", 1, 1, digest), -77), 1);
      const certified = context.vote(vote("notarize", 1, 2, digest), 2);
      expect(context.view).to.equal(2);
      expect(reports(certified)).to.deep.equal([]);
      const effects = context.vote(vote("notarize", 1, 0, proposal({ view: 1, salt: 5 }).digest), 0);
      expect(of(effects, "evidence")).to.deep.equal([]);
      expect(reports(effects)).to.deep.equal([{ validator: 0, error: "signatureInvalid" }]);
    });
  });

  describe("certificates", () => {
    const { digest } = proposal({ view: 1 });
    const good = certificate("notarize", 1, digest);

    it("rejects with quorumMissing one of exactly two thirds or less", () => {
      const context = new EngineContext({ weights: [1n, 1n, 1n].map((weight) => weight as never), self: 2 });
      const twoOfThree = certificate("notarize", 1, digest, [0, 1], 3);
      expect(reports(context.certify(twoOfThree, 1))).to.deep.equal([{ validator: 1, error: "quorumMissing" }]);
      expect(context.view).to.equal(1);
    });

    it("counts weight, not heads", () => {
      const context = new EngineContext({ weights: [7n, 1n, 1n, 1n].map((weight) => weight as never) });
      expect(reports(context.certify(certificate("nullify", 1, undefined, [1, 2, 3]), 1))).to.deep.equal([
        { validator: 1, error: "quorumMissing" },
      ]);
      context.certify(certificate("nullify", 1, undefined, [0]));
      expect(context.view).to.equal(2);
    });

    const bitmaps: [string, Uint8Array][] = [
      ["too short", new Uint8Array(0)],
      ["too long", new Uint8Array([0b0111, 0])],
      ["with a bit beyond the set", new Uint8Array([0b1_0111])],
      ["huge", new Uint8Array(128).fill(255)],
    ];
    for (const [name, signers] of bitmaps) {
      it(`rejects with bitmapInvalid a bitmap that is ${name}`, () => {
        expect(reports(new EngineContext().certify({ ...good, signers }, 1))).to.deep.equal([
          { validator: 1, error: "bitmapInvalid" },
        ]);
      });
    }

    it("rejects with signatureInvalid one whose bitmap names others than signed", () => {
      const signers = encodeBitmap([1, 2, 3].map(asIndex), 4);
      expect(reports(new EngineContext().certify({ ...good, signers }, 1))).to.deep.equal([
        { validator: 1, error: "signatureInvalid" },
      ]);
    });

    it("ignores with epochMismatch one of another epoch", () => {
      const context = new EngineContext();
      expect(reports(context.certify({ ...good, epoch: epochOne }, 1))).to.deep.equal([
        { validator: 1, error: "epochMismatch" },
      ]);
      expect(context.view).to.equal(1);
    });

    it("stops with finalityConflict when two blocks of one view are certified final", () => {
      const context = new EngineContext();
      context.certify(certificate("finalize", 1, digest));
      const other = certificate("finalize", 1, proposal({ view: 1, salt: 1 }).digest);
      expect(() => context.certify(other))
        .to.throw()
        .with.property("errorName", "finalityConflict");
    });
  });

  describe("proposals", () => {
    const first = proposal({ view: 1 });
    const second = proposal({ view: 2, parent: first });
    const refused = (offered: Proposal, from = 2): unknown => reports(new EngineContext().propose(offered, from));
    const unjustified = [{ validator: 2, error: "proposalUnjustified" }];

    it("rejects with leaderWrong a proposal of somebody who does not lead the view", () => {
      expect(refused(proposal({ view: 1, signer: 2 }))).to.deep.equal([{ validator: 2, error: "leaderWrong" }]);
    });

    it("rejects with signatureInvalid a proposal in the leader's name", () => {
      expect(refused({ ...first, vote: garbage(first.vote) })).to.deep.equal([
        { validator: 2, error: "signatureInvalid" },
      ]);
    });

    it("ignores with epochMismatch a proposal of another epoch", () => {
      expect(refused({ ...first, epoch: epochOne })).to.deep.equal([{ validator: 2, error: "epochMismatch" }]);
    });

    it("rejects with proposalUnjustified a parent without a certificate", () => {
      expect(refused({ ...second, parentCertificate: undefined })).to.deep.equal(unjustified);
    });

    it("rejects with proposalUnjustified the certificate of another block as the parent's", () => {
      const other = certificate("notarize", 1, proposal({ view: 1, salt: 1 }).digest);
      expect(refused({ ...second, parentCertificate: other })).to.deep.equal(unjustified);
      expect(refused({ ...second, parentCertificate: certificate("nullify", 1) })).to.deep.equal(unjustified);
    });

    it("rejects with quorumMissing a parent that too few have notarised", () => {
      const parentCertificate = certificate("notarize", 1, first.digest, [0, 1]);
      expect(refused({ ...second, parentCertificate })).to.deep.equal([{ validator: 2, error: "quorumMissing" }]);
    });

    it("rejects with proposalUnjustified a skipped view without nullification, one too many, or out of order", () => {
      const later = proposal({ view: 3 });
      const [one, two] = later.nullifications;
      for (const nullifications of [[], [one!], [one!, one!], [two!, one!], [one!, two!, two!]]) {
        expect(refused({ ...later, nullifications })).to.deep.equal(unjustified);
      }
    });

    it("rejects with signatureInvalid a nullification that nobody signed", () => {
      const later = proposal({ view: 2 });
      const forged = { ...certificate("nullify", 1), signature: new Uint8Array(96) };
      expect(refused({ ...later, nullifications: [forged] })).to.deep.equal([
        { validator: 2, error: "signatureInvalid" },
      ]);
    });

    it("rejects with proposalUnjustified a parent that is not below, and a height that does not follow", () => {
      expect(refused({ ...first, parentView: asView(1) })).to.deep.equal(unjustified);
      expect(refused({ ...first, height: asHeight(2) })).to.deep.equal(unjustified);
    });

    it("rejects with proposalUnjustified a branch off below the final block", () => {
      const context = new EngineContext();
      context.complete(first);
      const branch = proposal({ view: 2 });
      expect(reports(context.propose(branch, 2))).to.deep.equal(unjustified);
    });

    it("rejects with payloadInvalid a block that execution refuses, and does not vote for it", () => {
      const effects = new EngineContext().propose(proposal({ view: 1, valid: false }), 0);
      expect(reports(effects)).to.deep.equal([{ validator: 0, error: "payloadInvalid" }]);
      expect(signedKinds(effects)).to.deep.equal([]);
    });

    it("a changed copy of a block that comes before the true one does not keep it out", () => {
      const context = new EngineContext();
      const payload = Uint8Array.from(first.payload);
      payload[0] = 0;
      expect(reports(context.propose({ ...first, payload }, 2))).to.deep.equal([
        { validator: 2, error: "payloadInvalid" },
      ]);
      expect(signedKinds(context.propose(first, 0))).to.deep.equal(["notarize 1"]);
    });

    it("a certified block whose copy lies about its parent is fetched anew and stops nobody", () => {
      const context = new EngineContext();
      context.complete(first);
      const final = proposal({ view: 3, parent: second });
      context.certify(certificate("notarize", 2, second.digest));
      context.certify(certificate("nullify", 2));
      // True digest and signature, but it claims to stand beside the second block, on the first.
      const lying = { ...final, ...proposal({ view: 3, parent: first }), digest: final.digest, vote: final.vote };
      context.propose({ ...lying, payload: final.payload }, 1);
      context.complete(second);
      const effects = context.certify(certificate("finalize", 3, final.digest), 1);
      expect(of(effects, "finalize")).to.deep.equal([]);
      expect(signedKinds(context.propose(final, 2))).to.deep.equal(["notarize 3", "finalize 3"]);
      expect(context.engine.head.digest).to.equal(final.digest);
    });

    it("does not vote for a justified proposal of a view that is over without it", () => {
      const context = new EngineContext();
      context.certify(certificate("nullify", 1));
      expect(signedKinds(context.propose(first))).to.deep.equal([]);
    });

    it("learns the certificates inside a proposal and moves to its view", () => {
      const context = new EngineContext();
      context.propose(proposal({ view: 6, parent: second }));
      expect(context.view).to.equal(6);
    });
  });

  describe("amplification", () => {
    it("answers a validator that asks again and again once in a view", () => {
      const context = new EngineContext();
      for (let view = 1; view <= 9; view++) context.certify(certificate("nullify", view));
      const effects = Array.from({ length: 20 }, () => context.vote(vote("nullify", 1, 0), 0)).flat();
      expect(of(effects, "send")).to.have.length(9);
    });

    it("tells a validator that repeats its vote of a view that is over how it ended, and no other", () => {
      const context = new EngineContext();
      context.votes("nullify", 1, [0, 1, 2]);
      const effects = context.vote(vote("nullify", 1, 1), 1);
      const answers = of(effects, "send").map(({ to, message }) => [to, message.type]);
      expect(answers).to.deep.equal([[1, "certificate"]]);
    });

    it("answers nobody for a vote that merely comes late", () => {
      const context = new EngineContext();
      const block = proposal({ view: 1 });
      context.propose(block);
      context.votes("notarize", 1, [1], block.digest);
      expect(of(context.votes("notarize", 1, [2], block.digest), "send")).to.deep.equal([]);
      expect(fakeSign(block.vote, asIndex(0)).signature).to.deep.equal(block.vote.signature);
    });
  });
});
