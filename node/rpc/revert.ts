/**
 * What a contract says when it reverts: the reason inside Error(string) and Panic(uint256).
 *
 * Owns: the decoding and the words for panic codes. Does not own: custom errors; callers know their ABI and get
 * the raw data. Called by: methods/state.ts. Solidity documentation, "Panic via assert and Error via require".
 */
import { CunError } from "../types/errors.ts";
import { data } from "./hex.ts";

const ERROR_SELECTOR = "0x08c379a0";
const PANIC_SELECTOR = "0x4e487b71";
const WORD = 32;
const MAX_REASON_BYTES = 1024;

/** The words of go-ethereum, which tools compare with. */
const PANIC_REASONS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, "generic panic"],
  [0x01n, "assert(false)"],
  [0x11n, "arithmetic underflow or overflow"],
  [0x12n, "division or modulo by zero"],
  [0x21n, "enum overflow"],
  [0x22n, "invalid encoded storage byte array accessed"],
  [0x31n, "out-of-bounds array access; popping on an empty array"],
  [0x32n, "out-of-bounds access of an array or bytesN"],
  [0x41n, "out of memory"],
  [0x51n, "uninitialized function"],
]);

function word(bytes: Uint8Array, offset: number): bigint | undefined {
  return offset + WORD <= bytes.length ? BigInt(data(bytes.subarray(offset, offset + WORD))) : undefined;
}

function errorString(body: Uint8Array): string | undefined {
  const offset = word(body, 0);
  if (offset !== BigInt(WORD)) return undefined;
  const length = word(body, WORD);
  if (length === undefined || length > BigInt(body.length - 2 * WORD)) return undefined;
  const text = body.subarray(2 * WORD, 2 * WORD + Math.min(Number(length), MAX_REASON_BYTES));
  return new TextDecoder().decode(text);
}

/** The reason in words, or undefined when the data is empty, a custom error or malformed. */
export function revertReason(output: Uint8Array): string | undefined {
  const selector = data(output.subarray(0, 4));
  const body = output.subarray(4);
  if (selector === ERROR_SELECTOR) return errorString(body);
  if (selector !== PANIC_SELECTOR || body.length !== WORD) return undefined;
  const code = word(body, 0)!;
  return PANIC_REASONS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`;
}

/** The error of a call that did not succeed; `exception` is the EVM's word for it. */
export function failedCall(result: { readonly output: Uint8Array; readonly exception: string | undefined }): CunError {
  if (result.exception !== undefined && result.exception !== "revert") {
    return new CunError("callFailed", { exception: result.exception });
  }
  return new CunError("callReverted", { reason: revertReason(result.output) ?? "", data: data(result.output) });
}
