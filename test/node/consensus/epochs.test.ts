/**
 * The end of an epoch as one engine sees it, and the start of the next; and the elections of leaders.
 *
 * Owns: the rules of docs/protocol/consensus.md, "Epochs", with what attackers try there. Whole networks:
 * test/simulation; nodes with disks: test/node/app/epochs.test.ts.
 */
import { expect } from "chai";
import { roundRobin, weightedRandom } from "../../../node/consensus/leader.ts";
import { startOfNextEpoch } from "../../../node/consensus/reproposal.ts";
import type { Message, Proposal } from "../../../node/types/messages.ts";
import { asEpoch, asIndex, asView, asWeight, toHash } from "../../../node/types/primitives.ts";
import { fakeSign } from "../../simulation/fake-crypto.ts";
import { GENESIS } from "../../simulation/fake-execution.ts";
import {
  ballot,
  certificate,
  EngineContext,
  errors,
  of,
  proposal,
  QUORUM,
  reports,
  reproposal,
  signedKinds,
  vote,
} from "./engine-context.ts";

const closing = proposal({ view: 1, closes: true });
const ordinary = proposal({ view: 1 });

/** A node that has executed the block and seen it notarised. */
function notarised(block: Proposal, self = 3): EngineContext {
  const context = new EngineContext({ self });
  context.propose(block);
  context.certify(certificate("notarize", 1, block.digest));
  return context;
}

