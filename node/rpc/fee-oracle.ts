/**
 * What a transaction should offer: the priority fee that recent blocks were paid, and the base fee that comes next.
 *
 * Owns: the suggestion and eth_feeHistory. Does not own: the base fee's rule (StatePort), the pool's floor.
 * Called by: methods/fees.ts. EIP-1559. Wei throughout.
 */
import type { StatePort } from "../ports/execution.ts";
import { asHeight, type Hash } from "../types/primitives.ts";
import type { BlockView } from "./block-view.ts";
import type { ChainReader } from "./chain-reader.ts";
import { bigintOfBytes } from "./hex.ts";

const SAMPLE_BLOCKS = 20;
const SAMPLE_PERCENTILE = 60;
/** Offered while nobody has paid anything to compare with. */
const DEFAULT_TIP_WEI = 1_000_000_000n;
/** A few overpaid blocks must not talk wallets into paying the same. */
const MAX_TIP_WEI = 500_000_000_000n;

export interface FeeHistory {
  readonly oldest: number;
  /** One more than there are blocks: the last is of the block to come. */
  readonly baseFees: readonly bigint[];
  readonly gasUsedRatios: readonly number[];
  /** Per block the tips at the asked percentiles of gas. */
  readonly tips: readonly (readonly bigint[])[];
}

const byAmount = (left: { tip: bigint }, right: { tip: bigint }): number =>
  left.tip < right.tip ? -1 : left.tip > right.tip ? 1 : 0;

const tipsOf = (block: BlockView): { readonly tip: bigint; readonly gasUsed: bigint }[] =>
  block.receipts.map(({ effectiveGasPrice, gasUsed }) => ({ tip: effectiveGasPrice - block.baseFeePerGas, gasUsed }));

/** Tips at ascending percentiles of the block's gas; zeros when the block is empty. */
function tipsAt(block: BlockView, percentiles: readonly number[]): bigint[] {
  const tips = tipsOf(block).sort(byAmount);
  const total = Number(bigintOfBytes(block.fields.gasUsed));
  let position = 0;
  let cumulative = Number(tips[0]?.gasUsed ?? 0n);
  return percentiles.map((percentile) => {
    while (cumulative < (total * percentile) / 100 && position < tips.length - 1) {
      position++;
      cumulative += Number(tips[position]!.gasUsed);
    }
    return tips[position]?.tip ?? 0n;
  });
}

export class FeeOracle {
  readonly #chain: ChainReader;
  readonly #state: StatePort;
  #suggestion: { readonly head: Hash; readonly tip: bigint } | undefined;

  constructor(chain: ChainReader, state: StatePort) {
    this.#chain = chain;
    this.#state = state;
  }

  async nextBaseFee(): Promise<bigint> {
    return this.#state.nextBaseFee((await this.#chain.head()).header);
  }

  /** The tip that most transactions of the last blocks did not exceed. Computed once per head. */
  async suggestedTip(): Promise<bigint> {
    const head = await this.#chain.head();
    if (this.#suggestion?.head === head.hash) return this.#suggestion.tip;
    const tips = [];
    for (let height = head.height; height > Math.max(0, head.height - SAMPLE_BLOCKS); height--) {
      tips.push(...tipsOf(await this.#chain.require({ height: asHeight(height) })));
    }
    tips.sort(byAmount);
    const sampled = tips[Math.floor(((tips.length - 1) * SAMPLE_PERCENTILE) / 100)]?.tip ?? DEFAULT_TIP_WEI;
    const tip = sampled > MAX_TIP_WEI ? MAX_TIP_WEI : sampled;
    this.#suggestion = { head: head.hash, tip };
    return tip;
  }

  async history(newest: BlockView, count: number, percentiles: readonly number[]): Promise<FeeHistory> {
    const oldest = Math.max(0, newest.height - count + 1);
    const blocks: BlockView[] = [];
    for (let height = oldest; height <= newest.height && count > 0; height++) {
      blocks.push(await this.#chain.require({ height: asHeight(height) }));
    }
    const gasRatio = ({ fields }: BlockView): number =>
      Number(bigintOfBytes(fields.gasUsed)) / Number(bigintOfBytes(fields.gasLimit));
    return {
      oldest,
      baseFees: [...blocks.map((block) => block.baseFeePerGas), this.#state.nextBaseFee(newest.header)],
      gasUsedRatios: blocks.map(gasRatio),
      tips: percentiles.length === 0 ? [] : blocks.map((block) => tipsAt(block, percentiles)),
    };
  }
}
