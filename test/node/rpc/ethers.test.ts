/**
 * ethers v6, unchanged, against a node with real execution: what a dApp does all day.
 *
 * Owns: JsonRpcProvider and WebSocketProvider end to end. Backend: solo chain.
 */

import { expect } from "chai";
import {
  type CallExceptionError,
  type Contract,
  ContractFactory,
  type ContractTransactionResponse,
  type EventLog,
  type HDNodeWallet,
  type InterfaceAbi,
  isError,
  JsonRpcProvider,
  keccak256,
  NonceManager,
  type TransactionReceipt,
  toBeHex,
  WebSocketProvider,
  zeroPadValue,
} from "ethers";
import { type RunningServer, startServer } from "./client.ts";
import { compileLedger } from "./ledger.ts";
import { SoloChain, soloAccount } from "./solo-chain.ts";

const RECIPIENT = `0x${"ab".repeat(20)}`;
const GWEI = 10n ** 9n;

/** The methods of the contract as ethers makes them. */
type Ledger = Contract & {
  store(key: number, value: number): Promise<ContractTransactionResponse>;
  storeMany(count: number): Promise<ContractTransactionResponse>;
};

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const result = await work.catch((error: unknown) => error);
  if (!(result instanceof Error)) throw new Error("it was expected to fail");
  return result;
}

