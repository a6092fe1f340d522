/**
 * The header rules of this chain: what a block may say before anything is executed.
 *
 * Owns: base fee (EIP-1559), prevRandao, the fields that are fixed, the relation of a header to its parent's.
 * Does not own: bytes (header.ts), results of execution (executor.ts), clocks (app).
 * Called by: builder, verifier, simulator, embedded. Rules: docs/protocol/blocks.md.
 */
import type { ConsensusContext } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { bytesEqual, hexOf, keccak256 } from "./hashing.ts";
import { decodeContext, encodeContext, type Header, type SealedHeader } from "./header.ts";
import { EMPTY_ROOT } from "./trie-node.ts";

const ELASTICITY = 2n;
const BASE_FEE_CHANGE_DENOMINATOR = 8n;
/** keccak-256 of the RLP of an empty list: there are no ommers. */
const EMPTY_OMMERS_HASH = keccak256(Uint8Array.of(0xc0));
const RANDAO_DOMAIN = keccak256(new TextEncoder().encode("CUN_PREV_RANDAO_V1"));
const NO_BYTES = new Uint8Array();

/** Base fee of the child, in wei per gas. */
export function nextBaseFee(parent: Pick<Header, "gasLimit" | "gasUsed" | "baseFeePerGas">): bigint {
  const target = parent.gasLimit / ELASTICITY;
  const fee = parent.baseFeePerGas;
  if (parent.gasUsed === target) return fee;
  if (parent.gasUsed < target) {
    return fee - (fee * (target - parent.gasUsed)) / target / BASE_FEE_CHANGE_DENOMINATOR;
  }
  const rise = (fee * (parent.gasUsed - target)) / target / BASE_FEE_CHANGE_DENOMINATOR;
  return fee + (rise > 1n ? rise : 1n);
}

/** keccak256(abi.encode(domain, parentHash, uint64 view)): known before the block, so no source of secrets. */
export function prevRandao(parentHash: Uint8Array, view: number): Uint8Array {
  const encoded = new Uint8Array(96);
  encoded.set(RANDAO_DOMAIN, 0);
  encoded.set(parentHash, 32);
  new DataView(encoded.buffer).setBigUint64(88, BigInt(view));
  return keccak256(encoded);
}

export interface ChildAttributes {
  readonly context: ConsensusContext;
  /** Seconds; raised to the parent's when lower. */
  readonly timestamp: number;
  readonly feeRecipient: Uint8Array;
}

/** Everything in a child's header that is known before its transactions. */
export type HeaderFrame = Omit<
  Header,
  "stateRoot" | "transactionsRoot" | "receiptsRoot" | "logsBloom" | "gasUsed" | "requestsHash"
>;

export function childFrame(parent: SealedHeader, hash: Uint8Array, attributes: ChildAttributes): HeaderFrame {
  const timestamp = BigInt(attributes.timestamp);
  return {
    parentHash: hash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: attributes.feeRecipient,
    difficulty: 0n,
    number: parent.header.number + 1n,
    gasLimit: parent.header.gasLimit,
    timestamp: timestamp > parent.header.timestamp ? timestamp : parent.header.timestamp,
    extraData: NO_BYTES,
    prevRandao: prevRandao(hash, attributes.context.view),
    nonce: new Uint8Array(8),
    baseFeePerGas: nextBaseFee(parent.header),
    withdrawalsRoot: EMPTY_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: encodeContext(attributes.context),
  };
}

/** The first rule that a header breaks as a child of its parent. */
export function brokenRule(child: Header, parent: SealedHeader, parentHash: Uint8Array): CunError | undefined {
  const context = decodeContext(child.parentBeaconBlockRoot);
  const parentContext = decodeContext(parent.header.parentBeaconBlockRoot);
  const order = brokenOrder(context, parentContext);
  if (order !== undefined) return order;
  const expected = childFrame(parent, parentHash, {
    context,
    // Raised to the parent's when lower: an earlier one differs below.
    timestamp: Number(child.timestamp),
    feeRecipient: child.coinbase,
  });
  for (const field of Object.keys(expected) as (keyof HeaderFrame)[]) {
    const [value, wanted] = [child[field], expected[field]];
    if (typeof value === "bigint" ? value !== wanted : !bytesEqual(value, wanted as Uint8Array)) {
      return wrong(field, show(value), show(wanted));
    }
  }
  return child.gasUsed > child.gasLimit ? wrong("gasUsed", child.gasUsed, `at most ${child.gasLimit}`) : undefined;
}

function brokenOrder(context: ConsensusContext, before: ConsensusContext): CunError | undefined {
  if (context.parentView !== before.view) return wrong("parentView", context.parentView, before.view);
  if (context.view <= context.parentView) return wrong("view", context.view, `above ${context.parentView}`);
  if (context.epoch < before.epoch) return wrong("epoch", context.epoch, `${before.epoch} or later`);
  return undefined;
}

const show = (value: bigint | Uint8Array): string => (typeof value === "bigint" ? value.toString() : hexOf(value));

function wrong(field: string, value: string | number | bigint, expected: string | number | bigint): CunError {
  return new CunError("blockFieldInvalid", { field, value, expected });
}
