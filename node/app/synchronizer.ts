/**
 * Catches up with the network: fetches finalised blocks from peers, checks their certificates, hands them on.
 *
 * Owns: asking (one peer at a time, the next when one does not help) and answering, and noticing that we are behind.
 * Does not own: executing and storing (finalizer.ts), consensus messages. Whitepaper §2.4 (node data synchronisation).
 * Called by: node. A block without a certificate of its own counts only below a certified descendant.
 */
import type { BlockStorePort } from "../ports/chain.ts";
import type { ClockPort } from "../ports/clock.ts";
import { CunError } from "../types/errors.ts";
import { MAX_FRAME_BYTES, MAX_SYNC_BLOCKS, MAX_SYNC_RUN_BYTES } from "../types/limits.ts";
import type { Certificate, Message, SyncRequest, SyncResponse } from "../types/messages.ts";
import type { Epoch, Hash, Height, PeerId } from "../types/primitives.ts";
import { asHeight } from "../types/primitives.ts";
import type { FinalBlock, Finalizer } from "./finalizer.ts";
import type { Logger } from "./logger.ts";

export interface DescribedBlock {
  readonly digest: Hash;
  readonly parentDigest: Hash;
  readonly height: Height;
  readonly epoch: Epoch;
}

/** A block of an answer on its way to the finalizer. */
type RunBlock = FinalBlock & Pick<DescribedBlock, "epoch">;

export interface SynchronizerOptions {
  readonly store: BlockStorePort;
  readonly finalizer: Finalizer;
  readonly clock: ClockPort;
  readonly logger: Logger;
  /** Finalised blocks at least this old make us ask a peer whether there is more. */
  readonly staleMs: number;
  peers(): readonly PeerId[];
  send(peer: PeerId, message: Message): boolean;
  /**
   * Throws CunError when the certificate is not a valid finalization of a block at this height by the validators of the
   * epoch in which the stored chain goes on. They are known once the block that closed the epoch before is stored.
   */
  checkFinalization(certificate: Certificate, height: Height): Promise<void>;
  /** What a block payload says of itself. Throws CunError when it is not a block. */
  describe(payload: Uint8Array): DescribedBlock;
  /** The peer's answer is wrong: lower its score. */
  reject(peer: PeerId, error: unknown): void;
  /** Blocks were added that consensus did not bring: the engine must go on from the new head. */
  caughtUp(): void;
  fatal(error: unknown): void;
}

/** Leaves room in the frame for certificates and lengths. */
const MAX_RESPONSE_BYTES = MAX_FRAME_BYTES / 2;
const ANSWER_TIMEOUT_MS = 3_000;

export class Synchronizer {
  readonly #options: SynchronizerOptions;
  /** Where we stand while a peer has more; false when we follow the head. */
  #progress: false | { readonly startingHeight: Height; readonly highestHeight: Height } = false;
  #awaiting: { readonly peer: PeerId; readonly cancel: () => void } | undefined;
  #turn = 0;
  #isAppending = false;
  /** Peers whose question is being answered. */
  readonly #answering = new Set<PeerId>();
  /** Blocks of one peer on top of our head whose certificate has not come: it may come with the next answer. */
  #run: { readonly peer: PeerId; readonly on: Hash; readonly blocks: readonly RunBlock[] } | undefined;
  #cancelCheck: (() => void) | undefined;

  constructor(options: SynchronizerOptions) {
    this.#options = options;
  }

  /** Looks from time to time whether the head has grown old. */
  start(): void {
    const { clock, staleMs, finalizer } = this.#options;
    const check = () => {
      if (clock.nowMs() - finalizer.lastAppendedMs > staleMs) this.ask();
      this.#cancelCheck = clock.after(staleMs / 2, check);
    };
    this.#cancelCheck = clock.after(staleMs / 2, check);
  }

  stop(): void {
    this.#cancelCheck?.();
    this.#awaiting?.cancel();
  }

  progress(): false | { readonly startingHeight: Height; readonly highestHeight: Height } {
    const { height } = this.#options.store.head();
    // Consensus may have brought what was missing.
    return this.#progress && this.#progress.highestHeight > height && this.#progress;
  }

