/**
 * Sends the deployer's transactions: numbered here, submitted in order, awaited side by side.
 *
 * Owns: nonces, waiting for receipts, counting what was sent. Does not own: what is sent.
 * Called by: Environment. Its own polling, because a provider's default of 4 s suits other networks.
 * Errors: deployTransactionFailed, deployTransactionPending.
 */
import type { Provider, Signer, TransactionRequest, TransactionResponse } from "ethers";
import { CunError } from "../../node/types/errors.ts";

const POLL_MS_MIN = 20;
const POLL_MS_MAX = 250;
const RECEIPT_TIMEOUT_SECONDS = 120;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export class Transactor {
  readonly #provider: Provider;
  readonly #signer: Signer;
  readonly #timeoutSeconds: number;
  /** Resolves when all earlier submissions are in the pool. */
  #submitted: Promise<unknown> = Promise.resolve();
  #nonce: number | undefined;
  #sent = 0;

  constructor(provider: Provider, signer: Signer, timeoutSeconds = RECEIPT_TIMEOUT_SECONDS) {
    this.#provider = provider;
    this.#signer = signer;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** Transactions sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends a transaction and waits until it has succeeded in a block. */
  async send(label: string, request: TransactionRequest): Promise<void> {
    const submission = this.#submitted.then(() => this.#submit(label, request));
    this.#submitted = submission.catch(() => undefined);
    await this.#confirm(label, (await submission).hash);
  }

  /** Sends a transaction that was signed elsewhere. */
  async broadcast(label: string, signed: string): Promise<void> {
    const { hash } = await this.#failing(label, () => this.#provider.broadcastTransaction(signed));
    this.#sent++;
    await this.#confirm(label, hash);
  }

  async #submit(label: string, request: TransactionRequest): Promise<TransactionResponse> {
    this.#nonce ??= await this.#signer.getNonce("pending");
    const nonce = this.#nonce;
    const response = await this.#failing(label, () => this.#signer.sendTransaction({ ...request, nonce }));
    this.#nonce = nonce + 1;
    this.#sent++;
    return response;
  }

  async #confirm(label: string, hash: string): Promise<void> {
    const giveUp = Date.now() + this.#timeoutSeconds * 1000;
    for (let pause = POLL_MS_MIN; Date.now() < giveUp; pause = Math.min(pause * 1.5, POLL_MS_MAX)) {
      const receipt = await this.#provider.getTransactionReceipt(hash);
      if (receipt?.status === 1) return;
      if (receipt) throw new CunError("deployTransactionFailed", { label, reason: `reverted in ${hash}` });
      await sleep(pause);
    }
    throw new CunError("deployTransactionPending", { label, hash, seconds: this.#timeoutSeconds });
  }

  async #failing<Result>(label: string, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (cause) {
      const { shortMessage, message } = cause as Error & { shortMessage?: string };
      throw new CunError("deployTransactionFailed", { label, reason: shortMessage ?? message }, { cause });
    }
  }
}
