/**
 * Keeps the contracts' clock running: sends what is due for everybody (elections, ends of epochs, samples of
 * participation, rewards, settlements), from the operator's account.
 *
 * Owns: taking turns, so that one validator sends and the next only when it does not; signing and submitting.
 * Does not own: what is due (node/chain/epoch-duties.ts), the rules (contracts): anyone else may send the same calls.
 * Called by: node. Without operator.key in the data folder, or with `keeper: false`, a node leaves it to the others.
 */
import { Transaction, type Wallet } from "ethers";
import type { Duty, DutyContext } from "../chain/epoch-duties.ts";
import type { BlockStorePort } from "../ports/chain.ts";
import type { ClockPort } from "../ports/clock.ts";
import type { ExecutionPort } from "../ports/execution.ts";
import { invariant } from "../types/errors.ts";
import { type Address, fromHex, toHex, type ValidatorIndex } from "../types/primitives.ts";
import type { Logger } from "./logger.ts";

/** This node's place in the present set, and how many there are. */
export interface Place {
  readonly index: ValidatorIndex;
  readonly count: number;
}

export interface KeeperOptions {
  readonly execution: Pick<ExecutionPort, "info" | "pool" | "state">;
  readonly store: BlockStorePort;
  readonly clock: ClockPort;
  readonly logger: Logger;
  /** The operator's account: pays the gas. */
  readonly wallet: Wallet;
  readonly duties: { due(context: DutyContext): Promise<readonly Duty[]> };
  /** Undefined while this node is in no set: it then sends nothing. */
  place(): Place | undefined;
}

/** How often the keeper looks. */
const LOOK_MS = 1_000;
/** How long a validator waits for each one whose turn comes before its own. */
const TURN_MS = 3_000;
/** What was sent and has had no effect for this long is sent again. */
const RESEND_MS = 15_000;
/** EIP-7825. */
const TRANSACTION_GAS_MAX = 2n ** 24n;
/** The block that carries the call may differ from the one it was estimated on. */
const GAS_MARGIN_DIVISOR = 4n;
const PRIORITY_FEE_WEI = 1_000_000_000n;

export class Keeper {
  readonly #options: KeeperOptions;
  /** When each thing was first seen to be due, and when it was sent last. */
  #seen = new Map<string, { readonly sinceMs: number; sentMs?: number }>();
  #cancel: (() => void) | undefined;
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(LOOK_MS, () => {
      this.#working = this.look().finally(() => {
        if (!this.#stopped) this.start();
      });
    });
  }

  /** Resolves when nothing is under way. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    return this.#working;
  }

  /** Sends what is due and this node's turn. A failure is logged, never fatal: the next look tries again. */
  async look(): Promise<void> {
    const place = this.#options.place();
    if (!place) return;
    try {
      const header = await this.#headHeader();
      const timestamp = Math.floor(this.#options.clock.nowMs() / 1000);
      const due = await this.#options.duties.due({ header, timestamp, index: place.index });
      this.#remember(due);
      for (const duty of due) if (this.#isOurTurn(duty, place)) await this.#send(header, duty);
    } catch (error) {
      if (!this.#stopped) this.#options.logger.warn({ err: error }, "keeper could not look after the contracts");
    }
  }

  /** Forgets what is done, notes what is new. */
  #remember(due: readonly Duty[]): void {
    const nowMs = this.#options.clock.nowMs();
    this.#seen = new Map(due.map(({ key }) => [key, this.#seen.get(key) ?? { sinceMs: nowMs }]));
  }

  /** Turns start at another validator for every duty, so that no operator pays for all of them. */
  #isOurTurn({ key, isOwn }: Duty, { index, count }: Place): boolean {
    const nowMs = this.#options.clock.nowMs();
    const seen = this.#seen.get(key);
    invariant(seen, "what is due has been remembered");
    if (seen.sentMs !== undefined && nowMs - seen.sentMs < RESEND_MS) return false;
    if (isOwn) return true;
    const first = [...key].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 0) % count;
    const turn = (index - first + count) % count;
    return nowMs - seen.sinceMs >= turn * TURN_MS;
  }

  async #send(header: Uint8Array, { key, to, data }: Duty): Promise<void> {
    const { execution, clock, logger, wallet } = this.#options;
    const from = wallet.address.toLowerCase() as Address;
    const estimate = await execution.state.estimateGas(header, { from, to, data });
    if (typeof estimate !== "bigint") {
      // Somebody was faster, or the chain's time is a moment behind ours.
      logger.debug({ duty: key, reason: estimate.exception }, "keeper: not possible yet");
      return;
    }
    const generous = estimate + estimate / GAS_MARGIN_DIVISOR;
    const transaction = Transaction.from({
      type: 2,
      chainId: execution.info().chainId,
      nonce: Number(await execution.pool.nextNonce(from)),
      to,
      data: toHex(data),
      gasLimit: generous < TRANSACTION_GAS_MAX ? generous : TRANSACTION_GAS_MAX,
      maxPriorityFeePerGas: PRIORITY_FEE_WEI,
      maxFeePerGas: 2n * execution.state.nextBaseFee(header) + PRIORITY_FEE_WEI,
    });
    const raw = fromHex(await wallet.signTransaction(transaction))!;
    const [result] = await execution.pool.submit([raw]);
    this.#seen.get(key)!.sentMs = clock.nowMs();
    if (typeof result === "string") logger.info({ duty: key, transaction: result }, "keeper: sent");
    else logger.warn({ duty: key, err: result }, "keeper: the pool refused");
  }

  async #headHeader(): Promise<Uint8Array> {
    const { store } = this.#options;
    const head = await store.blockByHash(store.head().hash);
    invariant(head, "the head of the store is in the store");
    return head.header;
  }
}
