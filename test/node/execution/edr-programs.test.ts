/**
 * Random programs here and in EDR (revm): calls, creations, storage and self-destruction in every combination.
 *
 * Owns: the generator of programs. Does not own: comparison (edr-pair.ts).
 */
import type { ExecutedBlock } from "../../../node/ports/execution.ts";
import { assemble } from "../../helpers/assembly.ts";
import { compareAccounts, compareBlockInOrder, openPair } from "../../helpers/edr-pair.ts";
import { addressOf, COINBASE, ONE_GWEI, signed, WALLETS } from "../../helpers/execution-chain.ts";

const at = (number: number): string => `0x${number.toString(16).padStart(40, "c")}`;

describe("random programs beside EDR", () => {
  it("agrees on random programs that create, call, store and destroy", async function () {
    this.timeout(60_000);
    const programs = randomPrograms(2026, 60);
    const fuzzed = await openPair(programs);
    try {
      const targets = Object.keys(programs);
      let block: ExecutedBlock | undefined;
      for (let start = 0; start < targets.length; start += 15) {
        const raws = await Promise.all(
          targets.slice(start, start + 15).map((to, index) => {
            const sender = WALLETS[index % 5]!;
            const nonce = (start / 15) * 3 + Math.floor(index / 5);
            const data = `0x${(index + start).toString(16).padStart(64, "0")}`;
            const maxPriorityFeePerGas = ONE_GWEI + BigInt(100 - index);
            return signed(sender, nonce, {
              to,
              value: BigInt(index % 3),
              data,
              gasLimit: 900_000n,
              maxPriorityFeePerGas,
            });
          }),
        );
        block = await compareBlockInOrder(fuzzed, raws);
      }
      await compareAccounts(fuzzed, block!, [...WALLETS.map(addressOf), ...targets, COINBASE]);
    } finally {
      await fuzzed.ours.close();
      await fuzzed.oracle.close();
    }
  });
});

/** Deterministic programs: mostly sensible instructions on a stack that is kept filled, calls among each other. */
function randomPrograms(seed: number, count: number): Record<string, string> {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const pick = <Choice>(choices: readonly Choice[]): Choice => choices[below(choices.length)]!;
  const word = () =>
    below(2 ** 31)
      .toString(16)
      .padStart(8, "0");
  const binary = [
    "ADD",
    "MUL",
    "SUB",
    "DIV",
    "SDIV",
    "MOD",
    "SMOD",
    "EXP",
    "SIGNEXTEND",
    "LT",
    "SGT",
    "AND",
    "XOR",
    "BYTE",
    "SHL",
    "SAR",
  ];
  const nullary = [
    "ADDRESS",
    "CALLER",
    "CALLVALUE",
    "TIMESTAMP",
    "PREVRANDAO",
    "SELFBALANCE",
    "MSIZE",
    "PC",
    "GAS",
    "RETURNDATASIZE",
  ];
  const target = () =>
    pick([at(1000 + below(count)), at(1000 + below(count)), "05", "02", "04", at(5000)]).replace("0x", "");
  const step = (): string => {
    switch (below(14)) {
      case 0:
        return `${word()} 0${below(8)} SSTORE`;
      case 1:
        return `0${below(8)} SLOAD`;
      case 2:
        return `0${below(8)} SLOAD 01 ADD 0${below(8)} SSTORE`;
      case 3:
        return `${word()} 0${below(4)} TSTORE 0${below(4)} TLOAD`;
      case 4:
        return `20 00 20 00 0${below(2)} ${target()} ${pick(["GAS", "2710", "c350"])} CALL`;
      case 5:
        return `20 20 40 00 ${target()} GAS ${pick(["DELEGATECALL", "STATICCALL"])}`;
      case 6:
        return `${pick(["00", "5f5ffd00", "6001600155", "33ff000000"])} 00 MSTORE 05 1b 00 ${pick(["CREATE", "2a SWAP1 POP 05 1b 00 CREATE2"])}`;
      case 7:
        return `${word()} 20 MSTORE ${word()} 20 00 LOG1`;
      case 8:
        return `20 00 KECCAK256 ${target()} ${pick(["BALANCE", "EXTCODESIZE", "EXTCODEHASH"])}`;
      case 9:
        return `40 20 00 MCOPY 00 CALLDATALOAD CLZ`;
      case 10:
        return pick(nullary);
      case 11:
        return `${word()} ${word()} ${pick(binary)} 0${below(8)} SSTORE`;
      case 12:
        return below(12) === 0 ? `${target()} SELFDESTRUCT` : `${word()} NOT ISZERO`;
      default:
        return below(15) === 0
          ? pick(["20 00 REVERT", "INVALID", "POP", "20 00 RETURN"])
          : `${word()} ${word()} ${pick(binary)}`;
    }
  };
  const entries = Array.from({ length: count }, (_, index) => {
    const steps = Array.from({ length: 6 + below(30) }, step);
    return [at(1000 + index), assemble(steps.join(" "))];
  });
  return Object.fromEntries(entries);
}
