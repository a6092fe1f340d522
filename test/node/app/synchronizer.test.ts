/** Catching up believes certificates, not peers. */
import { expect } from "chai";
import { pino } from "pino";
import { Finalizer } from "../../../node/app/finalizer.ts";
import { Synchronizer } from "../../../node/app/synchronizer.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { CunError } from "../../../node/types/errors.ts";
import type { Certificate, Message, SyncResponse } from "../../../node/types/messages.ts";
import { asEpoch, asHeight, asView, type PeerId } from "../../../node/types/primitives.ts";
import { certificateFor } from "../../helpers/certificate.ts";
import { FakeExecution, fakeChain, fakeHash, fakePayload } from "../../helpers/fake-execution.ts";
import { ManualClock, settle } from "../../helpers/manual-clock.ts";

const peer = "0x01" as PeerId;
const otherPeer = "0x02" as PeerId;

async function setUp(checkFinalization: (certificate: Certificate) => Promise<void> = async () => {}) {
  const execution = new FakeExecution();
  const clock = new ManualClock();
  const store = await BlockStore.open(new MemoryKeyValue(), execution.genesis());
  const finalizer = new Finalizer({ execution, store, clock });
  const seen = { sent: [] as [PeerId, Message][], rejected: [] as unknown[], fatal: [] as unknown[], caughtUp: 0 };
  const synchronizer = new Synchronizer({
    store,
    finalizer,
    clock,
    logger: pino({ level: "silent" }),
    staleMs: 1_000,
    peers: () => [peer, otherPeer],
    send: (to, message) => seen.sent.push([to, message]) > 0,
    checkFinalization,
    describe: (payload) => {
      const { hash, parentHash, height, context } = execution.describe(payload);
      return { digest: hash, parentDigest: parentHash, height, epoch: context.epoch };
    },
    reject: (_, error) => seen.rejected.push(error),
    caughtUp: () => seen.caughtUp++,
    fatal: (error) => seen.fatal.push(error),
  });
  return { clock, execution, store, finalizer, synchronizer, seen };
}

const response = (
  chain: ReturnType<typeof fakeChain>,
  certified: readonly number[],
  finalizedHeight = chain.length,
): SyncResponse => ({
  finalizedHeight: asHeight(finalizedHeight),
  blocks: chain.map(({ payload, digest, height }) => ({
    payload,
    finalization: certified.includes(height) ? certificateFor(digest, height) : undefined,
  })),
});

