/**
 * Signatures that a library would not make.
 *
 * Owns: the mirrored signature of a type-2 transaction: n − s and the other parity recover the same key (EIP-2).
 * Called by: test/node/execution.
 */
import { decodeRlp, encodeRlp, type RlpStructuredDataish } from "ethers";
import { fromHex, toHex } from "../../node/types/primitives.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export function highS(raw: Uint8Array): Uint8Array {
  const fields = [...(decodeRlp(toHex(raw.subarray(1))) as string[])] as RlpStructuredDataish[];
  fields[9] = fields[9] === "0x01" ? "0x" : "0x01";
  fields[11] = `0x${(ORDER - BigInt(fields[11] as string)).toString(16).padStart(64, "0")}`;
  return Uint8Array.of(2, ...fromHex(encodeRlp(fields))!);
}
