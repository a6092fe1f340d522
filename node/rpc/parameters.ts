/**
 * The schemas of JSON-RPC parameters: what comes in as JSON leaves as the types of the house, or is refused.
 *
 * Owns: hex, hashes, addresses, block references (tags, EIP-1898), call objects, overrides, log filters.
 * Does not own: which method takes what (methods/*), limits' values. Schemas of objects drop unknown members, so
 * that newer wallets work and nothing of a client's object travels on.
 * Called by: methods.
 */
import { z } from "zod";
import type { Address, Hash, Height } from "../types/primitives.ts";
import { asHeight } from "../types/primitives.ts";
import type { BlockReference } from "./chain-reader.ts";
import { bytesOf } from "./hex.ts";

/** Absent and null mean the same in the wild. */
const maybe = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => (value ?? undefined) as z.output<Schema> | undefined);

/** 0x with 1 to 64 digits; leading zeros are tolerated. */
export const quantityParameter = z
  .string("expected a quantity in hex")
  .regex(/^0x[0-9a-f]{1,64}$/i, "expected a quantity in hex of at most 256 bits, such as 0x1a")
  .transform((text) => BigInt(text));

export const dataParameter = z
  .string("expected data in hex")
  .refine((text) => text.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(text), "expected whole bytes in hex with 0x")
  .transform(bytesOf);

export const hashParameter = z
  .string("expected 32 bytes in hex")
  .regex(/^0x[0-9a-f]{64}$/i, "expected 32 bytes in hex with 0x")
  .transform((text) => text.toLowerCase() as Hash);

export const addressParameter = z
  .string("expected an address in hex")
  .regex(/^0x[0-9a-f]{40}$/i, "expected an address: 20 bytes in hex with 0x")
  .transform((text) => text.toLowerCase() as Address);

/** A storage slot: go-ethereum takes short forms too. */
export const slotParameter = z
  .string("expected a storage slot in hex")
  .regex(/^0x[0-9a-f]{1,64}$/i, "expected a storage slot: at most 32 bytes in hex with 0x")
  .transform((text) => `0x${text.slice(2).toLowerCase().padStart(64, "0")}` as Hash);

export const indexParameter = quantityParameter.transform((index) =>
  index > 0xffffffffn ? Number.MAX_SAFE_INTEGER : Number(index),
);

const toHeight = (value: bigint): Height =>
  asHeight(value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value));

const TAGS: ReadonlyMap<string, BlockReference> = new Map([
  ["latest", { tag: "latest" }],
  ["safe", { tag: "latest" }],
  ["finalized", { tag: "latest" }],
  ["pending", { tag: "pending" }],
  ["earliest", { height: asHeight(0) }],
]);

/** A tag or a number. */
export const blockNumberParameter = z
  .string("expected a block number or tag")
  .refine(
    (text) => TAGS.has(text) || /^0x[0-9a-f]{1,64}$/i.test(text),
    "expected a block number in hex or latest, safe, finalized, pending, earliest",
  )
  .transform((text): BlockReference => TAGS.get(text) ?? { height: toHeight(BigInt(text)) });

const blockObject = z
  .object({ blockNumber: blockNumberParameter.optional(), blockHash: hashParameter.optional() })
  .refine((block) => (block.blockNumber === undefined) !== (block.blockHash === undefined), {
    message: "expected either blockNumber or blockHash",
  })
  .transform((block): BlockReference => (block.blockHash ? { hash: block.blockHash } : block.blockNumber!));

/** A tag, a number, a hash, or an EIP-1898 object. requireCanonical is always true here: nothing is ever undone. */
export const blockParameter = z.unknown().transform((value, context): BlockReference => {
  const isHash = typeof value === "string" && value.length === 66;
  const schema = typeof value === "object" ? blockObject : isHash ? hashReference : blockNumberParameter;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: "custom", message: parsed.error.issues[0]!.message });
  return z.NEVER;
});
const hashReference = hashParameter.transform((hash): BlockReference => ({ hash }));

/** Block parameter that may be left out and then means the newest block. */
export const optionalBlockParameter = z
  .unknown()
  .transform((value): unknown => value ?? "latest")
  .pipe(blockParameter);

