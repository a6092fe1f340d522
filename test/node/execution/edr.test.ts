/**
 * Differential tests: the same transactions here and in EDR (revm) must have the same effects, to the last unit of gas.
 *
 * Owns: probes of opcodes, transaction types and rules of state. Does not own: precompiles (edr-precompiles.test.ts),
 * random programs (edr-programs.test.ts), header rules of this chain, system contracts (EDR runs no system calls).
 */
import { expect } from "chai";
import type { Wallet } from "ethers";
import type { ExecutedBlock } from "../../../node/ports/execution.ts";
import { type Address, toHex } from "../../../node/types/primitives.ts";
import { assemble, deployCode } from "../../helpers/assembly.ts";
import { compareAccounts, compareBlock, openPair, type Pair, SLOTS } from "../../helpers/edr-pair.ts";
import {
  ANN,
  addressOf,
  BOB,
  CHAIN_ID,
  CID,
  COINBASE,
  ONE_GWEI,
  signed,
  WALLETS,
} from "../../helpers/execution-chain.ts";
import { G1_ADD_INPUT, KZG_INPUTS, P256_INPUT, PAIRING_INPUT } from "../../vectors/precompile-inputs.ts";

const at = (number: number): string => `0x${number.toString(16).padStart(40, "c")}`;
/** Calls an address with its call data and stores success and the first word that comes back. */
const callAndStore = (address: string) =>
  assemble(
    `CALLDATASIZE 00 00 CALLDATACOPY 20 00 CALLDATASIZE 00 00 ${address} GAS CALL 01 SSTORE 00 MLOAD 02 SSTORE RETURNDATASIZE 03 SSTORE`,
  );
const PROBES = {
  [at(1)]: assemble("2a 00 SSTORE 00 SLOAD 01 SSTORE 00 00 SSTORE"),
  [at(2)]: assemble("00 CALLDATALOAD 00 MSTORE 20 00 ADDRESS CALLER 20 00 LOG2 40 00 LOG0"),
  [at(3)]: assemble("08c379a0 00 MSTORE 04 1c REVERT"),
  [at(4)]: assemble("INVALID"),
  [at(5)]: assemble("2a 07 TSTORE 07 TLOAD 01 SSTORE"),
  [at(6)]: assemble("00 CALLDATALOAD CLZ 01 SSTORE"),
  [at(7)]: callAndStore("0100"),
  [at(8)]: callAndStore("0b"),
  [at(9)]: callAndStore("05"),
  [at(10)]: callAndStore("01"),
  [at(11)]: assemble(
    "COINBASE 01 SSTORE TIMESTAMP 02 SSTORE NUMBER 03 SSTORE PREVRANDAO 04 SSTORE GASLIMIT 05 SSTORE CHAINID 06 SSTORE BASEFEE 07 SSTORE GASPRICE 08 SSTORE SELFBALANCE 09 SSTORE ORIGIN 0a SSTORE BLOBBASEFEE 0b SSTORE",
  ),
  // Calls itself with all the gas it has until that ends, then counts the frames.
  [at(12)]: assemble("00 00 00 00 00 ADDRESS GAS CALL POP 01 SLOAD 01 ADD 01 SSTORE"),
  // Creates a contract, calls it, and the contract destroys itself within the transaction.
  [at(13)]: assemble(
    "63ff5f5260 POP 6033ff 00 MSTORE 03 1d 05 CREATE DUP1 01 SSTORE 00 00 00 00 00 DUP3 GAS CALL 02 SSTORE",
  ),
  [at(14)]: assemble("COINBASE SELFDESTRUCT"),
  [at(15)]: assemble("00 CALLDATALOAD 00 MSTORE 2a 20 00 00 CREATE2 01 SSTORE"),
  [at(16)]: callAndStore("0f"),
  [at(18)]: callAndStore("0a"),
  // Writes two values to the same slot, one after the other.
  [at(19)]: assemble("00 CALLDATALOAD 05 SSTORE 20 CALLDATALOAD 05 SSTORE"),
  // Creates a contract from its call data, at the same address each time.
  [at(20)]: assemble("CALLDATASIZE 00 00 CALLDATACOPY 01 CALLDATASIZE 00 00 CREATE2 03 SSTORE"),
  [at(17)]: assemble("00 00 00 00 CALLVALUE 1234567890 GAS CALL 01 SSTORE"),
} as const;
const EVERYONE = [...WALLETS.map(addressOf), COINBASE, ...Object.keys(PROBES)];

