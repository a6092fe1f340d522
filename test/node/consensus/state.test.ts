/**
 * How much an engine remembers: bounded, whatever the views bring.
 *
 * Owns: pruning of EngineState. What the votes kept are good for: attacks.test.ts.
 */
import { expect } from "chai";
import { roundRobin } from "../../../node/consensus/leader.ts";
import { EngineState } from "../../../node/consensus/state.ts";
import { MAX_VIEWS_AHEAD, RETAINED_VIEWS } from "../../../node/types/limits.ts";
import { asEpoch, asHeight, asIndex, asView, asWeight } from "../../../node/types/primitives.ts";
import { fakeCrypto } from "../../simulation/fake-crypto.ts";
import { GENESIS } from "../../simulation/fake-execution.ts";
import { certificate, proposal, vote } from "./engine-context.ts";

const newState = (): EngineState =>
  new EngineState(
    {
      epoch: asEpoch(0),
      weights: Array.from({ length: 4 }, () => asWeight(1n)),
      self: asIndex(3),
      crypto: fakeCrypto,
      leaderOf: roundRobin(4),
      viewTimeoutMs: 1000,
      retransmitMs: 300,
      skipAfterSilentViews: 0,
    },
    GENESIS,
  );

describe("consensus: state", () => {
  it("forgets what lies below the head, but for the votes of a few views", () => {
    const state = newState();
    for (let view = 1; view <= 100; view++) {
      const { digest } = proposal({ view });
      state.round(asView(view));
      state.tree.add({ proposal: proposal({ view }), from: undefined, status: "valid", closesEpoch: false });
      state.finalizations.set(asView(view), certificate("finalize", view, digest));
      state.wanted.set(digest, { view: asView(view), wantedIn: asView(1), askedIn: undefined });
    }
    const { digest } = proposal({ view: 90 });
    state.moveHead({ ...GENESIS, view: asView(90), height: asHeight(9), digest });
    expect(Math.min(...state.rounds.keys())).to.equal(90 - RETAINED_VIEWS + 1);
    expect(state.tree.proposals().map(({ view }) => view)).to.deep.equal([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
    expect(state.finalizations.size).to.equal(10);
    expect(state.wanted.size).to.equal(10);
  });

  it("believes links to a fork only of executed blocks: what is merely claimed stops nobody", () => {
    const { tree } = newState();
    const parent = proposal({ view: 1 });
    const block = proposal({ view: 3, parent });
    const head = { ...GENESIS, view: asView(2), digest: proposal({ view: 2 }).digest };
    const from = undefined;
    expect(tree.pathFrom(head, block).status).to.equal("missing");
    tree.add({ proposal: block, from, status: "verifying", closesEpoch: false });
    expect(tree.pathFrom(head, block).status).to.equal("pending");
    tree.add({ proposal: block, from, status: "invalid", closesEpoch: false });
    expect(tree.pathFrom(head, block).status).to.equal("missing");
    tree.add({ proposal: block, from, status: "valid", closesEpoch: false });
    expect(tree.pathFrom(head, block).status).to.equal("conflict");
    tree.add({ proposal: parent, from, status: "valid", closesEpoch: false });
    expect(tree.pathFrom(GENESIS, block)).to.deep.equal({ status: "complete", proposals: [parent, block] });
  });

  it("forgets the votes, not the certificates, of unfinalised views far behind", () => {
    const state = newState();
    for (let view = 1; view <= 3 * MAX_VIEWS_AHEAD; view++) {
      const round = state.round(asView(view));
      round.votes.nullify.add({ vote: vote("nullify", view, 0), from: undefined, verified: false }, 1n);
      round.certificates.nullify = certificate("nullify", view);
    }
    state.view = asView(3 * MAX_VIEWS_AHEAD);
    state.forgetOldVotes();
    const rounds = [...state.rounds.values()];
    expect(rounds.filter(({ votes }) => votes.nullify.signers().length > 0)).to.have.length(MAX_VIEWS_AHEAD + 1);
    expect(rounds.filter(({ certificates }) => certificates.nullify)).to.have.length(3 * MAX_VIEWS_AHEAD);
  });
});
