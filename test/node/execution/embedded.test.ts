/**
 * The embedded engine: the port's suite, restarts and crashes, growth beyond memory.
 */
import { expect } from "chai";
import { createEmbeddedExecution } from "../../../node/execution/embedded.ts";
import type { ExecutedBlock, ExecutionPort } from "../../../node/ports/execution.ts";
import type { KeyValuePort } from "../../../node/ports/storage.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { CunError } from "../../../node/types/errors.ts";
import { executionCompliance } from "../../compliance/execution.ts";
import { rejection } from "../../helpers/errors.ts";
import { ANN, addressOf, buildOn, CID, genesisOf, mine, signed } from "../../helpers/execution-chain.ts";

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