describe("execution beside EDR", () => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await openPair(PROBES);
  });
  afterEach(async () => {
    await pair.ours.close();
    await pair.oracle.close();
  });

  it("agrees on probes of opcodes and precompiles, one block each", async () => {
    const inputs: Readonly<Record<string, string>> = {
      [at(2)]: `0x${"ab".repeat(32)}`,
      [at(6)]: `0x${"00".repeat(5)}1f${"ee".repeat(26)}`,
      [at(7)]: P256_INPUT,
      [at(8)]: G1_ADD_INPUT,
      [at(9)]:
        `0x${["20", "20", "20"].map((size) => size.padStart(64, "0")).join("")}${"03".repeat(32)}${"05".repeat(32)}${"fb".repeat(32)}`,
      [at(10)]: `0x${"12".repeat(32)}${"1b".padStart(64, "0")}${"34".repeat(32)}${"56".repeat(32)}`,
      [at(15)]: `0x602a60005360016000f3${"00".repeat(22)}`,
      [at(16)]: PAIRING_INPUT,
    };
    let block: ExecutedBlock | undefined;
    for (const [nonce, to] of Object.keys(PROBES).entries()) {
      const fields = { to, value: 7n, data: inputs[to] ?? "0x", gasLimit: 3_000_000n };
      block = await compareBlock(pair, [await signed(ANN, nonce, fields)]);
    }
    await compareAccounts(pair, block!, EVERYONE);
  });

  it("agrees on transaction types, deployments and failures in one block", async () => {
    const runtime = assemble("01 SLOAD 01 ADD 01 SSTORE");
    const raws = [
      await signed(ANN, 0),
      await signed(ANN, 1, { type: 0, to: CID.address, value: 5n }),
      await signed(ANN, 2, {
        type: 1,
        to: at(1),
        gasLimit: 90_000n,
        accessList: [{ address: at(1), storageKeys: [SLOTS[0]!, SLOTS[5]!] }],
      }),
      await signed(ANN, 3, { to: null, data: deployCode(runtime), gasLimit: 200_000n, value: 0n }),
      await signed(ANN, 4, { to: null, data: "0xef", gasLimit: 100_000n, value: 0n }),
      await signed(ANN, 5, { to: null, data: deployCode("0xef00"), gasLimit: 100_000n, value: 0n }),
      await signed(ANN, 6, { to: null, data: deployCode(runtime), gasLimit: 54_600n, value: 0n }),
      await signed(ANN, 7, { to: at(3), gasLimit: 60_000n }),
      await signed(ANN, 8, { to: at(4), gasLimit: 60_000n }),
      await signed(ANN, 9, { data: `0x${"ff".repeat(1000)}`, gasLimit: 80_000n }),
      await signed(ANN, 10, { to: at(12), gasLimit: 16_777_216n, value: 0n }),
    ];
    const block = await compareBlock(pair, raws);
    const created = block.receipts.flatMap(({ contractAddress }) => contractAddress ?? []);
    expect(created.length).to.equal(4);
    await compareAccounts(pair, block, [...EVERYONE, ...created]);
  });

  it("agrees on EIP-7702 delegation: set, called, sent from, replaced and cleared", async () => {
    const { chainId } = { chainId: CHAIN_ID };
    const authorize = (wallet: Wallet, address: string, nonce: number) => wallet.authorize({ address, nonce, chainId });
    const delegating = async (nonce: number, list: Awaited<ReturnType<typeof authorize>>[], to: string) =>
      signed(ANN, nonce, { type: 4, to, value: 3n, gasLimit: 400_000n, authorizationList: list });
    await compareBlock(pair, [
      await delegating(0, [await authorize(BOB, at(5), 0), await authorize(CID, at(1), 9)], BOB.address),
      await signed(CID, 0, { to: BOB.address, gasLimit: 100_000n }),
    ]);
    const block = await compareBlock(pair, [
      await signed(BOB, 1, { to: CID.address, maxPriorityFeePerGas: 2n * ONE_GWEI }),
      await delegating(1, [await authorize(BOB, at(2), 2), await authorize(ANN, at(5), 2)], BOB.address),
    ]);
    await compareAccounts(pair, block, EVERYONE);
    const cleared = await compareBlock(pair, [
      await signed(ANN, 3, { to: ANN.address, gasLimit: 100_000n }),
      await delegating(4, [await authorize(BOB, `0x${"00".repeat(20)}`, 3)], BOB.address),
    ]);
    await compareAccounts(pair, cleared, EVERYONE);
  });

  it("agrees on the point evaluation precompile for valid, wrong and malformed proofs", async () => {
    for (const [nonce, data] of KZG_INPUTS.entries()) {
      const block = await compareBlock(pair, [
        await signed(ANN, nonce, { to: at(18), data, gasLimit: 3_000_000n, value: 0n }),
      ]);
      await compareAccounts(pair, block, [at(18)]);
      const succeeded = await pair.ours.state.storage(block.header, at(18) as Address, SLOTS[1]!);
      expect(succeeded, `input ${nonce}`).to.equal(SLOTS[nonce < 2 ? 1 : 0]);
    }
  });

  it("agrees on the price of slots that several transactions of a block write", async () => {
    const values = [0, 1, 2];
    const plans = values.flatMap((first) => values.map((second) => [first, second] as const));
    const word = (value: number) => value.toString(16).padStart(64, "0");
    const raws = await Promise.all(
      [...plans, ...plans.reverse()].map(([first, second], nonce) =>
        signed(ANN, nonce, { to: at(19), data: `0x${word(first)}${word(second)}`, gasLimit: 120_000n, value: 0n }),
      ),
    );
    const block = await compareBlock(pair, raws);
    expect(new Set(block.receipts.map(({ gasUsed }) => gasUsed)).size).to.be.greaterThan(4);
    await compareAccounts(pair, block, [at(19)]);
  });

  it("agrees that a contract which destroyed itself at birth starts empty the next time", async () => {
    const init = assemble("01 SLOAD 00 MSTORE 20 00 LOG0 2a 01 SSTORE CALLER SELFDESTRUCT");
    const fields = { to: at(20), data: init, gasLimit: 300_000n, value: 0n };
    const block = await compareBlock(pair, [await signed(ANN, 0, fields), await signed(ANN, 1, fields)]);
    expect(block.receipts.map(({ logs }) => BigInt(toHex(logs[0]!.data)))).to.deep.equal([0n, 0n]);
    await compareAccounts(pair, block, [at(20)]);
  });

  it("agrees that transient storage ends with a transaction that deploys", async () => {
    // The init code sets a transient slot and leaves behind code that reads it.
    const runtime = assemble("07 TLOAD 01 SSTORE");
    const init = `${assemble("2a 07 TSTORE")}${deployCode(runtime).slice(2)}`.replace("600e6000", "60136000");
    const [deployed] = (
      await compareBlock(pair, [await signed(ANN, 0, { to: null, data: init, gasLimit: 200_000n, value: 0n })])
    ).receipts;
    const to = deployed!.contractAddress!;
    const failing = `${assemble("2a 07 TSTORE")}fe`;
    const block = await compareBlock(pair, [
      await signed(ANN, 1, { to: null, data: init, gasLimit: 200_000n, value: 0n }),
      await signed(ANN, 2, { to: null, data: failing, gasLimit: 200_000n, value: 0n }),
      await signed(ANN, 3, { to, gasLimit: 100_000n, value: 0n }),
    ]);
    expect(block.receipts[2]!.succeeded).to.equal(true);
    await compareAccounts(pair, block, [to]);
  });
});
