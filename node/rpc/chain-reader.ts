/**
 * The finalised chain as the RPC methods read it: a cache of recent blocks in front of the block store.
 *
 * Owns: the cache, block references (tags, numbers, hashes) to blocks. Does not own: the store, the encoding.
 * Called by: methods, filters, subscriptions. latest = safe = finalized: there is nothing newer to see, and
 * nothing shown here is ever taken back.
 */
import type { BlockStorePort, StoredBlock } from "../ports/chain.ts";
import type { ExecutedBlock } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { asHeight, type Hash, type Height } from "../types/primitives.ts";
import { BlockView } from "./block-view.ts";
import { WeightedCache } from "./cache.ts";

/** A block parameter after its check: EIP-1898 objects are folded into `height` and `hash`. */
export type BlockReference =
  | { readonly tag: "latest" | "pending" }
  | { readonly height: Height }
  | { readonly hash: Hash };

/** A reference in words, for messages. */
function describeReference(reference: BlockReference): string {
  if ("tag" in reference) return reference.tag;
  return "hash" in reference ? reference.hash : String(reference.height);
}

const HEIGHTS_CACHED = 4096;

export class ChainReader {
  readonly #store: BlockStorePort;
  readonly #blocks: WeightedCache<Hash, BlockView>;
  readonly #hashes = new WeightedCache<Height, Hash>(HEIGHTS_CACHED);
  readonly #unsubscribe: () => void;

  constructor(store: BlockStorePort, cacheBytes: number) {
    this.#store = store;
    this.#blocks = new WeightedCache(cacheBytes);
    this.#unsubscribe = store.onAppended((block) => this.remember(block));
  }

  close(): void {
    this.#unsubscribe();
  }

  get headHeight(): Height {
    return this.#store.head().height;
  }

  /** Keeps a block that was just executed: it is what everyone asks for next. */
  remember(block: ExecutedBlock): BlockView {
    return this.#blocks.get(block.hash) ?? this.#keep(new BlockView(block));
  }

  async head(): Promise<BlockView> {
    return this.require({ hash: this.#store.head().hash });
  }

  /** The finalised block a reference names; `pending` is the newest finalised one, whose state it starts from. */
  async find(reference: BlockReference): Promise<BlockView | undefined> {
    if ("hash" in reference) return this.#byHash(reference.hash);
    if ("tag" in reference) return this.#byHash(this.#store.head().hash);
    if (reference.height > this.headHeight) return undefined;
    return this.#byHeight(reference.height);
  }

  /** @throws CunError rpcBlockUnknown */
  async require(reference: BlockReference): Promise<BlockView> {
    const block = await this.find(reference);
    if (!block) throw new CunError("rpcBlockUnknown", { block: describeReference(reference) });
    return block;
  }

  /** The hash of a finalised height at or below the head. @throws CunError rpcBlockUnknown */
  async hashAt(height: Height): Promise<Hash> {
    return this.#hashes.get(height) ?? (await this.require({ height })).hash;
  }

  /** Hashes above one height up to another, ascending. */
  async hashesBetween(above: Height, upTo: Height): Promise<Hash[]> {
    const hashes: Hash[] = [];
    for (let height = above + 1; height <= upTo; height++) hashes.push(await this.hashAt(asHeight(height)));
    return hashes;
  }

  async #byHash(hash: Hash): Promise<BlockView | undefined> {
    return this.#blocks.get(hash) ?? this.#view(await this.#store.blockByHash(hash));
  }

  async #byHeight(height: Height): Promise<BlockView | undefined> {
    const hash = this.#hashes.get(height);
    const cached = hash && this.#blocks.get(hash);
    return cached ?? this.#view(await this.#store.blockByHeight(height));
  }

  async #view(stored: StoredBlock | undefined): Promise<BlockView | undefined> {
    if (!stored) return undefined;
    const receipts = (await this.#store.receipts(stored.hash)) ?? [];
    return this.#keep(new BlockView({ ...stored, receipts }));
  }

  #keep(block: BlockView): BlockView {
    this.#blocks.set(block.hash, block, block.weight);
    this.#hashes.set(block.height, block.hash, 1);
    return block;
  }
}