describe("synchronizer", () => {
  it("appends blocks up to the last certified one and asks on while the peer has more", async () => {
    const { synchronizer, store, seen } = await setUp();
    synchronizer.ask(peer);
    await synchronizer.accept(peer, response(fakeChain(5), [2, 4], 9));
    expect(store.head().height).to.equal(4);
    expect(seen.caughtUp).to.equal(1);
    expect(seen.sent).to.deep.equal([
      [peer, { type: "syncRequest", request: { fromHeight: 1 } }],
      [peer, { type: "syncRequest", request: { fromHeight: 6 } }],
    ]);
    expect(synchronizer.progress()).to.deep.equal({ startingHeight: 0, highestHeight: 9 });
  });

  it("[SYN-1] rejects with syncUnlinked a peer that slips a foreign block below a good certificate", async () => {
    const { synchronizer, store, seen } = await setUp();
    const chain = fakeChain(3);
    const foreign = fakePayload({ parentHash: chain[0]!.digest, height: 2, timestamp: 99 });
    const answer = response(chain, [3]);
    const blocks = answer.blocks.map((block, index) => (index === 1 ? { ...block, payload: foreign } : block));
    synchronizer.ask(peer);
    await synchronizer.accept(peer, { ...answer, blocks });
    expect((seen.rejected[0] as CunError).errorName).to.equal("syncUnlinked");
    expect(store.head().height).to.equal(0);
  });

  it("rejects with syncUncertified a peer that sends the certificate of another block", async () => {
    const { synchronizer, store, seen } = await setUp();
    const chain = fakeChain(1);
    synchronizer.ask(peer);
    const finalization = certificateFor(fakeChain(2)[1]!.digest);
    await synchronizer.accept(peer, {
      finalizedHeight: asHeight(1),
      blocks: [{ payload: chain[0]!.payload, finalization }],
    });
    expect((seen.rejected[0] as CunError).errorName).to.equal("syncUncertified");
    expect(store.head().height).to.equal(0);
  });

  it("[SYN-1] rejects a peer whose certificate has no quorum", async () => {
    const refuse = async () => {
      throw new CunError("quorumMissing", { weight: 2n, total: 4n });
    };
    const { synchronizer, store, seen } = await setUp(refuse);
    synchronizer.ask(peer);
    await synchronizer.accept(peer, response(fakeChain(1), [1]));
    expect((seen.rejected[0] as CunError).errorName).to.equal("quorumMissing");
    expect(store.head().height).to.equal(0);
    expect(seen.fatal).to.deep.equal([]);
  });

  describe("where an epoch ends", () => {
    /** Block 2 is the last of epoch 0. */
    function boundary(): ReturnType<typeof fakeChain> {
      const chain = fakeChain(2);
      for (let height = 3; height <= 4; height++) {
        const context = { epoch: asEpoch(1), view: asView(height), parentView: asView(height - 1) };
        const payload = fakePayload({ parentHash: chain.at(-1)!.digest, height, context });
        chain.push({ payload, digest: fakeHash(payload), height: asHeight(height) });
      }
      return chain;
    }
    const inEpoch = (answer: SyncResponse, epoch: number): SyncResponse => ({
      ...answer,
      blocks: answer.blocks.map(({ payload, finalization }) => ({
        payload,
        finalization: finalization && { ...finalization, epoch: asEpoch(finalization.view > 2 ? epoch : 0) },
      })),
    });

    it("[SYN-1] checks each certificate when the blocks before it are stored, with the set of its own epoch", async () => {
      const checked: string[] = [];
      const { synchronizer, store, seen } = await setUp(async ({ epoch }) => {
        checked.push(`epoch ${epoch} at height ${store.head().height}`);
      });
      synchronizer.ask(peer);
      await synchronizer.accept(peer, inEpoch(response(boundary(), [2, 4]), 1));
      expect(checked).to.deep.equal(["epoch 0 at height 0", "epoch 1 at height 2"]);
      expect(store.head().height).to.equal(4);
      expect(seen.rejected).to.deep.equal([]);
    });

    it("[SYN-1] rejects with syncUncertified a peer that lets the next epoch's validators vouch for the last block of one", async () => {
      const { synchronizer, store, seen } = await setUp();
      synchronizer.ask(peer);
      await synchronizer.accept(peer, inEpoch(response(boundary(), [4]), 1));
      expect((seen.rejected[0] as CunError).errorName).to.equal("syncUncertified");
      expect(store.head().height).to.equal(0);
    });

    it("[SYN-1] rejects with syncUncertified a certificate of the former epoch for a block of the next", async () => {
      const { synchronizer, store, seen } = await setUp();
      synchronizer.ask(peer);
      await synchronizer.accept(peer, inEpoch(response(boundary(), [2, 4]), 0));
      expect((seen.rejected[0] as CunError).errorName).to.equal("syncUncertified");
      expect(store.head().height).to.equal(2);
    });
  });

  it("gets past blocks without a certificate that fill an answer of their own", async () => {
    const { synchronizer, store, seen } = await setUp();
    const chain = fakeChain(5);
    const { blocks } = response(chain, [4]);
    const part = (from: number, to: number) => ({ finalizedHeight: asHeight(5), blocks: blocks.slice(from, to) });
    synchronizer.ask(peer);
    await synchronizer.accept(peer, part(0, 2));
    await synchronizer.accept(peer, part(2, 3));
    expect(store.head().height).to.equal(0);
    expect(seen.caughtUp).to.equal(0);
    await synchronizer.accept(peer, part(3, 4));
    expect(store.head().height).to.equal(4);
    const asked = seen.sent.map(([, message]) => (message.type === "syncRequest" ? message.request.fromHeight : 0));
    expect(asked).to.deep.equal([1, 3, 4, 5]);
    expect(seen.rejected).to.deep.equal([]);
  });

  it("asks another peer from the head again, whatever the first has given without a certificate", async () => {
    const { synchronizer, store, clock, seen } = await setUp();
    const first = fakePayload({ parentHash: store.head().hash, height: 1, timestamp: 7 });
    synchronizer.ask(peer);
    await synchronizer.accept(peer, {
      finalizedHeight: asHeight(9),
      blocks: [{ payload: first, finalization: undefined }],
    });
    await clock.advance(3_000);
    synchronizer.ask(otherPeer);
    expect(seen.sent.at(-1)).to.deep.equal([otherPeer, { type: "syncRequest", request: { fromHeight: 1 } }]);
    await synchronizer.accept(otherPeer, response(fakeChain(2), [2]));
    expect(store.head().height).to.equal(2);
  });

  it("rejects with syncUncertified a peer that sends blocks without end and no certificate", async () => {
    const { synchronizer, execution, seen } = await setUp();
    let parentHash = execution.genesis().hash;
    synchronizer.ask(peer);
    for (let height = 1; height <= 20 && seen.rejected.length === 0; height++) {
      const context = { epoch: 0, view: height, parentView: height - 1, padding: "x".repeat(2_000_000) };
      const payload = fakePayload({ parentHash, height, context: context as never });
      parentHash = execution.describe(payload).hash;
      await synchronizer.accept(peer, {
        finalizedHeight: asHeight(99),
        blocks: [{ payload, finalization: undefined }],
      });
    }
    expect((seen.rejected[0] as CunError).errorName).to.equal("syncUncertified");
  });

  it("does not blame a peer whose answer begins below a head that consensus has moved meanwhile", async () => {
    const { synchronizer, store, finalizer, seen } = await setUp();
    const chain = fakeChain(4);
    synchronizer.ask(peer);
    await finalizer.finalize(chain.slice(0, 2), certificateFor(chain[1]!.digest));
    await synchronizer.accept(peer, response(chain, [4]));
    expect(seen.rejected).to.deep.equal([]);
    expect(store.head().height).to.equal(4);
  });

  it("takes one answer to one question, also while the first is worked in", async () => {
    const { synchronizer, store, seen } = await setUp();
    synchronizer.ask(peer);
    const first = synchronizer.accept(peer, response(fakeChain(2), [2]));
    const second = synchronizer.accept(peer, response(fakeChain(3), [3]));
    await Promise.all([first, second]);
    expect(store.head().height).to.equal(2);
    expect(seen.caughtUp).to.equal(1);
  });

  it("is not catching up any more when consensus has brought the rest", async () => {
    const { synchronizer, finalizer } = await setUp();
    const chain = fakeChain(4);
    synchronizer.ask(peer);
    await synchronizer.accept(peer, response(chain.slice(0, 2), [2], 4));
    expect(synchronizer.progress()).to.deep.equal({ startingHeight: 0, highestHeight: 4 });
    await finalizer.finalize(chain.slice(2), certificateFor(chain[3]!.digest));
    expect(synchronizer.progress()).to.equal(false);
  });

  it("answers one question of a peer that floods it with questions, and others meanwhile", async () => {
    const { synchronizer } = await setUp();
    const request = { fromHeight: asHeight(1) };
    const flood = Array.from({ length: 50 }, () => synchronizer.answer(peer, request));
    const other = synchronizer.answer(otherPeer, request);
    const answers = (await Promise.all(flood)).filter((answer) => answer !== undefined);
    expect(answers).to.have.length(1);
    expect(await other).not.to.equal(undefined);
    expect(await synchronizer.answer(peer, request)).not.to.equal(undefined);
  });

  it("stops the node when a properly certified block is invalid here", async () => {
    const { synchronizer, execution, seen } = await setUp();
    const payload = fakePayload({ parentHash: execution.genesis().hash, height: 1, bad: true });
    const finalization = certificateFor(execution.describe(payload).hash);
    synchronizer.ask(peer);
    await synchronizer.accept(peer, { finalizedHeight: asHeight(1), blocks: [{ payload, finalization }] });
    expect((seen.fatal[0] as CunError).errorName).to.equal("finalizedBlockInvalid");
  });

  it("ignores an answer that nobody asked for", async () => {
    const { synchronizer, store } = await setUp();
    await synchronizer.accept(peer, response(fakeChain(1), [1]));
    expect(store.head().height).to.equal(0);
  });

  it("asks the next peer when one does not answer and the head grows old", async () => {
    const { synchronizer, clock, seen } = await setUp();
    synchronizer.start();
    await clock.advance(10_000);
    synchronizer.stop();
    expect(new Set(seen.sent.map(([to]) => to))).to.deep.equal(new Set([peer, otherPeer]));
  });

  it("answers with as many blocks as fit, with their certificates", async () => {
    const { synchronizer } = await setUp();
    synchronizer.ask(peer);
    await synchronizer.accept(peer, response(fakeChain(4), [1, 2, 3, 4]));
    await settle();
    const answer = await synchronizer.answer(otherPeer, { fromHeight: asHeight(3) });
    expect(answer).to.deep.equal({
      type: "syncResponse",
      response: { ...response(fakeChain(4), [3, 4]), blocks: response(fakeChain(4), [3, 4]).blocks.slice(2) },
    });
  });
});
