/**
 * Methods that read accounts and run messages: balances, code, storage, proofs, eth_call, eth_estimateGas.
 *
 * Owns: their answers and the gas bound of a call. Does not own: the EVM (StatePort), revert words (revert.ts).
 * Called by: registry. `pending` reads the newest finalised state; only nonces look into the pool.
 */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { AccountProof, CallRequest, StateOverride } from "../../ports/execution.ts";
import { CunError } from "../../types/errors.ts";
import type { Address, Hash } from "../../types/primitives.ts";
import type { BlockReference } from "../chain-reader.ts";
import { data, quantity } from "../hex.ts";
import { heavyMethod, type Method, method, type RpcContext } from "../method.ts";
import {
  addressParameter,
  callParameter,
  noBlockOverrides,
  type OverrideParameter,
  optionalBlockParameter,
  overridesParameter,
  slotParameter,
} from "../parameters.ts";
import { failedCall } from "../revert.ts";

type CallParameter = z.output<typeof callParameter>;

/** An object without the members that are undefined: the ports distinguish absent from undefined. */
function defined<Shape extends object>(shape: Shape): { [Key in keyof Shape]: Exclude<Shape[Key], undefined> } {
  const entries = Object.entries(shape).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Shape]: Exclude<Shape[Key], undefined> };
}

const toRequest = (context: RpcContext, call: CallParameter): CallRequest => {
  const { maxCallGas } = context.limits;
  const gas = call.gas === undefined || call.gas > maxCallGas ? maxCallGas : call.gas;
  return defined({ ...call, gas });
};

function toOverrides(
  accounts: Readonly<Record<Address, OverrideParameter>> | undefined,
): Readonly<Record<Address, StateOverride>> | undefined {
  if (!accounts) return undefined;
  const entries = Object.entries(accounts).map(([address, override]) => [address, defined(override)]);
  return Object.fromEntries(entries) as Record<Address, StateOverride>;
}

/** A block is stored a moment before its state is: whoever has seen the block may ask for the state at once. */
const STATE_POLL_MS = 1;
const MAX_STATE_WAIT_MS = 2000;

async function headerOf(context: RpcContext, reference: BlockReference): Promise<Uint8Array> {
  const block = await context.chain.require(reference);
  const deadlineMs = performance.now() + MAX_STATE_WAIT_MS;
  while (context.execution.head().height < block.height && performance.now() < deadlineMs) await delay(STATE_POLL_MS);
  return block.header;
}

async function getTransactionCount(context: RpcContext, address: Address, reference: BlockReference): Promise<string> {
  if ("tag" in reference && reference.tag === "pending") {
    return quantity(await context.execution.pool.nextNonce(address));
  }
  const header = await headerOf(context, reference);
  return quantity((await context.execution.state.account(header, address)).nonce);
}

async function call(
  context: RpcContext,
  reference: BlockReference,
  request: CallParameter,
  overrides: Parameters<typeof toOverrides>[0],
): Promise<string> {
  const header = await headerOf(context, reference);
  const result = await context.execution.state.call(header, toRequest(context, request), toOverrides(overrides));
  if (!result.succeeded) throw failedCall(result);
  return data(result.output);
}

async function estimateGas(context: RpcContext, reference: BlockReference, request: CallParameter): Promise<string> {
  const header = await headerOf(context, reference);
  const estimate = await context.execution.state.estimateGas(header, toRequest(context, request));
  if (typeof estimate !== "bigint") throw failedCall(estimate);
  return quantity(estimate);
}

function encodeProof(address: Address, proof: AccountProof): object {
  return {
    address,
    accountProof: proof.accountProof.map(data),
    balance: quantity(proof.balance),
    codeHash: proof.codeHash,
    nonce: quantity(proof.nonce),
    storageHash: proof.storageRoot,
    storageProof: proof.storageProof.map((slot) => ({
      key: slot.key,
      value: quantity(slot.value),
      proof: slot.proof.map(data),
    })),
  };
}

async function getProof(
  context: RpcContext,
  address: Address,
  slots: readonly Hash[],
  reference: BlockReference,
): Promise<object> {
  const limit = context.limits.maxProofSlots;
  if (slots.length > limit) throw new CunError("rpcLimitExceeded", { what: "storage slots in a proof", limit });
  const header = await headerOf(context, reference);
  return encodeProof(address, await context.execution.state.proof(header, address, slots));
}

export const stateMethods: readonly (readonly [string, Method])[] = [
  [
    "eth_getBalance",
    method([addressParameter, optionalBlockParameter], async (context, [address, reference]) => {
      const account = await context.execution.state.account(await headerOf(context, reference), address);
      return quantity(account.balance);
    }),
  ],
  [
    "eth_getTransactionCount",
    method([addressParameter, optionalBlockParameter], (context, [address, reference]) =>
      getTransactionCount(context, address, reference),
    ),
  ],
  [
    "eth_getCode",
    method([addressParameter, optionalBlockParameter], async (context, [address, reference]) =>
      data(await context.execution.state.code(await headerOf(context, reference), address)),
    ),
  ],
  [
    "eth_getStorageAt",
    method([addressParameter, slotParameter, optionalBlockParameter], async (context, [address, slot, reference]) =>
      context.execution.state.storage(await headerOf(context, reference), address, slot),
    ),
  ],
  [
    "eth_getProof",
    heavyMethod(
      [addressParameter, z.array(slotParameter), optionalBlockParameter],
      (context, [address, slots, reference]) => getProof(context, address, slots, reference),
    ),
  ],
  [
    "eth_call",
    heavyMethod(
      [callParameter, optionalBlockParameter, overridesParameter, noBlockOverrides],
      (context, [request, reference, overrides]) => call(context, reference, request, overrides),
    ),
  ],
  [
    "eth_estimateGas",
    heavyMethod([callParameter, optionalBlockParameter], (context, [request, reference]) =>
      estimateGas(context, reference, request),
    ),
  ],
];
