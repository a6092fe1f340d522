/**
 * The chain under test beside EDR (revm): the same transactions on both, the same effects, to the last unit of gas.
 *
 * Owns: comparison of receipts, balances, nonces, code and slots. Does not own: which transactions (the tests).
 * Called by: test/node/execution/edr*.test.ts.
 */
import { expect } from "chai";
import type { Wallet } from "ethers";
import { nextBaseFee, prevRandao } from "../../node/execution/block-rules.ts";
import { createEmbeddedExecution } from "../../node/execution/embedded.ts";
import { decodeHeader } from "../../node/execution/header.ts";
import type { ExecutedBlock, ExecutionPort, Receipt } from "../../node/ports/execution.ts";
import { MemoryKeyValue } from "../../node/storage/memory-key-value.ts";
import { type Address, type Hash, hashBytes, toHex } from "../../node/types/primitives.ts";
import { EdrOracle, type OracleReceipt } from "./edr-oracle.ts";
import { genesisOf, mine, WALLETS } from "./execution-chain.ts";

export const SLOTS = Array.from({ length: 12 }, (_, index) => `0x${index.toString(16).padStart(64, "0")}` as Hash);

/** After a failed deployment EDR names no address and go-ethereum does, as we do; no rule of the chain says either. */
const same = (receipt: Receipt) => ({
  status: receipt.succeeded ? "0x1" : "0x0",
  gasUsed: `0x${receipt.gasUsed.toString(16)}`,
  cumulativeGasUsed: `0x${receipt.cumulativeGasUsed.toString(16)}`,
  effectiveGasPrice: `0x${receipt.effectiveGasPrice.toString(16)}`,
  contractAddress: (receipt.succeeded && receipt.contractAddress) || null,
  type: `0x${receipt.type.toString(16)}`,
  logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics, data: toHex(data) })),
  logsBloom: toHex(receipt.logsBloom),
});

const ofOracle = ({
  status,
  gasUsed,
  cumulativeGasUsed,
  effectiveGasPrice,
  contractAddress,
  type,
  ...rest
}: OracleReceipt) => ({
  status,
  gasUsed,
  cumulativeGasUsed,
  effectiveGasPrice,
  contractAddress: status === "0x1" ? contractAddress : null,
  type,
  logs: rest.logs.map(({ address, topics, data }) => ({ address, topics, data })),
  logsBloom: rest.logsBloom,
});

export interface Pair {
  readonly ours: ExecutionPort;
  readonly oracle: EdrOracle;
}

export async function openPair(
  code: Readonly<Record<string, string>>,
  wallets: readonly Wallet[] = WALLETS,
): Promise<Pair> {
  const genesis = genesisOf({ code, wallets });
  const ours = await createEmbeddedExecution({ genesis, keyValue: new MemoryKeyValue() });
  return { ours, oracle: await EdrOracle.open(code, wallets) };
}

/** One block on both sides; gives ours after comparing all receipts. */
export async function compareBlock({ ours, oracle }: Pair, raws: readonly Uint8Array[]): Promise<ExecutedBlock> {
  const head = ours.head();
  const parent = decodeHeader((ours.executed(head.hash) ?? ours.genesis()).header);
  const block = await mine(ours, raws);
  const theirs = await oracle.mine(raws, {
    timestamp: block.timestamp,
    baseFee: nextBaseFee(parent.header),
    prevRandao: toHex(prevRandao(hashBytes(head.hash), block.context.view)),
  });
  expect(block.receipts.length).to.equal(raws.length);
  const byHash = new Map(block.receipts.map((receipt) => [receipt.transactionHash, receipt]));
  expect(block.transactionHashes.map((hash) => same(byHash.get(hash)!))).to.deep.equal(theirs.map(ofOracle));
  return block;
}

export async function compareAccounts(
  { ours, oracle }: Pair,
  block: ExecutedBlock,
  addresses: readonly string[],
): Promise<void> {
  for (const text of addresses) {
    const address = text as Address;
    const { nonce, balance } = await ours.state.account(block.header, address);
    const slots = await Promise.all(SLOTS.map((slot) => ours.state.storage(block.header, address, slot)));
    const theirs = [
      BigInt((await oracle.ask("eth_getTransactionCount", [address, "latest"])) as string),
      BigInt((await oracle.ask("eth_getBalance", [address, "latest"])) as string),
      await oracle.ask("eth_getCode", [address, "latest"]),
      await Promise.all(SLOTS.map((slot) => oracle.ask("eth_getStorageAt", [address, slot, "latest"]))),
    ];
    const code = toHex(await ours.state.code(block.header, address));
    expect([nonce, balance, code, slots], address).to.deep.equal(theirs);
  }
}

/** Mines ours first and gives the oracle the transactions in the order that our block took them. */
export async function compareBlockInOrder(pair: Pair, raws: readonly Uint8Array[]): Promise<ExecutedBlock> {
  const { ours, oracle } = pair;
  const head = ours.head();
  const parent = decodeHeader((ours.executed(head.hash) ?? ours.genesis()).header);
  const byHash = new Map<Hash, Uint8Array>();
  const results = await ours.pool.submit(raws);
  results.forEach((result, index) => {
    if (typeof result !== "string") throw result;
    byHash.set(result, raws[index]!);
  });
  const block = await mine(ours);
  const ordered = block.transactionHashes.map((hash) => byHash.get(hash)!);
  expect(ordered.length).to.equal(raws.length);
  const theirs = await oracle.mine(ordered, {
    timestamp: block.timestamp,
    baseFee: nextBaseFee(parent.header),
    prevRandao: toHex(prevRandao(hashBytes(head.hash), block.context.view)),
  });
  expect(block.receipts.map(same)).to.deep.equal(theirs.map(ofOracle));
  return block;
}
