/**
 * The epochs of the stored chain: who validated each, where it began, and in which one the head stands.
 *
 * Owns: finding the block that closed an epoch (epochs rise along the chain: a search by halves), a few descriptions
 * kept, and checking what others say is final. Does not own: what a contract says (EpochSource), the succession of engines (epoch-runner.ts).
 * Called by: epoch-runner, synchronizer (through node), node.
 */
import { verifyCertificate } from "../consensus/certificates.ts";
import type { FinalizedHead, VoteCrypto } from "../consensus/events.ts";
import { ValidatorSet } from "../consensus/quorum.ts";
import { startOfNextEpoch } from "../consensus/reproposal.ts";
import type { BlockStorePort, StoredBlock } from "../ports/chain.ts";
import type { EpochBlock, EpochDescription, EpochSource } from "../ports/epochs.ts";
import type { ExecutedBlock, ExecutionPort } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import type { Certificate } from "../types/messages.ts";
import { asEpoch, asHeight, asWeight, type Epoch, fromHex, type Hash, type Height } from "../types/primitives.ts";

/** An epoch with what its certificates are checked by. */
export interface KnownEpoch extends EpochDescription {
  /** Hash of the block with which it starts: the seed of a random election. */
  readonly seed: Hash;
  readonly set: ValidatorSet;
  readonly crypto: VoteCrypto;
}

/** Checks signatures of the validators with these keys, in the order of a set. */
export type CryptoOf = (publicKeys: readonly Uint8Array[]) => VoteCrypto;

export interface EpochHistoryOptions {
  readonly genesis: Pick<Genesis, "validators">;
  readonly execution: Pick<ExecutionPort, "describe" | "info">;
  readonly store: BlockStorePort;
  readonly source: EpochSource;
  readonly cryptoOf: CryptoOf;
}

/** Descriptions kept: catching up goes through epochs in order. */
const REMEMBERED_EPOCHS = 8;

export class EpochHistory {
  readonly #options: EpochHistoryOptions;
  readonly #known = new Map<Epoch, KnownEpoch>();

  constructor(options: EpochHistoryOptions) {
    this.#options = options;
  }

  /** Whether the epoch of an executed block ends with it. */
  async isClosing(block: ExecutedBlock): Promise<boolean> {
    const { epoch } = block.context;
    return (await this.#options.source.following({ ...block, epoch })) !== undefined;
  }

  /** An epoch that the stored chain has reached; undefined for a later one. */
  async describe(epoch: Epoch): Promise<KnownEpoch | undefined> {
    const known = this.#known.get(epoch);
    if (known) return known;
    if (epoch === 0) return this.#remember(this.#genesisEpoch(), this.#options.execution.info().genesisHash);
    const block = await this.closing(asEpoch(epoch - 1));
    const found = block && (await this.#following(block));
    return found && this.#remember(found, block.hash);
  }

  #remember(description: EpochDescription, seed: Hash): KnownEpoch {
    const { epoch, validators } = description;
    const crypto = this.#options.cryptoOf(validators.map(({ publicKey }) => publicKey));
    const set = new ValidatorSet(validators.map(({ weight }) => weight));
    const known = { ...description, seed, set, crypto };
    if (this.#known.size >= REMEMBERED_EPOCHS) this.#known.delete(asEpoch(Math.min(...this.#known.keys())));
    this.#known.set(epoch, known);
    return known;
  }

  /**
   * Whether a block above the stored chain is final. Only the epoch in which the chain goes on counts: validators of an
   * epoch that has ended can vouch for nothing above its last block, however many of them sign.
   * @throws CunError syncUncertified, epochMismatch, and those of verifyCertificate
   */
  async checkFinalization(certificate: Certificate, height: Height): Promise<void> {
    const { kind, digest, epoch } = certificate;
    if (kind !== "finalize") throw new CunError("syncUncertified", { digest, certified: `a ${kind} only` });
    const { epoch: expected } = await this.head();
    // Consensus may have brought the block meanwhile: the finalizer compares it with what is stored.
    const isAbove = height > this.#options.store.head().height;
    if (epoch < expected && isAbove) {
      throw new CunError("syncUncertified", { digest, certified: `${digest} by epoch ${epoch}, which has ended` });
    }
    const known = await this.describe(epoch);
    if (!known) throw new CunError("epochMismatch", { epoch, expected });
    verifyCertificate(certificate, known);
  }

  /** The newest stored block of an epoch: the one that closed it, when a later epoch has begun. */
  async closing(epoch: Epoch): Promise<StoredBlock | undefined> {
    let low = 0;
    let high: number = this.#options.store.head().height;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#epochOf(await this.#at(middle)) <= epoch) low = middle;
      else high = middle - 1;
    }
    const block = await this.#at(low);
    return this.#epochOf(block) === epoch ? block : undefined;
  }

  /** Where consensus goes on: the head in its epoch, or the start of the next when the head closes its own. */
  async head(): Promise<FinalizedHead> {
    const { store, execution } = this.#options;
    const { height, hash } = store.head();
    const stored = await store.blockByHash(hash);
    if (!stored) throw new CunError("chainGap", { height, head: height });
    const { epoch, view } = execution.describe(stored.payload).context;
    const certificate = stored.finalization;
    const head = { epoch, view, height, digest: hash, certificate, startsEpoch: height === 0 };
    return height > 0 && (await this.#following(stored)) ? startOfNextEpoch(head) : head;
  }

  async #following(stored: StoredBlock): Promise<EpochDescription | undefined> {
    const receipts = await this.#options.store.receipts(stored.hash);
    if (!receipts) throw new CunError("chainGap", { height: stored.height, head: this.#options.store.head().height });
    const block: EpochBlock = { epoch: this.#epochOf(stored), header: stored.header, receipts };
    return this.#options.source.following(block);
  }

  async #at(height: number): Promise<StoredBlock> {
    const { store } = this.#options;
    const stored = await store.blockByHeight(asHeight(height));
    if (!stored) throw new CunError("chainGap", { height, head: store.head().height });
    return stored;
  }

  #epochOf({ payload }: StoredBlock): Epoch {
    return this.#options.execution.describe(payload).context.epoch;
  }

  #genesisEpoch(): EpochDescription {
    const { genesis } = this.#options;
    const validators = genesis.validators.map(({ operator, blsPublicKey, weight }) => ({
      operator,
      publicKey: fromHex(blsPublicKey)!,
      weight: asWeight(BigInt(weight)),
    }));
    return { epoch: asEpoch(0), stage: "Origin", validators };
  }
}
