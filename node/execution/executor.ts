/**
 * Executes a block from its parent's state, transaction by transaction; building and verifying are the same run.
 *
 * Owns: order of system calls and transactions, gas of the block, receipts, all roots.
 * Does not own: which transactions (builder.ts, verifier.ts), the rules inside a transaction (@ethereumjs/vm).
 * Called by: builder, verifier. EIPs 4788, 2935, 7002, 7251, 7685. Gas is bigint.
 */
import { type Block, genRequestsRoot } from "@ethereumjs/block";
import { Address, CLRequest } from "@ethereumjs/util";
import { runTx } from "@ethereumjs/vm";
import { sha256 } from "../crypto/hashes.ts";
import type { ExecutedBlock, Receipt } from "../ports/execution.ts";
import { CunError, invariant } from "../types/errors.ts";
import { hashBytes } from "../types/primitives.ts";
import type { HeaderFrame } from "./block-rules.ts";
import { type Header, type SealedHeader, sealHeader, summaryOf } from "./header.ts";
import type { Machine, MachineShelf } from "./machine.ts";
import { orderedRoot } from "./ordered-root.ts";
import { encodeReceipt, joinBlooms, receiptOf } from "./receipts.ts";
import {
  BEACON_ROOTS,
  BLOCK_HASHES,
  CONSOLIDATION_REQUESTS,
  SYSTEM_CALL_GAS,
  SYSTEM_CALLER,
  type SystemContract,
  WITHDRAWAL_REQUESTS,
} from "./system-contracts.ts";
import { reasonOf, type Transaction } from "./transaction.ts";
import { rootHash, type TrieNode } from "./trie-node.ts";

/** A block that was executed here, with the state it leads to. */
export interface BlockRecord {
  readonly sealed: SealedHeader;
  readonly root: TrieNode | undefined;
  /** Undefined for the head that was found in the database: nobody asks for its receipts here. */
  readonly executed: ExecutedBlock | undefined;
  readonly transactions: readonly Transaction[];
}

/** What execution alone decides in a header. */
export type Results = Pick<
  Header,
  "stateRoot" | "transactionsRoot" | "receiptsRoot" | "logsBloom" | "gasUsed" | "requestsHash"
>;

const CALLER = new Address(SYSTEM_CALLER);
const WITHDRAWAL_REQUEST = 1;
const CONSOLIDATION_REQUEST = 2;

export class BlockRun {
  readonly #machine: Machine;
  readonly #block: Block;
  readonly #frame: HeaderFrame;
  readonly #transactions: Transaction[] = [];
  readonly #receipts: Receipt[] = [];
  #gasUsed = 0n;

  private constructor(machine: Machine, frame: HeaderFrame, block: Block) {
    this.#machine = machine;
    this.#frame = frame;
    this.#block = block;
  }

  /** Runs a block: system calls, what `fill` adds, system calls again. */
  static async run<Result>(
    shelf: MachineShelf,
    parent: TrieNode | undefined,
    frame: HeaderFrame,
    fill: (run: BlockRun) => Promise<Result>,
  ): Promise<Result> {
    return shelf.use(parent, async (machine) => {
      const run = new BlockRun(machine, frame, shelf.blockOf(frame));
      await run.#systemCall(BEACON_ROOTS, frame.parentBeaconBlockRoot);
      await run.#systemCall(BLOCK_HASHES, frame.parentHash);
      return fill(run);
    });
  }

  get gasLeft(): bigint {
    return this.#frame.gasLimit - this.#gasUsed;
  }

  get baseFee(): bigint {
    return this.#frame.baseFeePerGas;
  }

  async sender(address: string): Promise<{ readonly nonce: bigint; readonly balance: bigint }> {
    const account = await this.#machine.state.getAccount(new Address(Buffer.from(address.slice(2), "hex")));
    return account ?? { nonce: 0n, balance: 0n };
  }

