/**
 * Makes certified blocks part of the chain: executed, stored durably, then the new head.
 *
 * Owns: the order (store first, state after: the store is the source of truth and the state is replayed from it),
 * and that blocks arrive one after another whoever brings them (consensus or catching up).
 * Does not own: deciding what is final. Called by: consensus-driver, synchronizer, node.
 */
import type { BlockStorePort } from "../ports/chain.ts";
import type { ClockPort } from "../ports/clock.ts";
import type { ExecutedBlock, ExecutionPort, Verdict } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import type { Certificate } from "../types/messages.ts";
import type { Hash, Height } from "../types/primitives.ts";

export interface FinalBlock {
  readonly height: Height;
  readonly digest: Hash;
  readonly payload: Uint8Array;
}

export interface FinalizerOptions {
  readonly execution: ExecutionPort;
  readonly store: BlockStorePort;
  readonly clock: ClockPort;
  /** Called when a block is stored and its state is readable. Must not throw. */
  readonly onFinalized?: (block: ExecutedBlock) => void;
}

export class Finalizer {
  readonly #execution: ExecutionPort;
  readonly #store: BlockStorePort;
  readonly #clock: ClockPort;
  readonly #onFinalized: (block: ExecutedBlock) => void;
  #queue: Promise<void> = Promise.resolve();
  #lastAppendedMs: number;

  constructor(options: FinalizerOptions) {
    this.#onFinalized = options.onFinalized ?? (() => {});
    this.#execution = options.execution;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#lastAppendedMs = options.clock.nowMs();
  }

  /** When the newest block was stored here, in milliseconds: the heartbeat counts from it. */
  get lastAppendedMs(): number {
    return this.#lastAppendedMs;
  }

  /** Appends blocks (oldest first); the certificate covers the last. Blocks that are stored already are passed over. */
  finalize(blocks: readonly FinalBlock[], certificate: Certificate): Promise<void> {
    return this.#inOrder(async () => {
      for (const [position, block] of blocks.entries()) {
        if (await this.#isStored(block)) continue;
        const executed = await this.#execute(block);
        await this.#store.append(executed, position === blocks.length - 1 ? certificate : undefined);
        await this.#execution.setHead(executed.hash);
        this.#lastAppendedMs = this.#clock.nowMs();
        this.#onFinalized(executed);
      }
    });
  }

  /** Keeps the certificate of a block that became final through a descendant. */
  attach(certificate: Certificate): Promise<void> {
    return this.#inOrder(async () => {
      const stored = await this.#store.blockByHash(certificate.digest);
      if (stored && !stored.finalization) await this.#store.attachFinalization(certificate.digest, certificate);
    });
  }

  /** Brings the state up to the store after a crash between the two. Reports each block through the callback. */
  async replay(onBlock: (height: number, target: number) => void): Promise<void> {
    const target = this.#store.head().height;
    for (let height = this.#execution.head().height + 1; height <= target; height++) {
      const stored = await this.#store.blockByHeight(height as Height);
      if (!stored) throw new CunError("chainGap", { height, head: target });
      const block = await this.#execute({ height: stored.height, digest: stored.hash, payload: stored.payload });
      await this.#execution.setHead(block.hash);
      onBlock(height, target);
    }
  }

  /** True when the block is in the store. Another block there is a fork: more than a third of the weight is corrupt. */
  async #isStored({ height, digest }: FinalBlock): Promise<boolean> {
    if (height > this.#store.head().height) return false;
    const stored = await this.#store.blockByHeight(height);
    if (stored?.hash !== digest) {
      throw new CunError("finalityConflict", { height, stored: String(stored?.hash), certified: digest });
    }
    return true;
  }

  /** A final block that is invalid here must stop this node: it executes differently from the network. */
  async #execute({ height, digest, payload }: FinalBlock): Promise<ExecutedBlock> {
    const verdict = await this.#execution.verify(payload);
    const executed = verdict.status === "valid" ? this.#execution.executed(verdict.block.hash) : undefined;
    if (executed?.hash === digest && executed.height === height) return executed;
    throw new CunError("finalizedBlockInvalid", { height, digest, reason: reasonOf(verdict) });
  }

  /** Resolves when nothing is being finalised. */
  drained(): Promise<void> {
    return this.#queue;
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }
}

function reasonOf(verdict: Verdict): string {
  if (verdict.status === "invalid") return verdict.error.message;
  if (verdict.status === "unknownParent") return `its parent ${verdict.parentHash} is unknown`;
  return `it executes to ${verdict.block.hash} at height ${verdict.block.height}`;
}
