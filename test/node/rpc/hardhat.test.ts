/**
 * Hardhat 3 with its ethers plugin, unchanged, against a node with real execution.
 *
 * Owns: an HTTP network of Hardhat: signers, deployment, calls, failures. Backend: solo chain.
 */
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import { expect } from "chai";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { type RunningServer, startServer } from "./client.ts";
import { compileLedger } from "./ledger.ts";
import { SoloChain, soloAccount } from "./solo-chain.ts";

describe("rpc with Hardhat", () => {
  let chain: SoloChain;
  let server: RunningServer;

  before(async () => {
    chain = await SoloChain.create();
    server = await startServer({ backend: chain });
  });
  after(async () => {
    await server.stop();
    await chain.close();
  });

  it("[IFC-2] connects, deploys with a configured account, reads and fails as on any network", async () => {
    const { privateKey, address } = soloAccount(0);
    const hardhat = await createHardhatRuntimeEnvironment({
      plugins: [hardhatEthers],
      networks: { solo: { type: "http", url: server.url, accounts: [privateKey] } },
    });
    const { ethers, provider } = await hardhat.network.connect("solo");
    const [signer] = await ethers.getSigners();
    expect(signer?.address).to.equal(address);
    expect(await provider.request({ method: "eth_chainId" })).to.equal("0x7ea");

    const { abi, bytecode } = compileLedger();
    const factory = new ethers.ContractFactory(JSON.parse(abi.formatJson()), bytecode, signer);
    const ledger = await (await factory.deploy()).waitForDeployment();
    const sent = await ledger.getFunction("store").send(3, 4);
    expect(await sent.wait()).to.include({ status: 1 });
    expect(await ledger.getFunction("values")(3)).to.equal(4n);

    const failure = await ledger
      .getFunction("failWithReason")
      .send()
      .catch((error: unknown) => error);
    expect(String(failure)).to.include("not today");
  });
});
