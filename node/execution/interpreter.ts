/**
 * The main loop of the interpreter, in place of the library's: the same handlers and gas, without a promise per opcode.
 *
 * Owns: stepping through code, jump targets (remembered per contract), letting in other work and giving up on time.
 * Does not own: what opcodes do and cost (@ethereumjs/evm), when time is up (pace.ts).
 * Called by: machine. EVMs without a pace keep the library's loop. The library analyses code anew at every call and
 * cannot be stopped inside a frame, so that one transaction could hold a validator for many seconds.
 */
import { type EVM, EVMError } from "@ethereumjs/evm";
import { FAST_HANDLERS, type RunState } from "./fast-opcodes.ts";
import type { Pace } from "./pace.ts";

/** Time is looked at this often: the dearest opcode takes some tenths of a millisecond. */
const STEPS_BETWEEN_CHECKS = 32;
/** Contracts whose jump targets are remembered: 250 KB each at most. */
const MAX_ANALYSES = 128;
const PUSH1 = 0x60;
const PUSH32 = 0x7f;
const JUMP = 0x56;
const JUMPI = 0x57;
const JUMPDEST = 0x5b;
const PUSH_GAS = 3n;

interface OpcodeEntry {
  readonly opcodeInfo: {
    readonly feeBigInt: bigint;
    readonly dynamicGas: boolean;
    readonly isAsync: boolean;
    readonly isInvalid: boolean;
  };
  readonly opHandler: (state: RunState, common: unknown) => unknown;
  readonly gasHandler: (state: RunState, gas: bigint, common: unknown) => Promise<bigint>;
}

interface RunResult {
  readonly runState: RunState;
  readonly exceptionError: EVMError | undefined;
}

/** What the library's class has that this file uses. */
interface Frame {
  readonly common: unknown;
  readonly _evm: EVM & { readonly _opcodeMap: readonly OpcodeEntry[] };
  readonly _env: { readonly isCreate: boolean };
  readonly _runState: RunState;
  useGas(amount: bigint): void;
  run(code: Uint8Array, options?: { readonly pc?: number }): Promise<RunResult>;
}

interface Analysis {
  /** 1 where a jump may go. */
  targets: Uint8Array | undefined;
  /** What the PUSH at an offset pushes, once it was asked for. */
  readonly pushes: (bigint | undefined)[];
}

const paces = new WeakMap<object, Pace>();
const analyses = new Map<Uint8Array, Analysis>();

const library = new URL("./interpreter.js", import.meta.resolve("@ethereumjs/evm"));
const { Interpreter } = (await import(library.href)) as { readonly Interpreter: { readonly prototype: Frame } };
const libraryRun = Interpreter.prototype.run;
Interpreter.prototype.run = function run(this: Frame, code, options = {}) {
  const pace = paces.get(this._evm);
  return pace === undefined || options.pc !== undefined
    ? libraryRun.call(this, code, options)
    : runPaced(this, code, pace);
};

/** From here on the EVM's frames run in this loop, at this pace. */
export function setPace(evm: EVM, pace: Pace): void {
  paces.set(evm, pace);
}

async function runPaced(frame: Frame, code: Uint8Array, pace: Pace): Promise<RunResult> {
  const state = frame._runState;
  state.code = code;
  const analysis = analysisOf(code, frame._env.isCreate);
  try {
    let steps = STEPS_BETWEEN_CHECKS;
    while (state.programCounter < code.length) {
      if (--steps === 0) {
        steps = STEPS_BETWEEN_CHECKS;
        const pause = pace.check();
        if (pause !== undefined) await pause;
      }
      const opcode = code[state.programCounter]!;
      state.opCode = opcode;
      if (opcode >= PUSH1 && opcode <= PUSH32) push(frame, analysis, opcode);
      else if (opcode === JUMP || opcode === JUMPI) jump(frame, analysis, opcode);
      else {
        const pending = step(frame, opcode);
        if (pending !== undefined) await pending;
      }
    }
  } catch (error) {
    if (!isEvmError(error)) throw error;
    return { runState: state, exceptionError: error.error === EVMError.errorMessages.STOP ? undefined : error };
  }
  return { runState: state, exceptionError: undefined };
}

