/**
 * Methods about fees: eth_gasPrice, eth_maxPriorityFeePerGas, eth_feeHistory, eth_blobBaseFee.
 *
 * Owns: their answers. Does not own: the suggestion (fee-oracle.ts).
 * Called by: registry. EIP-1559, EIP-4844 (no blobs are accepted, so the blob fee rests at its minimum of 1 wei).
 */
import { z } from "zod";
import { CunError } from "../../types/errors.ts";
import type { BlockReference } from "../chain-reader.ts";
import { quantity } from "../hex.ts";
import { heavyMethod, type Method, method, type RpcContext } from "../method.ts";
import { blockNumberParameter, quantityParameter } from "../parameters.ts";

const MIN_BLOB_BASE_FEE = "0x1";
const MAX_PERCENTILES = 100;

const countParameter = z.union([quantityParameter, z.int().nonnegative().transform(BigInt)], "expected a block count");

const percentilesParameter = z
  .array(z.number().min(0).max(100))
  .max(MAX_PERCENTILES)
  .refine((list) => list.every((value, i) => i === 0 || value >= list[i - 1]!), "expected ascending percentiles")
  .optional();

async function feeHistory(
  context: RpcContext,
  requested: bigint,
  reference: BlockReference,
  percentiles: readonly number[] | undefined,
): Promise<object> {
  const limit = context.limits.maxFeeHistoryBlocks;
  if (requested > BigInt(limit)) throw new CunError("rpcLimitExceeded", { what: "blocks of fee history", limit });
  const newest = await context.chain.require(reference);
  const history = await context.fees.history(newest, Number(requested), percentiles ?? []);
  const base = {
    oldestBlock: quantity(history.oldest),
    baseFeePerGas: history.baseFees.map(quantity),
    gasUsedRatio: history.gasUsedRatios,
    baseFeePerBlobGas: history.baseFees.map(() => MIN_BLOB_BASE_FEE),
    blobGasUsedRatio: history.gasUsedRatios.map(() => 0),
  };
  return percentiles ? { ...base, reward: history.tips.map((tips) => tips.map(quantity)) } : base;
}

export const feeMethods: readonly (readonly [string, Method])[] = [
  ["eth_gasPrice", method([], async ({ fees }) => quantity((await fees.nextBaseFee()) + (await fees.suggestedTip())))],
  ["eth_maxPriorityFeePerGas", method([], async ({ fees }) => quantity(await fees.suggestedTip()))],
  ["eth_blobBaseFee", method([], () => MIN_BLOB_BASE_FEE)],
  [
    "eth_feeHistory",
    heavyMethod(
      [countParameter, blockNumberParameter, percentilesParameter],
      (context, [count, reference, percentiles]) => feeHistory(context, count, reference, percentiles),
    ),
  ],
];
