/**
 * Filters and log queries: what is told when, expiry, bounds.
 *
 * Owns: eth_getLogs, eth_new*Filter, eth_getFilterChanges, eth_getFilterLogs, eth_uninstallFilter. Backend: fake.
 */
import { expect } from "chai";
import type { LogEntry } from "../../../node/ports/execution.ts";
import { ChainReader } from "../../../node/rpc/chain-reader.ts";
import { Filters } from "../../../node/rpc/filters.ts";
import { completeLimits } from "../../../node/rpc/limits.ts";
import { matches } from "../../../node/rpc/log-query.ts";
import { logFilterParameter } from "../../../node/rpc/parameters.ts";
import { CunError } from "../../../node/types/errors.ts";
import type { Address } from "../../../node/types/primitives.ts";
import { type RunningServer, startServer } from "./client.ts";
import { FakeBackend, type FakeTransaction, hashOf } from "./fake-backend.ts";
import { signed } from "./signed.ts";

const CONTRACT = `0x${"cc".repeat(20)}` as Address;
const OTHER = `0x${"dd".repeat(20)}` as Address;
let transactions = 0;
const withLogs = (...logs: (readonly [Address, ...number[]])[]): FakeTransaction => ({
  ...signed.legacy,
  hash: hashOf(++transactions % 256),
  logs: logs.map(([address, ...topics]): LogEntry => ({ address, topics: topics.map(hashOf), data: new Uint8Array() })),
});
const topic = (byte: number): string => hashOf(byte);

