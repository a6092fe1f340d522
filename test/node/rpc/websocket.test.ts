/**
 * WebSocket: subscriptions, their bounds, clients that misbehave.
 *
 * Owns: eth_subscribe and eth_unsubscribe over a raw socket. Backend: fake.
 */
import { once } from "node:events";
import { expect } from "chai";
import type { LogEntry } from "../../../node/ports/execution.ts";
import type { Address } from "../../../node/types/primitives.ts";
import { asHeight } from "../../../node/types/primitives.ts";
import { RawSocket, type RunningServer, startServer } from "./client.ts";
import { FakeBackend, hashOf, makeBlock } from "./fake-backend.ts";
import { signed } from "./signed.ts";

const CONTRACT = `0x${"cc".repeat(20)}` as Address;
const OTHER = `0x${"dd".repeat(20)}` as Address;
const log = (address: Address, ...topics: number[]): LogEntry => ({
  address,
  topics: topics.map(hashOf),
  data: Uint8Array.of(1),
});
const subscribe = (id: number, ...params: unknown[]) => ({ jsonrpc: "2.0", id, method: "eth_subscribe", params });
const results = (socket: RawSocket): unknown[] =>
  socket.messages.flatMap(({ params }) => (params ? [(params as { result: unknown }).result] : []));

