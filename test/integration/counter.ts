/**
 * A tester's own contract, compiled from source in the test run.
 *
 * Owns: COUNTER (ABI and bytecode). Called by: test/integration.
 */
import { createRequire } from "node:module";

const SOURCE = `
// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
contract Counter {
    uint256 public count;
    event Increased(uint256 count);
    error TooMuch(uint256 amount, uint256 limit);
    function increase(uint256 amount) external {
        if (amount > 100) revert TooMuch(amount, 100);
        count += amount;
        emit Increased(count);
    }
}`;

interface SolcOutput {
  readonly contracts: Readonly<
    Record<string, Readonly<Record<string, { abi: object[]; evm: { bytecode: { object: string } } }>>>
  >;
}

function compile(): { readonly abi: object[]; readonly bytecode: string } {
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object"] } };
  const input = {
    language: "Solidity",
    sources: { "Counter.sol": { content: SOURCE } },
    settings: { outputSelection },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput;
  const { abi, evm } = output.contracts["Counter.sol"]!["Counter"]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

export const COUNTER = compile();
