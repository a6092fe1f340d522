/**
 * Four engines with real BLS signatures, passing encoded messages from hand to hand.
 *
 * Owns: that the engine and node/crypto fit together, and that its certificates convince an outsider with another
 * BLS library. Time, faults and restarts: test/simulation.
 */
import { expect } from "chai";
import { verifyCertificate } from "../../../node/consensus/certificates.ts";
import { ConsensusEngine } from "../../../node/consensus/engine.ts";
import type { EngineEvent } from "../../../node/consensus/events.ts";
import { roundRobin } from "../../../node/consensus/leader.ts";
import { ValidatorSet } from "../../../node/consensus/quorum.ts";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import { deriveSecretKey } from "../../../node/crypto/bls/keygen.ts";
import { nobleBackend } from "../../../node/crypto/bls/noble.ts";
import { createVoteCrypto, signBallot } from "../../../node/crypto/vote-crypto.ts";
import { decodeMessage, encodeMessage } from "../../../node/types/codec.ts";
import type { Certificate, Message } from "../../../node/types/messages.ts";
import { asEpoch, asHeight, asIndex, asWeight } from "../../../node/types/primitives.ts";
import { digestOf, encodeBlock, GENESIS, isExecutable } from "../../simulation/fake-execution.ts";

const COUNT = 4;
const chain = { chainId: 2026n, genesisHash: GENESIS.digest };
const secretKeys = Array.from({ length: COUNT }, (_, node) => deriveSecretKey(new Uint8Array(32).fill(node + 1)));
const publicKeys = secretKeys.map((secretKey) => blstBackend.publicKey(secretKey));
const weights = secretKeys.map(() => asWeight(1n));

function eventOf(bytes: Uint8Array, sender: number): EngineEvent {
  const message = decodeMessage(bytes);
  const from = asIndex(sender);
  if (message.type === "proposal") return { type: "proposal", proposal: message.proposal, from };
  if (message.type === "vote") return { type: "vote", vote: message.vote, from };
  throw new Error(`no ${message.type} is sent without faults`);
}

/** Runs until the block of this height is final everywhere. */
function finalizationsUpTo(height: number): Certificate[] {
  const crypto = createVoteCrypto({ backend: blstBackend, chain, publicKeys });
  const heights = new Map([[GENESIS.digest as string, 0]]);
  const queue: { to: number; event: EngineEvent }[] = [];
  const finalizations: Certificate[] = [];
  const engines = secretKeys.map((_, node) => {
    const options = { epoch: asEpoch(0), weights, self: asIndex(node), crypto, leaderOf: roundRobin(COUNT) };
    const timing = { viewTimeoutMs: 1000, retransmitMs: 300, skipAfterSilentViews: 0 };
    queue.push({ to: node, event: { type: "start" } });
    return new ConsensusEngine({ ...options, ...timing }, GENESIS);
  });
  const broadcast = (from: number, message: Message): void => {
    const bytes = encodeMessage(message);
    for (let to = 0; to < COUNT; to++) if (to !== from) queue.push({ to, event: eventOf(bytes, from) });
  };
  const isDone = (): boolean => engines.every((engine) => engine.head.height >= height);
  for (let next = queue.shift(); next && !isDone(); next = queue.shift()) {
    const { to } = next;
    for (const effect of engines[to]!.step(next.event)) {
      const answer = (event: EngineEvent) => queue.push({ to, event });
      if (effect.type === "broadcast") broadcast(to, effect.message);
      if (effect.type === "finalize" && to === 0) finalizations.push(effect.certificate);
      if (effect.type === "report" || effect.type === "evidence") throw new Error(`unexpected ${effect.type}`);
      if (effect.type === "sign") {
        const signing = { backend: blstBackend, chain, secretKey: secretKeys[to]!, signer: asIndex(to) };
        answer({ type: "signed", vote: signBallot(signing, effect.ballot) });
      }
      if (effect.type === "build") {
        const blockHeight = asHeight(heights.get(effect.parentDigest)! + 1);
        const payload = encodeBlock({ ...effect, valid: true, height: blockHeight, salt: 0 });
        const digest = digestOf(payload);
        heights.set(digest, blockHeight);
        answer({ type: "built", view: effect.view, digest, height: blockHeight, payload, closesEpoch: false });
      }
      if (effect.type === "verify") {
        const { view, digest } = effect.proposal;
        answer({ type: "verified", view, digest, valid: isExecutable(effect.proposal), closesEpoch: false });
      }
    }
  }
  return finalizations;
}

describe("consensus: real signatures", function () {
  this.timeout(30_000);

  it("[CON-9] four validators finalise blocks whose certificates another BLS library accepts", () => {
    const finalizations = finalizationsUpTo(3);
    const oracle = createVoteCrypto({ backend: nobleBackend, chain, publicKeys });
    const context = { epoch: asEpoch(0), set: new ValidatorSet(weights), crypto: oracle };
    expect(finalizations.length).to.be.at.least(3);
    for (const certificate of finalizations.slice(0, 3)) {
      expect(verifyCertificate(certificate, context).length).to.be.at.least(3);
    }
    const [certificate] = finalizations;
    const elsewhere = { ...certificate!, view: finalizations[1]!.view };
    expect(() => verifyCertificate(elsewhere, context))
      .to.throw()
      .with.property("errorName", "signatureInvalid");
  });
});
