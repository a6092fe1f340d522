/**
 * A small chain for tests of execution: funded wallets, contracts in genesis, blocks made in one call.
 *
 * Owns: genesis with given code, signing, build → verify → head. Does not own: assertions.
 * Called by: test/compliance/execution.ts, test/node/execution.
 */
import { type TransactionRequest, Wallet } from "ethers";
import { blstBackend } from "../../node/crypto/bls/blst.ts";
import type { BuiltBlock, ExecutedBlock, ExecutionPort } from "../../node/ports/execution.ts";
import type { CunError } from "../../node/types/errors.ts";
import { type Genesis, genesisSchema } from "../../node/types/genesis.ts";
import { type Address, asEpoch, asView, fromHex, type Hash, toHex } from "../../node/types/primitives.ts";

export const CHAIN_ID = 2026;
export const GENESIS_TIME = 1_700_000_000;
export const ONE_GWEI = 1_000_000_000n;
export const COINBASE = "0x00000000000000000000000000000000c0ffee00" as Address;

/** Wallets with the private keys 1, 2, 3 …, each with 1000 coins in genesis. */
export const WALLETS = Array.from({ length: 8 }, (_, index) => new Wallet(toHex(keyOf(index + 1))));
export const [ANN, BOB, CID, DAN] = WALLETS as [Wallet, Wallet, Wallet, Wallet, ...Wallet[]];

function keyOf(value: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(28, value);
  return key;
}

export const addressOf = (wallet: Wallet): Address => wallet.address.toLowerCase() as Address;

export interface GenesisParts {
  readonly code?: Readonly<Record<string, string>>;
  readonly wallets?: readonly Wallet[];
  readonly gasLimit?: number;
  readonly timestamp?: number;
}

export function genesisOf({
  code = {},
  wallets = WALLETS,
  gasLimit = 60_000_000,
  timestamp,
}: GenesisParts = {}): Genesis {
  const funded = wallets.map((wallet) => [addressOf(wallet), { balance: (1000n * 10n ** 18n).toString() }]);
  const contracts = Object.entries(code).map(([address, bytes]) => [address, { nonce: 1, code: bytes }]);
  return genesisSchema.parse({
    chainId: CHAIN_ID,
    timestamp: timestamp ?? GENESIS_TIME,
    gasLimit,
    baseFeePerGas: ONE_GWEI.toString(),
    alloc: Object.fromEntries([...funded, ...contracts]),
    validators: [
      {
        operator: addressOf(ANN),
        blsPublicKey: toHex(blstBackend.publicKey(new Uint8Array(32).fill(7))),
        certificateFingerprint: `0x${"11".repeat(32)}`,
        weight: "1",
      },
    ],
    timing: {},
  });
}

/** A signed transaction; a plain transfer of 1 wei to Bob unless told otherwise. */
export async function signed(wallet: Wallet, nonce: number, fields: TransactionRequest = {}): Promise<Uint8Array> {
  const raw = await wallet.signTransaction({
    type: 2,
    chainId: CHAIN_ID,
    nonce,
    to: BOB.address,
    value: 1n,
    gasLimit: 21_000n,
    ...(fields.type === undefined || fields.type === 2 || fields.type === 4
      ? { maxFeePerGas: 10n * ONE_GWEI, maxPriorityFeePerGas: ONE_GWEI }
      : { gasPrice: 10n * ONE_GWEI }),
    ...fields,
  });
  return fromHex(raw)!;
}

/** Builds on a block, by default on the head. */
export async function buildOn(execution: ExecutionPort, parent?: Hash, view?: number): Promise<BuiltBlock> {
  const head = execution.head();
  const base = parent === undefined || parent === head.hash ? head : (execution.executed(parent) ?? head);
  return execution.build({
    parent: base.hash,
    context: {
      epoch: asEpoch(0),
      view: asView(view ?? base.context.view + 1),
      parentView: base.context.view,
    },
    timestamp: base.timestamp + 1,
    feeRecipient: COINBASE,
    deadlineMs: 20_000,
  });
}

/** Submits, builds on the head and makes the block the head. */
export async function mine(execution: ExecutionPort, raws: readonly Uint8Array[] = []): Promise<ExecutedBlock> {
  for (const result of await execution.pool.submit(raws)) if (typeof result !== "string") throw result;
  const { hash } = await buildOn(execution);
  const block = execution.executed(hash);
  if (block === undefined) throw new Error("a built block is executed");
  await execution.setHead(hash);
  return block;
}

/** The error that refused the only transaction. */
export async function refusal(execution: ExecutionPort, raw: Uint8Array): Promise<CunError> {
  const [result] = await execution.pool.submit([raw]);
  if (result === undefined || typeof result === "string") throw new Error("the transaction was expected to be refused");
  return result;
}