  /**
   * Executes a transaction or throws why it cannot stand here; then nothing has changed. A builder may give up on one
   * that takes too long; who verifies must go through with it.
   */
  async add(transaction: Transaction, limitMs?: number): Promise<void> {
    const { sender, gasLimit } = transaction;
    const problem = problemOf(transaction, await this.sender(sender), this.baseFee);
    if (problem !== undefined) throw problem;
    if (gasLimit > this.gasLeft) throw new CunError("transactionGasAboveBlock", { gas: gasLimit, limit: this.gasLeft });
    const result = await this.#execute(transaction, limitMs);
    const index = this.#transactions.length;
    const place = { index, baseFee: this.baseFee, gasUsedBefore: this.#gasUsed };
    this.#receipts.push(receiptOf(transaction, result, place));
    this.#transactions.push(transaction);
    this.#gasUsed += result.totalGasSpent;
  }

  async #execute(transaction: Transaction, limitMs?: number) {
    const { hash } = transaction;
    if (limitMs !== undefined) {
      this.#machine.pace.limit(limitMs, () => new CunError("transactionTooSlow", { hash, limitMs }));
    }
    try {
      return await runTx(this.#machine.vm, {
        tx: transaction.executable,
        block: this.#block,
        blockGasUsed: this.#gasUsed,
        skipHardForkValidation: true,
      });
    } catch (error) {
      await this.#machine.state.unwind();
      if (error instanceof CunError || !(error instanceof Error)) throw error;
      if (error.message.startsWith("Broken invariant")) throw error;
      throw new CunError("transactionMalformed", { reason: reasonOf(error) }, { cause: error });
    } finally {
      this.#machine.pace.limit();
    }
  }

  /** Ends the block and says what its header must say. */
  async finish(): Promise<{ readonly results: Results; readonly root: TrieNode | undefined }> {
    const requests = [
      new CLRequest(WITHDRAWAL_REQUEST, await this.#systemCall(WITHDRAWAL_REQUESTS, undefined)),
      new CLRequest(CONSOLIDATION_REQUEST, await this.#systemCall(CONSOLIDATION_REQUESTS, undefined)),
    ];
    const root = await this.#machine.state.seal();
    return {
      root,
      results: {
        stateRoot: rootHash(root),
        transactionsRoot: orderedRoot(this.#transactions.map(({ raw }) => raw)),
        receiptsRoot: orderedRoot(this.#receipts.map(encodeReceipt)),
        logsBloom: joinBlooms(this.#receipts),
        gasUsed: this.#gasUsed,
        requestsHash: genRequestsRoot(requests, sha256),
      },
    };
  }

  /** The record of this run, once its payload is known. */
  record(sealed: SealedHeader, root: TrieNode | undefined, payload: Uint8Array): BlockRecord {
    const executed: ExecutedBlock = {
      ...summaryOf(sealed),
      payload,
      header: sealed.encoded,
      logsBloom: sealed.header.logsBloom,
      transactionHashes: this.#transactions.map(({ hash }) => hash),
      receipts: this.#receipts,
    };
    return { sealed, root, executed, transactions: this.#transactions };
  }

  seal(results: Results): SealedHeader {
    return sealHeader({ ...this.#frame, ...results });
  }

  async #systemCall({ address }: SystemContract, data: Uint8Array | undefined): Promise<Uint8Array> {
    const { evm, state } = this.#machine;
    const result = await evm.runCall({
      block: this.#block,
      caller: CALLER,
      to: new Address(address),
      gasLimit: SYSTEM_CALL_GAS,
      skipNonceIncrement: true,
      ...(data && { data }),
    });
    // The genesis block has all four contracts and nobody can change them: a failure is not a matter of input.
    invariant(result.execResult.exceptionError === undefined, "system contracts accept system calls");
    await evm.journal.cleanup();
    state.originalStorageCache.clear();
    return result.execResult.returnValue;
  }
}

/** Why a transaction cannot be executed on its sender's account at this base fee, if it cannot. */
function problemOf(
  transaction: Transaction,
  account: { readonly nonce: bigint; readonly balance: bigint },
  baseFee: bigint,
): CunError | undefined {
  const { nonce, maxFee, maxCost } = transaction;
  if (nonce < account.nonce) return new CunError("transactionNonceTooLow", { expected: account.nonce, nonce });
  if (nonce > account.nonce) return new CunError("transactionNonceTooHigh", { expected: account.nonce, nonce });
  if (maxFee < baseFee) return new CunError("transactionFeeTooLow", { fee: maxFee, baseFee });
  if (account.balance < maxCost) {
    return new CunError("transactionFundsInsufficient", { balance: account.balance, cost: maxCost });
  }
  return undefined;
}

export const hashOf = (record: BlockRecord): Uint8Array => hashBytes(record.sealed.hash);
