/**
 * The block store over both key-value adapters; reopening, foreign and damaged folders.
 *
 * Owns: what a restart finds. Killed processes: kill.test.ts.
 */
import { join } from "node:path";
import { expect } from "chai";
import type { KeyValuePort } from "../../../node/ports/storage.ts";
import { blockKey, certificateKey, HEAD_KEY, receiptsKey } from "../../../node/storage/block-records.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { LevelKeyValue } from "../../../node/storage/level-key-value.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { blockStoreCompliance } from "../../compliance/block-store.ts";
import { finalizationOf, hashOf, logEntry, makeBlock } from "../../helpers/executed-blocks.ts";
import { expectFailure, temporaryFolder } from "../../helpers/temporary.ts";

const GENESIS = makeBlock(undefined);
const FIRST = makeBlock(GENESIS, [[logEntry("token", ["Transfer"])]]);

blockStoreCompliance("memory", (genesis) => BlockStore.open(new MemoryKeyValue(), genesis));

describe("storage/block-store", () => {
  const folder = temporaryFolder();

  blockStoreCompliance("LevelDB", async (genesis) =>
    BlockStore.open(await LevelKeyValue.open(join(folder.path, "blocks")), genesis),
  );

  /** Counts reads: what opening costs. */
  class CountingKeyValue extends MemoryKeyValue {
    reads = 0;
    override get(key: Uint8Array): Promise<Uint8Array | undefined> {
      this.reads++;
      return super.get(key);
    }
    override async close(): Promise<void> {}
  }

  async function damage(database: KeyValuePort, key: Uint8Array): Promise<void> {
    const value = (await database.get(key))!;
    await database.write([{ type: "put", key, value: value.subarray(0, -1) }], { durable: true });
  }

  it("finds after a reopen the head, blocks, receipts and certificates", async () => {
    const first = await BlockStore.open(await LevelKeyValue.open(folder.path), GENESIS);
    await first.append(FIRST, finalizationOf(FIRST));
    await first.close();
    const second = await BlockStore.open(await LevelKeyValue.open(folder.path), GENESIS);
    expect(second.head()).to.deep.equal({ height: 1, hash: FIRST.hash });
    expect((await second.blockByHash(FIRST.hash))!.finalization).to.deep.equal(finalizationOf(FIRST));
    expect(await second.receipts(FIRST.hash)).to.deep.equal(FIRST.receipts);
    await second.append(makeBlock(FIRST), undefined);
    await second.close();
  });

  it("opens with the same number of reads at any height", async () => {
    const database = new CountingKeyValue();
    const store = await BlockStore.open(database, GENESIS);
    const readsAt: number[] = [];
    let head = GENESIS;
    for (const height of [1, 50, 500]) {
      while (head.height < height) {
        head = makeBlock(head);
        await store.append(head, undefined);
      }
      database.reads = 0;
      expect((await BlockStore.open(database, GENESIS)).head().height).to.equal(height);
      readsAt.push(database.reads);
    }
    expect(new Set(readsAt).size, String(readsAt)).to.equal(1);
  });

  it("refuses the folder of another network with genesisMismatch", async () => {
    const database = new CountingKeyValue();
    await BlockStore.open(database, GENESIS);
    const error = await expectFailure(BlockStore.open(database, { ...GENESIS, hash: hashOf("x") }), "genesisMismatch");
    expect(error.details).to.deep.equal({ found: GENESIS.hash, expected: hashOf("x") });
  });

  it("stops with databaseCorrupt when a record was cut or is missing", async () => {
    const database = new CountingKeyValue();
    const store = await BlockStore.open(database, GENESIS);
    await store.append(FIRST, finalizationOf(FIRST));
    await damage(database, receiptsKey(FIRST.height));
    await expectFailure(store.receipts(FIRST.hash), "databaseCorrupt");
    await damage(database, certificateKey(FIRST.height));
    await expectFailure(store.blockByHeight(FIRST.height), "databaseCorrupt");
    await damage(database, blockKey(FIRST.height));
    await expectFailure(store.blockByHeight(FIRST.height), "databaseCorrupt");
    await database.write([{ type: "put", key: HEAD_KEY, value: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9) }], {
      durable: true,
    });
    await expectFailure(BlockStore.open(database, GENESIS), "databaseCorrupt");
  });
});
