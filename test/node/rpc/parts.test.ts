/**
 * Small parts of the RPC server: the cache, the subscriptions, the gate.
 *
 * Owns: their bounds.
 */
import { expect } from "chai";
import { WeightedCache } from "../../../node/rpc/cache.ts";
import { ChainReader } from "../../../node/rpc/chain-reader.ts";
import { Gate } from "../../../node/rpc/gate.ts";
import { Subscriptions } from "../../../node/rpc/subscriptions.ts";
import type { CunError } from "../../../node/types/errors.ts";
import { FakeBackend } from "./fake-backend.ts";

describe("rpc cache", () => {
  it("forgets what was used longest ago once the weight is over", () => {
    const cache = new WeightedCache<string, number>(10);
    cache.set("a", 1, 4);
    cache.set("b", 2, 4);
    cache.get("a");
    cache.set("c", 3, 4);
    expect(["a", "b", "c"].map((key) => cache.get(key))).to.deep.equal([1, undefined, 3]);
  });

  it("replaces a value with its weight, and keeps nothing heavier than itself", () => {
    const cache = new WeightedCache<string, number>(10);
    cache.set("a", 1, 9);
    cache.set("a", 2, 1);
    cache.set("b", 3, 9);
    expect([cache.get("a"), cache.get("b")]).to.deep.equal([2, 3]);
    cache.set("c", 4, 11);
    expect([cache.get("a"), cache.get("c")]).to.deep.equal([2, undefined]);
  });
});

describe("rpc subscriptions", () => {
  it("keep nothing of a client that subscribes after it has left, as a batch under way does", async () => {
    const backend = await FakeBackend.create();
    const chain = new ChainReader(backend.store, 1_000_000);
    const subscriptions = new Subscriptions({ backend, chain, limitPerSubscriber: 8, logger: undefined });
    const told: string[] = [];
    const subscriber = { notify: (text: string) => void told.push(text) };
    subscriptions.prepare(subscriber, { kind: "newHeads" }).begin();
    await backend.append();
    subscriptions.drop(subscriber);
    subscriptions.prepare(subscriber, { kind: "newHeads" }).begin();
    await backend.append();
    expect(told).to.have.length(1);
    subscriptions.close();
    chain.close();
  });
});

describe("rpc gate", () => {
  it("lets a few in at once, in order, and frees a place after a failure", async () => {
    const gate = new Gate(2, 10);
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    const work = (index: number) => async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      order.push(index);
      inside--;
      if (index === 1) throw new Error("fails");
      return index;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((index) => gate.run(work(index))));
    expect(most).to.equal(2);
    expect(order).to.deep.equal([0, 1, 2, 3, 4]);
    expect(results.map((result) => result.status)).to.deep.equal([
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
      "fulfilled",
    ]);
  });

  it("an attacker's flood is refused with rpcLimitExceeded once the queue is full", async () => {
    const gate = new Gate(1, 1);
    let release = () => {};
    const first = gate.run(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const second = gate.run(async () => "second");
    const refused = await gate.run(async () => "third").catch((error: unknown) => error);
    expect((refused as CunError).errorName).to.equal("rpcLimitExceeded");
    release();
    await first;
    expect(await second).to.equal("second");
  });
});
