/** Blocks become part of the chain in order, once, and a node that sees the impossible stops. */
import { expect } from "chai";
import { Finalizer } from "../../../node/app/finalizer.ts";
import type { BlockStorePort } from "../../../node/ports/chain.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { asHeight, type Hash } from "../../../node/types/primitives.ts";
import { certificateFor } from "../../helpers/certificate.ts";
import { rejection } from "../../helpers/errors.ts";
import { FakeExecution, fakeChain, fakePayload } from "../../helpers/fake-execution.ts";
import { ManualClock } from "../../helpers/manual-clock.ts";

async function setUp() {
  const execution = new FakeExecution();
  const store = await BlockStore.open(new MemoryKeyValue(), execution.genesis());
  return { execution, store, finalizer: new Finalizer({ execution, store, clock: new ManualClock() }) };
}

describe("finalizer", () => {
  it("[FNL-1] stores blocks in order, the certificate with the last, and moves the head", async () => {
    const { execution, store, finalizer } = await setUp();
    const [one, two] = fakeChain(2);
    await finalizer.finalize([one!, two!], certificateFor(two!.digest, 2));
    expect(store.head().hash).to.equal(two!.digest);
    expect(execution.head().hash).to.equal(two!.digest);
    expect((await store.blockByHeight(one!.height))?.finalization).to.equal(undefined);
    expect((await store.blockByHeight(two!.height))?.finalization?.digest).to.equal(two!.digest);
  });

  it("passes over blocks that came before, from whoever they come", async () => {
    const { store, finalizer } = await setUp();
    const chain = fakeChain(3);
    await Promise.all([
      finalizer.finalize(chain.slice(0, 2), certificateFor(chain[1]!.digest, 2)),
      finalizer.finalize(chain, certificateFor(chain[2]!.digest, 3)),
    ]);
    expect(store.head().height).to.equal(3);
  });

  it("stops with finalityConflict when another block is certified at a stored height", async () => {
    const { store, finalizer } = await setUp();
    const [one] = fakeChain(1);
    await finalizer.finalize([one!], certificateFor(one!.digest));
    const other = { ...one!, digest: certificateFor(store.head().hash).digest.replace(/.$/, "0") as Hash };
    const error = await rejection(finalizer.finalize([other], certificateFor(other.digest)));
    expect(error.errorName).to.equal("finalityConflict");
    expect(error.action).to.equal("stop");
    expect(store.head().hash).to.equal(one!.digest);
  });

  it("stops with finalizedBlockInvalid when a certified block is invalid here", async () => {
    const { execution, store, finalizer } = await setUp();
    const payload = fakePayload({ parentHash: execution.genesis().hash, height: 1, bad: true });
    const digest = execution.describe(payload).hash;
    const block = { payload, digest, height: execution.describe(payload).height };
    expect((await rejection(finalizer.finalize([block], certificateFor(digest)))).errorName).to.equal(
      "finalizedBlockInvalid",
    );
    expect(store.head().height).to.equal(0);
  });

  it("attaches a certificate that came late, and only to a block that has none", async () => {
    const { store, finalizer } = await setUp();
    const [one, two] = fakeChain(2);
    await finalizer.finalize([one!, two!], certificateFor(two!.digest, 2));
    await finalizer.attach(certificateFor(one!.digest, 1));
    expect((await store.blockByHeight(one!.height))?.finalization?.view).to.equal(1);
    await finalizer.attach(certificateFor(one!.digest, 9));
    expect((await store.blockByHeight(one!.height))?.finalization?.view).to.equal(1);
  });

  it("[FNL-1] [CON-10] executes stored blocks again after a crash between store and state", async () => {
    const { store, finalizer } = await setUp();
    const chain = fakeChain(3);
    await finalizer.finalize(chain, certificateFor(chain[2]!.digest, 3));
    const restarted = new FakeExecution(); // its state was not written
    const seen: number[] = [];
    await new Finalizer({ execution: restarted, store, clock: new ManualClock() }).replay((height) =>
      seen.push(height),
    );
    expect(seen).to.deep.equal([1, 2, 3]);
    expect(restarted.head().hash).to.equal(store.head().hash);
  });

  it("stops with chainGap when the store lacks a block below its head", async () => {
    const { execution } = await setUp();
    const head = () => ({ height: asHeight(2), hash: execution.genesis().hash });
    const broken = { head, blockByHeight: async () => undefined } as Partial<BlockStorePort> as BlockStorePort;
    const finalizer = new Finalizer({ execution, store: broken, clock: new ManualClock() });
    expect((await rejection(finalizer.replay(() => {}))).errorName).to.equal("chainGap");
  });
});
