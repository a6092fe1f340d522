/**
 * One load generator for every Ethereum node: signed transfers sent in batches, counted until their receipts are there.
 *
 * Owns: signing ahead of time, sending, waiting for receipts, latency of single transactions.
 * Does not own: the nodes under test. Called by: scripts/bench/network.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Transaction, Wallet } from "ethers";
import { developmentAccounts } from "../../node/app/devnet.ts";
import { callRpc } from "../../node/sdk/json-rpc.ts";

const BATCH = 100;
const CONNECTIONS = 4;
const GIVE_UP_MS = 180_000;

export interface SignedLoad {
  /** Raw transactions of each sender in the order of their nonces. */
  readonly bySender: readonly (readonly string[])[];
}

/** Signs `count` transfers of 1 wei from all development accounts, starting at their present nonces. */
export async function signLoad(url: string, count: number): Promise<SignedLoad> {
  const chainId = BigInt(await callRpc<string>(url, "eth_chainId"));
  const accounts = developmentAccounts();
  const each = Math.ceil(count / accounts.length);
  const bySender = await Promise.all(
    accounts.map(async ({ address, privateKey }) => {
      const wallet = new Wallet(privateKey);
      const first = Number(await callRpc<string>(url, "eth_getTransactionCount", [address, "latest"]));
      return Array.from({ length: each }, (_, offset) => sign(wallet, chainId, first + offset));
    }),
  );
  return { bySender };
}

function sign(wallet: Wallet, chainId: bigint, nonce: number): string {
  const transaction = Transaction.from({
    type: 2,
    chainId,
    nonce,
    to: "0x00000000000000000000000000000000c0ffee00",
    value: 1n,
    gasLimit: 21_000n,
    maxFeePerGas: 50_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
  });
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized;
}

/** Sends everything and waits for every receipt. Returns transactions a second from the first byte to the last receipt. */
export async function throughput(urls: readonly string[], { bySender }: SignedLoad): Promise<number> {
  const batches = toBatches(bySender);
  const hashes: string[] = [];
  const started = performance.now();
  let next = 0;
  const worker = async (connection: number) => {
    for (let index = next++; index < batches.length; index = next++) {
      hashes.push(...(await sendBatch(urls[connection % urls.length]!, batches[index]!)));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => worker(connection)));
  await waitForReceipts(urls[0]!, hashes);
  return hashes.length / ((performance.now() - started) / 1000);
}

/** Interleaves the senders so that a batch holds neighbouring nonces of many accounts. */
function toBatches(bySender: readonly (readonly string[])[]): string[][] {
  const longest = Math.max(...bySender.map((list) => list.length));
  const ordered = Array.from({ length: longest }, (_, nonce) => bySender.flatMap((list) => list[nonce] ?? [])).flat();
  return Array.from({ length: Math.ceil(ordered.length / BATCH) }, (_, index) =>
    ordered.slice(index * BATCH, (index + 1) * BATCH),
  );
}

interface BatchAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function callBatch(
  url: string,
  calls: readonly { method: string; params: readonly unknown[] }[],
): Promise<BatchAnswer[]> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call }))),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
  const answers = (await response.json()) as BatchAnswer[];
  return answers.toSorted((a, b) => a.id - b.id);
}

async function sendBatch(url: string, raws: readonly string[]): Promise<string[]> {
  const answers = await callBatch(
    url,
    raws.map((raw) => ({ method: "eth_sendRawTransaction", params: [raw] })),
  );
  const failed = answers.find(({ error }) => error);
  if (failed) throw new Error(`${url} refused a transaction: ${failed.error?.message}`);
  return answers.map(({ result }) => result as string);
}

async function waitForReceipts(url: string, hashes: readonly string[]): Promise<void> {
  let missing = [...hashes];
  const giveUp = performance.now() + GIVE_UP_MS;
  while (missing.length > 0) {
    if (performance.now() > giveUp) throw new Error(`${missing.length} of ${hashes.length} receipts never came`);
    // The oldest missing ones: asking for all of them each time would be load of its own.
    const asked = missing.slice(0, BATCH);
    const answers = await callBatch(
      url,
      asked.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] })),
    );
    const still = asked.filter((_, index) => !answers[index]?.result);
    if (still.length === asked.length) await sleep(10);
    missing = [...still, ...missing.slice(BATCH)];
  }
}

/** Milliseconds from sending one transaction to its receipt, one at a time, at low load. */
export async function latencies(url: string, count: number): Promise<number[]> {
  const { bySender } = await signLoad(url, count);
  const samples: number[] = [];
  for (const raw of bySender.flat().slice(0, count)) {
    const started = performance.now();
    const hash = await callRpc<string>(url, "eth_sendRawTransaction", [raw]);
    while (!(await callRpc(url, "eth_getTransactionReceipt", [hash]))) await sleep(2);
    samples.push(performance.now() - started);
    // Low load: the next one meets a resting network, at no fixed phase of its heartbeat.
    await sleep(100 + ((samples.length * 37) % 150));
  }
  return samples;
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
