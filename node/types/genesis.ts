/**
 * The genesis file: everything all nodes of a network must agree on before block 0.
 *
 * Owns: its shape and its check. The genesis block's extraData is the hash of the validator set, so the genesis
 * hash commits to the whole file except `timing`'s local meaning.
 * Does not own: making one (node/app/devnet; by hand: docs/OPERATING.md), the genesis block itself (node/execution).
 * Called by: execution, app, cli. Units: wei as decimal strings, seconds, milliseconds where named.
 */
import { z } from "zod";
import type { Address, PeerId } from "./primitives.ts";

const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, "20 bytes as lower-case hex")
  .transform((text) => text as Address);
const hex = z.string().regex(/^0x([0-9a-f]{2})*$/, "bytes as lower-case hex");
const wei = z.string().regex(/^(0|[1-9][0-9]*)$/, "whole number of wei");
const fingerprint = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "SHA-256 fingerprint as lower-case hex")
  .transform((text) => text as PeerId);

export const genesisSchema = z.strictObject({
  chainId: z.int().positive(),
  /** Seconds. */
  timestamp: z.int().nonnegative(),
  gasLimit: z.int().min(5_000_000).max(1_000_000_000),
  baseFeePerGas: wei,
  alloc: z.record(
    address,
    z.strictObject({
      balance: wei.default("0"),
      nonce: z.int().nonnegative().optional(),
      code: hex.optional(),
      storage: z.record(hex, hex).optional(),
    }),
  ),
  /** Epoch 0, in the order of their bits in a certificate. */
  validators: z
    .array(
      z.strictObject({
        operator: address,
        /** Compressed G1, 48 bytes. */
        blsPublicKey: z.string().regex(/^0x[0-9a-f]{96}$/, "48 bytes as lower-case hex"),
        certificateFingerprint: fingerprint,
        weight: wei.default("1"),
      }),
    )
    .min(1)
    .max(1024),
  /** Rules of time that all validators share. */
  timing: z.strictObject({
    /** An idle network makes an empty block this often. */
    heartbeatMs: z.int().min(50).default(1000),
    viewTimeoutMs: z.int().min(200).default(2500),
    retransmitMs: z.int().min(50).default(1000),
  }),
  /** Addresses that the system contracts get on this chain (known before: they are CREATE2 addresses). */
  contracts: z.strictObject({ directory: address }).optional(),
});

export type Genesis = z.infer<typeof genesisSchema>;
