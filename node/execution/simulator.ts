/**
 * Runs messages that are not in any block: eth_call and gas estimation. Changes nothing.
 *
 * Owns: the context of a block's child-to-be, state overrides, the cost of a call, the search for a gas limit.
 * Does not own: reads (state-reader.ts), transactions in blocks (executor.ts).
 * Called by: embedded. Without a gas price the base fee is 0, as in go-ethereum, so that nobody needs funds to ask.
 */
import type { Common } from "@ethereumjs/common";
import type { EVMResult } from "@ethereumjs/evm";
import { type AccessList, createAccessList2930Tx, getCalldataFloorGas } from "@ethereumjs/tx";
import { Account, Address as LibraryAddress } from "@ethereumjs/util";
import type { ClockPort } from "../ports/clock.ts";
import type { CallRequest, CallResult, StateOverride } from "../ports/execution.ts";
import { CunError } from "../types/errors.ts";
import { MAX_TRANSACTION_GAS } from "../types/limits.ts";
import { type Address, asView, fromHex, hashBytes } from "../types/primitives.ts";
import { NO_CODE } from "./account-data.ts";
import { childFrame, type HeaderFrame } from "./block-rules.ts";
import { decodeContext, decodeHeader } from "./header.ts";
import { knowParent, type Machine, type MachineShelf } from "./machine.ts";
import type { State } from "./state.ts";
import type { TrieNode } from "./trie-node.ts";

type Overrides = Readonly<Record<Address, StateOverride>>;

export interface SimulatorParts {
  readonly common: Common;
  readonly shelf: MachineShelf;
  readonly clock: ClockPort;
  /** Real time for one call or one estimate. */
  readonly limitMs: number;
  rootOf(header: Uint8Array): TrieNode | undefined;
}

const NOBODY = "0x0000000000000000000000000000000000000000" as Address;
const MAX_REFUND_QUOTIENT = 5n;
const FUNDS_MISSING = "insufficient funds for gas * price + value";

const toLibrary = (address: Address): LibraryAddress => new LibraryAddress(fromHex(address)!);

export class Simulator {
  readonly #parts: SimulatorParts;

  constructor(parts: SimulatorParts) {
    this.#parts = parts;
  }

  /** The gas limit is capped at the block's. */
  async call(header: Uint8Array, request: CallRequest, overrides: Overrides = {}): Promise<CallResult> {
    const limit = decodeHeader(header).header.gasLimit;
    const gas = request.gas === undefined || request.gas > limit ? limit : request.gas;
    return this.#run(header, request, { overrides, gas, endMs: this.#endMs() });
  }

  /** Least gas with which it succeeds; the result with the most gas when it never does. */
  async estimateGas(header: Uint8Array, request: CallRequest): Promise<bigint | CallResult> {
    const blockLimit = decodeHeader(header).header.gasLimit;
    let enough = MAX_TRANSACTION_GAS < blockLimit ? MAX_TRANSACTION_GAS : blockLimit;
    if (request.gas !== undefined && request.gas < enough) enough = request.gas;
    const endMs = this.#endMs();
    const attempt = (gas: bigint) => this.#run(header, request, { overrides: {}, gas, endMs });
    const first = await attempt(enough);
    if (!first.succeeded) return first;
    // What it used is not enough when gas was refunded, or when a callee got 63/64 of what was left (EIP-150).
    let tooLittle = first.gasUsed - 1n;
    for (const guess of [first.gasUsed, (first.gasUsed * 64n) / 63n + 2_300n]) {
      if (guess <= tooLittle || guess >= enough) continue;
      if ((await attempt(guess)).succeeded) {
        enough = guess;
        break;
      }
      tooLittle = guess;
    }
    while (enough - tooLittle > 1n) {
      const middle = (enough + tooLittle) / 2n;
      if ((await attempt(middle)).succeeded) enough = middle;
      else tooLittle = middle;
    }
    return enough;
  }

