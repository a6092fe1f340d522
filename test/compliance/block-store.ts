/**
 * What every BlockStorePort must do; run over the memory and the LevelDB key-value adapter.
 *
 * Owns: lookup by height, hash and transaction, receipts, certificates, logs and their bounds, order of appends.
 * Does not own: reopening and crashes (test/node/storage). Called by: test/node/storage/block-store.test.ts.
 */
import { expect } from "chai";
import type { BlockStorePort, LogFilter } from "../../node/ports/chain.ts";
import type { ExecutedBlock } from "../../node/ports/execution.ts";
import { MAX_LOG_BLOCKS, MAX_LOG_RESULTS } from "../../node/types/limits.ts";
import { asHeight } from "../../node/types/primitives.ts";
import { addressOf, finalizationOf, hashOf, logEntry, makeBlock } from "../helpers/executed-blocks.ts";
import { expectFailure } from "../helpers/temporary.ts";

const GENESIS = makeBlock(undefined);
const FIRST = makeBlock(GENESIS, [[logEntry("token", ["Transfer", "ann", "bob"], "5")], []]);
const SECOND = makeBlock(FIRST, [
  [logEntry("token", ["Transfer", "bob", "cid"]), logEntry("pool", ["Swap"])],
  [logEntry("token", ["Approval", "ann"]), logEntry("plain", [])],
]);
const THIRD = makeBlock(SECOND);

function filterOf(part: Partial<LogFilter>): LogFilter {
  return { fromHeight: asHeight(0), toHeight: asHeight(9), addresses: [], topics: [], ...part };
}