describe("consensus: epochs", () => {
  it("[VAL-5] ends the epoch with the block that closes it, and does nothing more but answer requests", () => {
    const context = new EngineContext();
    const effects = context.complete(closing);
    const types = effects.map(({ type }) => type);
    expect(types.indexOf("epochEnded")).to.be.greaterThan(types.indexOf("finalize"));
    const { head } = of(effects, "epochEnded")[0]!;
    expect(head).to.include({ epoch: 0, view: 1, height: 1, digest: closing.digest });
    expect(context.engine.isEnded).to.equal(true);
    expect([
      ...context.timeout(),
      ...context.propose(reproposal(closing, 2)),
      ...context.complete(ordinary),
    ]).to.deep.equal([]);
    const request = { view: asView(5), digest: closing.digest };
    expect(context.engine.answer(request)).to.deep.equal({ type: "certificate", certificate: head.certificate });
  });

  it("votes for the block again in each later view, and finalizes it in whichever is certified", () => {
    const context = notarised(closing);
    expect(signedKinds(context.propose(reproposal(closing, 2)))).to.deep.equal(["notarize 2"]);
    const second = context.votes("notarize", 2, QUORUM, closing.digest);
    expect(signedKinds(second)).to.deep.equal(["finalize 2"]);
    expect(signedKinds(context.propose(reproposal(closing, 3, 2)))).to.deep.equal(["notarize 3"]);
    const effects = context.votes("finalize", 2, QUORUM, closing.digest);
    expect(of(effects, "finalize").map(({ proposals }) => proposals)).to.deep.equal([[closing]]);
    expect(of(effects, "epochEnded")[0]?.head, "the view is the block's own").to.include({ view: 1 });
  });

  it("a leader proposes the block again, without a payload, after views that brought nothing too", () => {
    const context = notarised(closing);
    context.certify(certificate("nullify", 2));
    const effects = context.certify(certificate("nullify", 3));
    expect(of(effects, "build")).to.deep.equal([]);
    const sent = of(effects, "broadcast").map(({ message }) => message);
    expect(sent).to.deep.equal([{ type: "proposal", proposal: reproposal(closing, 4) }]);
    const fellow = notarised(closing, 0);
    expect(signedKinds(fellow.propose(reproposal(closing, 4)))).to.include("notarize 4");
  });

  it("fetches the block it never received when that is proposed again, and then votes", () => {
    const context = new EngineContext();
    const effects = context.propose(reproposal(closing, 2));
    expect(of(effects, "fetch").map(({ digest }) => digest)).to.deep.equal([closing.digest]);
    expect(signedKinds(effects)).to.deep.equal([]);
    expect(signedKinds(context.propose(closing, 1))).to.deep.equal(["notarize 1", "finalize 1", "notarize 2"]);
  });

  it("writes a re-proposal to its log before it votes, and a restart goes on from there", () => {
    const context = notarised(closing);
    const effects = context.propose(reproposal(closing, 2));
    const order = effects.map(({ type }) => type).filter((type) => ["persist", "sign", "broadcast"].includes(type));
    expect(order).to.deep.equal(["persist", "sign", "broadcast"]);
    const messages = context.engine.retained();
    const ballots = [ballot("notarize", 1, closing.digest), ballot("notarize", 2, closing.digest)];
    const again = new EngineContext({ started: false, messages, ballots });
    const restarted = again.run({ type: "start" });
    expect(of(restarted, "verify").map((effect) => effect.proposal.digest)).to.deep.equal([closing.digest]);
    expect(signedKinds(restarted)).to.deep.equal(["notarize 2", "finalize 1"]);
    expect(of(again.votes("finalize", 2, QUORUM, closing.digest), "epochEnded")).to.have.length(1);
  });

  it("a leader that signed a re-proposal and lost it lets that vote rest", () => {
    const messages: Message[] = [
      { type: "proposal", proposal: closing },
      { type: "certificate", certificate: certificate("notarize", 1, closing.digest) },
    ];
    const ballots = [ballot("notarize", 1, closing.digest), ballot("notarize", 2, closing.digest)];
    const context = new EngineContext({ self: 1, started: false, messages, ballots });
    const sent = of(context.run({ type: "start" }), "broadcast").map(({ message }) => message);
    expect(sent).to.deep.equal([{ type: "vote", vote: vote("finalize", 1, 1, closing.digest) }]);
  });

  describe("attacks", () => {
    const child = proposal({ view: 2, parent: closing });

    it("rejects with epochClosed a child of the block that closes the epoch, and does not vote for it", () => {
      const effects = notarised(closing).propose(child, 1);
      expect(reports(effects)).to.deep.equal([{ validator: 1, error: "epochClosed" }]);
      expect([...signedKinds(effects), ...of(effects, "verify")]).to.deep.equal([]);
    });

    it("rejects with epochClosed a child that came before its parent", () => {
      const context = new EngineContext();
      context.propose(child, 1);
      const effects = context.propose(closing, 0);
      expect(reports(effects)).to.deep.equal([{ validator: 1, error: "epochClosed" }]);
      expect(signedKinds(effects)).to.deep.equal(["notarize 1", "finalize 1"]);
    });

    it("rejects with reproposalRefused a block that is proposed again and closes nothing", () => {
      const effects = notarised(ordinary).propose(reproposal(ordinary, 2), 1);
      expect(reports(effects)).to.deep.equal([{ validator: 1, error: "reproposalRefused" }]);
      expect(signedKinds(effects)).to.deep.equal([]);
    });

    it("rejects with reproposalRefused one that came before its block, and never finalizes it in that view", () => {
      const context = new EngineContext();
      context.propose(reproposal(ordinary, 2), 1);
      const effects = [
        ...context.propose(ordinary, 0),
        ...context.certify(certificate("notarize", 2, ordinary.digest)),
      ];
      expect(errors(effects).map(({ errorName }) => errorName)).to.deep.equal(["reproposalRefused"]);
      expect(signedKinds(effects)).to.deep.equal(["notarize 1", "finalize 1"]);
    });

    const again = reproposal(closing, 3);
    const changed: [string, Partial<Proposal>][] = [
      ["with a payload", { payload: closing.payload }],
      ["of another height", { height: ordinary.height + 1 } as Partial<Proposal>],
      ["without a certificate", { parentCertificate: undefined }],
      ["with the certificate of another block", { parentCertificate: certificate("notarize", 1, ordinary.digest) }],
      ["without the nullification of the view between", { nullifications: [] }],
    ];
    for (const [name, change] of changed) {
      it(`rejects with proposalUnjustified a re-proposal ${name}`, () => {
        expect(reports(notarised(closing).propose({ ...again, ...change }, 2))).to.deep.equal([
          { validator: 2, error: "proposalUnjustified" },
        ]);
      });
    }

    it("rejects with proposalUnjustified a final block proposed again", () => {
      const context = new EngineContext();
      context.complete(ordinary);
      const repeated = { ...reproposal(ordinary, 2), height: proposal({ view: 2, parent: ordinary }).height };
      expect(reports(context.propose(repeated, 1))).to.deep.equal([{ validator: 1, error: "proposalUnjustified" }]);
    });

    it("shows evidence of a leader that proposes the block again and a child of it", () => {
      const context = notarised(closing);
      const effects = [...context.propose(reproposal(closing, 2)), ...context.propose(child)];
      expect(of(effects, "evidence").map(({ first }) => first.signer)).to.deep.equal([1]);
      expect(signedKinds(effects)).to.deep.equal(["notarize 2"]);
    });
  });

  describe("the next epoch", () => {
    const ended = { epoch: closing.epoch, view: closing.view, height: closing.height, digest: closing.digest };
    const start = startOfNextEpoch({
      ...ended,
      certificate: certificate("finalize", 7, closing.digest),
      startsEpoch: false,
    });
    const epoch = asEpoch(1);
    const first = (changes: Partial<Proposal> = {}): Proposal => {
      const { digest, ...block } = proposal({ view: 2, parent: closing });
      const signed = fakeSign({ kind: "notarize", epoch, view: block.view, digest }, asIndex(1));
      return { ...block, digest, epoch, parentCertificate: undefined, vote: signed, ...changes };
    };

    it("starts from the view in the block's header, whatever view made it final, and needs no certificate", () => {
      expect(start).to.deep.equal({ ...ended, epoch: 1, certificate: undefined, startsEpoch: true });
      const leader = new EngineContext({ self: 1, epoch, head: start, started: false });
      expect(of(leader.run({ type: "start" }), "build")).to.deep.equal([
        { type: "build", view: 2, parentView: 1, parentDigest: closing.digest },
      ]);
      const context = new EngineContext({ epoch, head: start });
      const effects = context.engine.step({ type: "proposal", proposal: first() });
      expect(of(effects, "verify")).to.have.length(1);
    });

    it("rejects with proposalUnjustified a first proposal that brings a certificate of the epoch before", () => {
      const context = new EngineContext({ epoch, head: start });
      const foreign = first({ parentCertificate: certificate("notarize", 1, closing.digest) });
      expect(reports(context.propose(foreign, 2))).to.deep.equal([{ validator: 2, error: "proposalUnjustified" }]);
    });

    it("[CON-10] takes from log and guard only what is of its own epoch", () => {
      const messages: Message[] = [
        { type: "certificate", certificate: certificate("notarize", 1, closing.digest) },
        { type: "certificate", certificate: certificate("nullify", 2) },
        { type: "proposal", proposal: reproposal(closing, 3) },
      ];
      const ballots = [ballot("nullify", 2), ballot("notarize", 3, closing.digest)];
      const context = new EngineContext({ self: 3, epoch, head: start, messages, ballots, started: false });
      const effects = context.run({ type: "start" });
      expect(signedKinds(effects)).to.deep.equal([]);
      expect(context.view).to.equal(2);
      expect(context.engine.head).to.deep.equal(start);
    });
  });

  describe("leaders", () => {
    const seed = toHash(new Uint8Array(32).fill(7));
    const views = Array.from({ length: 4000 }, (_, view) => asView(view + 1));
    const shares = (weights: readonly bigint[], from = seed): number[] => {
      const leaderOf = weightedRandom(weights.map(asWeight), from);
      const counts = weights.map(() => 0);
      for (const view of views) counts[leaderOf(view)]!++;
      return counts;
    };

    it("[NET-5] by lot each leads as often as its share of the stake, and never without stake", () => {
      const stake = 10n ** 22n;
      const [small, none, large] = shares([stake, 0n, 3n * stake]) as [number, number, number];
      expect(none).to.equal(0);
      // 1,000 and 3,000 of 4,000 expected; the standard deviation is 27.
      expect(small).to.be.within(870, 1130);
      expect(small + large).to.equal(views.length);
    });

    it("[NET-5] everybody draws the same, another seed or view draws another", () => {
      const weights = [1n, 1n, 1n, 1n, 1n].map(asWeight);
      const draw = (from = seed) => views.slice(0, 40).map(weightedRandom(weights, from));
      expect(draw()).to.deep.equal(draw());
      expect(draw()).not.to.deep.equal(draw(GENESIS.digest));
      expect(new Set(draw()).size).to.equal(5);
      const one = weightedRandom(weights, seed);
      expect(views.slice(0, 600).map(one), "also when asked again later").to.deep.equal(views.slice(0, 600).map(one));
    });

    it("in turn everybody leads once in a round", () => {
      expect([1, 2, 3, 4].map(asView).map(roundRobin(3))).to.deep.equal([0, 1, 2, 0]);
    });
  });
});
