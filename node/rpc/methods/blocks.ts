/**
 * Methods that read finalised blocks: eth_blockNumber, eth_getBlock*, uncles, receipts of a block.
 *
 * Owns: their answers. Does not own: transactions by hash (transactions.ts), encoding (encode.ts).
 * Called by: registry. An unknown block is null, as the specification wants.
 */
import { z } from "zod";
import type { BlockView } from "../block-view.ts";
import type { BlockReference } from "../chain-reader.ts";
import { encodeBlock, encodePendingBlock, encodeReceipt } from "../encode.ts";
import { quantity } from "../hex.ts";
import { type Method, method, type RpcContext } from "../method.ts";
import { blockNumberParameter, blockParameter, hashParameter, indexParameter } from "../parameters.ts";

const fullTransactions = z.boolean("expected true or false").default(false);

async function pendingBlock(context: RpcContext): Promise<object> {
  const head = await context.chain.head();
  const timestamp = Math.max(head.timestamp, Math.floor(Date.now() / 1000));
  return encodePendingBlock(head, context.execution.state.nextBaseFee(head.header), timestamp);
}

const isPending = (reference: BlockReference): boolean => "tag" in reference && reference.tag === "pending";

async function getBlockByNumber(context: RpcContext, reference: BlockReference, full: boolean): Promise<object | null> {
  if (isPending(reference)) return pendingBlock(context);
  const block = await context.chain.find(reference);
  return block ? encodeBlock(block, full) : null;
}

/** Applies a reading to a block, null when the block is unknown. */
async function ofBlock(
  context: RpcContext,
  reference: BlockReference,
  read: (block: BlockView) => unknown,
): Promise<unknown> {
  const block = await context.chain.find(reference);
  return block ? read(block) : null;
}

const transactionCount = (block: BlockView): string => quantity(block.receipts.length);
const blockReceipts = (block: BlockView): object[] => block.receipts.map((_, index) => encodeReceipt(block, index));

export const blockMethods: readonly (readonly [string, Method])[] = [
  ["eth_blockNumber", method([], (context) => quantity(context.chain.headHeight))],
  [
    "eth_getBlockByNumber",
    method([blockNumberParameter, fullTransactions], (context, [reference, full]) =>
      getBlockByNumber(context, reference, full),
    ),
  ],
  [
    "eth_getBlockByHash",
    method([hashParameter, fullTransactions], (context, [hash, full]) =>
      ofBlock(context, { hash }, (block) => encodeBlock(block, full)),
    ),
  ],
  [
    "eth_getBlockTransactionCountByNumber",
    method([blockNumberParameter], (context, [reference]) =>
      isPending(reference) ? "0x0" : ofBlock(context, reference, transactionCount),
    ),
  ],
  [
    "eth_getBlockTransactionCountByHash",
    method([hashParameter], (context, [hash]) => ofBlock(context, { hash }, transactionCount)),
  ],
  [
    "eth_getBlockReceipts",
    method([blockParameter], (context, [reference]) =>
      isPending(reference) ? [] : ofBlock(context, reference, blockReceipts),
    ),
  ],
  // Proof of stake and BFT have no uncles.
  [
    "eth_getUncleCountByBlockNumber",
    method([blockNumberParameter], (context, [reference]) => ofBlock(context, reference, () => "0x0")),
  ],
  [
    "eth_getUncleCountByBlockHash",
    method([hashParameter], (context, [hash]) => ofBlock(context, { hash }, () => "0x0")),
  ],
  ["eth_getUncleByBlockNumberAndIndex", method([blockNumberParameter, indexParameter], () => null)],
  ["eth_getUncleByBlockHashAndIndex", method([hashParameter, indexParameter], () => null)],
];
