/**
 * Contracts in the genesis block of the ExecutionPort's suite.
 *
 * Owns: addresses and code. Called by: test/compliance/execution*.ts.
 */
import type { ExecutionPort } from "../../node/ports/execution.ts";
import type { Hash } from "../../node/types/primitives.ts";
import { assemble } from "./assembly.ts";

/** Two engines of one network, made anew for each test. */
export interface ExecutionPair {
  execution(): ExecutionPort;
  peer(): ExecutionPort;
}

export const COUNTER = "0x00000000000000000000000000000000000c0001";
export const LOGGER = "0x00000000000000000000000000000000000c0002";
export const REVERTER = "0x00000000000000000000000000000000000c0003";
export const HASHES = "0x00000000000000000000000000000000000c0004";
export const RETRY = "0x00000000000000000000000000000000000c0005";
export const CODE = {
  [COUNTER]: assemble("00 SLOAD 01 ADD DUP1 00 SSTORE 00 MSTORE 20 00 RETURN"),
  [LOGGER]: assemble("CALLVALUE 00 MSTORE CALLER 20 00 LOG1"),
  [REVERTER]: assemble("2a 00 MSTORE 20 00 REVERT"),
  [HASHES]: assemble("01 NUMBER SUB BLOCKHASH 00 SSTORE 00 BLOCKHASH 01 SSTORE NUMBER BLOCKHASH 02 SSTORE"),
  // Gives 63/64 of its gas to the counter and fails unless that worked: needs more gas than it uses.
  [RETRY]: assemble("00 00 00 00 00 0c0001 GAS CALL ISZERO ISZERO 1b JUMPI 00 00 REVERT STOP JUMPDEST STOP"),
};
export const slot = (index: number): Hash => `0x${index.toString(16).padStart(64, "0")}` as Hash;
