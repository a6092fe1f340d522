/**
 * The JSON-RPC envelope over raw HTTP: codes, batches, bad input.
 *
 * Owns: everything of JSON-RPC 2.0 that does not depend on a chain. Backend: fake.
 */
import { expect } from "chai";
import { CunError } from "../../../node/types/errors.ts";
import { type RpcAnswer, type RunningServer, startServer } from "./client.ts";
import { FakeBackend } from "./fake-backend.ts";

const LIMITS = { maxBatchCalls: 5, maxBodyBytes: 10_000, maxBatchResponseBytes: 4_000 };
const call = (id: unknown, method: string, params: unknown[] = []) => ({ jsonrpc: "2.0", id, method, params });

describe("rpc envelope", () => {
  let backend: FakeBackend;
  let server: RunningServer;
  const logged: object[] = [];

  before(async () => {
    backend = await FakeBackend.create();
    const ignore = () => {};
    const logger = { debug: ignore, warn: ignore, error: (fields: object) => void logged.push(fields) };
    server = await startServer({ backend, limits: LIMITS, logger });
  });
  after(() => server.stop());

  const answerTo = async (body: string): Promise<RpcAnswer> => JSON.parse((await server.post(body)).text) as RpcAnswer;
  const batch = async (...messages: unknown[]): Promise<RpcAnswer[]> =>
    JSON.parse((await server.post(JSON.stringify(messages))).text) as RpcAnswer[];

  it("[IFC-2] answers a call with its id, whatever kind of id it is", async () => {
    for (const id of [0, 7, "seven", null]) {
      expect(await answerTo(JSON.stringify(call(id, "eth_chainId")))).to.deep.equal({
        jsonrpc: "2.0",
        id,
        result: "0x7ea",
      });
    }
  });

  it("[IFC-2] keeps the order of a batch, and leaves notifications out", async () => {
    const notification = { jsonrpc: "2.0", method: "eth_chainId" };
    const answers = await batch(call(2, "eth_chainId"), notification, call(1, "nope"), call("x", "net_version"));
    expect(answers.map((answer) => answer.id)).to.deep.equal([2, 1, "x"]);
    expect(answers.map((answer) => answer.result ?? answer.error?.code)).to.deep.equal(["0x7ea", -32601, "2026"]);
  });

  it("answers 204 to a notification, even to one that fails, and to a batch of them", async () => {
    for (const message of [
      { jsonrpc: "2.0", method: "eth_chainId" },
      { jsonrpc: "2.0", method: "nope" },
      [{ jsonrpc: "2.0", method: "eth_chainId" }],
    ]) {
      const { status, text } = await server.post(JSON.stringify(message));
      expect({ status, text }).to.deep.equal({ status: 204, text: "" });
    }
  });

  it("[IFC-2] rejects with rpcParseFailed (-32700) what is not JSON", async () => {
    for (const body of ["", "{", "nonsense", '{"jsonrpc":"2.0",}', "\u0000"]) {
      const answer = await answerTo(body);
      expect(answer.error?.code, body).to.equal(-32700);
      expect(answer.id).to.equal(null);
    }
  });

  it("[IFC-2] rejects with rpcRequestInvalid (-32600) what is JSON but no call", async () => {
    for (const message of [1, null, "text", {}, [[]], { jsonrpc: "1.0", id: 1, method: "eth_chainId" }, { id: 1 }]) {
      const answer = await answerTo(JSON.stringify(message));
      expect((Array.isArray(answer) ? answer[0] : answer).error.code, JSON.stringify(message)).to.equal(-32600);
    }
    expect((await answerTo(JSON.stringify({ jsonrpc: "2.0", id: 3, method: 5 }))).id).to.equal(3);
    expect((await answerTo(JSON.stringify({ ...call(1, "eth_chainId"), id: { a: 1 } }))).error?.code).to.equal(-32600);
  });

  it("rejects an empty batch as one invalid request", async () => {
    expect((await answerTo("[]")).error?.code).to.equal(-32600);
  });

  it("[IFC-2] rejects a batch of more calls than allowed with rpcLimitExceeded (-32005)", async () => {
    const calls = Array.from({ length: 6 }, (_, id) => call(id, "eth_chainId"));
    const answer = await answerTo(JSON.stringify(calls));
    expect(answer.error?.code).to.equal(-32005);
    expect(answer.error?.message).to.include("5");
    expect(await batch(...calls.slice(1))).to.have.length(5);
  });

  it("[IFC-2] rejects an unknown method with rpcMethodUnknown (-32601), names of Object.prototype too", async () => {
    for (const method of ["eth_sign", "eth_sendTransaction", "constructor", "__proto__", "toString", ""]) {
      expect((await server.failure(method)).code, method).to.equal(-32601);
    }
    const long = await server.failure("x".repeat(5000));
    expect(long.message.length).to.be.below(200);
  });

  it("[IFC-2] rejects wrong parameters with rpcParameterInvalid (-32602) and says which and why", async () => {
    const cases: [string, unknown[], RegExp][] = [
      ["eth_getBalance", [], /argument 0: the value is missing/],
      ["eth_getBalance", ["0x1234"], /argument 0: expected an address/],
      ["eth_getBalance", [5], /argument 0: expected an address/],
      ["eth_getBalance", [`0x${"11".repeat(20)}`, "newest"], /argument 1: expected a block number/],
      ["eth_getBalance", [`0x${"11".repeat(20)}`, { blockNumber: "0x0", blockHash: `0x${"11".repeat(32)}` }], /either/],
      ["eth_getBalance", [`0x${"11".repeat(20)}`, "latest", 1], /too many arguments, want at most 2/],
      ["eth_getBlockByNumber", ["0x0", "yes"], /argument 1: expected true or false/],
      ["eth_getBlockByNumber", ["latest "], /argument 0: expected a block number/],
      ["eth_getBlockByHash", ["0x12"], /32 bytes/],
      ["eth_sendRawTransaction", ["0x123"], /whole bytes/],
      ["eth_sendRawTransaction", ["hello"], /whole bytes/],
      ["eth_call", ["0x"], /argument 0/],
      ["eth_call", [{ to: 5 }], /to: expected an address/],
      ["eth_call", [{ value: `0x1${"00".repeat(32)}` }], /value: expected a quantity/],
      ["eth_call", [{ gasPrice: "0x1", maxFeePerGas: "0x1" }], /both gasPrice and maxFeePerGas/],
      ["eth_call", [{ data: "0x01", input: "0x02" }], /not equal/],
      ["eth_call", [{}, "latest", { "0x12": { balance: "0x1" } }], /addresses/],
      ["eth_call", [{}, "latest", { [`0x${"11".repeat(20)}`]: { state: {} } }], /stateDiff/],
      ["eth_call", [{}, "latest", {}, { number: "0x1" }], /block overrides/],
      ["eth_getLogs", [{ topics: [1] }], /topics/],
      ["eth_getLogs", [{ topics: [null, null, null, null, null] }], /at most 4 topics/],
      ["eth_getLogs", [{ blockHash: `0x${"11".repeat(32)}`, fromBlock: "0x1" }], /blockHash cannot be combined/],
      ["eth_feeHistory", ["0x1", "latest", [50, 10]], /ascending/],
      ["eth_feeHistory", ["0x1", "latest", [101]], /argument 2/],
    ];
    for (const [method, params, expected] of cases) {
      const error = await server.failure(method, ...params);
      expect(error.code, `${method} ${JSON.stringify(params)}: ${error.message}`).to.equal(-32602);
      expect(error.message, `${method} ${JSON.stringify(params)}`).to.match(expected);
    }
  });

  it("rejects parameters by name", async () => {
    const answer = await answerTo(
      JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_getBalance", params: { address: "0x" } }),
    );
    expect(answer.error?.code).to.equal(-32602);
  });

  it("takes null for an optional parameter, and unknown members of objects", async () => {
    expect(await server.result("eth_getBalance", `0x${"11".repeat(20)}`, null)).to.equal("0xde0b6b3a7640000");
    const request = { to: null, from: `0x${"11".repeat(20)}`, nonce: "0x1", type: "0x2", chainId: "0x7ea", extra: [1] };
    expect(await server.result("eth_call", request)).to.equal("0x");
  });

  it("an attacker's __proto__ members pollute nothing", async () => {
    const address = `0x${"11".repeat(20)}`;
    for (const params of [
      `[{"__proto__":{"polluted":"yes"},"to":"${address}"}]`,
      `[{},"latest",{"__proto__":{"balance":"0x1"}}]`,
      `[{},"latest",{"${address}":{"stateDiff":{"__proto__":"0x${"11".repeat(32)}"}}}]`,
    ]) {
      await server.post(`{"jsonrpc":"2.0","id":1,"method":"eth_call","params":${params},"__proto__":{"id":5}}`);
    }
    expect(({} as Record<string, unknown>)["polluted"]).to.equal(undefined);
    expect(({} as Record<string, unknown>)["balance"]).to.equal(undefined);
    // A method that is only inherited is not there.
    const inherited = await answerTo('{"jsonrpc":"2.0","id":1,"__proto__":{"method":"eth_chainId"}}');
    expect(inherited.error?.code).to.equal(-32600);
  });

  it("an attacker's body over the limit is refused with 413 before it is read", async () => {
    const { status, text } = await server.post(`["${"x".repeat(LIMITS.maxBodyBytes)}"]`);
    expect(status).to.equal(413);
    expect((JSON.parse(text) as RpcAnswer).error?.code).to.equal(-32005);
  });

  it("an attacker's deeply nested body neither crashes nor blocks the server", async () => {
    const deep = await startServer({ backend });
    const depth = 1_000_000;
    const nested = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const alone = JSON.parse((await deep.post(nested)).text) as RpcAnswer[];
    expect(alone[0]?.error?.code).to.equal(-32600);
    const inside = await deep.post(`{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[${nested}]}`);
    expect((JSON.parse(inside.text) as RpcAnswer).error?.code).to.equal(-32602);
    expect(await deep.result("eth_chainId")).to.equal("0x7ea");
    await deep.stop();
  });

  it("[IFC-2] fills the rest of a batch with errors once its answers are too large", async () => {
    const wide = await startServer({ backend, limits: { maxBatchResponseBytes: 4_000 } });
    const calls = Array.from({ length: 250 }, (_, id) => call(id, "web3_clientVersion"));
    const answers = JSON.parse((await wide.post(JSON.stringify(calls))).text) as RpcAnswer[];
    expect(answers.map((answer) => answer.id)).to.deep.equal(calls.map((each) => each.id));
    expect(answers[0]?.error).to.equal(undefined);
    expect(answers.at(-1)?.error?.code).to.equal(-32005);
    await wide.stop();
  });

  it("[IFC-2] hides our own failures behind -32603 and logs them", async () => {
    const secret = "secret path";
    for (const failure of [new Error(secret), new CunError("storageFailed", { path: secret, reason: secret })]) {
      backend.script.call = () => Promise.reject(failure);
      const error = await server.failure("eth_call", {});
      expect(error).to.deep.equal({ code: -32603, message: "internal error" });
      expect(logged.at(-1)).to.deep.equal({ error: failure });
    }
  });

  it("says in words and code what the pool refuses", async () => {
    backend.script.submit = async () => [new CunError("transactionNonceTooLow", { expected: 5n, nonce: 1n })];
    const error = await server.failure("eth_sendRawTransaction", "0x02");
    expect(error).to.deep.equal({
      code: -32000,
      message: "nonce too low: next nonce 5, tx nonce 1",
      data: { error: "CUN-3006", name: "transactionNonceTooLow" },
    });
  });

  it("gives transactions of a batch to the pool together and in order", async () => {
    const groups: string[][] = [];
    backend.script.submit = async (raw) => {
      groups.push(raw.map((bytes) => Buffer.from(bytes).toString("hex")));
      return raw.map(() => `0x${"ab".repeat(32)}` as never);
    };
    const answers = await batch(
      ...[1, 2, 3, 4].map((id) => call(id, "eth_sendRawTransaction", [`0x0${id}`])),
      call(5, "eth_chainId"),
    );
    expect(groups).to.deep.equal([["01", "02", "03", "04"]]);
    expect(answers.map((answer) => answer.id)).to.deep.equal([1, 2, 3, 4, 5]);
  });
});
