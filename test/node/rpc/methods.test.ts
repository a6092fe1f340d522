/**
 * Methods whose answer depends on what the node says: node, state, calls, fees, config, cun_*.
 *
 * Owns: answers and errors method by method. Backend: fake. Execution for real: ethers.test.ts.
 */

import { readFileSync } from "node:fs";
import { expect } from "chai";
import { AbiCoder, concat, getBytes, id, JsonRpcProvider } from "ethers";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import { signatureFromEvm } from "../../../node/crypto/bls/points.ts";
import type { CallRequest, CallResult, StatePort } from "../../../node/ports/execution.ts";
import { toRpcError } from "../../../node/rpc/errors.ts";
import { METHODS } from "../../../node/rpc/methods/registry.ts";
import { revertReason } from "../../../node/rpc/revert.ts";
import { decodeCertificate } from "../../../node/types/codec.ts";
import { CunError, ERRORS, type ErrorName } from "../../../node/types/errors.ts";
import type { Certificate } from "../../../node/types/messages.ts";
import { asEpoch, asHeight, asView, type Hash } from "../../../node/types/primitives.ts";
import { type RunningServer, startServer } from "./client.ts";
import { FakeBackend, GAS_LIMIT, hashOf, makeBlock } from "./fake-backend.ts";
import { signed } from "./signed.ts";

const ADDRESS = `0x${"Ab".repeat(20)}`;
const coder = AbiCoder.defaultAbiCoder();
const failing = (output: string, exception: string | undefined = "revert"): CallResult => ({
  succeeded: false,
  output: getBytes(output),
  gasUsed: 1n,
  exception,
});
const errorString = (text: string): string => concat(["0x08c379a0", coder.encode(["string"], [text])]);
const panic = (code: number): string => concat(["0x4e487b71", coder.encode(["uint256"], [code])]);

