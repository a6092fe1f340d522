/**
 * The figures of a running network: four validator processes on this machine, end to end.
 *
 * Owns: what is measured and in which order (ours and the peers alternate within one run, medians are reported).
 * Does not own: load (load.ts), peers (peers.ts), gas (certificate-gas.ts). Called by: scripts/bench/main.ts.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeChain } from "../lib/chain-maker.ts";
import { Network } from "../lib/network.ts";
import { measureCertificateGas } from "./certificate-gas.ts";
import type { Figures } from "./figures.ts";
import { latencies, percentile, signLoad, throughput } from "./load.ts";
import { startAnvil, startHardhatNode } from "./peers.ts";

const ROUNDS = 3;
const TRANSACTIONS = 2_000;
const LATENCY_SAMPLES = 100;
const IDLE_MS = 20_000;
const RPC_PORT = 19_650;
const P2P_PORT = 29_650;

const median = (samples: readonly number[]): number => percentile(samples, 0.5);
const progress = (text: string): void => console.error(text);

export async function benchNetwork(): Promise<Figures> {
  const gas = await certificateGas();
  const rest = await withNetwork(async (network) => {
    const start = await startSeconds(network);
    const idle = await idleMemory(network);
    const latency = await latency50and99(network);
    const rates = await throughputs(network);
    return { ...rates, ...latency, ...start, ...idle };
  });
  return { ...rest, ...gas, ...(await restarts()) };
}

/** A fresh network in a temporary folder, stopped and deleted afterwards. */
async function withNetwork<Result>(use: (network: Network) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "cun-bench-"));
  const network = Network.create({
    directory,
    validators: 4,
    rpcPort: RPC_PORT,
    p2pPort: P2P_PORT,
    logLevel: "warn",
  });
  try {
    return await use(network);
  } finally {
    await network.stopAll();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function certificateGas(): Promise<Figures> {
  progress("certificate gas …");
  const figures = await measureCertificateGas();
  return Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [
      key,
      {
        value,
        meaning: `gas of a transaction that verifies a certificate of ${key.split(".")[1]} validators, bare quorum`,
      },
    ]),
  );
}

async function startSeconds(network: Network): Promise<Figures> {
  progress("start …");
  const started = performance.now();
  await network.startAll();
  await network.waitForHeight(0, 1);
  const value = (performance.now() - started) / 1000;
  return { startSeconds: { value, meaning: "from a built checkout to the first finalised block (limit 15)" } };
}

async function idleMemory(network: Network): Promise<Figures> {
  progress("memory at rest …");
  await sleep(IDLE_MS);
  const sizes = Array.from({ length: network.size }, (_, index) => residentMb(network.pid(index)!));
  return {
    idleValidatorMb: {
      value: Math.max(...sizes),
      meaning: "resident memory of the largest idle validator (limit 200)",
    },
  };
}

function residentMb(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

async function latency50and99(network: Network): Promise<Figures> {
  progress(`latency, ${LATENCY_SAMPLES} transactions one by one …`);
  const samples = await latencies(network.rpcUrl(1), LATENCY_SAMPLES);
  return {
    finalityMsP50: {
      value: percentile(samples, 0.5),
      meaning: "submission to finalised receipt at low load (limit 250)",
    },
    finalityMsP99: { value: percentile(samples, 0.99), meaning: "the same, 99th percentile" },
  };
}

/** Ours and the peers, alternating: one machine, one run, one generator. */
async function throughputs(network: Network): Promise<Figures> {
  const hardhat = await startHardhatNode();
  const anvil = await startAnvil();
  const rates: Record<"ours" | "hardhat" | "anvil", number[]> = { ours: [], hardhat: [], anvil: [] };
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`throughput, ${TRANSACTIONS} transfers, round ${round} of ${ROUNDS} …`);
      rates.ours.push(await measure(network.rpcUrl(0)));
      rates.hardhat.push(await measure(hardhat.url));
      if (anvil) rates.anvil.push(await measure(anvil.url));
    }
  } finally {
    await Promise.all([hardhat.stop(), anvil?.stop()]);
  }
  const ours = median(rates.ours);
  const beside = (name: string, samples: readonly number[]): Figures =>
    samples.length === 0
      ? {}
      : {
          [`tps${name}`]: { value: median(samples), meaning: `the same load on ${name}: one process, no consensus` },
          [`ratioTo${name}`]: { value: ours / median(samples), meaning: `ours over ${name}` },
        };
  return {
    finalizedTps: { value: ours, meaning: "four validators: signed raw transfers to finalised receipts, a second" },
    ...beside("HardhatNode", rates.hardhat),
    ...beside("Anvil", rates.anvil),
  };
}

async function measure(url: string): Promise<number> {
  return throughput([url], await signLoad(url, TRANSACTIONS));
}

/** Time until a stopped network finalises again, after 1,000 and after 10,000 blocks. */
async function restarts(): Promise<Figures> {
  const figures: Record<string, Figures[string]> = {};
  for (const blocks of [1_000, 10_000]) {
    progress(`restart after ${blocks} blocks …`);
    const value = await withNetwork(async (network) => {
      await makeChain(network, blocks);
      const started = performance.now();
      await network.startAll();
      await network.waitForHeight(0, blocks + 1);
      return (performance.now() - started) / 1000;
    });
    figures[`restartSeconds${blocks}`] = {
      value,
      meaning: `from start to the first new finalised block after ${blocks} blocks`,
    };
  }
  const growth = figures["restartSeconds10000"]!.value / figures["restartSeconds1000"]!.value;
  return {
    ...figures,
    restartGrowth: { value: growth, meaning: "restart after 10,000 blocks over restart after 1,000" },
  };
}
