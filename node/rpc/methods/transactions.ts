/**
 * Methods about transactions: sending a signed one, finding one, its receipt.
 *
 * Owns: their answers. Does not own: checks of a transaction (the pool), encoding (encode.ts).
 * Called by: registry. A receipt exists as soon as, and only when, its block is final.
 */
import type { Hash } from "../../types/primitives.ts";
import type { BlockReference } from "../chain-reader.ts";
import { encodeMined, encodePending, encodeReceipt } from "../encode.ts";
import { type Method, method, type RpcContext } from "../method.ts";
import { blockNumberParameter, dataParameter, hashParameter, indexParameter } from "../parameters.ts";

async function getTransaction(context: RpcContext, hash: Hash): Promise<object | null> {
  // The pool is asked first: a transaction leaves it only after its block has reached the store.
  const pending = context.execution.pool.get(hash);
  const location = await context.store.transaction(hash);
  if (!location) return pending ? encodePending(pending) : null;
  return encodeMined(await context.chain.require({ hash: location.blockHash }), location.index);
}

async function getReceipt(context: RpcContext, hash: Hash): Promise<object | null> {
  const location = await context.store.transaction(hash);
  if (!location) return null;
  return encodeReceipt(await context.chain.require({ hash: location.blockHash }), location.index);
}

async function getByIndex(context: RpcContext, reference: BlockReference, index: number): Promise<object | null> {
  if ("tag" in reference && reference.tag === "pending") return null;
  const block = await context.chain.find(reference);
  return block && index < block.receipts.length ? encodeMined(block, index) : null;
}

export const transactionMethods: readonly (readonly [string, Method])[] = [
  ["eth_sendRawTransaction", method([dataParameter], (context, [raw]) => context.submitter.submit(raw))],
  ["eth_getTransactionByHash", method([hashParameter], (context, [hash]) => getTransaction(context, hash))],
  ["eth_getTransactionReceipt", method([hashParameter], (context, [hash]) => getReceipt(context, hash))],
  [
    "eth_getTransactionByBlockNumberAndIndex",
    method([blockNumberParameter, indexParameter], (context, [reference, index]) =>
      getByIndex(context, reference, index),
    ),
  ],
  [
    "eth_getTransactionByBlockHashAndIndex",
    method([hashParameter, indexParameter], (context, [hash, index]) => getByIndex(context, { hash }, index)),
  ],
];
