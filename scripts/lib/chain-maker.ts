/**
 * Makes a long chain on disk without waiting for it: every block executed, certified and stored as in a live network.
 *
 * Owns: filling the data folders of a development network that is not running. Called by: scripts/bench/network.ts, test/integration.
 */
import { cpSync, readFileSync, rmSync } from "node:fs";
import { Wallet } from "ethers";
import { dataPaths } from "../../node/app/config.ts";
import { developmentAccounts } from "../../node/app/devnet.ts";
import { encodeBitmap } from "../../node/consensus/bitmap.ts";
import { blstBackend } from "../../node/crypto/bls/blst.ts";
import { signBallot } from "../../node/crypto/vote-crypto.ts";
import { createEmbeddedExecution } from "../../node/execution/embedded.ts";
import { systemClock } from "../../node/ports/clock.ts";
import type { ChainInfo } from "../../node/ports/execution.ts";
import { BlockStore } from "../../node/storage/block-store.ts";
import { LevelKeyValue } from "../../node/storage/level-key-value.ts";
import type { Ballot, Certificate } from "../../node/types/messages.ts";
import { asEpoch, asIndex, asView, fromHex, type Hash, ZERO_ADDRESS } from "../../node/types/primitives.ts";
import type { Network } from "./network.ts";

/** Fills the folders of the first `members` validators (all, when absent) with one chain, one transfer in each block. */
export async function makeChain(network: Network, blocks: number, members = network.size): Promise<void> {
  const [first, ...others] = Array.from({ length: members }, (_, index) => network.directoryOf(index));
  await fill(network, dataPaths(first!), blocks);
  for (const directory of others) {
    for (const part of ["blocks", "state"] as const) {
      rmSync(dataPaths(directory)[part], { recursive: true, force: true });
      cpSync(dataPaths(first!)[part], dataPaths(directory)[part], { recursive: true });
    }
  }
}

async function fill(network: Network, paths: ReturnType<typeof dataPaths>, blocks: number): Promise<void> {
  const keyValue = await LevelKeyValue.open(paths.state);
  const execution = await createEmbeddedExecution({ genesis: network.genesis, keyValue, clock: systemClock });
  const store = await BlockStore.open(await LevelKeyValue.open(paths.blocks), execution.genesis());
  const certify = certifier(network, execution.info());
  const wallet = new Wallet(developmentAccounts()[0]!.privateKey);
  const deadlineMs = 1_000;
  for (let height = store.head().height + 1; height <= blocks; height++) {
    await execution.pool.submit([fromHex(await transfer(wallet, network.genesis.chainId, height - 1))!]);
    const context = { epoch: asEpoch(0), view: asView(height), parentView: asView(height - 1) };
    const parent = execution.head().hash;
    const { timestamp } = network.genesis;
    const { hash } = await execution.build({ parent, context, timestamp, feeRecipient: ZERO_ADDRESS, deadlineMs });
    await store.append(execution.executed(hash)!, certify(context.view, hash));
    await execution.setHead(hash);
  }
  await execution.close();
  await store.close();
}

function transfer(wallet: Wallet, chainId: number, nonce: number): Promise<string> {
  const fees = { maxFeePerGas: 50_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
  return wallet.signTransaction({ type: 2, chainId, nonce, to: wallet.address, value: 1n, gasLimit: 21_000n, ...fees });
}

/** Certificates by all validators of the network, whose keys are on this disk. */
function certifier(network: Network, chain: ChainInfo): (view: Ballot["view"], digest: Hash) => Certificate {
  const secrets = Array.from(
    { length: network.size },
    (_, index) => fromHex(readFileSync(dataPaths(network.directoryOf(index)).blsKey, "utf8").trim())!,
  );
  const everyone = secrets.map((_, index) => asIndex(index));
  const signers = encodeBitmap(everyone, network.size);
  return (view, digest) => {
    const ballot: Ballot = { kind: "finalize", epoch: asEpoch(0), view, digest };
    const votes = secrets.map((secretKey, index) =>
      signBallot({ backend: blstBackend, chain, secretKey, signer: asIndex(index) }, ballot),
    );
    return { ...ballot, signers, signature: blstBackend.aggregate(votes.map(({ signature }) => signature))! };
  };
}
