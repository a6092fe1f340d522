/**
 * The embedded engine: the port's suite, restarts and crashes, growth beyond memory.
 */
import { expect } from "chai";
import { Wallet } from "ethers";
import { decodeBlock, encodeBlock } from "../../../node/execution/block-body.ts";
import { createEmbeddedExecution } from "../../../node/execution/embedded.ts";
import type { ExecutedBlock, ExecutionPort } from "../../../node/ports/execution.ts";
import type { KeyValuePort } from "../../../node/ports/storage.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { CunError } from "../../../node/types/errors.ts";
import { type Address, toHex } from "../../../node/types/primitives.ts";
import { executionCompliance } from "../../compliance/execution.ts";
import { rejection } from "../../helpers/errors.ts";
import { ANN, addressOf, buildOn, CID, genesisOf, mine, signed } from "../../helpers/execution-chain.ts";
import { CODE, COUNTER } from "../../helpers/execution-contracts.ts";

/** Enough accounts for a trie of several levels. */
const CROWD = Array.from(
  { length: 200 },
  (_, index) => new Wallet(`0x${(1000 + index).toString(16).padStart(64, "0")}`),
);

executionCompliance("embedded, in memory", (genesis) =>
  createEmbeddedExecution({ genesis, keyValue: new MemoryKeyValue() }),
);

/** A disk that outlives the engine, and can be told to fail. */
class Disk extends MemoryKeyValue {
  isFull = false;
  override async write(...change: Parameters<KeyValuePort["write"]>): Promise<void> {
    if (this.isFull) throw new CunError("storageFailed", { path: "(test)", reason: "no space left" });
    return super.write(...change);
  }
  override async close(): Promise<void> {}
}

const open = (keyValue: KeyValuePort, timestamp?: number): Promise<ExecutionPort> =>
  createEmbeddedExecution({ genesis: genesisOf(timestamp === undefined ? {} : { timestamp }), keyValue });

describe("embedded execution on a disk", () => {
  it("goes on from the head it had", async () => {
    const disk = new Disk();
    const before = await open(disk);
    const block = await mine(before, [await signed(ANN, 0)]);
    await before.close();
    const after = await open(disk);
    expect(after.head()).to.deep.equal(before.head());
    expect((await after.state.account(block.header, addressOf(ANN))).nonce).to.equal(1n);
    const next = await mine(after, [await signed(ANN, 1), await signed(CID, 0)]);
    expect(next.height).to.equal(2);
    expect(next.receipts).to.have.length(2);
  });

  it("answers about a block that is final but whose state is not written yet", async () => {
    const execution = await open(new Disk());
    await execution.pool.submit([await signed(ANN, 0)]);
    const { hash } = await buildOn(execution);
    const { header } = execution.executed(hash)!;
    expect((await execution.state.account(header, addressOf(ANN))).nonce).to.equal(1n);
    expect((await execution.state.call(header, { to: addressOf(CID) })).succeeded).to.equal(true);
  });

  it("replays finalised blocks after a crash between the block store's append and setHead", async () => {
    const [leader, disk] = [await open(new Disk()), new Disk()];
    const blocks: ExecutedBlock[] = [];
    for (let nonce = 0; nonce < 4; nonce++) blocks.push(await mine(leader, [await signed(ANN, nonce)]));
    const crashing = await open(disk);
    expect((await crashing.verify(blocks[0]!.payload)).status).to.equal("valid");
    await crashing.setHead(blocks[0]!.hash);
    // Blocks 2 and 3 were executed and stored as final, but the process died before their states were written.
    for (const block of [blocks[1]!, blocks[2]!])
      expect((await crashing.verify(block.payload)).status).to.equal("valid");
    const reopened = await open(disk);
    expect(reopened.head().height).to.equal(1);
    for (const block of blocks.slice(1)) {
      expect((await reopened.verify(block.payload)).status).to.equal("valid");
      expect(reopened.executed(block.hash)).to.deep.equal(block);
      await reopened.setHead(block.hash);
    }
    expect(reopened.head().hash).to.equal(leader.head().hash);
  });

  it("still knows the head's block after a restart, but no other body for it", async () => {
    const disk = new Disk();
    const before = await open(disk);
    const block = await mine(before, [await signed(ANN, 0), await signed(CID, 0)]);
    const after = await open(disk);
    expect((await after.verify(block.payload)).status).to.equal("valid");
    const { sealed, transactions } = decodeBlock(block.payload);
    expect((await after.verify(encodeBlock(sealed.encoded, transactions.slice(1)))).status).to.equal("unknownParent");
  });

  it("computes the same with next to no memory for trie nodes, while others read", async () => {
    const genesis = genesisOf({ wallets: CROWD, code: { [COUNTER]: CODE[COUNTER]! } });
    const small = await createEmbeddedExecution({ genesis, keyValue: new Disk(), residentNodes: 1 });
    const large = await createEmbeddedExecution({ genesis, keyValue: new Disk() });
    for (let nonce = 0; nonce < 6; nonce++) {
      const raws = await Promise.all(
        CROWD.map((wallet, index) =>
          signed(
            wallet,
            nonce,
            index % 5 ? { to: CROWD[(index * 7 + nonce) % CROWD.length]!.address } : { to: COUNTER, gasLimit: 60_000n },
          ),
        ),
      );
      await large.pool.submit(raws);
      const { hash, payload } = await buildOn(large);
      const head = small.executed(small.head().hash) ?? small.genesis();
      const reads = CROWD.slice(0, 20).map((wallet) => small.state.account(head.header, addressOf(wallet)));
      const calls = [1, 2, 3].map(() => small.state.call(head.header, { to: COUNTER as Address }));
      const [verdict, outputs] = await Promise.all([small.verify(payload), Promise.all(calls), Promise.all(reads)]);
      expect(verdict.status).to.equal("valid");
      expect(outputs.map(({ output }) => BigInt(toHex(output)))).to.deep.equal(
        [1, 1, 1].map((one) => BigInt(nonce * 40 + one)),
      );
      await Promise.all([small.setHead(hash), large.setHead(hash)]);
    }
    expect(small.head()).to.deep.equal(large.head());
    await Promise.all([small.close(), large.close()]);
  });

  it("keeps its head when the disk is full, and goes on when there is space again", async () => {
    const disk = new Disk();
    const execution = await open(disk);
    await execution.pool.submit([await signed(ANN, 0)]);
    const { hash } = await buildOn(execution);
    disk.isFull = true;
    expect((await rejection(execution.setHead(hash))).errorName).to.equal("storageFailed");
    expect(execution.head().height).to.equal(0);
    disk.isFull = false;
    await execution.setHead(hash);
    expect((await open(disk)).head().hash).to.equal(hash);
  });

  it("refuses a database of another genesis", async () => {
    const disk = new Disk();
    const first = await open(disk);
    await first.close();
    const error = await rejection(open(disk, 1_700_000_001));
    expect(error.errorName).to.equal("genesisMismatch");
    expect(error.details).to.include({ found: first.info().genesisHash });
  });
});
