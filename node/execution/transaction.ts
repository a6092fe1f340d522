/**
 * A signed transaction: decoding, the rules that need no state, the sender (recovered once per node).
 *
 * Owns: raw bytes → Transaction or the error that names what is wrong; the memory of known transactions.
 * Does not own: nonce, balance and fees against a state (pool.ts, executor.ts).
 * Called by: pool, verifier, builder. EIPs 2, 155, 1559, 2718, 2930, 3860, 7623, 7702, 7825; no blobs (4844).
 */
import type { Common } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import { createTxFromRLP, type TypedTransaction } from "@ethereumjs/tx";
import { Address as LibraryAddress } from "@ethereumjs/util";
import { CunError } from "../types/errors.ts";
import { MAX_KNOWN_TRANSACTIONS, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS } from "../types/limits.ts";
import type { Address, Hash } from "../types/primitives.ts";
import { quantity, toQuantity } from "./account-data.ts";
import { hexOf, keccak256, recoverPublicKey } from "./hashing.ts";
import { addressOf } from "./header.ts";
import { encodeList, encodeString } from "./trie-node.ts";

export interface Transaction {
  readonly hash: Hash;
  readonly raw: Uint8Array;
  readonly type: number;
  readonly sender: Address;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** Wei per gas at most, tip included; the gas price of older types. */
  readonly maxFee: bigint;
  readonly maxTip: bigint;
  /** The most it can cost: gas limit × fee + value, in wei. */
  readonly maxCost: bigint;
  /** As the library executes it. */
  readonly executable: TypedTransaction;
}

/** Where the fields stand in the list of each type. */
interface Layout {
  readonly length: number;
  readonly chainId: number | undefined;
  readonly fee: number;
  readonly gas: number;
  readonly to: number;
  readonly data: number;
  readonly signature: number;
}
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [0, { length: 9, chainId: undefined, fee: 1, gas: 2, to: 3, data: 5, signature: 6 }],
  [1, { length: 11, chainId: 0, fee: 2, gas: 3, to: 4, data: 6, signature: 8 }],
  [2, { length: 12, chainId: 0, fee: 3, gas: 4, to: 5, data: 7, signature: 9 }],
  [4, { length: 13, chainId: 0, fee: 3, gas: 4, to: 5, data: 7, signature: 10 }],
]);
const SUPPORTED_TYPES = "0, 1, 2 and 4";
const MAX_INITCODE_BYTES = 49_152;
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

type Item = Uint8Array | Item[];

export class TransactionDecoder {
  readonly #common: Common;
  readonly #chainId: bigint;
  /** Oldest first. */
  readonly #known = new Map<Hash, Transaction>();

  constructor(common: Common) {
    this.#common = common;
    this.#chainId = common.chainId();
  }

  /** `waiting` knows transactions that need not be decoded again. @throws CunError transaction… */
  decode(raw: Uint8Array, waiting?: (hash: Hash) => Transaction | undefined): Transaction {
    const hash = hexOf(keccak256(raw)) as Hash;
    const known = waiting?.(hash) ?? this.#known.get(hash);
    if (known !== undefined) return known;
    const transaction = this.#decode(raw, hash);
    this.#known.set(hash, transaction);
    if (this.#known.size > MAX_KNOWN_TRANSACTIONS) this.#known.delete(this.#known.keys().next().value!);
    return transaction;
  }

  #decode(raw: Uint8Array, hash: Hash): Transaction {
    if (raw.length > MAX_TRANSACTION_BYTES) {
      throw new CunError("transactionTooLarge", { bytes: raw.length, limit: MAX_TRANSACTION_BYTES });
    }
    const type = (raw[0] ?? 0x80) >= 0xc0 ? 0 : (raw[0] ?? 0x80);
    const layout = LAYOUTS.get(type);
    if (layout === undefined) {
      throw new CunError("transactionTypeUnsupported", { type, supported: SUPPORTED_TYPES });
    }
    const fields = fieldsOf(type === 0 ? raw : raw.subarray(1), layout);
    this.#checkFields(fields, layout);
    const sender = this.#recover(type, fields, layout);
    const executable = this.#executable(raw, sender);
    const maxFee = "maxFeePerGas" in executable ? executable.maxFeePerGas : executable.gasPrice;
    const maxTip = "maxPriorityFeePerGas" in executable ? executable.maxPriorityFeePerGas : maxFee;
    const { nonce, gasLimit, value } = executable;
    return {
      hash,
      raw,
      type,
      sender: addressOf(sender),
      nonce,
      gasLimit,
      maxFee,
      maxTip,
      maxCost: gasLimit * maxFee + value,
      executable,
    };
  }

