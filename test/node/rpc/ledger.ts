/**
 * A small contract that stores, tells and fails in every way: compiled for the RPC tests.
 *
 * Owns: its source and the compilation. Called by: ethers.test.ts.
 */
import { createRequire } from "node:module";
import { Interface, type InterfaceAbi } from "ethers";

const SOURCE = `
// SPDX-License-Identifier: MIT
pragma solidity ^0.8.37;
contract Ledger {
    error NotEnough(uint256 available, uint256 wanted);
    event Stored(address indexed who, uint256 indexed key, uint256 value);
    mapping(uint256 key => uint256 value) public values;

    function store(uint256 key, uint256 value) external payable {
        values[key] = value;
        emit Stored(msg.sender, key, value);
    }
    function storeMany(uint256 count) external {
        for (uint256 i = 0; i < count; ++i) emit Stored(msg.sender, i, i);
    }
    function failWithReason() external pure { revert("not today"); }
    function failWithError(uint256 wanted) external view { revert NotEnough(address(this).balance, wanted); }
    function failWithPanic(uint256 divisor) external pure returns (uint256) { return 1 / divisor; }
    function failWithNothing() external pure { revert(); }
    function burn() external { while (true) { values[gasleft()] = 1; } }
}`;

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: {
    readonly "Ledger.sol": {
      readonly Ledger: { readonly abi: InterfaceAbi; readonly evm: { readonly bytecode: { readonly object: string } } };
    };
  };
}

/** Takes about a second: call it once. */
export function compileLedger(): { readonly abi: Interface; readonly bytecode: string } {
  const compiler = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const input = {
    language: "Solidity",
    sources: { "Ledger.sol": { content: SOURCE } },
    settings: { evmVersion: "osaka", outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } } },
  };
  const output = JSON.parse(compiler.compile(JSON.stringify(input))) as CompilerOutput;
  const failure = output.errors?.find((error) => error.severity === "error");
  if (failure) throw new Error(failure.formattedMessage);
  const { abi, evm } = output.contracts["Ledger.sol"].Ledger;
  return { abi: new Interface(abi as never), bytecode: evm.bytecode.object };
}
