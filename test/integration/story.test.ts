/**
 * The story of the whole: four validators, plain ethers, a proof of finality on chain, failures and recovery.
 *
 * Owns: what a user and an operator live through, with real processes, sockets and files.
 * Does not own: the parts' own tests. RPC ports 18650...
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Contract, ContractFactory, type JsonRpcProvider, parseEther, Wallet, WebSocketProvider } from "ethers";
import { developmentAccounts } from "../../node/app/devnet.ts";
import { finalityProof } from "../../node/sdk/finality.ts";
import { connect, deployToNetwork, systemContract } from "../../scripts/lib/deployment.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { liveNetwork } from "../helpers/live-network.ts";
import { COUNTER } from "./counter.ts";

describe("a network of four validators", function () {
  this.timeout(120_000);
  const live = liveNetwork({ validators: 4, rpcPort: 18650 });
  const [alice, bob] = developmentAccounts();
  let network: Network;
  let provider: JsonRpcProvider;
  let wallet: Wallet;

  before(async () => {
    network = live();
    provider = connect(network);
    wallet = new Wallet(alice!.privateKey, provider);
  });

  after(() => provider?.destroy());

  it("[IFC-2] sends CUNP with plain ethers and every validator has the same balance", async () => {
    const to = Wallet.createRandom().address;
    const receipt = await (await wallet.sendTransaction({ to, value: parseEther("2.5") })).wait();
    expect(receipt?.status).to.equal(1);
    for (let index = 0; index < network.size; index++) {
      await network.waitForHeight(index, receipt!.blockNumber);
      const other = connect(network, index);
      expect(await other.getBalance(to)).to.equal(parseEther("2.5"));
      expect((await other.getBlock(receipt!.blockNumber))?.hash).to.equal(receipt!.blockHash);
      other.destroy();
    }
  });

  it("[IFC-2] deploys a contract, calls it and reads its events, also through a subscription", async () => {
    const counter = await new ContractFactory(COUNTER.abi, COUNTER.bytecode, wallet).deploy();
    await counter.waitForDeployment();
    const contract = new Contract(await counter.getAddress(), COUNTER.abi, wallet);
    const socket = new WebSocketProvider(network.webSocketUrl(2));
    const heard = new Promise<bigint>((resolve) => {
      void new Contract(contract.target, COUNTER.abi, socket).once("Increased", (value: bigint) => resolve(value));
    });
    await sleep(300); // the subscription travels
    const receipt = await (await contract.getFunction("increase")(41n)).wait();
    expect(await contract.getFunction("count")()).to.equal(41n);
    expect(await heard).to.equal(41n);
    const events = await contract.queryFilter("Increased", receipt.blockNumber, receipt.blockNumber);
    expect(events).to.have.length(1);
    await socket.destroy();
  });

  it("[CON-9] FinalityVerifier on chain accepts the certificate of a block, and refuses it for another", async () => {
    const { transactionsSent } = await deployToNetwork(network);
    expect(transactionsSent).to.be.greaterThan(0);
    const receipt = await (await wallet.sendTransaction({ to: bob!.address, value: 1n })).wait();
    const { certificate, headers } = await finalityProof(network.rpcUrl(1), receipt!.blockHash);
    const verifier = await systemContract(network, "FinalityVerifier", provider);
    const proven = await verifier.getFunction("verifyHeaders")(headers, certificate);
    expect(proven.number).to.equal(BigInt(receipt!.blockNumber));
    expect(proven.blockHash).to.equal(receipt!.blockHash);
    const forged = { ...certificate, viewNumber: certificate.viewNumber + 1n };
    let refused = "";
    await verifier
      .getFunction("verifyHeaders")(headers, forged)
      .catch((error) => {
        refused = error.revert?.name;
      });
    expect(refused).to.equal("FinalitySignatureInvalid");
  });

  it("deploying again changes nothing", async () => {
    expect((await deployToNetwork(network)).transactionsSent).to.equal(0);
  });

  it("[CON-3] with one of four stopped blocks go on, with two stopped they stop, and nothing wrong is finalised", async () => {
    await network.stop(3);
    const height = await network.height(0);
    await network.waitForHeight(0, height + 6);
    await network.stop(2);
    await sleep(2_000); // what was certified before may still arrive
    const stalled = await network.height(0);
    await sleep(6_000);
    expect(await network.height(0)).to.equal(stalled);
    expect(await network.height(1)).to.be.at.most(stalled);
    await network.start(2);
    await network.waitForHeight(0, stalled + 3, 60_000);
    await network.start(3);
    await network.waitForHeight(3, stalled + 3, 60_000);
    await expectEqualChains(network);
  });

  it("[CON-10] a validator killed under load comes back, catches up and the chain stays one", async () => {
    const load = sendLoad(wallet, bob!.address, 300);
    await sleep(300);
    await network.stop(1, "SIGKILL");
    await sleep(1_500);
    await network.start(1);
    const last = await load;
    await network.waitForHeight(1, last, 60_000);
    await expectEqualChains(network);
  });

  it("[CON-10] all validators killed at once continue the same chain from disk", async () => {
    const receipt = await (await wallet.sendTransaction({ to: bob!.address, value: 7n })).wait();
    const height = await network.height(0);
    await network.stopAll("SIGKILL");
    await network.startAll();
    await network.waitForHeight(0, height + 2, 60_000);
    expect((await provider.getTransactionReceipt(receipt!.hash))?.blockHash).to.equal(receipt!.blockHash);
    await expectEqualChains(network);
  });
});

/** Sends transactions one after another without waiting for each; returns the height of the last one's block. */
async function sendLoad(wallet: Wallet, to: string, count: number): Promise<number> {
  const nonce = await wallet.getNonce("pending");
  const requests = [];
  for (let offset = 0; offset < count; offset++) {
    requests.push(wallet.sendTransaction({ to, value: 1n, nonce: nonce + offset, gasLimit: 21_000n }));
    if (offset % 20 === 19) await Promise.all(requests.splice(0));
  }
  const last = await wallet.provider!.getTransactionCount(wallet.address, "pending");
  expect(last).to.equal(nonce + count);
  for (;;) {
    if ((await wallet.provider!.getTransactionCount(wallet.address, "latest")) >= last) break;
    await sleep(50);
  }
  return wallet.provider!.getBlockNumber();
}

/** Every block that two validators have is the same block. */
async function expectEqualChains(network: Network): Promise<void> {
  const heights = await Promise.all(Array.from({ length: network.size }, (_, index) => network.height(index)));
  const common = Math.min(...heights);
  for (let height = 0; height <= common; height++) {
    const tag = `0x${height.toString(16)}`;
    const blocks = await Promise.all(
      heights.map((_, index) => network.call<{ hash: string }>(index, "eth_getBlockByNumber", [tag, false])),
    );
    expect(new Set(blocks.map(({ hash }) => hash)).size, `height ${height}`).to.equal(1);
  }
}
