/**
 * Blocks, transactions and receipts as RPC objects, checked by ethers' own formatters and field by field.
 *
 * Owns: every transaction type, mined and pending. Backend: fake, transactions signed by ethers.
 */

import { expect } from "chai";
import { JsonRpcProvider, Transaction, type TransactionResponse } from "ethers";
import type { ExecutedBlock } from "../../../node/ports/execution.ts";
import { quantityOfBytes } from "../../../node/rpc/hex.ts";
import { type RunningServer, startServer } from "./client.ts";
import { FakeBackend, hashOf } from "./fake-backend.ts";
import { type SignedTransaction, signed, wallet } from "./signed.ts";

const all: readonly SignedTransaction[] = Object.values(signed);

describe("rpc encoding", () => {
  let backend: FakeBackend;
  let server: RunningServer;
  let provider: JsonRpcProvider;
  let block: ExecutedBlock;

  before(async () => {
    backend = await FakeBackend.create();
    server = await startServer({ backend });
    provider = new JsonRpcProvider(server.url, undefined, { staticNetwork: true });
    block = await backend.append(all, 7n);
  });
  after(async () => {
    provider.destroy();
    await server.stop();
  });

  it("[IFC-2] a transaction of every type can be put together again from what eth_getTransactionByHash says", async () => {
    for (const { hash, transaction } of all) {
      const response = (await provider.getTransaction(hash)) as TransactionResponse;
      expect(response.from).to.equal(wallet.address);
      expect(response.blockHash).to.equal(block.hash);
      expect(Transaction.from(response).serialized, `type ${transaction.type}`).to.equal(transaction.serialized);
    }
  });

  it("[IFC-2] v and yParity stand where wallets look for them", async () => {
    const get = (hash: string) => server.result<Record<string, unknown>>("eth_getTransactionByHash", hash);
    const legacy = await get(signed.legacy.hash);
    expect(legacy).to.not.have.property("yParity");
    expect(legacy).to.include({ type: "0x0", chainId: "0x7ea", gasPrice: "0x32", to: `0x${"22".repeat(20)}` });
    expect(Number(legacy["v"])).to.be.oneOf([2026 * 2 + 35, 2026 * 2 + 36]);
    const unprotected = await get(signed.unprotected.hash);
    expect(unprotected).to.not.have.property("chainId");
    expect(Number(unprotected["v"])).to.be.oneOf([27, 28]);
    const typed = await get(signed.setCode.hash);
    expect(typed["v"]).to.equal(typed["yParity"]);
    expect(typed["authorizationList"]).to.have.length(1);
    expect(await get(signed.creation.hash)).to.include({ to: null });
  });

  it("[IFC-2] the gas price of a mined transaction is what it paid, of a pending one the most it would pay", async () => {
    const { hash, from, raw } = signed.feeMarket;
    const mined = await server.result<Record<string, unknown>>("eth_getTransactionByHash", hash);
    expect(mined).to.include({ gasPrice: "0x9", maxFeePerGas: "0x64", maxPriorityFeePerGas: "0x2" });
    const empty = await FakeBackend.create();
    const other = await startServer({ backend: empty });
    for (const each of all) empty.accept([{ hash: each.hash, sender: each.from, raw: each.raw, nonce: 5n }]);
    const pending = await other.result<Record<string, unknown>>("eth_getTransactionByHash", hash);
    expect(pending).to.include({ from, gasPrice: "0x64", blockHash: null, blockNumber: null, transactionIndex: null });
    expect(raw[0]).to.equal(2);
    const legacy = await other.result<Record<string, unknown>>("eth_getTransactionByHash", signed.legacy.hash);
    expect(legacy).to.include({ gasPrice: "0x32", blockHash: null });
    expect(await other.result("eth_getTransactionReceipt", hash)).to.equal(null);
    await other.stop();
  });

  it("[IFC-2] eth_getBlockByNumber and ByHash agree, with hashes or whole transactions", async () => {
    const hashes = await server.result<Record<string, unknown>>("eth_getBlockByNumber", "0x1", false);
    expect(hashes["transactions"]).to.deep.equal(all.map((transaction) => transaction.hash));
    expect(hashes).to.include({ number: "0x1", hash: block.hash, size: `0x${block.payload.length.toString(16)}` });
    expect(hashes["withdrawals"]).to.deep.equal([]);
    const full = await server.result<Record<string, unknown>>("eth_getBlockByHash", block.hash, true);
    const single = await server.result("eth_getTransactionByBlockHashAndIndex", block.hash, "0x4");
    expect((full["transactions"] as unknown[])[4]).to.deep.equal(single);
    expect(await server.result("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x4")).to.deep.equal(single);
    expect(await server.result("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x6")).to.equal(null);
    const typed = await provider.getBlock("latest", true);
    expect(typed?.prefetchedTransactions).to.have.length(all.length);
  });

  it("[IFC-2] latest, safe and finalized are the same block; earliest is genesis; pending has no hash", async () => {
    for (const tag of ["latest", "safe", "finalized"])
      expect((await provider.getBlock(tag))?.hash).to.equal(block.hash);
    expect((await provider.getBlock("earliest"))?.number).to.equal(0);
    const pending = await provider.getBlock("pending");
    expect(pending?.hash).to.equal(null);
    expect(pending?.number).to.equal(2);
    expect(pending?.parentHash).to.equal(block.hash);
    expect(pending?.baseFeePerGas).to.equal(8n);
  });

  it("[IFC-2] unknown blocks and transactions are null, not errors", async () => {
    for (const [method, ...params] of [
      ["eth_getBlockByNumber", "0x99"],
      ["eth_getBlockByNumber", "0xffffffffffffffffffff"],
      ["eth_getBlockByHash", hashOf(9)],
      ["eth_getTransactionByHash", hashOf(9)],
      ["eth_getTransactionReceipt", hashOf(9)],
      ["eth_getBlockReceipts", "0x99"],
      ["eth_getBlockTransactionCountByHash", hashOf(9)],
      ["eth_getUncleByBlockNumberAndIndex", "0x1", "0x0"],
    ] as const) {
      expect(await server.result(method, ...params), method).to.equal(null);
    }
    expect(await server.result("eth_getUncleCountByBlockNumber", "0x1")).to.equal("0x0");
    expect(await server.result("eth_getBlockTransactionCountByNumber", "latest")).to.equal("0x6");
  });

  it("[IFC-2] eth_getBlockReceipts equals the single receipts; a creation has its address", async () => {
    const receipts = await server.result<object[]>("eth_getBlockReceipts", { blockHash: block.hash });
    const single = await Promise.all(all.map(({ hash }) => server.result("eth_getTransactionReceipt", hash)));
    expect(receipts).to.deep.equal(single);
    const typed = await provider.getTransactionReceipt(signed.setCode.hash);
    expect(typed).to.include({ type: 4, status: 1, gasPrice: 9n, index: 5, blockNumber: 1 });
  });

  it("quantities have no leading zeros", () => {
    expect(quantityOfBytes(new Uint8Array())).to.equal("0x0");
    expect(quantityOfBytes(Uint8Array.of(0))).to.equal("0x0");
    expect(quantityOfBytes(Uint8Array.of(1, 0))).to.equal("0x100");
    expect(quantityOfBytes(Uint8Array.of(0x10))).to.equal("0x10");
  });
});