export function blockStoreCompliance(name: string, open: (genesis: ExecutedBlock) => Promise<BlockStorePort>): void {
  describe(`BlockStorePort: ${name}`, () => {
    let store: BlockStorePort;
    beforeEach(async () => {
      store = await open(GENESIS);
    });
    afterEach(() => store.close());

    async function appendAll(): Promise<void> {
      await store.append(FIRST, finalizationOf(FIRST));
      await store.append(SECOND, undefined);
      await store.append(THIRD, finalizationOf(THIRD));
    }

    /** Where the found logs stand, as height:transaction:log. */
    async function find(part: Partial<LogFilter>): Promise<string[]> {
      const logs = await store.logs(filterOf(part));
      return logs.map((log) => `${log.height}:${log.index}:${log.logIndex}`);
    }

    it("starts with genesis as its head", async () => {
      expect(store.head()).to.deep.equal({ height: 0, hash: GENESIS.hash });
      expect((await store.blockByHeight(asHeight(0)))!.hash).to.equal(GENESIS.hash);
    });

    it("moves the head with each append and finds blocks by height and by hash", async () => {
      await appendAll();
      expect(store.head()).to.deep.equal({ height: 3, hash: THIRD.hash });
      for (const block of [FIRST, SECOND, THIRD]) {
        const expected = {
          hash: block.hash,
          height: block.height,
          payload: block.payload,
          header: block.header,
          finalization: block === SECOND ? undefined : finalizationOf(block),
        };
        expect(await store.blockByHeight(block.height)).to.deep.equal(expected);
        expect(await store.blockByHash(block.hash)).to.deep.equal(expected);
      }
    });

    it("gives receipts back as they were, field by field", async () => {
      await appendAll();
      expect(await store.receipts(SECOND.hash)).to.deep.equal(SECOND.receipts);
      expect(await store.receipts(THIRD.hash)).to.deep.equal([]);
    });

    it("finds transactions by hash", async () => {
      await appendAll();
      const location = { blockHash: SECOND.hash, height: 2, index: 1 };
      expect(await store.transaction(SECOND.transactionHashes[1]!)).to.deep.equal(location);
    });

    it("returns undefined for what is not there", async () => {
      await store.append(FIRST, undefined);
      expect(await store.blockByHeight(asHeight(2))).to.equal(undefined);
      expect(await store.blockByHash(SECOND.hash)).to.equal(undefined);
      expect(await store.receipts(SECOND.hash)).to.equal(undefined);
      expect(await store.transaction(SECOND.transactionHashes[0]!)).to.equal(undefined);
    });

    it("refuses a block that is not the child of the head, as our own bug", async () => {
      await store.append(FIRST, undefined);
      for (const block of [FIRST, THIRD, makeBlock({ ...FIRST, hash: hashOf("elsewhere") })]) {
        expect(() => store.append(block, undefined)).to.throw(/Broken invariant/);
      }
      expect(store.head().height).to.equal(1);
    });

    it("refuses a certificate of another block, as our own bug", () => {
      expect(() => store.append(FIRST, finalizationOf(SECOND))).to.throw(/Broken invariant/);
      expect(() => store.attachFinalization(FIRST.hash, finalizationOf(SECOND))).to.throw(/Broken invariant/);
    });

    it("takes appends that were not awaited, in order", async () => {
      const heights: number[] = [];
      store.onAppended((block) => heights.push(block.height));
      await Promise.all([FIRST, SECOND, THIRD].map((block) => store.append(block, undefined)));
      expect(heights).to.deep.equal([1, 2, 3]);
      expect(store.head().height).to.equal(3);
    });

    it("attaches a finalization that arrives late, also while the append is on its way", async () => {
      const appended = store.append(FIRST, undefined);
      await store.attachFinalization(FIRST.hash, finalizationOf(FIRST));
      await appended;
      expect((await store.blockByHash(FIRST.hash))!.finalization).to.deep.equal(finalizationOf(FIRST));
    });

    it("ignores with blockUnknown the finalization of a block that is not stored", async () => {
      await expectFailure(store.attachFinalization(SECOND.hash, finalizationOf(SECOND)), "blockUnknown");
      await store.append(FIRST, undefined);
    });

    it("tells listeners after the block can be read, until they unsubscribe", async () => {
      const seen: Promise<unknown>[] = [];
      const unsubscribe = store.onAppended((block) => seen.push(store.blockByHash(block.hash)));
      await store.append(FIRST, undefined);
      unsubscribe();
      await store.append(SECOND, undefined);
      expect(seen).to.have.length(1);
      expect(await seen[0]).to.not.equal(undefined);
    });

    it("finds logs by address, topics, position and range, in chain order", async () => {
      await appendAll();
      expect(await find({})).to.deep.equal(["1:0:0", "2:0:0", "2:0:1", "2:1:2", "2:1:3"]);
      expect(await find({ addresses: [addressOf("token")] })).to.deep.equal(["1:0:0", "2:0:0", "2:1:2"]);
      expect(await find({ addresses: [addressOf("pool"), addressOf("plain")] })).to.deep.equal(["2:0:1", "2:1:3"]);
      expect(await find({ topics: [[hashOf("Transfer")]] })).to.deep.equal(["1:0:0", "2:0:0"]);
      expect(await find({ topics: [[], [hashOf("bob")]] })).to.deep.equal(["2:0:0"]);
      expect(await find({ topics: [[], [hashOf("bob"), hashOf("ann")]] })).to.deep.equal(["1:0:0", "2:0:0", "2:1:2"]);
      expect(await find({ fromHeight: asHeight(2), topics: [[hashOf("Transfer")]] })).to.deep.equal(["2:0:0"]);
      expect(await find({ toHeight: asHeight(1) })).to.deep.equal(["1:0:0"]);
    });

    it("finds no logs where the topic stands in another position, with too few topics, or at another address", async () => {
      await appendAll();
      expect(await find({ topics: [[hashOf("bob")]] })).to.deep.equal([]);
      expect(await find({ topics: [[], [], [], []] })).to.deep.equal([]);
      expect(await find({ addresses: [addressOf("nobody")] })).to.deep.equal([]);
      expect(await find({ addresses: [addressOf("pool")], topics: [[hashOf("Transfer")]] })).to.deep.equal([]);
      expect(await find({ fromHeight: asHeight(3), toHeight: asHeight(2) })).to.deep.equal([]);
    });

    it("locates a log with everything a client needs", async () => {
      await appendAll();
      const [log] = await store.logs(filterOf({ topics: [[hashOf("Approval")]] }));
      expect(log).to.deep.equal({
        ...logEntry("token", ["Approval", "ann"]),
        blockHash: SECOND.hash,
        height: 2,
        index: 1,
        transactionHash: SECOND.transactionHashes[1],
        logIndex: 2,
      });
    });

    it("counts a range only up to the head, and refuses a longer one with logRangeTooLarge", async () => {
      await appendAll();
      expect(await find({ toHeight: asHeight(10 * MAX_LOG_BLOCKS) })).to.have.length(5);
      let head = THIRD;
      const appends: Promise<void>[] = [];
      while (head.height < MAX_LOG_BLOCKS) {
        head = makeBlock(head);
        appends.push(store.append(head, undefined));
      }
      await Promise.all(appends);
      await expectFailure(store.logs(filterOf({ toHeight: head.height })), "logRangeTooLarge");
      expect(await find({ fromHeight: asHeight(1), toHeight: head.height })).to.have.length(5);
    }).timeout(60_000);

    it("refuses more results than the limit with logRangeTooLarge", async () => {
      const many = Array.from({ length: MAX_LOG_RESULTS }, () => logEntry("flood", []));
      const flooded = makeBlock(GENESIS, [many]);
      await store.append(flooded, undefined);
      expect(await find({})).to.have.length(MAX_LOG_RESULTS);
      await store.append(makeBlock(flooded, [[logEntry("flood", [])]]), undefined);
      await expectFailure(store.logs(filterOf({})), "logRangeTooLarge");
    });
  });
}