/** Only the fields that a call needs; nonce, type, chainId and the like are accepted and not looked at. */
export const callParameter = z
  .object({
    from: maybe(addressParameter),
    to: maybe(addressParameter),
    gas: maybe(quantityParameter),
    gasPrice: maybe(quantityParameter),
    maxFeePerGas: maybe(quantityParameter),
    maxPriorityFeePerGas: maybe(quantityParameter),
    value: maybe(quantityParameter),
    data: maybe(dataParameter),
    input: maybe(dataParameter),
    accessList: maybe(z.array(z.object({ address: addressParameter, storageKeys: z.array(hashParameter) }))),
  })
  .refine((call) => call.gasPrice === undefined || call.maxFeePerGas === undefined, {
    message: "both gasPrice and maxFeePerGas are given",
  })
  .refine((call) => !call.data || !call.input || Buffer.compare(call.data, call.input) === 0, {
    message: 'both "data" and "input" are given and not equal; "input" is enough',
  })
  .transform(({ input, data, ...rest }) => ({ ...rest, data: input ?? data }));

/** Values by storage slot; later duplicates in another spelling win. */
const slotsParameter = z.record(z.string(), hashParameter).transform((slots, context) => {
  const entries = Object.entries(slots).map(([slot, value]) => [slotParameter.safeParse(slot).data, value] as const);
  if (entries.some(([slot]) => slot === undefined)) {
    context.addIssue({ code: "custom", message: "expected storage slots of at most 32 bytes in hex" });
  }
  return Object.fromEntries(entries) as Readonly<Record<Hash, Hash>>;
});

const overrideParameter = z
  .object({
    balance: maybe(quantityParameter),
    nonce: maybe(quantityParameter),
    code: maybe(dataParameter),
    stateDiff: maybe(slotsParameter),
    state: z.unknown().optional(),
    movePrecompileToAddress: z.unknown().optional(),
  })
  .refine((account) => account.state == null && account.movePrecompileToAddress == null, {
    message: "state and movePrecompileToAddress are not supported; stateDiff is",
  })
  .transform(({ state: _, movePrecompileToAddress: __, ...override }) => override);

export type OverrideParameter = z.output<typeof overrideParameter>;

/** State overrides by account. */
export const overridesParameter = maybe(
  z.record(z.string(), overrideParameter).transform((accounts, context) => {
    const entries = Object.entries(accounts).map(
      ([address, override]) => [addressParameter.safeParse(address).data, override] as const,
    );
    if (entries.some(([address]) => address === undefined)) {
      context.addIssue({ code: "custom", message: "expected addresses as members" });
    }
    return Object.fromEntries(entries) as Readonly<Record<Address, OverrideParameter>>;
  }),
);

/** Block overrides are refused rather than ignored: the answer would be wrong. */
export const noBlockOverrides = z
  .unknown()
  .refine((value) => value == null || (typeof value === "object" && Object.keys(value).length === 0), {
    message: "block overrides are not supported",
  });

const oneOrMany = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .union([schema.transform((value) => [value]), z.array(schema)])
    .nullish()
    .transform((values) => (values ?? []) as readonly z.output<Schema>[]);

/** Alternatives at one position of topics: null, also among others, matches everything. */
const topicParameter = z
  .unknown()
  .transform((value): unknown => (value == null || (Array.isArray(value) && value.includes(null)) ? [] : value))
  .pipe(oneOrMany(hashParameter));

export const logFilterParameter = z
  .object({
    blockHash: maybe(hashParameter),
    fromBlock: maybe(blockNumberParameter),
    toBlock: maybe(blockNumberParameter),
    address: oneOrMany(addressParameter),
    topics: z
      .array(topicParameter)
      .max(4, "expected at most 4 topics")
      .nullish()
      .transform((topics) => topics ?? []),
  })
  .refine((filter) => !filter.blockHash || (!filter.fromBlock && !filter.toBlock), {
    message: "blockHash cannot be combined with fromBlock or toBlock",
  })
  .transform(({ address, ...rest }) => ({ ...rest, addresses: address }));

export type LogFilterParameter = z.output<typeof logFilterParameter>;