describe("rpc filters", () => {
  let backend: FakeBackend;
  let server: RunningServer;

  beforeEach(async () => {
    backend = await FakeBackend.create();
    server = await startServer({ backend, limits: { maxFilters: 3, maxLogRangeBlocks: 5, maxLogAlternatives: 2 } });
  });
  afterEach(() => server.stop());

  const logs = (filter: object) => server.result<Record<string, unknown>[]>("eth_getLogs", filter);
  const changes = (filterId: string) => server.result<unknown[]>("eth_getFilterChanges", filterId);

  describe("eth_getLogs", () => {
    beforeEach(async () => {
      await backend.append([withLogs([CONTRACT, 1, 2]), withLogs([OTHER, 1], [CONTRACT, 3])]);
      await backend.append([withLogs([CONTRACT, 1, 4])]);
    });

    it("[IFC-2] finds by address, by topic at its place, and by alternatives", async () => {
      const range = { fromBlock: "earliest", toBlock: "latest" };
      expect(await logs(range)).to.have.length(4);
      expect(await logs({ ...range, address: OTHER })).to.have.length(1);
      expect(await logs({ ...range, address: [OTHER, CONTRACT.toUpperCase().replace("X", "x")] })).to.have.length(4);
      expect(await logs({ ...range, topics: [topic(1)] })).to.have.length(3);
      expect(await logs({ ...range, topics: [null, topic(2)] })).to.have.length(1);
      expect(await logs({ ...range, topics: [null, [topic(2), topic(4)]] })).to.have.length(2);
      expect(await logs({ ...range, topics: [[topic(1), null]] })).to.have.length(4);
      expect(await logs({ ...range, topics: [null, null] })).to.have.length(2);
      expect(await logs({ ...range, topics: [topic(2)] })).to.have.length(0);
      expect(await logs({ ...range, address: [], topics: [[]] })).to.have.length(4);
    });

    it("[IFC-2] counts logs through the block", async () => {
      const found = await logs({ fromBlock: "0x1", toBlock: "0x1", address: CONTRACT });
      expect(found.map(({ logIndex, transactionIndex }) => [logIndex, transactionIndex])).to.deep.equal([
        ["0x0", "0x0"],
        ["0x2", "0x1"],
      ]);
      const receipts = await server.result<{ logs: { logIndex: string }[] }[]>("eth_getBlockReceipts", "0x1");
      expect(receipts.map((receipt) => receipt.logs.map((log) => log.logIndex))).to.deep.equal([
        ["0x0"],
        ["0x1", "0x2"],
      ]);
    });

    it("[IFC-2] means the newest block when no range is given, one block when its hash is", async () => {
      expect(await logs({})).to.have.length(1);
      const blockHash = (await backend.store.blockByHeight(1 as never))!.hash;
      expect(await logs({ blockHash })).to.have.length(3);
      expect((await server.failure("eth_getLogs", { blockHash: topic(9) })).message).to.match(/not known/);
    });

    it("[IFC-2] a range beyond the head ends at the head; a range upside down is refused", async () => {
      expect(await logs({ fromBlock: "0x2", toBlock: "0x999" })).to.have.length(1);
      expect(await logs({ fromBlock: "0x998", toBlock: "0x999" })).to.deep.equal([]);
      expect((await server.failure("eth_getLogs", { fromBlock: "0x2", toBlock: "0x1" })).code).to.equal(-32602);
    });

    it("[IFC-2] refuses ranges and alternatives over the limit with -32005", async () => {
      for (let i = 0; i < 4; i++) await backend.append();
      expect((await server.failure("eth_getLogs", { fromBlock: "0x0" })).code).to.equal(-32005);
      expect(await logs({ fromBlock: "0x2" })).to.have.length(1);
      const three = [topic(1), topic(2), topic(3)];
      expect((await server.failure("eth_getLogs", { topics: [three] })).code).to.equal(-32005);
    });

    it("[IFC-2] passes on the store's own limit logRangeTooLarge with -32005", async () => {
      const wide = await startServer({ backend, limits: { maxLogRangeBlocks: 1e9 } });
      backend.store.logs = () =>
        Promise.reject(new CunError("logRangeTooLarge", { fromHeight: 0, toHeight: 9, reason: "too many" }));
      const error = await wide.failure("eth_getLogs", { fromBlock: "0x0" });
      expect(error.code).to.equal(-32005);
      expect(error.data).to.include({ name: "logRangeTooLarge" });
      await wide.stop();
    });
  });

  it("[IFC-2] a log filter tells new logs once; eth_getFilterLogs tells all", async () => {
    await backend.append([withLogs([CONTRACT, 1])]);
    const filter = await server.result<string>("eth_newFilter", { fromBlock: "0x0", address: CONTRACT });
    expect(await changes(filter)).to.deep.equal([]);
    await backend.append([withLogs([CONTRACT, 1], [OTHER, 1])]);
    await backend.append([withLogs([CONTRACT, 2])]);
    expect(await changes(filter)).to.have.length(2);
    expect(await changes(filter)).to.deep.equal([]);
    expect(await server.result("eth_getFilterLogs", filter)).to.have.length(3);
  });

  it("[IFC-2] a log filter stays within its own range", async () => {
    const filter = await server.result<string>("eth_newFilter", { fromBlock: "0x2", toBlock: "0x3" });
    for (let i = 0; i < 4; i++) await backend.append([withLogs([CONTRACT, 1])]);
    expect((await changes(filter)).map((each) => (each as { blockNumber: string }).blockNumber)).to.deep.equal([
      "0x2",
      "0x3",
    ]);
  });

  it("[IFC-2] a block filter tells hashes in order, also when two polls overlap", async () => {
    const filter = await server.result<string>("eth_newBlockFilter");
    const blocks = [await backend.append(), await backend.append()];
    const both = await Promise.all([changes(filter), changes(filter)]);
    expect(both.flat()).to.deep.equal(blocks.map((block) => block.hash));
    expect(await server.failure("eth_getFilterLogs", filter)).to.include({ message: "filter not found" });
  });

  it("[IFC-2] a pending filter tells hashes of accepted transactions", async () => {
    const filter = await server.result<string>("eth_newPendingTransactionFilter");
    const accept = (byte: number) =>
      backend.accept([{ hash: hashOf(byte), sender: CONTRACT, raw: signed.legacy.raw, nonce: 0n }]);
    accept(1);
    accept(2);
    const late = await server.result<string>("eth_newPendingTransactionFilter");
    expect(await changes(filter)).to.deep.equal([hashOf(1), hashOf(2)]);
    accept(3);
    expect(await changes(filter)).to.deep.equal([hashOf(3)]);
    expect(await changes(late)).to.deep.equal([hashOf(3)]);
    expect(await changes(late)).to.deep.equal([]);
  });

  it("an unknown or removed filter is rpcFilterUnknown, a malformed id a wrong parameter", async () => {
    const filter = await server.result<string>("eth_newBlockFilter");
    expect(await server.result("eth_uninstallFilter", filter)).to.equal(true);
    expect(await server.result("eth_uninstallFilter", filter)).to.equal(false);
    expect(await server.failure("eth_getFilterChanges", filter)).to.include({
      code: -32000,
      message: "filter not found",
    });
    expect((await server.failure("eth_getFilterChanges", "nonsense")).code).to.equal(-32602);
    expect((await server.failure("eth_newFilter", { blockHash: topic(1) })).code).to.equal(-32602);
  });

  it("an attacker cannot make more filters than allowed", async () => {
    for (let i = 0; i < 3; i++) await server.result("eth_newBlockFilter");
    expect((await server.failure("eth_newFilter", {})).code).to.equal(-32005);
  });

  it("a pattern with more places than a log has topics does not match it", () => {
    const log: LogEntry = { address: CONTRACT, topics: [hashOf(1)], data: new Uint8Array() };
    expect(matches({ addresses: [], topics: [[]] }, log)).to.equal(true);
    expect(matches({ addresses: [], topics: [[], []] }, log)).to.equal(false);
  });

  describe("over time", () => {
    let nowMs = 0;
    const make = (overrides: object) => {
      const chain = new ChainReader(backend.store, 1e6);
      const limits = completeLimits({ filterExpiryMs: 100, ...overrides });
      const filters = new Filters({ chain, pool: backend.execution.pool, limits, nowMs: () => nowMs });
      return { filters, source: { chain, store: backend.store, limits } };
    };

    it("forgets filters nobody asks, and only those", async () => {
      const { filters, source } = make({ maxFilters: 2 });
      const idle = filters.addBlocks();
      const used = filters.addLogs(logFilterParameter.parse({}));
      nowMs += 80;
      await filters.changes(source, used);
      nowMs += 80;
      const failure = await filters.changes(source, idle).catch((error: unknown) => error);
      expect((failure as CunError).errorName).to.equal("rpcFilterUnknown");
      expect(await filters.changes(source, used)).to.deep.equal([]);
      expect(filters.addBlocks(), "its place is free").to.be.a("string");
      filters.close();
    });

    it("keeps a bounded number of pending hashes, the newest", async () => {
      const { filters, source } = make({ pendingHashesKept: 4 });
      const filter = filters.addPending();
      for (let i = 0; i < 20; i++) {
        backend.accept([{ hash: hashOf(i), sender: CONTRACT, raw: signed.legacy.raw, nonce: 0n }]);
      }
      const told = await filters.changes(source, filter);
      expect(told).to.have.length.within(4, 8);
      expect(told.at(-1)).to.equal(hashOf(19));
      filters.close();
    });
  });
});
