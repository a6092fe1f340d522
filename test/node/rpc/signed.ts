/**
 * One transaction of every type, signed by ethers, with what a block and a pool keep of it.
 *
 * Owns: the fixtures. Called by: tests of encoding and subscriptions.
 */
import { RLP } from "@ethereumjs/rlp";
import { authorizationify, Transaction, type TransactionLike, Wallet } from "ethers";
import type { Address, Hash } from "../../../node/types/primitives.ts";
import type { FakeTransaction } from "./fake-backend.ts";

export const wallet = new Wallet(`0x${"11".repeat(32)}`);
const TO = `0x${"22".repeat(20)}`;
const common = { nonce: 5, gasLimit: 100_000n, to: TO, value: 3n, data: "0x1234", chainId: 2026n };
const accessList = [{ address: `0x${"33".repeat(20)}`, storageKeys: [`0x${"44".repeat(32)}`] }];
const fees = { maxFeePerGas: 100n, maxPriorityFeePerGas: 2n };

export type SignedTransaction = FakeTransaction & { readonly transaction: Transaction; readonly raw: Uint8Array };

function sign(fields: TransactionLike<string>): SignedTransaction {
  const transaction = Transaction.from(fields);
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
  const raw = new Uint8Array(Buffer.from(transaction.serialized.slice(2), "hex"));
  return {
    transaction,
    raw,
    item: raw[0]! >= 0xc0 ? (RLP.decode(raw) as Uint8Array[]) : raw,
    hash: transaction.hash as Hash,
    from: wallet.address.toLowerCase() as Address,
    /** Over a base fee of 7 wei. */
    tip: transaction.maxPriorityFeePerGas ?? 43n,
    type: transaction.type ?? 0,
  };
}

const authorization = wallet.authorizeSync({ address: TO, nonce: 6n, chainId: 2026n });

export const signed = {
  legacy: sign({ ...common, type: 0, gasPrice: 50n }),
  unprotected: sign({ ...common, type: 0, gasPrice: 50n, chainId: 0n }),
  creation: sign({ ...common, type: 0, gasPrice: 50n, to: null, value: 0n }),
  accessList: sign({ ...common, type: 1, gasPrice: 50n, accessList }),
  feeMarket: sign({ ...common, ...fees, type: 2, accessList }),
  setCode: sign({ ...common, ...fees, type: 4, authorizationList: [authorizationify(authorization)] }),
};
