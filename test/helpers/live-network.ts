/**
 * A network of real processes for the tests of one describe block.
 *
 * Owns: making, starting, stopping and deleting it. Ports: rpcPort + i, and 10,000 above for peers; all below the
 * range from which the system picks outgoing ports (32768 on Linux), or a test now and then finds its port taken.
 * Called by: test/integration.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Network, type NetworkOptions } from "../../scripts/lib/network.ts";

export interface LiveNetworkOptions {
  readonly validators: number;
  /** Each test file has its own: 18650, 18700, … */
  readonly rpcPort: number;
  /** Exceptions from the first values of a development network. */
  readonly parameters?: NetworkOptions["parameters"];
  /** Starts all validators and waits for the first block unless this does something else. */
  readonly start?: (network: Network) => Promise<void>;
}

/** Registers before and after hooks; returns the way to the network. */
export function liveNetwork({ validators, rpcPort, parameters, start = startAll }: LiveNetworkOptions): () => Network {
  const directory = mkdtempSync(join(tmpdir(), "cun-test-"));
  let network: Network | undefined;
  before(async () => {
    const ports = { rpcPort, p2pPort: rpcPort + 10_000 };
    network = Network.create({ directory, validators, ...ports, ...(parameters && { parameters }) });
    await start(network);
  });
  after(async () => {
    await network?.stopAll();
    rmSync(directory, { recursive: true, force: true });
  });
  return () => network!;
}

async function startAll(network: Network): Promise<void> {
  await network.startAll();
  await network.waitForHeight(0, 1);
}
