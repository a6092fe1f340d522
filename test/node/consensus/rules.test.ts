/**
 * The rules of one view and the next: what an honest validator does with honest input.
 *
 * Owns: notarize, finalize, nullify, leading, finality, as docs/protocol/consensus.md states them.
 */
import { expect } from "chai";
import { asHeight, asIndex, asView } from "../../../node/types/primitives.ts";
import { digestOf, encodeBlock, GENESIS } from "../../simulation/fake-execution.ts";
import { certificate, EngineContext, of, proposal, QUORUM, signedKinds } from "./engine-context.ts";

describe("consensus: rules", () => {
  it("enters view 1 at the start, with both timers, and waits for its leader", () => {
    const context = new EngineContext({ started: false });
    const effects = context.run({ type: "start" });
    expect(effects.map((effect) => effect.type)).to.deep.equal(["viewEntered", "setTimer", "setTimer"]);
  });

  it("[CON-10] writes a proposal to the log before it signs a vote for it, and signs before it sends", () => {
    const effects = new EngineContext().propose(proposal({ view: 1 }));
    const order = effects
      .map((effect) => effect.type)
      .filter((type) => ["persist", "sign", "broadcast"].includes(type));
    expect(order).to.deep.equal(["persist", "sign", "broadcast"]);
  });

  it("votes once in a view, then finalizes what a quorum notarised, then enters the next view", () => {
    const context = new EngineContext();
    const block = proposal({ view: 1 });
    expect(signedKinds(context.propose(block))).to.deep.equal(["notarize 1"]);
    const effects = context.votes("notarize", 1, [1], block.digest);
    expect(signedKinds(effects)).to.deep.equal(["finalize 1"]);
    expect(of(effects, "viewEntered").map(({ view }) => view)).to.deep.equal([2]);
    const kinds = effects.map((effect) => (effect.type === "persist" ? `persist ${effect.message.type}` : effect.type));
    expect(kinds.indexOf("persist certificate")).to.be.lessThan(kinds.indexOf("sign"));
  });

  it("sends no certificate to anybody in a view without faults", () => {
    const context = new EngineContext();
    const first = proposal({ view: 1 });
    const effects = [...context.complete(first), ...context.complete(proposal({ view: 2, parent: first }))];
    const sent = [...of(effects, "broadcast"), ...of(effects, "send")].map(({ message }) => message.type);
    expect(sent).to.deep.equal(["vote", "vote", "vote", "vote"]);
  });

  it("finalises with a quorum of finalize votes, and the block before it with it when that came late", () => {
    const context = new EngineContext();
    const first = proposal({ view: 1 });
    const second = proposal({ view: 2, parent: first });
    context.propose(first);
    context.votes("notarize", 1, QUORUM, first.digest);
    const effects = context.complete(second);
    const [finalized] = of(effects, "finalize");
    expect(finalized?.proposals.map(({ digest }) => digest)).to.deep.equal([first.digest, second.digest]);
    expect(finalized?.certificate.view).to.equal(2);
    expect(context.engine.head.height).to.equal(2);
    // The finalization of the first block arrives after all.
    const late = context.votes("finalize", 1, QUORUM, first.digest);
    expect(of(late, "certified").map((effect) => effect.certificate.digest)).to.deep.equal([first.digest]);
    expect(of(late, "finalize")).to.deep.equal([]);
  });

  it("gives up after the view timeout, moves on with a nullification, and builds on the block before", () => {
    const context = new EngineContext();
    expect(signedKinds(context.timeout())).to.deep.equal(["nullify 1"]);
    context.votes("nullify", 1, [0, 1]);
    expect(context.view).to.equal(2);
    expect(signedKinds(context.propose(proposal({ view: 2 })))).to.deep.equal(["notarize 2"]);
  });

  it("never notarizes in a view that it gave up", () => {
    const context = new EngineContext();
    context.timeout();
    expect(signedKinds(context.propose(proposal({ view: 1 })))).to.deep.equal([]);
  });

  it("never finalizes a view that it gave up, though a quorum notarised it", () => {
    const context = new EngineContext();
    const block = proposal({ view: 1 });
    context.propose(block);
    context.timeout();
    expect(signedKinds(context.votes("notarize", 1, QUORUM, block.digest))).to.deep.equal([]);
    expect(context.view).to.equal(2);
  });

  it("never gives up a view that it finalized", () => {
    const context = new EngineContext();
    const block = proposal({ view: 1 });
    context.propose(block);
    context.votes("notarize", 1, QUORUM, block.digest);
    expect(signedKinds(context.run({ type: "timeout", view: asView(1), timer: "view" }))).to.deep.equal([]);
  });

  it("does not vote for a block before its parent is executed, and then does", () => {
    const context = new EngineContext();
    const first = proposal({ view: 1 });
    const second = proposal({ view: 2, parent: first });
    const early = context.propose(second);
    expect(of(early, "verify")).to.deep.equal([]);
    expect(of(early, "fetch").map(({ digest }) => digest)).to.deep.equal([first.digest]);
    expect(signedKinds(context.propose(first))).to.deep.equal(["notarize 1", "finalize 1", "notarize 2"]);
  });

  it("leads on the highest notarised block and justifies the views it skips", () => {
    const context = new EngineContext();
    const first = proposal({ view: 1 });
    context.propose(first);
    context.certify(certificate("notarize", 1, first.digest));
    context.certify(certificate("nullify", 2));
    const effects = context.certify(certificate("nullify", 3));
    const [build] = of(effects, "build");
    expect(build).to.include({ view: 4, parentView: 1, parentDigest: first.digest });
    const height = asHeight(2);
    const payload = encodeBlock({ ...build!, valid: true, height, salt: 1 });
    const digest = digestOf(payload);
    const sent = of(
      context.run({ type: "built", view: asView(4), digest, height, payload, closesEpoch: false }),
      "broadcast",
    );
    const [message] = sent.map((effect) => effect.message);
    expect(message?.type).to.equal("proposal");
    // A fellow who saw none of the failed views accepts it.
    const fellow = new EngineContext({ self: 0 });
    fellow.propose(first);
    expect(message?.type === "proposal" && signedKinds(fellow.propose(message.proposal))).to.include("notarize 4");
  });

  it("does not lead without the certificates that justify a block", () => {
    const context = new EngineContext();
    expect(of(context.certify(certificate("nullify", 3)), "build")).to.deep.equal([]);
    context.certify(certificate("nullify", 1));
    expect(of(context.certify(certificate("nullify", 2)), "build")).to.have.length(1);
  });

  it("drops a block that was built too late", () => {
    const context = new EngineContext({ self: 0 });
    context.timeout();
    const { digest, height, payload } = proposal({ view: 1 });
    expect(context.run({ type: "built", view: asView(1), digest, height, payload, closesEpoch: false })).to.deep.equal(
      [],
    );
  });

  it("a certificate for any view from its own on moves it past that view, whatever the kind", () => {
    for (const kind of ["notarize", "finalize", "nullify"] as const) {
      const context = new EngineContext();
      const { digest } = proposal({ view: 9 });
      context.certify(kind === "nullify" ? certificate(kind, 9) : certificate(kind, 9, digest));
      expect(context.view).to.equal(10);
    }
  });

  it("asks for a notarised block it lacks, and catches up to a final one", () => {
    const block = proposal({ view: 1 });
    const fetches = of(new EngineContext().certify(certificate("notarize", 1, block.digest)), "fetch");
    expect(fetches.map(({ holders }) => holders)).to.deep.equal([QUORUM]);
    const syncs = of(new EngineContext().certify(certificate("finalize", 1, block.digest)), "sync");
    expect(syncs.map((effect) => effect.certificate.digest)).to.deep.equal([block.digest]);
  });

  it("goes on from where it was brought by catching up", () => {
    const context = new EngineContext();
    const { digest } = proposal({ view: 30 });
    const finalization = certificate("finalize", 30, digest);
    const head = {
      ...GENESIS,
      view: asView(30),
      height: asHeight(17),
      digest,
      certificate: finalization,
      startsEpoch: false,
    };
    context.run({ type: "synced", head });
    expect(context.view).to.equal(31);
    expect(context.engine.head).to.deep.equal(head);
  });

  it("a node outside the set follows, finalises and signs nothing", () => {
    const context = new EngineContext({ self: undefined });
    const effects = [...context.complete(proposal({ view: 1 })), ...context.timeout()];
    expect(of(effects, "finalize")).to.have.length(1);
    expect(signedKinds(effects)).to.deep.equal([]);
  });

  it("skips a leader that was silent for so many views, at once", () => {
    const context = new EngineContext({ skipAfterSilentViews: 3 });
    let parent = proposal({ view: 1 });
    context.complete(parent);
    for (const view of [2, 3, 4]) {
      for (const signer of [1, 2]) context.votes("nullify", view, [signer]);
      context.certify(certificate("nullify", view, undefined, [1, 2, 3]));
    }
    // Validator 0 was last heard in view 1 and leads view 5.
    expect(context.engine.status().rounds.at(-1)?.signed).to.deep.equal(["nullify"]);
    parent = proposal({ view: 5, parent });
    expect(signedKinds(context.propose(parent))).to.deep.equal([]);
  });

  it("takes nobody for silent after a jump over many views", () => {
    const context = new EngineContext({ skipAfterSilentViews: 3 });
    const effects = context.certify(certificate("nullify", 40));
    expect(context.view).to.equal(41);
    expect(signedKinds(effects)).to.deep.equal([]);
  });

  it("answers a request with the block, or with the finality that replaces it", () => {
    const context = new EngineContext();
    const block = proposal({ view: 1 });
    const request = { view: block.view, digest: block.digest };
    expect(context.engine.answer(request)).to.equal(undefined);
    context.propose(block);
    expect(context.engine.answer(request)?.type).to.equal("proposal");
    context.complete(block);
    expect(context.engine.answer(request)?.type).to.equal("certificate");
  });

  it("tells who is missing and which certificate is there", () => {
    const context = new EngineContext();
    const block = proposal({ view: 1 });
    context.propose(block);
    const [round] = context.engine.status().rounds;
    expect(round?.votes.notarize).to.include({ weight: 2n, digest: block.digest, isCertified: false });
    expect(round?.votes.notarize.missing).to.deep.equal([1, 2]);
    expect(round?.leader).to.equal(asIndex(0));
    expect(round?.signed).to.deep.equal(["notarize"]);
  });
});
