/**
 * Node certificates are governed on chain: the council revokes one and the network drops its node; a renewed one is let in.
 *
 * Owns: the way from the registry to the connection. RPC ports 18750...
 */
import { execFile } from "node:child_process";
import { readFileSync, renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { type Contract, getBytes, type JsonRpcProvider, Wallet } from "ethers";
import { dataPaths } from "../../node/app/config.ts";
import { developmentAccounts } from "../../node/app/devnet.ts";
import { blstBackend } from "../../node/crypto/bls/blst.ts";
import { signatureToEvm } from "../../node/crypto/bls/points.ts";
import { loadNodeCertificate } from "../../node/network/certificates.ts";
import { fromHex, toHex } from "../../node/types/primitives.ts";
import { root } from "../../scripts/lib/build.ts";
import { connect, deployToNetwork, systemContract } from "../../scripts/lib/deployment.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { liveNetwork } from "../helpers/live-network.ts";

const run = promisify(execFile);
const OUTCAST = 3;

describe("node certificates", function () {
  this.timeout(90_000);
  const live = liveNetwork({ validators: 4, rpcPort: 18750 });
  let network: Network;
  let provider: JsonRpcProvider;
  let registry: Contract;

  before(async () => {
    network = live();
    await deployToNetwork(network);
    provider = connect(network);
    registry = await systemContract(network, "ValidatorRegistry", provider);
  });
  after(() => provider?.destroy());

  const certificatePaths = () => dataPaths(network.directoryOf(OUTCAST));

  it("[ADM-1] [VAL-8] a node whose certificate the council revokes is dropped by all, and the chain goes on", async () => {
    const { fingerprint } = loadNodeCertificate(certificatePaths());
    const data = registry.interface.encodeFunctionData("revokeCertificate", [fingerprint]);
    await councilExecutes(network, provider, [{ target: await registry.getAddress(), value: 0n, data }]);
    await waitFor(async () => (await network.status(OUTCAST)).peers === 0);
    expect((await network.status(0)).peers).to.equal(2);
    const height = await network.height(0);
    await network.waitForHeight(0, height + 4);
    await sleep(1_000); // long enough to dial again
    expect((await network.status(OUTCAST)).peers, "it stays out").to.equal(0);
  });

  it("[VAL-8] with a renewed certificate in the registry the node is let in and catches up", async () => {
    const paths = certificatePaths();
    const flags = ["--registry", await registry.getAddress(), "--rpc", network.rpcUrl(0)];
    const command = ["node/cli/main.ts", "renew-certificate", "--data", network.directoryOf(OUTCAST), ...flags];
    const { stdout } = await run(process.execPath, command, { cwd: root, timeout: 20_000 });
    const { argument, certificate, privateKey } = JSON.parse(stdout);
    await network.stop(OUTCAST);
    renameSync(certificate, paths.certificate);
    renameSync(privateKey, paths.privateKey);
    const renewed = loadNodeCertificate(paths);
    const operator = new Wallet(readFileSync(paths.operatorKey, "utf8").trim(), provider);
    const renewal = await (registry.connect(operator) as Contract).getFunction("renewCertificate")(argument);
    await renewal.wait();
    const { status, operator: owner } = await registry.getFunction("certificateStatus")(renewed.fingerprint);
    expect([status, owner]).to.deep.equal([1n, operator.address]);
    expect((await registry.getFunction("validatorOf")(owner)).peerKey).to.equal(renewed.publicKeyHash);
    await network.start(OUTCAST);
    await waitFor(async () => (await network.status(OUTCAST)).peers === 3);
    await network.waitForHeight(OUTCAST, await network.height(0));
  });
});

interface Call {
  readonly target: string;
  readonly value: bigint;
  readonly data: string;
}

/** Gathers the approval of all validators, whose keys are on this disk, and settles it in one transaction. */
async function councilExecutes(network: Network, provider: JsonRpcProvider, calls: readonly Call[]): Promise<void> {
  const sender = new Wallet(developmentAccounts()[5]!.privateKey, provider);
  const council = (await systemContract(network, "ValidatorCouncil", provider)).connect(sender) as Contract;
  const deadline = Math.floor(Date.now() / 1000) + 3_600;
  const approval = await council.getFunction("approvalHash")(calls, await council.getFunction("nonce")(), deadline);
  const signatures = Array.from({ length: network.size }, (_, index) => {
    const secret = fromHex(readFileSync(dataPaths(network.directoryOf(index)).blsKey, "utf8").trim())!;
    return blstBackend.sign(secret, getBytes(approval));
  });
  const signature = toHex(signatureToEvm(blstBackend.aggregate(signatures)!));
  await (await council.getFunction("execute")(calls, deadline, 0n, signature)).wait();
}

async function waitFor(condition: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const giveUp = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > giveUp) throw new Error("the awaited state did not come");
    await sleep(50);
  }
}