describe("rpc methods", () => {
  let backend: FakeBackend;
  let server: RunningServer;

  beforeEach(async () => {
    backend = await FakeBackend.create();
    server = await startServer({ backend, limits: { maxCertificateSearchBlocks: 3, maxProofSlots: 2 } });
  });
  afterEach(() => server.stop());

  it("[IFC-2] tells about the node and its network", async () => {
    expect(await server.result("web3_clientVersion")).to.match(/^Coopunion\/v0\.0\.1\/\w+-\w+\/node\d+\.\d+\.\d+$/);
    expect(await server.result("web3_sha3", "0x68656c6c6f")).to.equal(id("hello"));
    expect(await server.result("net_version")).to.equal("2026");
    expect(await server.result("net_listening")).to.equal(true);
    expect(await server.result("net_peerCount")).to.equal("0x3");
    expect(await server.result("eth_accounts")).to.deep.equal([]);
    expect(await server.result("rpc_modules")).to.have.property("cun", "1.0");
    expect(await server.result("eth_syncing")).to.equal(false);
    backend.script.status = { syncing: { startingHeight: asHeight(2), highestHeight: asHeight(16) } };
    expect(await server.result("eth_syncing")).to.deep.equal({
      startingBlock: "0x2",
      currentBlock: "0x0",
      highestBlock: "0x10",
    });
  });

  it("[IFC-2] reads accounts at tags, heights, hashes and EIP-1898 objects", async () => {
    const genesis = makeBlock(undefined).hash;
    for (const block of ["latest", "earliest", "0x0", genesis, { blockNumber: "0x0" }, { blockHash: genesis }]) {
      expect(await server.result("eth_getBalance", ADDRESS, block), JSON.stringify(block)).to.equal(
        "0xde0b6b3a7640000",
      );
    }
    expect(await server.result("eth_getTransactionCount", ADDRESS)).to.equal("0x5");
    expect(await server.result("eth_getTransactionCount", ADDRESS, "pending")).to.equal("0x6");
    expect(await server.result("eth_getCode", ADDRESS, "latest")).to.equal("0x6000");
    expect(await server.result("eth_getStorageAt", ADDRESS, "0x1", "latest")).to.equal(`0x${"00".repeat(31)}01`);
  });

  it("[IFC-2] rejects a block that is not there with rpcBlockUnknown", async () => {
    for (const block of ["0x1", hashOf(1), { blockHash: hashOf(1), requireCanonical: true }]) {
      const error = await server.failure("eth_getBalance", ADDRESS, block);
      expect(error.code).to.equal(-32001);
      expect(error.message).to.match(/^header not found/);
    }
  });

  it("[IFC-2] waits for the state of a block that was stored a moment ago", async () => {
    await backend.append();
    let isBehind = true;
    const askedWhileBehind: boolean[] = [];
    const { execution, store } = backend;
    const account: StatePort["account"] = (...request) => {
      askedWhileBehind.push(isBehind);
      return execution.state.account(...request);
    };
    const lagging = {
      execution: {
        ...execution,
        head: () => (isBehind ? makeBlock(undefined) : execution.head()),
        state: { ...execution.state, account },
      },
      store,
      status: () => backend.status(),
    };
    const other = await startServer({ backend: lagging });
    const asked = other.result("eth_getBalance", ADDRESS, "latest");
    expect(await other.result("eth_getBalance", ADDRESS, "0x0"), "older states are there").to.match(/^0x/);
    expect(askedWhileBehind).to.deep.equal([true]);
    isBehind = false;
    await asked;
    expect(askedWhileBehind).to.deep.equal([true, false]);
    await other.stop();
  });

  it("[IFC-2] eth_getProof has the members of EIP-1186, for a bounded number of slots", async () => {
    const proof = await server.result<Record<string, unknown>>("eth_getProof", ADDRESS, ["0x1"], "latest");
    expect(proof).to.include({ address: ADDRESS.toLowerCase(), balance: "0xde0b6b3a7640000", nonce: "0x5" });
    expect(proof["storageProof"]).to.deep.equal([{ key: `0x${"00".repeat(31)}01`, value: "0x1", proof: ["0xc101"] }]);
    expect((await server.failure("eth_getProof", ADDRESS, ["0x1", "0x2", "0x3"], "latest")).code).to.equal(-32005);
  });

  it("[IFC-2] eth_call passes on what it is given and bounds the gas", async () => {
    const seen: CallRequest[] = [];
    backend.script.call = async (request) => {
      seen.push(request);
      return { succeeded: true, output: Uint8Array.of(1, 2), gasUsed: 1n, exception: undefined };
    };
    const request = { from: ADDRESS, to: ADDRESS, input: "0x0102", value: "0x5", gas: "0xffffffffffff" };
    expect(await server.result("eth_call", request, "latest")).to.equal("0x0102");
    const address = ADDRESS.toLowerCase();
    expect(seen[0]).to.deep.equal({
      from: address,
      to: address,
      value: 5n,
      gas: 16_777_216n,
      data: Uint8Array.of(1, 2),
    });
    await server.result("eth_call", { data: "0x03", gas: "0x5208" });
    expect(seen[1]).to.deep.equal({ gas: 21_000n, data: Uint8Array.of(3) });
  });

  it("[IFC-2] a revert is code 3 with its data: callReverted", async () => {
    const custom = concat([id("Broken(uint256)").slice(0, 10), coder.encode(["uint256"], [5])]);
    for (const [output, message] of [
      [errorString("not yours"), "execution reverted: not yours"],
      [panic(0x11), "execution reverted: arithmetic underflow or overflow"],
      [custom, "execution reverted"],
      ["0x", "execution reverted"],
    ] as const) {
      backend.script.call = async () => failing(output);
      backend.script.estimateGas = async () => failing(output);
      for (const method of ["eth_call", "eth_estimateGas"]) {
        expect(await server.failure(method, {})).to.deep.equal({ code: 3, message, data: output });
      }
    }
  });

  it("[IFC-2] other ways to fail keep the EVM's words: callFailed", async () => {
    backend.script.call = async () => failing("0x", "out of gas");
    const error = await server.failure("eth_call", {});
    expect(error).to.include({ code: -32000, message: "out of gas" });
    expect(error.data).to.deep.equal({ error: "CUN-7011", name: "callFailed" });
  });

  it("an attacker's malformed revert data is not decoded", () => {
    const word = (value: bigint): string => value.toString(16).padStart(64, "0");
    for (const body of [
      "",
      "00",
      word(32n),
      word(32n) + word(2n ** 200n),
      word(32n) + word(33n) + word(0n),
      word(64n) + word(0n),
    ]) {
      expect(revertReason(getBytes(`0x08c379a0${body}`)), body).to.equal(undefined);
    }
    expect(revertReason(getBytes(`0x4e487b71${word(1n)}00`))).to.equal(undefined);
    expect(revertReason(getBytes(panic(0xff)))).to.equal("unknown panic code: 0xff");
    expect(revertReason(getBytes(errorString("é".repeat(4000))))).to.have.length.below(1100);
  });

  it("[IFC-2] eth_gasPrice and eth_maxPriorityFeePerGas follow what recent blocks were paid", async () => {
    expect(await server.result("eth_maxPriorityFeePerGas")).to.equal("0x3b9aca00");
    await backend.append([1n, 2n, 3n, 4n, 5n].map((tip, i) => ({ ...signed.legacy, hash: hashOf(i), tip })));
    expect(await server.result("eth_maxPriorityFeePerGas")).to.equal("0x3");
    expect(await server.result("eth_gasPrice")).to.equal("0xb");
    await backend.append([{ ...signed.legacy, hash: hashOf(9), tip: 10n ** 18n }]);
    for (let i = 0; i < 20; i++) await backend.append();
    expect(await server.result("eth_maxPriorityFeePerGas"), "old blocks no longer count").to.equal("0x3b9aca00");
    await backend.append([{ ...signed.legacy, hash: hashOf(10), tip: 10n ** 18n }]);
    expect(await server.result("eth_maxPriorityFeePerGas"), "bounded").to.equal("0x746a528800");
    expect(await server.result("eth_blobBaseFee")).to.equal("0x1");
  });

  it("[IFC-2] eth_feeHistory: base fees of one block more, ratios, tips by share of gas", async () => {
    await backend.append(
      [
        { ...signed.legacy, tip: 9n, gasUsed: 1_000_000n },
        { ...signed.legacy, hash: hashOf(1), tip: 1n, gasUsed: 3_000_000n },
        { ...signed.legacy, hash: hashOf(2), tip: 5n, gasUsed: 6_000_000n },
      ],
      20n,
    );
    await backend.append([], 21n);
    const history = await server.result("eth_feeHistory", "0x2", "latest", [0, 30, 31, 90, 100]);
    expect(history).to.deep.equal({
      oldestBlock: "0x1",
      baseFeePerGas: ["0x14", "0x15", "0x8"],
      gasUsedRatio: [10_000_000 / Number(GAS_LIMIT), 0],
      baseFeePerBlobGas: ["0x1", "0x1", "0x1"],
      blobGasUsedRatio: [0, 0],
      reward: [
        ["0x1", "0x1", "0x5", "0x5", "0x9"],
        ["0x0", "0x0", "0x0", "0x0", "0x0"],
      ],
    });
    const all = await server.result<Record<string, unknown[]>>("eth_feeHistory", 50, "0x1");
    expect(all["oldestBlock"]).to.equal("0x0");
    expect(all["baseFeePerGas"]).to.have.length(3);
    expect(all).to.not.have.property("reward");
    expect((await server.failure("eth_feeHistory", "0x401", "latest")).code).to.equal(-32005);
  });

  it("[IFC-2] ethers takes its fee data from here", async () => {
    const provider = new JsonRpcProvider(server.url, undefined, { staticNetwork: true });
    await backend.append([{ ...signed.legacy, tip: 4n }], 10n);
    const fees = await provider.getFeeData();
    expect(fees).to.include({ maxPriorityFeePerGas: 4n, maxFeePerGas: 24n, gasPrice: 12n });
    provider.destroy();
  });

  it("eth_config names the fork, its precompiles and system contracts (EIP-7910)", async () => {
    const { current, next } = await server.result<{ current: Record<string, unknown>; next: unknown }>("eth_config");
    expect(next).to.equal(null);
    expect(current["chainId"]).to.equal("0x7ea");
    expect(current["forkId"]).to.match(/^0x[0-9a-f]{8}$/);
    expect(Object.keys(current["precompiles"] as object)).to.have.length(18);
  });

  it("the answers of unknown methods cannot come from a table's prototype", () => {
    expect(METHODS.get("constructor")).to.equal(undefined);
    expect(METHODS.size).to.be.above(45);
  });

  it("docs/protocol/json-rpc.md lists exactly the methods that exist", () => {
    const document = readFileSync(new URL("../../../docs/protocol/json-rpc.md", import.meta.url), "utf8");
    const rows = document.split("\n").filter((line) => line.startsWith("|"));
    const listed = rows.join().match(/`(web3|net|eth|rpc|cun)_\w+`/g) ?? [];
    const names = new Set(listed.map((name) => name.slice(1, -1)));
    expect([...names].sort()).to.deep.equal([...METHODS.keys()].sort());
  });

  it("[IFC-2] every refusal of a transaction is told to its sender, and our own failures to nobody", () => {
    const refusals = (Object.keys(ERRORS) as ErrorName[]).filter((name) => /^(transaction|pool)/.test(name));
    expect(refusals).to.have.length.above(15);
    for (const name of refusals) {
      const { object, internal } = toRpcError(new CunError(name, {} as never));
      expect({ code: object.code, internal }, name).to.deep.equal({ code: -32000, internal: false });
    }
    for (const name of ["storageFailed", "stateMissing", "finalityConflict"] as const) {
      expect(toRpcError(new CunError(name, {} as never)).internal, name).to.equal(true);
    }
  });

  describe("cun_*", () => {
    const secretKey = new Uint8Array(32).fill(1);
    const certificateOf = (digest: Hash): Certificate => ({
      kind: "finalize",
      epoch: asEpoch(0),
      view: asView(7),
      digest,
      signers: Uint8Array.of(0b0111),
      signature: blstBackend.sign(secretKey, new Uint8Array(32)),
    });

    it("cun_status and cun_validators tell what the node knows", async () => {
      const validator = {
        operator: ADDRESS.toLowerCase() as never,
        blsPublicKey: `0x${"01".repeat(48)}` as const,
        weight: 1n,
        peerId: hashOf(3) as never,
      };
      backend.script.status = { validators: [validator], leader: validator.operator };
      const status = await server.result<Record<string, unknown>>("cun_status");
      expect(status).to.include({ chainId: "0x7ea", stage: "Origin", height: "0x0", view: "0x9", peers: "0x3" });
      expect(status).to.include({ syncing: false, leader: ADDRESS.toLowerCase(), version: "0.0.1" });
      const expected = [{ index: "0x0", ...validator, weight: "0x1" }];
      expect(status["validators"]).to.deep.equal(expected);
      expect(await server.result("cun_validators")).to.deep.equal(expected);
    });

    it("[CON-9] cun_getFinalityCertificate gives the certificate and the headers that lead to it", async () => {
      const wanted = await backend.append();
      const child = await backend.append();
      const grandchild = await backend.append();
      const certificate = certificateOf(grandchild.hash);
      await backend.store.attachFinalization(grandchild.hash, certificate);
      for (const reference of ["0x1", wanted.hash, { blockHash: wanted.hash }]) {
        const proof = await server.result<Record<string, unknown>>("cun_getFinalityCertificate", reference);
        expect(proof).to.include({ blockHash: wanted.hash, blockNumber: "0x1" });
        expect(proof["headers"]).to.deep.equal(
          [wanted, child, grandchild].map(({ header }) => `0x${Buffer.from(header).toString("hex")}`),
        );
        const fields = proof["certificate"] as Record<string, string>;
        expect(fields).to.include({
          kind: "finalize",
          epoch: "0x0",
          view: "0x7",
          digest: grandchild.hash,
          signers: "0x07",
        });
        expect(decodeCertificate(getBytes(fields["encoded"]!))).to.deep.equal(certificate);
        expect(signatureFromEvm(getBytes(fields["signatureEvm"]!))).to.deep.equal(certificate.signature);
      }
      const own = await server.result<Record<string, unknown>>("cun_getFinalityCertificate", "latest");
      expect(own["headers"]).to.have.length(1);
    });

    it("says rpcCertificatePending while no certificate is there, and searches no further than allowed", async () => {
      for (let i = 0; i < 4; i++) await backend.append();
      const last = await backend.append();
      await backend.store.attachFinalization(last.hash, certificateOf(last.hash));
      const error = await server.failure("cun_getFinalityCertificate", "0x1");
      expect(error.data).to.deep.equal({ error: "CUN-7009", name: "rpcCertificatePending" });
      expect(await server.result("cun_getFinalityCertificate", "0x3")).to.have.property("headers");
    });
  });

  it("a pool that fails is our failure, not the client's", async () => {
    backend.script.submit = () => Promise.reject(new Error("broken"));
    expect((await server.failure("eth_sendRawTransaction", "0x01")).code).to.equal(-32603);
    backend.script.submit = async () => [new CunError("poolFull", { count: 2, limit: 2, unit: "transactions" })];
    expect((await server.failure("eth_sendRawTransaction", "0x01")).message).to.match(/^txpool is full/);
  });
});
