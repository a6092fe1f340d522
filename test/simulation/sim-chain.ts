/**
 * The final blocks on one simulated node's disk, and which of them it can believe from others.
 *
 * Owns: the head in its epoch, the blocks with which epochs end, answers to nodes that catch up, checking such answers.
 * Does not own: when it asks (sim-node.ts). The same job as node/storage/block-store.ts, node/app/epoch-history.ts and
 * node/app/synchronizer.ts. Called by: sim-node.ts.
 */
import { verifyCertificate } from "../../node/consensus/certificates.ts";
import type { FinalizedHead } from "../../node/consensus/events.ts";
import { ValidatorSet } from "../../node/consensus/quorum.ts";
import { startOfNextEpoch } from "../../node/consensus/reproposal.ts";
import { CunError } from "../../node/types/errors.ts";
import type { Certificate } from "../../node/types/messages.ts";
import { asWeight, type Epoch, type Hash } from "../../node/types/primitives.ts";
import type { SetOf } from "./checkers.ts";
import { fakeCrypto } from "./fake-crypto.ts";
import { closesEpoch, GENESIS } from "./fake-execution.ts";
import type { SimFinalBlock, SimSyncResponse } from "./transport.ts";

export interface Durable<Item> {
  readonly atMs: number;
  readonly item: Item;
}

export class SimChain {
  readonly #setOf: SetOf;
  #blocks: Durable<SimFinalBlock>[] = [];

  constructor(setOf: SetOf) {
    this.#setOf = setOf;
  }

  /** The newest block in its epoch, or as the start of the next. */
  get head(): FinalizedHead {
    const last = this.#blocks.at(-1)?.item;
    if (!last) return GENESIS;
    const { epoch, view, height, digest, payload } = last.block;
    const head = { epoch, view, height, digest, certificate: last.certificate, startsEpoch: false };
    return closesEpoch(payload) ? startOfNextEpoch(head) : head;
  }

  get blocks(): readonly SimFinalBlock[] {
    return this.#blocks.map(({ item }) => item);
  }

  append(item: SimFinalBlock, atMs: number): void {
    this.#blocks.push({ atMs, item });
  }

  /** A crash: what was not written by now is gone. */
  cut(nowMs: number): void {
    this.#blocks = this.#blocks.filter(({ atMs }) => atMs <= nowMs);
  }

  /** The block with which an epoch starts. */
  seedOf(epoch: Epoch): Hash {
    return this.#blocks.findLast(({ item }) => item.block.epoch < epoch)?.item.block.digest ?? GENESIS.digest;
  }

  /** The certificate of the newest block of an epoch. */
  closingOf(epoch: Epoch): Certificate | undefined {
    return this.#blocks.findLast(({ item }) => item.block.epoch === epoch)?.item.certificate;
  }

  /** Blocks from a height on, the last one certified. */
  from(height: number): SimFinalBlock[] {
    const found = this.blocks.filter(({ block }) => block.height >= height);
    while (found.length > 0 && !found.at(-1)!.certificate) found.pop();
    return found;
  }

  /** Hands on what of an answer can be believed: run by run, each certified in the epoch that its blocks belong to. */
  accept({ blocks }: SimSyncResponse, append: (item: SimFinalBlock) => void): void {
    let run: SimFinalBlock[] = [];
    for (const item of blocks) {
      const { block, certificate } = item;
      if (block.height <= this.head.height) continue;
      if (block.height !== this.head.height + run.length + 1) return;
      // The next epoch's certificates cannot vouch for its last block: their set is known from that block on.
      if (closesEpoch(block.payload) && !certificate) return;
      run.push(item);
      if (!certificate) continue;
      if (certificate.digest !== block.digest || !this.#isSound(certificate)) return;
      for (const one of run) append(one);
      run = [];
    }
  }

  #isSound(certificate: Certificate): boolean {
    const { epoch } = this.head;
    const set = new ValidatorSet(this.#setOf(epoch).map(() => asWeight(1n)));
    try {
      verifyCertificate(certificate, { epoch, set, crypto: fakeCrypto });
      return true;
    } catch (error) {
      if (error instanceof CunError) return false;
      throw error;
    }
  }
}