describe("rpc websocket", () => {
  let backend: FakeBackend;
  let server: RunningServer;
  let socket: RawSocket;

  beforeEach(async () => {
    backend = await FakeBackend.create();
    server = await startServer({ backend, limits: { maxSubscriptions: 3, maxSocketBacklogBytes: 200_000 } });
    socket = await RawSocket.open(server.port);
  });
  afterEach(async () => {
    socket.close();
    await server.stop();
  });

  const answered = async (message: { id: number }): Promise<Record<string, unknown>> => {
    const before = socket.messages.length;
    socket.send(message);
    return (await socket.received(before + 1))[before]!;
  };

  it("[IFC-2] answers calls and batches as HTTP does", async () => {
    socket.send([
      { jsonrpc: "2.0", id: 1, method: "eth_chainId" },
      { jsonrpc: "2.0", id: 2, method: "eth_blockNumber", params: [] },
    ]);
    expect((await socket.received(1))[0]).to.deep.equal([
      { jsonrpc: "2.0", id: 1, result: "0x7ea" },
      { jsonrpc: "2.0", id: 2, result: "0x0" },
    ]);
    socket.socket.send("nonsense");
    expect((await socket.received(2))[1]).to.have.nested.property("error.code", -32700);
  });

  it("[IFC-2] newHeads tells each finalised block once, in order", async () => {
    const { result: id } = await answered(subscribe(1, "newHeads"));
    const first = await backend.append();
    const second = await backend.append();
    const messages = await socket.received(3);
    expect(messages[1]).to.have.nested.property("params.subscription", id);
    expect(results(socket).map((head) => (head as { hash: string }).hash)).to.deep.equal([first.hash, second.hash]);
    expect(results(socket)[0]).to.include({
      number: "0x1",
      parentHash: makeBlock(undefined).hash,
      nonce: `0x${"00".repeat(8)}`,
    });
  });

  it("[IFC-2] logs tells only what matches, with the index in the block", async () => {
    await answered(subscribe(1, "logs", { address: CONTRACT, topics: [null, [`0x${"02".repeat(32)}`]] }));
    const block = await backend.append([
      { ...signed.legacy, logs: [log(CONTRACT, 1, 2), log(OTHER, 1, 2)] },
      { ...signed.feeMarket, logs: [log(CONTRACT, 1), log(CONTRACT, 9, 2, 3), log(CONTRACT, 2, 1)] },
    ]);
    await socket.received(3);
    const seen = results(socket) as Record<string, unknown>[];
    expect(seen.map(({ logIndex, transactionIndex }) => [logIndex, transactionIndex])).to.deep.equal([
      ["0x0", "0x0"],
      ["0x3", "0x1"],
    ]);
    expect(seen[1]).to.include({ blockHash: block.hash, removed: false, transactionHash: signed.feeMarket.hash });
  });

  it("[IFC-2] newPendingTransactions tells hashes, or whole transactions when asked", async () => {
    await answered(subscribe(1, "newPendingTransactions"));
    await answered(subscribe(2, "newPendingTransactions", true));
    const { hash, from, item } = signed.feeMarket;
    backend.accept([{ hash, sender: from, raw: item as Uint8Array, nonce: 1n }]);
    await socket.received(4);
    expect(results(socket)[0]).to.equal(hash);
    expect(results(socket)[1]).to.include({ hash, from, blockHash: null, blockNumber: null });
  });

  it("[IFC-2] syncing tells a change", async () => {
    await answered(subscribe(1, "syncing"));
    backend.script.status = { syncing: { startingHeight: asHeight(1), highestHeight: asHeight(9) } };
    await socket.received(2);
    expect(results(socket)[0]).to.deep.equal({
      syncing: true,
      status: { startingBlock: "0x1", currentBlock: "0x0", highestBlock: "0x9" },
    });
  });

  it("[IFC-2] tells nothing after eth_unsubscribe, which is false the second time", async () => {
    const { result: id } = await answered(subscribe(1, "newHeads"));
    const unsubscribe = { jsonrpc: "2.0", id: 2, method: "eth_unsubscribe", params: [id] };
    expect((await answered(unsubscribe))["result"]).to.equal(true);
    expect((await answered(unsubscribe))["result"]).to.equal(false);
    await backend.append();
    expect((await answered({ ...unsubscribe, id: 3 }))["id"]).to.equal(3);
    expect(results(socket)).to.deep.equal([]);
  });

  it("one client cannot end another's subscription", async () => {
    const { result: id } = await answered(subscribe(1, "newHeads"));
    const other = await RawSocket.open(server.port);
    other.send({ jsonrpc: "2.0", id: 1, method: "eth_unsubscribe", params: [id] });
    expect((await other.received(1))[0]).to.include({ result: false });
    other.close();
    await backend.append();
    expect(await socket.received(2)).to.have.length(2);
  });

  it("rejects unknown kinds, and more subscriptions than allowed, also within one batch", async () => {
    expect(await answered(subscribe(1, "newMoons"))).to.have.nested.property("error.code", -32602);
    expect(await answered(subscribe(1, "logs", { topics: [5] }))).to.have.nested.property("error.code", -32602);
    socket.send([1, 2, 3, 4].map((id) => subscribe(id, "newHeads")));
    const answers = (await socket.received(3))[2] as unknown as { error?: { code: number } }[];
    expect(answers.map((answer) => answer.error?.code)).to.deep.equal([undefined, undefined, undefined, -32005]);
  });

  it("[IFC-2] refuses eth_subscribe over HTTP with rpcNotificationsUnsupported", async () => {
    const error = await server.failure("eth_subscribe", "newHeads");
    expect(error).to.include({ code: -32601, message: "notifications not supported" });
  });

  it("an attacker who subscribes and does not read is disconnected; others are still told", async () => {
    const slow = await RawSocket.open(server.port);
    slow.send(subscribe(1, "logs"));
    await slow.received(1);
    await answered(subscribe(1, "newHeads"));
    slow.socket.pause();
    const closed = once(slow.socket, "close");
    const data = new Uint8Array(50_000);
    // Beyond what the system's own socket buffers take.
    for (let i = 0; i < 200; i++)
      await backend.append([{ ...signed.legacy, hash: hashOf(i), logs: [{ ...log(CONTRACT), data }] }]);
    slow.socket.resume();
    await closed;
    await socket.received(201);
    expect(results(socket)).to.have.length(200);
  });

  it("an attacker's message over the limit ends the connection", async () => {
    const small = await startServer({ backend, limits: { maxBodyBytes: 1000 } });
    const big = await RawSocket.open(small.port);
    const closed = once(big.socket, "close");
    big.socket.send("x".repeat(2000));
    expect((await closed)[0]).to.equal(1009);
    await small.stop();
  });

  it("reads on after more messages at once than it works on", async () => {
    const narrow = await startServer({ backend, limits: { maxSocketCallsInFlight: 2 } });
    const many = await RawSocket.open(narrow.port);
    for (let id = 0; id < 50; id++) many.send({ jsonrpc: "2.0", id, method: "eth_getBalance", params: [CONTRACT] });
    expect(await many.received(50)).to.have.length(50);
    many.close();
    await narrow.stop();
  });

  it("stop disconnects everyone and lets go of the node", async () => {
    const closed = once(socket.socket, "close");
    expect(backend.listenerCount).to.equal(1);
    await server.stop();
    await closed;
    expect(backend.listenerCount).to.equal(0);
  });
});
