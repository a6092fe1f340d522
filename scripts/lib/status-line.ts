/**
 * The live line below the tables of `npm start`: what the network does right now.
 *
 * Owns: asking and showing. On a terminal one line is rewritten twice a second; elsewhere a line comes every 5 s.
 * Called by: scripts/start.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Network } from "./network.ts";

const TERMINAL_MS = 500;
const PLAIN_MS = 5_000;

export class StatusLine {
  readonly #network: Network;
  #last = { height: 0, timeMs: Date.now() };

  #stopped = false;

  constructor(network: Network) {
    this.#network = network;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Shows the line until it is told to stop. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      const line = await this.#line();
      if (this.#stopped) return;
      if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${line.slice(0, process.stdout.columns - 1)}`);
      else console.log(line);
      await sleep(process.stdout.isTTY ? TERMINAL_MS : PLAIN_MS);
    }
  }

  async #line(): Promise<string> {
    const all = await Promise.all(
      Array.from({ length: this.#network.size }, (_, index) => this.#network.status(index).catch(() => undefined)),
    );
    const up = all.filter((status) => status !== undefined);
    const best = up.toSorted((a, b) => b.height - a.height)[0];
    if (!best) return "no validator answers";
    const index = all.indexOf(best);
    const rate = await this.#transactionsPerSecond(index, best.height);
    const heights = all.map((status) => status?.height ?? "–");
    const behind = new Set(heights).size > 1 ? ` · by validator ${heights.join(" ")}` : "";
    return (
      `height ${best.height} · finalised ${best.height} · round ${best.view} · peers ${best.peers} · ` +
      `${rate.toFixed(1)} tx/s · ${up.length}/${this.#network.size} validators up${behind}`
    );
  }

  /** Transactions of the blocks since the last line, over the time between. */
  async #transactionsPerSecond(index: number, height: number): Promise<number> {
    const { height: from, timeMs } = this.#last;
    this.#last = { height, timeMs: Date.now() };
    if (from === 0 || height <= from) return 0;
    const heights = Array.from({ length: Math.min(height - from, 50) }, (_, offset) => height - offset);
    const counts = await Promise.all(
      heights.map((wanted) =>
        this.#network
          .call<string>(index, "eth_getBlockTransactionCountByNumber", [`0x${wanted.toString(16)}`])
          .catch(() => "0x0"),
      ),
    );
    return counts.reduce((sum, count) => sum + Number(count), 0) / Math.max(0.001, (Date.now() - timeMs) / 1000);
  }
}