  /** Asks the peer, or the next one in turn, for what follows our head. One question is under way at a time. */
  ask(peer?: PeerId): void {
    if (this.#awaiting) return;
    const { clock, store, send, peers } = this.#options;
    const candidates = peers();
    const chosen = peer ?? candidates[this.#turn++ % Math.max(1, candidates.length)];
    if (!chosen) return;
    const last = this.#runOf(chosen).at(-1)?.height ?? store.head().height;
    const request: SyncRequest = { fromHeight: asHeight(last + 1) };
    if (!send(chosen, { type: "syncRequest", request })) return;
    const cancel = clock.after(ANSWER_TIMEOUT_MS, () => {
      this.#awaiting = undefined;
    });
    this.#awaiting = { peer: chosen, cancel };
  }

  /** Undefined while the same peer's last question is being answered: an answer is large, a question is not. */
  async answer(peer: PeerId, { fromHeight }: SyncRequest): Promise<Message | undefined> {
    if (this.#answering.has(peer)) return undefined;
    this.#answering.add(peer);
    try {
      return await this.#blocksFrom(fromHeight);
    } finally {
      this.#answering.delete(peer);
    }
  }

  /** The blocks from a height on, as many as fit, ending with a certified one where possible. */
  async #blocksFrom(fromHeight: Height): Promise<Message> {
    const { store } = this.#options;
    const finalizedHeight = store.head().height;
    const blocks: { payload: Uint8Array; finalization: Certificate | undefined }[] = [];
    let bytes = 0;
    for (let height = fromHeight; height <= finalizedHeight && blocks.length < MAX_SYNC_BLOCKS; height++) {
      const block = await store.blockByHeight(height as Height);
      if (!block || bytes + block.payload.length > MAX_RESPONSE_BYTES) break;
      bytes += block.payload.length;
      blocks.push({ payload: block.payload, finalization: block.finalization });
    }
    return { type: "syncResponse", response: { blocks, finalizedHeight } };
  }

  /** Works an answer in; asks on while there is more. */
  async accept(peer: PeerId, response: SyncResponse): Promise<void> {
    if (this.#awaiting?.peer !== peer || this.#isAppending) return;
    this.#awaiting.cancel();
    const before = this.#options.store.head().height;
    const held = this.#runOf(peer).length;
    this.#isAppending = true;
    try {
      await this.#append(peer, response);
    } catch (error) {
      if (error instanceof CunError && error.action !== "stop") this.#options.reject(peer, error);
      else this.#options.fatal(error);
      return;
    } finally {
      this.#isAppending = false;
      this.#awaiting = undefined;
    }
    const { height } = this.#options.store.head();
    const last = this.#runOf(peer).at(-1)?.height ?? height;
    if (height > before) this.#advanced(before, height, response.finalizedHeight);
    if ((height > before || this.#runOf(peer).length > held) && response.finalizedHeight > last) this.ask(peer);
  }

  #advanced(before: Height, height: Height, target: Height): void {
    const startingHeight = this.#progress ? this.#progress.startingHeight : before;
    this.#progress = target > height && { startingHeight, highestHeight: target };
    this.#options.logger.info({ height, target }, "catching up");
    this.#options.caughtUp();
  }

  /** What of the peer's blocks waits on top of our head. */
  #runOf(peer: PeerId): readonly RunBlock[] {
    const run = this.#run;
    return run?.peer === peer && run.on === this.#options.store.head().hash ? run.blocks : [];
  }

  /**
   * Appends every run of blocks that ends with a valid certificate; what follows the last one is held. A run never goes
   * over the end of an epoch: whoever has the last block of an epoch has a certificate of its own.
   */
  async #append(peer: PeerId, { blocks }: SyncResponse): Promise<void> {
    const { store, finalizer, describe, checkFinalization } = this.#options;
    const head = store.head();
    let run = [...this.#runOf(peer)];
    let parent: Hash = run.at(-1)?.digest ?? head.hash;
    this.#run = undefined;
    for (const { payload, finalization } of blocks) {
      const { parentDigest, ...block } = describe(payload);
      // Consensus was quicker than the answer.
      if (block.height <= head.height) continue;
      // The certificate vouches for the last block alone; the others only as its ancestors.
      if (parentDigest !== parent) throw new CunError("syncUnlinked", { digest: block.digest, parentDigest, parent });
      parent = block.digest;
      const before = run.at(-1);
      if (before && before.epoch !== block.epoch) {
        throw new CunError("syncUncertified", { digest: before.digest, certified: `nothing in epoch ${before.epoch}` });
      }
      run.push({ ...block, payload });
      if (!finalization) continue;
      const { digest, epoch } = finalization;
      if (digest !== block.digest || epoch !== block.epoch) {
        throw new CunError("syncUncertified", { digest: block.digest, certified: `${digest} in epoch ${epoch}` });
      }
      await checkFinalization(finalization, block.height);
      await finalizer.finalize(run, finalization);
      run = [];
    }
    this.#hold(peer, run);
  }

  /** @throws CunError syncUncertified */
  #hold(peer: PeerId, blocks: readonly RunBlock[]): void {
    const last = blocks.at(-1);
    if (!last) return;
    const bytes = blocks.reduce((sum, { payload }) => sum + payload.length, 0);
    if (bytes > MAX_SYNC_RUN_BYTES) {
      throw new CunError("syncUncertified", { digest: last.digest, certified: `nothing in ${bytes} bytes` });
    }
    this.#run = { peer, on: this.#options.store.head().hash, blocks };
  }
}