  /** Rules with an error of their own; the library checks the rest. */
  #checkFields(fields: readonly Item[], layout: Layout): void {
    const quantityAt = (index: number): bigint => toQuantity(fields[index] as Uint8Array);
    if (layout.chainId !== undefined && quantityAt(layout.chainId) !== this.#chainId) {
      throw new CunError("transactionChainIdWrong", { chainId: quantityAt(layout.chainId), expected: this.#chainId });
    }
    const gas = quantityAt(layout.gas);
    if (gas > MAX_TRANSACTION_GAS) throw new CunError("transactionGasTooHigh", { cap: MAX_TRANSACTION_GAS, gas });
    const [tip, fee] = [quantityAt(layout.fee - 1), quantityAt(layout.fee)];
    if (layout.length >= 12 && tip > fee) throw new CunError("transactionTipAboveFee", { tip, fee });
    const bytes = (fields[layout.data] as Uint8Array).length;
    if ((fields[layout.to] as Uint8Array).length === 0 && bytes > MAX_INITCODE_BYTES) {
      throw new CunError("transactionInitcodeTooLarge", { bytes, limit: MAX_INITCODE_BYTES });
    }
  }

  #recover(type: number, fields: readonly Item[], layout: Layout): Uint8Array {
    const signature = fields.slice(layout.signature) as Uint8Array[];
    if (signature.some((field) => field[0] === 0)) throw badSignature("leading zeros");
    const [v, r, s] = signature.map(toQuantity);
    if (r === 0n || s === 0n || r! >= ORDER || s! >= ORDER) throw badSignature("r or s is out of range");
    if (s! > HALF_ORDER) throw badSignature(`s ${s} is above half of the curve's order ${HALF_ORDER}`);
    const unsigned = fields.slice(0, layout.signature).map(reencode);
    let recovery = v!;
    if (type === 0 && v! >= 35n) {
      const chainId = (v! - 35n) / 2n;
      if (chainId !== this.#chainId) {
        throw new CunError("transactionChainIdWrong", { chainId, expected: this.#chainId });
      }
      recovery = (v! - 35n) % 2n;
      unsigned.push(encodeString(quantity(this.#chainId)), ...NO_R_S);
    } else if (type === 0) {
      recovery = v! - 27n;
    }
    if (recovery !== 0n && recovery !== 1n) throw badSignature(`v is ${v}`);
    const list = encodeList(unsigned);
    const message = type === 0 ? list : Buffer.concat([Uint8Array.of(type), list]);
    return senderOf(keccak256(message), fields, layout, Number(recovery));
  }

  #executable(raw: Uint8Array, sender: Uint8Array): TypedTransaction {
    try {
      const transaction: TypedTransaction = createTxFromRLP(raw, { common: this.#common, freeze: false });
      const minimum = transaction.getMinimumGasLimit();
      if (transaction.gasLimit < minimum) {
        throw new CunError("transactionGasTooLow", { gas: transaction.gasLimit, minimum });
      }
      const address = new LibraryAddress(sender);
      const intrinsic = transaction.getIntrinsicGas();
      // What the library would work out again each time it is asked.
      return Object.assign(transaction, { getSenderAddress: () => address, getIntrinsicGas: () => intrinsic });
    } catch (error) {
      if (error instanceof CunError) throw error;
      throw new CunError("transactionMalformed", { reason: reasonOf(error) });
    }
  }
}

/** EIP-7702: accounts whose nonces a transaction may have moved besides its sender's. */
export function authoritiesOf({ executable }: Transaction): Address[] {
  if (!("authorizationList" in executable)) return [];
  return executable.authorizationList.flatMap((authorization) => {
    const [chainId, address, nonce, yParity, r, s] = authorization as Uint8Array[];
    const message = Buffer.concat([Uint8Array.of(0x05), RLP.encode([chainId!, address!, nonce!])]);
    const signature = new Uint8Array(64);
    try {
      signature.set(r!, 32 - r!.length);
      signature.set(s!, 64 - s!.length);
      return [
        addressOf(keccak256(recoverPublicKey(keccak256(message), signature, Number(toQuantity(yParity!)))).slice(12)),
      ];
    } catch {
      return [];
    }
  });
}

const NO_R_S = [Uint8Array.of(0x80), Uint8Array.of(0x80)];

/** The library's words without its tail of context. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(" (")[0]!;
}

function badSignature(reason: string): CunError {
  return new CunError("transactionSignatureInvalid", { reason });
}

function fieldsOf(encoded: Uint8Array, layout: Layout): readonly Item[] {
  let fields: Item;
  try {
    fields = RLP.decode(encoded) as Item;
  } catch (error) {
    throw new CunError("transactionMalformed", { reason: reasonOf(error) });
  }
  if (!Array.isArray(fields) || fields.length !== layout.length) {
    throw new CunError("transactionMalformed", { reason: `not a list of ${layout.length} fields` });
  }
  const isList = (index: number): boolean => layout.length !== 9 && index > layout.data && index < layout.signature;
  fields.forEach((field, index) => {
    if (Array.isArray(field) === isList(index)) return;
    throw new CunError("transactionMalformed", { reason: `field ${index} has the wrong kind` });
  });
  return fields;
}

function reencode(item: Item): Uint8Array {
  return Array.isArray(item) ? encodeList(item.map(reencode)) : encodeString(item);
}

function senderOf(message: Uint8Array, fields: readonly Item[], layout: Layout, recovery: number): Uint8Array {
  const signature = new Uint8Array(64);
  const [r, s] = [fields[layout.signature + 1] as Uint8Array, fields[layout.signature + 2] as Uint8Array];
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  try {
    return keccak256(recoverPublicKey(message, signature, recovery)).slice(12);
  } catch {
    throw badSignature("no key could have made the signature");
  }
}
