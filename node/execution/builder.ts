/**
 * Builds a block from the pool on any executed parent.
 *
 * Owns: which transactions fit (gas, bytes, time), what happens to those that cannot be executed.
 * Does not own: execution (executor.ts), their order (candidates.ts), the pool (pool.ts).
 * Called by: embedded. A bad transaction never fails a block: it is left out and named to the pool.
 */
import type { ClockPort } from "../ports/clock.ts";
import type { BuildRequest } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { HURRIED_GAS_PER_MS, MAX_PAYLOAD_BYTES } from "../types/limits.ts";
import { fromHex } from "../types/primitives.ts";
import { encodeBlock, PAYLOAD_OVERHEAD_BYTES, TRANSACTION_OVERHEAD_BYTES } from "./block-body.ts";
import { childFrame } from "./block-rules.ts";
import { Candidates } from "./candidates.ts";
import { type BlockRecord, BlockRun, hashOf } from "./executor.ts";
import type { MachineShelf } from "./machine.ts";
import type { Transaction } from "./transaction.ts";

/** What a builder asks of the pool. */
export interface TransactionSource {
  /** Each sender's transactions in a row. */
  rows(): Iterable<readonly Transaction[]>;
  /** A transaction could not be executed on the parent of the block that is being built. */
  refused(transaction: Transaction, error: CunError): void;
}

export interface BuilderParts {
  readonly shelf: MachineShelf;
  readonly clock: ClockPort;
  /** Real time for one transaction. */
  readonly transactionMs: number;
}

const LEAST_GAS = 21_000n;

/**
 * The time a leader has. What it spends on a transaction that it gives up on is added again, once, and the rest of the
 * block takes only what surely fits: otherwise whoever fills the pool with slow transactions would keep all others out.
 */
class BuildTime {
  readonly #clock: ClockPort;
  readonly #transactionMs: number;
  #endMs: number;
  #isHurried = false;

  constructor(clock: ClockPort, deadlineMs: number, transactionMs: number) {
    this.#clock = clock;
    this.#transactionMs = transactionMs;
    this.#endMs = clock.nowMs() + deadlineMs;
  }

  get leftMs(): number {
    return this.#endMs - this.#clock.nowMs();
  }
  get limitMs(): number {
    return this.#isHurried ? Math.min(this.leftMs, this.#transactionMs) : this.#transactionMs;
  }

  fits({ gasLimit }: Transaction): boolean {
    return !this.#isHurried || gasLimit <= HURRIED_GAS_PER_MS * BigInt(Math.max(0, Math.floor(this.leftMs)));
  }

  /** True when it was the transaction that took too long, and not the block that has no time left. */
  gaveUp(limitMs: number, startedMs: number): boolean {
    if (!this.#isHurried) this.#endMs += this.#clock.nowMs() - startedMs;
    this.#isHurried = true;
    return limitMs >= this.#transactionMs;
  }

  now(): number {
    return this.#clock.nowMs();
  }
}

export async function buildBlock(
  { shelf, clock, transactionMs }: BuilderParts,
  parent: BlockRecord,
  request: BuildRequest,
  source: TransactionSource,
): Promise<BlockRecord> {
  const time = new BuildTime(clock, request.deadlineMs, transactionMs);
  const frame = childFrame(parent.sealed, hashOf(parent), {
    context: request.context,
    timestamp: request.timestamp,
    feeRecipient: fromHex(request.feeRecipient)!,
  });
  return BlockRun.run(shelf, parent.root, frame, async (run) => {
    const candidates = new Candidates(source.rows(), run.baseFee);
    const raws = await fill(run, candidates, source, time);
    const { results, root } = await run.finish();
    const sealed = run.seal(results);
    return run.record(sealed, root, encodeBlock(sealed.encoded, raws));
  });
}

async function fill(
  run: BlockRun,
  candidates: Candidates,
  source: TransactionSource,
  time: BuildTime,
): Promise<Uint8Array[]> {
  const raws: Uint8Array[] = [];
  let bytesLeft = MAX_PAYLOAD_BYTES - PAYLOAD_OVERHEAD_BYTES;
  while (run.gasLeft >= LEAST_GAS && time.leftMs > 0) {
    const transaction = candidates.best();
    if (transaction === undefined) break;
    const bytes = transaction.raw.length + TRANSACTION_OVERHEAD_BYTES;
    const { nonce } = await run.sender(transaction.sender);
    if (transaction.nonce < nonce) {
      // Included in an ancestor that is not final yet, or used up in another way.
      source.refused(
        transaction,
        new CunError("transactionNonceTooLow", { expected: nonce, nonce: transaction.nonce }),
      );
      candidates.advance();
    } else if (bytes > bytesLeft || transaction.gasLimit > run.gasLeft || !time.fits(transaction)) {
      candidates.dropSender();
    } else if (await added(run, transaction, source, time)) {
      raws.push(transaction.raw);
      bytesLeft -= bytes;
      candidates.advance();
    } else {
      candidates.dropSender();
    }
  }
  return raws;
}

async function added(
  run: BlockRun,
  transaction: Transaction,
  source: TransactionSource,
  time: BuildTime,
): Promise<boolean> {
  const [limitMs, startedMs] = [time.limitMs, time.now()];
  try {
    await run.add(transaction, limitMs);
    return true;
  } catch (error) {
    if (!(error instanceof CunError) || error.action === "stop") throw error;
    if (error.errorName === "transactionTooSlow" && !time.gaveUp(limitMs, startedMs)) return false;
    source.refused(transaction, error);
    return false;
  }
}
