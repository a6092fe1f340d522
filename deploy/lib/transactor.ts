/**
 * Sends the deployer's transactions: numbered here, submitted in order, awaited side by side.
 *
 * Owns: nonces, gas limits, waiting for receipts, counting what was sent. Does not own: what is sent.
 * Called by: Environment. Its own polling, because a provider's default of 4 s suits other networks.
 * Errors: deployTransactionFailed, deployTransactionPending.
 */
import type { Provider, Signer, TransactionRequest, TransactionResponse } from "ethers";
import { CunError } from "../../node/types/errors.ts";

const POLL_MS_MIN = 20;
const POLL_MS_MAX = 250;
const RECEIPT_TIMEOUT_SECONDS = 120;
/** The most that a transaction may ask for (EIP-7825). */
const TRANSACTION_GAS_MAX = 2n ** 24n;
/**
 * A tenth more than the estimate: the block that carries the transaction may differ from the one it was estimated in;
 * an account that was warm there because it was the coinbase costs 2,500 gas more.
 */
const GAS_MARGIN_DIVISOR = 10n;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const withMargin = (estimate: bigint): bigint => {
  const generous = estimate + estimate / GAS_MARGIN_DIVISOR;
  return generous > TRANSACTION_GAS_MAX && estimate <= TRANSACTION_GAS_MAX ? TRANSACTION_GAS_MAX : generous;
};

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

  /** Waits until all that the account sent before, in a run that broke off, is in blocks: it is not sent twice. */
  async settle(): Promise<void> {
    const account = await this.#signer.getAddress();
    const nonces = () =>
      Promise.all([
        this.#provider.getTransactionCount(account, "latest"),
        this.#provider.getTransactionCount(account, "pending"),
      ]);
    const settled = await this.#poll(async () => {
      const [mined, known] = await nonces();
      return mined >= known;
    });
    if (settled) return;
    const label = `an earlier transaction of ${account}`;
    throw new CunError("deployTransactionPending", {
      label,
      hash: `nonce ${(await nonces())[0]}`,
      seconds: this.#timeoutSeconds,
    });
  }

  async #submit(label: string, request: TransactionRequest): Promise<TransactionResponse> {
    this.#nonce ??= await this.#signer.getNonce("pending");
    const nonce = this.#nonce;
    // A failure leaves open whether the number was used: the next transaction asks again.
    this.#nonce = undefined;
    const response = await this.#failing(label, async () => {
      const gasLimit = withMargin(await this.#signer.estimateGas(request));
      return this.#signer.sendTransaction({ ...request, nonce, gasLimit });
    });
    this.#nonce = nonce + 1;
    this.#sent++;
    return response;
  }

  async #confirm(label: string, hash: string): Promise<void> {
    const receipt = await this.#poll(async () => (await this.#provider.getTransactionReceipt(hash)) ?? undefined);
    if (!receipt) throw new CunError("deployTransactionPending", { label, hash, seconds: this.#timeoutSeconds });
    if (receipt.status !== 1) throw new CunError("deployTransactionFailed", { label, reason: `reverted in ${hash}` });
  }

  /** Asks again and again until the answer is neither undefined nor false, or the time is up. */
  async #poll<Answer>(probe: () => Promise<Answer | undefined | false>): Promise<Answer | undefined> {
    const giveUp = Date.now() + this.#timeoutSeconds * 1000;
    for (let pause = POLL_MS_MIN; Date.now() < giveUp; pause = Math.min(pause * 1.5, POLL_MS_MAX)) {
      const answer = await probe();
      if (answer) return answer;
      await sleep(pause);
    }
    return undefined;
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
