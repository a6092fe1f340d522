/**
 * An engine that was stopped: what it does with its log and its guard.
 *
 * Owns: [CON-10] at the level of one engine. Whole networks: test/simulation; real files: test/node/storage.
 */
import { expect } from "chai";
import type { Message } from "../../../node/types/messages.ts";
import { asIndex } from "../../../node/types/primitives.ts";
import { fakeSign } from "../../simulation/fake-crypto.ts";
import { ballot, certificate, EngineContext, of, proposal, QUORUM, signedKinds, vote } from "./engine-context.ts";

const logged = (...given: (ReturnType<typeof certificate> | ReturnType<typeof proposal>)[]): Message[] =>
  given.map((item) =>
    "kind" in item ? { type: "certificate", certificate: item } : { type: "proposal", proposal: item },
  );

describe("consensus: recovery", () => {
  const first = proposal({ view: 1 });
  const notarization = certificate("notarize", 1, first.digest);

  it("[CON-10] signs again exactly what its guard holds and is not certified", () => {
    const context = new EngineContext({
      started: false,
      messages: logged(first, notarization),
      ballots: [ballot("notarize", 1, first.digest), ballot("finalize", 1, first.digest), ballot("nullify", 2)],
    });
    expect(signedKinds(context.run({ type: "start" }))).to.deep.equal(["finalize 1", "nullify 2"]);
    expect(context.view).to.equal(2);
  });

  it("[CON-10] does not vote for another block in a view where its guard holds a vote", () => {
    const context = new EngineContext({ messages: [], ballots: [ballot("notarize", 1, first.digest)] });
    expect(signedKinds(context.propose(proposal({ view: 1, salt: 3 })))).to.deep.equal([]);
  });

  it("[CON-10] neither notarizes nor finalizes a view that it had given up", () => {
    const context = new EngineContext({ ballots: [ballot("nullify", 1)] });
    const effects = [...context.propose(first), ...context.votes("notarize", 1, QUORUM, first.digest)];
    expect(signedKinds(effects)).to.deep.equal([]);
  });

  it("[CON-10] does not give up a view that it had finalized", () => {
    const context = new EngineContext({ ballots: [ballot("finalize", 1, first.digest)] });
    expect(signedKinds(context.timeout())).to.deep.equal([]);
  });

  it("has logged blocks executed again, parents first, and finalises what was certified", () => {
    const second = proposal({ view: 2, parent: first });
    const context = new EngineContext({
      started: false,
      messages: logged(second, first, notarization, certificate("finalize", 2, second.digest)),
    });
    const effects = context.run({ type: "start" });
    expect(of(effects, "verify").map((effect) => effect.proposal.view)).to.deep.equal([1, 2]);
    expect(of(effects, "finalize").map(({ proposals }) => proposals.length)).to.deep.equal([2]);
  });

  it("a leader sends the proposal it had written down, not another one", () => {
    const own = { ...proposal({ view: 1 }), vote: fakeSign(first.vote, asIndex(0)) };
    const context = new EngineContext({
      self: 0,
      started: false,
      messages: logged(own),
      ballots: [ballot("notarize", 1, own.digest)],
    });
    const effects = context.run({ type: "start" });
    expect(of(effects, "build")).to.deep.equal([]);
    expect(of(effects, "broadcast").map(({ message }) => message)).to.deep.equal([{ type: "proposal", proposal: own }]);
  });

  it("a leader that signed a block and lost it lets its vote rest and gives the view up", () => {
    const context = new EngineContext({ self: 0, started: false, ballots: [ballot("notarize", 1, first.digest)] });
    const effects = context.run({ type: "start" });
    expect([...signedKinds(effects), ...of(effects, "build")]).to.deep.equal([]);
    expect(signedKinds(context.timeout())).to.deep.equal(["nullify 1"]);
  });

  it("forgets what lies at or below the head it starts from", () => {
    const finalization = certificate("finalize", 1, first.digest);
    const { epoch, view, height, digest } = first;
    const context = new EngineContext({
      started: false,
      head: { epoch, view, height, digest, certificate: finalization, startsEpoch: false },
      messages: logged(first, notarization),
      ballots: [ballot("finalize", 1, first.digest)],
    });
    expect(signedKinds(context.run({ type: "start" }))).to.deep.equal([]);
    expect(context.view).to.equal(2);
  });

  describe("a head that a crash left without its certificate", () => {
    const second = proposal({ view: 2, parent: first });
    const { epoch, view, height, digest } = first;
    const head = { epoch, view, height, digest, certificate: undefined, startsEpoch: false };
    // Validator 1 leads view 2.
    const lead = (messages: Message[]) => new EngineContext({ self: 1, started: false, head, messages });

    it("is not built on before there is one, which may come from the log", () => {
      expect(of(lead([]).run({ type: "start" }), "build")).to.deep.equal([]);
      expect(of(lead(logged(notarization)).run({ type: "start" }), "build")).to.have.length(1);
    });

    it("is built on once a peer sends one, and not for a forged one", () => {
      const context = lead([]);
      context.run({ type: "start" });
      const forged = { ...notarization, signature: new Uint8Array(96) };
      expect(of(context.certify(forged, 0), "build")).to.deep.equal([]);
      expect(of(context.certify(notarization, 0), "build")).to.have.length(1);
    });

    it("is followed by a proposal that brings one, and not by one that does not", () => {
      const context = new EngineContext({ head });
      const forged = { ...second, parentCertificate: { ...notarization, signature: new Uint8Array(96) } };
      expect(signedKinds(context.propose(forged))).to.deep.equal([]);
      expect(signedKinds(context.propose(second))).to.deep.equal(["notarize 2"]);
      expect(context.engine.head.certificate).to.deep.equal(notarization);
    });
  });

  it("keeps in the log what is above the head, and its certificate", () => {
    const context = new EngineContext();
    const second = proposal({ view: 2, parent: first });
    context.complete(first);
    context.propose(second);
    const kept = context.engine.retained();
    const again = new EngineContext({ head: context.engine.head, messages: kept, started: false });
    expect(kept.map(({ type }) => type)).to.deep.equal(["certificate", "proposal"]);
    expect(of(again.run({ type: "start" }), "verify").map((effect) => effect.proposal.digest)).to.deep.equal([
      second.digest,
    ]);
  });

  it("sends again what is not certified at each tick, and nothing when all is well", () => {
    const context = new EngineContext();
    context.propose(first);
    const sent = () => of(context.timeout("retransmit"), "broadcast").map(({ message }) => message);
    expect(sent()).to.deep.equal([{ type: "vote", vote: vote("notarize", 1, 3, first.digest) }]);
    context.votes("notarize", 1, QUORUM, first.digest);
    expect(sent()).to.deep.equal([{ type: "vote", vote: vote("finalize", 1, 3, first.digest) }]);
    context.votes("finalize", 1, QUORUM, first.digest);
    expect(sent()).to.deep.equal([]);
  });
});