describe("rpc with ethers", () => {
  const compiled = compileLedger();
  let chain: SoloChain;
  let server: RunningServer;
  let provider: JsonRpcProvider;
  let alice: HDNodeWallet;
  let ledger: Ledger;

  before(async () => {
    chain = await SoloChain.create();
    server = await startServer({ backend: chain });
    provider = new JsonRpcProvider(server.url, undefined, { pollingInterval: 20, cacheTimeout: -1 });
    alice = soloAccount(0).connect(provider);
    const factory = new ContractFactory(compiled.abi as unknown as InterfaceAbi, compiled.bytecode, alice);
    ledger = (await (await factory.deploy()).waitForDeployment()) as unknown as Ledger;
  });
  after(async () => {
    provider.destroy();
    await server.stop();
    await chain.close();
  });

  it("[IFC-2] knows the network", async () => {
    expect((await provider.getNetwork()).chainId).to.equal(2026n);
    expect(await provider.listAccounts()).to.deep.equal([]);
  });

  it("[IFC-2] sends coins: nonce, estimate, fee data, receipt, balances", async () => {
    const [before, nonce] = [await provider.getBalance(alice.address), await alice.getNonce("pending")];
    const response = await alice.sendTransaction({ to: RECIPIENT, value: 5n });
    const receipt = (await response.wait()) as TransactionReceipt;
    expect(receipt).to.include({ status: 1, gasUsed: 21_000n, from: alice.address, type: 2 });
    expect(await provider.getBalance(RECIPIENT)).to.equal(5n);
    expect(await provider.getBalance(alice.address)).to.equal(before - 5n - receipt.fee);
    expect(await alice.getNonce()).to.equal(nonce + 1);
    expect(await provider.getBalance(RECIPIENT, receipt.blockNumber - 1), "an old state").to.equal(0n);
    const found = await provider.getTransaction(response.hash);
    expect(found?.blockHash).to.equal(receipt.blockHash);
  });

  it("[IFC-2] sends every transaction type", async () => {
    const accessList = [{ address: RECIPIENT, storageKeys: [] }];
    for (const fields of [{ type: 0 }, { type: 1, accessList }, { type: 2, accessList }]) {
      const receipt = await (await alice.sendTransaction({ to: RECIPIENT, value: 1n, ...fields })).wait();
      expect(receipt).to.include({ status: 1, type: fields.type });
    }
    const signer = soloAccount(3).connect(provider);
    const authorization = await signer.authorize({ address: await ledger.getAddress(), nonce: 1, chainId: 2026n });
    const fields = { type: 4, to: RECIPIENT, authorizationList: [authorization], gasLimit: 200_000n };
    expect(await (await signer.sendTransaction(fields)).wait()).to.include({ status: 1, type: 4 });
    const code = await provider.getCode(signer.address);
    expect(code).to.equal(`0xef0100${(await ledger.getAddress()).slice(2).toLowerCase()}`);
  });

  it("[IFC-2] deploys a contract and reads its code, storage and proof", async () => {
    const address = await ledger.getAddress();
    expect(await provider.getCode(address)).to.have.length.above(100);
    await (await ledger.store(7, 99)).wait();
    expect(await ledger.getFunction("values")(7)).to.equal(99n);
    const slot = keccak256(`${zeroPadValue("0x07", 32)}${"00".repeat(32)}`);
    expect(await provider.getStorage(address, slot)).to.equal(zeroPadValue("0x63", 32));
    const proof = await server.result<Record<string, unknown>>("eth_getProof", address, [slot], "latest");
    expect(proof["storageProof"]).to.have.nested.property("[0].value", "0x63");
    const [root] = proof["accountProof"] as string[];
    expect(keccak256(root!)).to.equal((await provider.getBlock("latest"))?.stateRoot);
  });

  it("[IFC-2] finds events of the past, and hears new ones by polling filters", async () => {
    const start = (await provider.getBlockNumber()) + 1;
    const heard: bigint[] = [];
    const twoHeard = new Promise<void>((resolve) => {
      void ledger.on("Stored", (_who: string, key: bigint) => {
        if (heard.push(key) === 2) resolve();
      });
    });
    // ethers creates its filter in the background.
    while ((await ledger.listenerCount("Stored")) === 0) await new Promise(setImmediate);
    await (await ledger.store(1, 10)).wait();
    await (await ledger.store(2, 20)).wait();
    const all = (await ledger.queryFilter("Stored", start)) as EventLog[];
    expect(all.map((event) => event.args["value"])).to.deep.equal([10n, 20n]);
    const second = ledger.filters["Stored"]!(alice.address, 2);
    expect(await ledger.queryFilter(second, start)).to.have.length(1);
    expect(await ledger.queryFilter(ledger.filters["Stored"]!(RECIPIENT), start)).to.have.length(0);
    await (await ledger.store(3, 30)).wait();
    await twoHeard;
    await ledger.off("Stored");
    expect(heard.length).to.be.at.least(2);
  });

  it("[IFC-2] decodes what a contract says when it reverts: reason, custom error, panic, nothing", async () => {
    const called = await failureOf(ledger.getFunction("failWithReason").staticCall());
    expect(isError(called, "CALL_EXCEPTION") && called.reason).to.equal("not today");
    const custom = await failureOf(ledger.getFunction("failWithError").staticCall(5));
    if (!isError(custom, "CALL_EXCEPTION")) throw custom;
    expect(custom.revert?.name).to.equal("NotEnough");
    expect([...(custom.revert?.args ?? [])]).to.deep.equal([0n, 5n]);
    const panic = await failureOf(ledger.getFunction("failWithPanic").staticCall(0));
    expect(isError(panic, "CALL_EXCEPTION") && panic.reason).to.equal("Panic due to DIVIDE_BY_ZERO(18)");
    const nothing = await failureOf(ledger.getFunction("failWithNothing").staticCall());
    expect(isError(nothing, "CALL_EXCEPTION") && nothing.data).to.equal("0x");
  });

  it("[IFC-2] estimates gas that is enough, and fails with the reason when nothing is", async () => {
    const estimate = await ledger.getFunction("store").estimateGas(50, 1);
    const receipt = await (await ledger.getFunction("store").send(50, 1, { gasLimit: estimate })).wait();
    expect(receipt).to.include({ status: 1 });
    const failure = await failureOf(ledger.getFunction("failWithError").estimateGas(8));
    expect(isError(failure, "CALL_EXCEPTION") && failure.action).to.equal("estimateGas");
    expect(compiled.abi.parseError((failure as CallExceptionError).data!)?.name).to.equal("NotEnough");
    const poor = soloAccount(99).connect(provider);
    const unaffordable = await failureOf(poor.sendTransaction({ to: RECIPIENT, value: 1n }));
    expect(isError(unaffordable, "INSUFFICIENT_FUNDS"), unaffordable.message).to.equal(true);
  });

  it("[IFC-2] a transaction that reverts in a block has a receipt with status 0", async () => {
    const sent = await ledger.getFunction("failWithReason").send({ gasLimit: 100_000n });
    const failure = await failureOf(sent.wait());
    expect(isError(failure, "CALL_EXCEPTION") && failure.receipt?.status).to.equal(0);
  });

  it("[IFC-2] eth_call sees overridden balances, code and slots", async () => {
    const to = `0x${"77".repeat(20)}`;
    // Returns the slot 0 of its storage.
    const code = "0x60005460005260206000f3";
    const stateDiff = { [`0x${"00".repeat(32)}`]: zeroPadValue("0x2a", 32) };
    expect(await server.result("eth_call", { to }, "latest", { [to]: { code, stateDiff } })).to.equal(
      zeroPadValue("0x2a", 32),
    );
    const rich = { from: to, to: RECIPIENT, value: toBeHex(10n ** 30n) };
    expect((await server.ask("eth_call", rich, "latest")).error).to.not.equal(undefined);
    const overrides = { [to]: { balance: toBeHex(10n ** 31n) } };
    expect(await server.result("eth_call", rich, "latest", overrides)).to.equal("0x");
  });

  it("[IFC-2] an endless loop ends at the gas bound", async () => {
    const { data } = await ledger.getFunction("burn").populateTransaction();
    const error = await server.failure("eth_call", { to: await ledger.getAddress(), data });
    expect(error).to.include({ code: -32000, message: "out of gas" });
  });

  it("[IFC-2] shows pending transactions and nonces while nothing is mined", async () => {
    const bob = soloAccount(1).connect(provider);
    chain.pauseMining();
    const responses = [];
    for (const nonce of [0, 1]) responses.push(await bob.sendTransaction({ to: RECIPIENT, value: 1n, nonce }));
    expect(await bob.getNonce("latest")).to.equal(0);
    expect(await bob.getNonce("pending")).to.equal(2);
    const pending = await provider.getTransaction(responses[1]!.hash);
    expect(pending).to.include({ blockNumber: null, from: bob.address, nonce: 1 });
    expect(await provider.getTransactionReceipt(responses[0]!.hash)).to.equal(null);
    await chain.resumeMining();
    for (const response of responses) expect(await response.wait()).to.include({ status: 1 });
  });

  it("[IFC-2] replaces a pending transaction for more, not for the same", async () => {
    const carol = soloAccount(2).connect(provider);
    chain.pauseMining();
    const fields = { to: RECIPIENT, nonce: 0, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI };
    const first = await carol.sendTransaction({ ...fields, value: 1n });
    const cheap = await failureOf(carol.sendTransaction({ ...fields, value: 2n }));
    expect(isError(cheap, "REPLACEMENT_UNDERPRICED"), cheap.message).to.equal(true);
    const dear = { ...fields, value: 3n, maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: 2n * GWEI };
    const second = await carol.sendTransaction(dear);
    await chain.resumeMining();
    expect(await second.wait()).to.include({ status: 1 });
    expect(await provider.getTransaction(first.hash)).to.equal(null);
  });

  it("[IFC-2] refuses bad transactions in the words ethers knows", async () => {
    const dave = soloAccount(4).connect(provider);
    await (await dave.sendTransaction({ to: RECIPIENT, value: 1n })).wait();
    const old = await failureOf(dave.sendTransaction({ to: RECIPIENT, value: 1n, nonce: 0, gasLimit: 21_000n }));
    expect(isError(old, "NONCE_EXPIRED"), old.message).to.equal(true);
    const poor = soloAccount(98);
    const fees = { gasLimit: 21_000n, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: 1n };
    const transfer = { type: 2, chainId: 2026n, to: RECIPIENT, nonce: 0, value: 1n, ...fees };
    const unpaid = await failureOf(provider.broadcastTransaction(await poor.signTransaction(transfer)));
    expect(isError(unpaid, "INSUFFICIENT_FUNDS"), unpaid.message).to.equal(true);
    const rejected = async (changes: object) => {
      const raw = await dave.signTransaction({ ...transfer, nonce: 1, ...changes });
      return server.failure("eth_sendRawTransaction", raw);
    };
    expect((await rejected({ chainId: 1n })).message).to.match(/invalid chain id/);
    expect((await rejected({ gasLimit: 20_000n })).message).to.match(/^intrinsic gas too low/);
    expect((await rejected({ gasLimit: 2n ** 24n + 1n })).message).to.match(/gas limit too high/);
    expect((await server.failure("eth_sendRawTransaction", "0xdeadbeef")).code).to.equal(-32000);
    expect((await server.failure("eth_sendRawTransaction", "0x")).code).to.equal(-32000);
    chain.pauseMining();
    const raw = await dave.signTransaction({ ...transfer, nonce: 1 });
    await server.result("eth_sendRawTransaction", raw);
    expect((await server.failure("eth_sendRawTransaction", raw)).message).to.match(/already known/);
    await chain.resumeMining();
  });

  it("[IFC-2] takes a hundred transactions in one batch and mines them in order", async () => {
    const erin = soloAccount(5);
    const fees = { gasLimit: 21_000n, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: 1n };
    const raws = Array.from({ length: 100 }, (_, nonce) =>
      erin.signTransaction({ type: 2, chainId: 2026n, to: RECIPIENT, nonce, value: 1n, ...fees }),
    );
    const body = (await Promise.all(raws)).map((raw, id) => ({
      jsonrpc: "2.0",
      id,
      method: "eth_sendRawTransaction",
      params: [raw],
    }));
    const answers = JSON.parse((await server.post(JSON.stringify(body))).text) as { id: number; result: string }[];
    expect(answers.map(({ id }) => id)).to.deep.equal(body.map(({ id }) => id));
    const receipts = await Promise.all(answers.map(({ result }) => provider.waitForTransaction(result)));
    expect(receipts.every((receipt) => receipt?.status === 1)).to.equal(true);
    const places = receipts.map((receipt) => receipt!.blockNumber * 1000 + receipt!.index);
    expect(places).to.deep.equal([...places].sort((left, right) => left - right));
  });

  it("[IFC-2] gives receipts of whole blocks, logs numbered through the block", async () => {
    const receipt = await (await ledger.storeMany(3)).wait();
    const receipts = await server.result<{ logs: { logIndex: string }[] }[]>(
      "eth_getBlockReceipts",
      toBeHex(receipt!.blockNumber),
    );
    expect(receipts.flatMap(({ logs }) => logs.map(({ logIndex }) => Number(logIndex)))).to.deep.equal([0, 1, 2]);
    expect(await provider.getLogs({ blockHash: receipt!.blockHash })).to.have.length(3);
  });

  it("[IFC-2] fee history matches the blocks", async () => {
    const history = await server.result<{ oldestBlock: string; baseFeePerGas: string[]; reward: string[][] }>(
      "eth_feeHistory",
      "0x3",
      "latest",
      [50],
    );
    const oldest = await provider.getBlock(Number(history.oldestBlock));
    expect(BigInt(history.baseFeePerGas[0]!)).to.equal(oldest?.baseFeePerGas);
    expect(history.baseFeePerGas).to.have.length(4);
    expect(history.reward).to.have.length(3);
    const pending = await provider.getBlock("pending");
    expect(BigInt(history.baseFeePerGas[3]!)).to.equal(pending?.baseFeePerGas);
  });

  it("[IFC-2] every block's hash is the hash of the header that its fields make", async () => {
    const block = await provider.send("eth_getBlockByNumber", ["latest", false]);
    const stored = await chain.store.blockByHeight(chain.store.head().height);
    expect(block.hash).to.equal(keccak256(stored!.header));
    const child = await chain.mine();
    expect((await provider.getBlock(child.height))?.parentHash).to.equal(block.hash);
  });

  describe("over WebSocket", () => {
    let socket: WebSocketProvider;
    beforeEach(() => {
      socket = new WebSocketProvider(server.url.replace("http", "ws"), undefined, { cacheTimeout: -1 });
    });
    afterEach(async () => {
      // Listeners for one event unsubscribe by themselves, a moment later: their requests are answered before this one.
      await new Promise(setImmediate);
      await socket.send("eth_chainId", []);
      await socket.destroy();
    });

    it("[IFC-2] hears blocks, events and pending transactions", async () => {
      const frank = new NonceManager(soloAccount(6).connect(socket));
      const contract = ledger.connect(frank) as Ledger;
      const block = new Promise<number>((resolve) => void socket.once("block", resolve));
      const pending = new Promise<string>((resolve) => void socket.once("pending", resolve));
      const event = new Promise<unknown[]>((resolve) => void contract.once("Stored", (...args) => resolve(args)));
      // Each subscription is answered before the transaction is sent on the same connection.
      while ((await contract.listenerCount("Stored")) === 0) await new Promise(setImmediate);
      await socket.send("eth_chainId", []);
      const sent = await contract.store(11, 22);
      expect(await pending).to.equal(sent.hash);
      const receipt = await sent.wait();
      expect(await block).to.equal(receipt!.blockNumber);
      expect((await event).slice(1, 3)).to.deep.equal([11n, 22n]);
    });

    it("[IFC-2] whoever hears of a block can read its state at once", async () => {
      const grace = soloAccount(7).connect(socket);
      for (let nonce = 0; nonce < 5; nonce++) {
        const heard = new Promise<bigint>((resolve, reject) => {
          void socket.once("block", (height) => {
            socket.getBalance(grace.address, height).then(resolve, reject);
          });
        });
        await socket.send("eth_chainId", []);
        const response = await grace.sendTransaction({ to: RECIPIENT, value: 1n });
        const receipt = await response.wait();
        expect(await heard).to.equal(await socket.getBalance(grace.address, receipt!.blockNumber));
      }
    });
  });
});
