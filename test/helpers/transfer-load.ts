/**
 * Transfers from one account, one after the other numbered, for as long as a test wants.
 *
 * Owns: sending at a steady pace and collecting every receipt. Called by: test/integration.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { TransactionReceipt, Wallet } from "ethers";

const PAUSE_MS = 100;
const RECEIPT_TIMEOUT_MS = 30_000;
const RECIPIENT = `0x${"b0".repeat(20)}`;

export class TransferLoad {
  readonly #wallet: Wallet;
  readonly #receipts: Promise<TransactionReceipt | null>[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(wallet: Wallet) {
    this.#wallet = wallet;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Sends no more; the receipts of all that was sent, in order. Null for one that never came. */
  async stop(): Promise<readonly (TransactionReceipt | null)[]> {
    this.#stopped = true;
    await this.#running;
    return Promise.all(this.#receipts);
  }

  async #run(): Promise<void> {
    for (let nonce = await this.#wallet.getNonce(); !this.#stopped; nonce++) {
      const response = await this.#wallet.sendTransaction({ to: RECIPIENT, value: 1n, nonce, gasLimit: 21_000n });
      this.#receipts.push(response.wait(1, RECEIPT_TIMEOUT_MS).catch(() => null));
      await sleep(PAUSE_MS);
    }
  }
}