  #endMs(): number {
    return this.#parts.clock.nowMs() + this.#parts.limitMs;
  }

  async #run(header: Uint8Array, request: CallRequest, { overrides, gas, endMs }: Attempt): Promise<CallResult> {
    const frame = this.#frame(header, request);
    const { limitMs, clock } = this.#parts;
    const giveUp = () => new CunError("callTooSlow", { limitMs });
    // Never longer than the limit, also when the system's clock was set back.
    const leftMs = Math.min(limitMs, endMs - clock.nowMs());
    if (leftMs < 0) throw giveUp();
    return this.#parts.shelf.use(this.#parts.rootOf(header), async (machine) => {
      machine.pace.limit(leftMs, giveUp);
      await knowParent(machine, frame);
      await override(machine.state, overrides);
      return this.#execute(machine, frame, request, gas);
    });
  }

  #frame(encoded: Uint8Array, request: CallRequest): HeaderFrame {
    const sealed = decodeHeader(encoded);
    const { epoch, view } = decodeContext(sealed.header.parentBeaconBlockRoot);
    const frame = childFrame(sealed, hashBytes(sealed.hash), {
      context: { epoch, view: asView(view + 1), parentView: view },
      timestamp: Math.floor(this.#parts.clock.nowMs() / 1000),
      // Who proposes next is not known, and a proposer's account is warm (EIP-3651): naming one would make
      // estimates too low for every other proposer.
      feeRecipient: new Uint8Array(20),
    });
    return priceOf(request, frame.baseFeePerGas) === 0n ? { ...frame, baseFeePerGas: 0n } : frame;
  }

  async #execute(machine: Machine, frame: HeaderFrame, request: CallRequest, gas: bigint): Promise<CallResult> {
    const { evm, state } = machine;
    const from = toLibrary(request.from ?? NOBODY);
    const gasPrice = priceOf(request, frame.baseFeePerGas);
    const cost = this.#costOf(request, gas);
    if (gas < cost.minimum) return failed(gas, `intrinsic gas too low: gas ${gas}, minimum needed ${cost.minimum}`);
    const sender = (await state.getAccount(from)) ?? new Account();
    if (sender.balance < gas * gasPrice + (request.value ?? 0n)) return failed(0n, FUNDS_MISSING);
    if (gasPrice > 0n) {
      sender.balance -= gas * gasPrice;
      await state.putAccount(from, sender);
    }
    warm(machine, frame, request, from);
    const result = await evm.runCall({
      block: this.#parts.shelf.blockOf(frame),
      caller: from,
      origin: from,
      gasPrice,
      gasLimit: gas - cost.intrinsic,
      value: request.value ?? 0n,
      data: request.data ?? NO_CODE,
      ...(request.to && { to: toLibrary(request.to) }),
    });
    return toCallResult(result, cost);
  }

  /** What a transaction with this request would pay before its first instruction, and at least in the end. */
  #costOf(request: CallRequest, gas: bigint): Cost {
    const accessList: AccessList = (request.accessList ?? []).map(({ address, storageKeys }) => ({
      address,
      storageKeys: [...storageKeys],
    }));
    const fields = { gasLimit: gas, data: request.data ?? NO_CODE, accessList, ...(request.to && { to: request.to }) };
    // The cap on a transaction's gas does not bind reads.
    const gasLimit = gas < MAX_TRANSACTION_GAS ? gas : MAX_TRANSACTION_GAS;
    const transaction = createAccessList2930Tx({ ...fields, gasLimit }, { common: this.#parts.common, freeze: false });
    const [intrinsic, floor] = [transaction.getIntrinsicGas(), getCalldataFloorGas(transaction)];
    return { intrinsic, floor, minimum: intrinsic > floor ? intrinsic : floor };
  }
}

interface Attempt {
  readonly overrides: Overrides;
  readonly gas: bigint;
  readonly endMs: number;
}

interface Cost {
  readonly intrinsic: bigint;
  /** EIP-7623. */
  readonly floor: bigint;
  readonly minimum: bigint;
}

function priceOf({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: CallRequest, baseFee: bigint): bigint {
  if (gasPrice !== undefined) return gasPrice;
  if (maxFeePerGas === undefined) return 0n;
  const price = baseFee + (maxPriorityFeePerGas ?? 0n);
  return price < maxFeePerGas ? price : maxFeePerGas;
}

function failed(gasUsed: bigint, exception: string): CallResult {
  return { succeeded: false, output: NO_CODE, gasUsed, exception };
}

/** EIP-2929, 2930, 3651: what a transaction finds warm. */
function warm({ evm }: Machine, frame: HeaderFrame, request: CallRequest, from: LibraryAddress): void {
  const { journal } = evm;
  for (const address of evm.precompiles.keys()) journal.addAlwaysWarmAddress(address);
  journal.addAlwaysWarmAddress(from.toString());
  journal.addAlwaysWarmAddress(new LibraryAddress(frame.coinbase).toString());
  if (request.to !== undefined) journal.addAlwaysWarmAddress(request.to);
  for (const { address, storageKeys } of request.accessList ?? []) {
    journal.addAlwaysWarmAddress(address);
    for (const key of storageKeys) journal.addAlwaysWarmSlot(address, key);
  }
}

function toCallResult({ execResult }: EVMResult, cost: Cost): CallResult {
  const spent = cost.intrinsic + execResult.executionGasUsed;
  const refundLimit = spent / MAX_REFUND_QUOTIENT;
  const refund = execResult.gasRefund ?? 0n;
  const paid = spent - (refund < refundLimit ? refund : refundLimit);
  return {
    succeeded: execResult.exceptionError === undefined,
    output: execResult.returnValue,
    gasUsed: paid > cost.floor ? paid : cost.floor,
    // Without the code hash and position that the library appends to some.
    exception: execResult.exceptionError?.error.split(" at ")[0],
  };
}

async function override(state: State, overrides: Overrides): Promise<void> {
  for (const [address, { balance, nonce, code, stateDiff }] of Object.entries(overrides) as [
    Address,
    StateOverride,
  ][]) {
    const target = toLibrary(address);
    const account = (await state.getAccount(target)) ?? new Account();
    if (balance !== undefined) account.balance = balance;
    if (nonce !== undefined) account.nonce = nonce;
    await state.putAccount(target, account);
    if (code !== undefined) await state.putCode(target, code);
    for (const [slot, value] of Object.entries(stateDiff ?? {})) {
      await state.putStorage(target, fromHex(slot)!, fromHex(value)!);
    }
  }
}
