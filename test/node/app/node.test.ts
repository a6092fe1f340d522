/** A node's routing and its end: what peers may ask of it, and what a clean stop must not turn into a failure. */
import { expect } from "chai";
import { pino } from "pino";
import { Node, type NodeParts } from "../../../node/app/node.ts";
import type { VoteCrypto } from "../../../node/consensus/events.ts";
import type { NetworkEvents, Peer } from "../../../node/ports/network.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { MemoryLog } from "../../../node/storage/memory-log.ts";
import { SigningGuard } from "../../../node/storage/signing-guard.ts";
import { encodeMessage } from "../../../node/types/codec.ts";
import { CunError } from "../../../node/types/errors.ts";
import { ANSWER_WINDOW_MS, MAX_ANSWER_BYTES } from "../../../node/types/limits.ts";
import type { Message, Proposal } from "../../../node/types/messages.ts";
import {
  asEpoch,
  asHeight,
  asIndex,
  asView,
  type PeerId,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "../../../node/types/primitives.ts";
import { FakeExecution, fakePayload } from "../../helpers/fake-execution.ts";
import { ManualClock, settle } from "../../helpers/manual-clock.ts";

const greedy: Peer = { id: "0x01" as PeerId, index: asIndex(1) };
const modest: Peer = { id: "0x02" as PeerId, index: asIndex(2) };

/** A large block for view 1: three of them are more than a share. */
function largeProposal(execution: FakeExecution): Proposal {
  const padding = "x".repeat(MAX_ANSWER_BYTES / 2 - 1_000);
  const context = { epoch: asEpoch(0), view: asView(1), parentView: asView(0), padding };
  const parentDigest = execution.genesis().hash;
  const payload = fakePayload({ parentHash: parentDigest, height: 1, context });
  const { hash: digest } = execution.describe(payload);
  const ballot = { kind: "notarize", epoch: asEpoch(0), view: asView(1), digest } as const;
  return {
    ...{ epoch: asEpoch(0), view: asView(1), height: asHeight(1), digest, parentView: asView(0) },
    ...{ parentDigest, parentCertificate: undefined, nullifications: [], payload },
    vote: { ...ballot, signer: asIndex(0), signature: new Uint8Array(96) },
  };
}

/** Takes every signature for good. */
const credulous: VoteCrypto = { verify: () => true, aggregate: () => new Uint8Array(96), verifyAggregate: () => true };

async function setUp() {
  const execution = new FakeExecution();
  const clock = new ManualClock();
  const store = await BlockStore.open(new MemoryKeyValue(), execution.genesis());
  const sent: PeerId[] = [];
  const fatal: unknown[] = [];
  let events: NetworkEvents | undefined;
  const network = {
    start: async (started: NetworkEvents) => {
      events = started;
    },
    peers: () => [],
    send: (peer: PeerId) => sent.push(peer) > 0,
    report: () => {},
    recheckAdmission: () => {},
    stop: async () => {},
  };
  const validators = [0, 1, 2].map(() => ({ operator: ZERO_ADDRESS, blsPublicKey: "0x00", weight: "1" }));
  const parts = {
    ...{ execution, clock, store, network, version: "test", chain: execution.info() },
    epochs: { following: async () => undefined },
    cryptoOf: () => credulous,
    identityIn: () => undefined,
    config: { buildDeadlineMs: 10 },
    genesis: { validators, timing: { heartbeatMs: 20, viewTimeoutMs: 80, retransmitMs: 30 } },
    logger: pino({ level: "silent" }),
    guard: await SigningGuard.open(new MemoryLog()),
    writeAheadLog: new MemoryLog(),
    admission: { isTouchedBy: () => false, refresh: async () => {}, enterEpoch: () => {}, peerOf: () => undefined },
    onFatal: (error: unknown) => fatal.push(error),
  } as unknown as NodeParts;
  const node = new Node(parts, () => ({ start: async () => ({ port: 0 }), stop: async () => {} }));
  await node.start();
  const receive = async (peer: Peer, message: Message): Promise<void> => {
    events!.frame(peer, encodeMessage(message));
    await settle();
  };
  const proposal = largeProposal(execution);
  const question: Message = { type: "proposalRequest", request: { view: asView(1), digest: proposal.digest } };
  return { node, store, clock, sent, fatal, receive, proposal, question };
}

describe("node", () => {
  it("an attacker who asks for proposals without end gets a share, and others theirs", async () => {
    const { node, clock, sent, receive, proposal, question } = await setUp();
    await receive({ ...modest, index: asIndex(0) }, { type: "proposal", proposal });
    for (let count = 0; count < 20; count++) await receive(greedy, question);
    await receive(modest, question);
    expect(sent).to.deep.equal([greedy.id, greedy.id, greedy.id, modest.id]);
    await clock.advance(ANSWER_WINDOW_MS);
    await receive(greedy, question);
    expect(sent).to.have.length(5);
    await node.stop();
  });

  it("does not call it a failure when its own stop cuts an answer off", async () => {
    const { node, store, fatal, receive } = await setUp();
    let fail = () => {};
    store.blockByHeight = () =>
      new Promise((_, reject) => {
        fail = () => reject(new CunError("storageFailed", { path: "blocks", reason: "it is closed" }));
      });
    store.head = () => ({ height: asHeight(1), hash: ZERO_HASH });
    await receive(modest, { type: "syncRequest", request: { fromHeight: asHeight(1) } });
    await node.stop();
    fail();
    await settle();
    expect(fatal).to.deep.equal([]);
  });
});