/** One opcode; a promise when there is something to wait for. */
function step(frame: Frame, opcode: number): unknown {
  const { opcodeInfo, opHandler } = frame._evm._opcodeMap[opcode]!;
  if (opcodeInfo.dynamicGas) return stepWithDynamicGas(frame, opcode);
  if (opcodeInfo.isInvalid) throw new EVMError(EVMError.errorMessages.INVALID_OPCODE);
  frame.useGas(opcodeInfo.feeBigInt);
  frame._runState.programCounter++;
  const result = opHandler(frame._runState, frame.common);
  return opcodeInfo.isAsync ? result : undefined;
}

async function stepWithDynamicGas(frame: Frame, opcode: number): Promise<void> {
  const { opcodeInfo, opHandler, gasHandler } = frame._evm._opcodeMap[opcode]!;
  frame.useGas(await gasHandler(frame._runState, opcodeInfo.feeBigInt, frame.common));
  frame._runState.programCounter++;
  const result = (FAST_HANDLERS.get(opcode) ?? opHandler)(frame._runState, frame.common);
  if (opcodeInfo.isAsync) await result;
}

function push(frame: Frame, { pushes }: Analysis, opcode: number): void {
  const state = frame._runState;
  frame.useGas(PUSH_GAS);
  const offset = state.programCounter;
  const length = opcode - PUSH1 + 1;
  let value = pushes[offset];
  if (value === undefined) {
    value = wordAt(state.code, offset + 1, length);
    pushes[offset] = value;
  }
  state.programCounter = offset + 1 + length;
  state.stack.push(value);
}

function jump(frame: Frame, analysis: Analysis, opcode: number): void {
  const state = frame._runState;
  frame.useGas(frame._evm._opcodeMap[opcode]!.opcodeInfo.feeBigInt);
  state.programCounter++;
  let target: bigint;
  if (opcode === JUMP) {
    target = state.stack.pop();
  } else {
    const [destination, condition] = state.stack.popN(2) as [bigint, bigint];
    if (condition === 0n) return;
    target = destination;
  }
  analysis.targets ??= jumpTargets(state.code);
  // A number this large is no offset; the conversion loses nothing below.
  const offset = target > 0xffff_ffffn ? -1 : Number(target);
  if (analysis.targets[offset] !== 1) throw new EVMError(EVMError.errorMessages.INVALID_JUMP);
  state.programCounter = offset;
}

function analysisOf(code: Uint8Array, isCreate: boolean): Analysis {
  let analysis = analyses.get(code);
  if (analysis !== undefined) {
    analyses.delete(code);
  } else {
    analysis = { targets: undefined, pushes: [] };
    // The bytes of init code are never the same object again.
    if (isCreate) return analysis;
    if (analyses.size >= MAX_ANALYSES) analyses.delete(analyses.keys().next().value!);
  }
  analyses.set(code, analysis);
  return analysis;
}

function jumpTargets(code: Uint8Array): Uint8Array {
  const targets = new Uint8Array(code.length);
  for (let offset = 0; offset < code.length; offset++) {
    const opcode = code[offset]!;
    if (opcode === JUMPDEST) targets[offset] = 1;
    else if (opcode >= PUSH1 && opcode <= PUSH32) offset += opcode - PUSH1 + 1;
  }
  return targets;
}

/** Bytes past the end of the code are zero. */
function wordAt(code: Uint8Array, start: number, length: number): bigint {
  const bytes = Buffer.alloc(length);
  bytes.set(code.subarray(start, start + length));
  return BigInt(`0x${bytes.toString("hex")}`);
}

function isEvmError(error: unknown): error is EVMError {
  return typeof error === "object" && error !== null && "errorType" in error;
}
