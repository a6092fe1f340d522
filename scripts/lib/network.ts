/**
 * A development network as real processes: one for each validator.
 *
 * Owns: starting, watching, stopping and killing validator processes, and asking them over RPC.
 * Does not own: their files (node/app/devnet.ts), deploying contracts (deploy/).
 * Called by: scripts/start.ts, scripts/bench, test/integration. Processes end when their parent does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ParameterValues } from "../../deploy/config/parameters.ts";
import { createDevnet, joinDevnet, validatorDirectory } from "../../node/app/devnet.ts";
import { callRpc } from "../../node/sdk/json-rpc.ts";
import type { Genesis } from "../../node/types/genesis.ts";
import { root } from "./build.ts";
import { predictGenesisContracts } from "./system.ts";

export interface NetworkOptions {
  /** Absolute path of the network's folder. */
  readonly directory: string;
  readonly validators: number;
  readonly rpcPort: number;
  readonly p2pPort: number;
  /** Deletes what stands in the folder first. */
  readonly fresh?: boolean;
  /** Where the deployment writes its addresses; nowhere when absent. */
  readonly addressesFolder?: string | undefined;
  /** Exceptions from the first values of a development network. */
  readonly parameters?: Partial<ParameterValues>;
  readonly timing?: Partial<Genesis["timing"]>;
  readonly logLevel?: "silent" | "error" | "warn" | "info" | "debug";
}

export interface ValidatorStatus {
  readonly height: number;
  readonly view: number;
  readonly peers: number;
}

/** As in package.json's `cun`: a smaller nursery saves 50 MB a process; the measured throughput is the same. */
const NODE_FLAGS = ["--max-semi-space-size=8"];
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

export class Network {
  readonly options: NetworkOptions;
  readonly genesis: Genesis;
  readonly #processes: (ChildProcess | undefined)[];

  private constructor(options: NetworkOptions, genesis: Genesis) {
    this.options = options;
    this.genesis = genesis;
    this.#processes = Array.from({ length: options.validators }, () => undefined);
  }

  /** Makes the network's files when they are not there; starts nothing. */
  static create(options: NetworkOptions): Network {
    if (options.fresh) rmSync(options.directory, { recursive: true, force: true });
    const genesis = createDevnet({ ...options, contracts: predictGenesisContracts });
    return new Network(options, genesis);
  }

  /** Nodes: the validators of genesis and those that joined. */
  get size(): number {
    return this.#processes.length;
  }

  /** Adds a node that is not in the genesis file; starts nothing. Returns its number and its operator. */
  join(): { readonly index: number; readonly operator: string } {
    const index = this.size;
    const operator = joinDevnet(this.options, index);
    this.#processes.push(undefined);
    return { index, operator };
  }

  rpcUrl(index: number): string {
    return `http://127.0.0.1:${this.options.rpcPort + index}`;
  }

  webSocketUrl(index: number): string {
    return `ws://127.0.0.1:${this.options.rpcPort + index}`;
  }

  directoryOf(index: number): string {
    return validatorDirectory(this.options.directory, index);
  }

  pid(index: number): number | undefined {
    return this.#processes[index]?.pid;
  }

  /** Starts all validators and waits until each answers. */
  async startAll(): Promise<void> {
    for (let index = 0; index < this.size; index++) this.spawn(index);
    await Promise.all(Array.from({ length: this.size }, (_, index) => this.ready(index)));
  }

  /** Starts one validator and waits until it answers. */
  async start(index: number): Promise<void> {
    this.spawn(index);
    await this.ready(index);
  }

  spawn(index: number): ChildProcess {
    const log = openSync(join(this.directoryOf(index), "process.log"), "a");
    const args = [...NODE_FLAGS, join(root, "node/cli/main.ts"), "node", "--data", this.directoryOf(index)];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", log, log, "ipc"] });
    child.on("exit", () => {
      if (this.#processes[index] === child) this.#processes[index] = undefined;
    });
    this.#processes[index] = child;
    return child;
  }

  /** Waits until a validator answers. Throws with the place of its log when it ends before. */
  async ready(index: number): Promise<void> {
    const giveUp = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < giveUp) {
      if (!this.#processes[index]) break;
      if (await this.status(index).catch(() => undefined)) return;
      await sleep(50);
    }
    const path = join(this.directoryOf(index), "process.log");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(-5).join("\n");
    throw new Error(`Validator ${index} did not start. The end of ${path}:\n${lines}`);
  }

  /** Sends a signal and waits for the process to end. */
  async stop(index: number, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#processes[index];
    if (!child) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  async stopAll(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await Promise.all(Array.from({ length: this.size }, (_, index) => this.stop(index, signal)));
  }

  async status(index: number): Promise<ValidatorStatus> {
    const { height, view, peers } = await this.call<Record<keyof ValidatorStatus, string>>(index, "cun_status");
    return { height: Number(height), view: Number(view), peers: Number(peers) };
  }

  /** One JSON-RPC call to a validator. */
  call<Result>(index: number, method: string, params: readonly unknown[] = []): Promise<Result> {
    return callRpc<Result>(this.rpcUrl(index), method, params, 5_000);
  }

  async height(index: number): Promise<number> {
    return Number(await this.call<string>(index, "eth_blockNumber"));
  }

  /** Waits until a validator has finalised this height. */
  async waitForHeight(index: number, height: number, timeoutMs = 30_000): Promise<void> {
    const giveUp = Date.now() + timeoutMs;
    while ((await this.height(index).catch(() => -1)) < height) {
      if (Date.now() > giveUp) throw new Error(`Validator ${index} did not reach height ${height} in ${timeoutMs} ms`);
      await sleep(25);
    }
  }
}
