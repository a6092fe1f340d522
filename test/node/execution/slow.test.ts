/**
 * Executions that take long: they never hold up the node, and a leader or a reader may give up on them.
 */
import { expect } from "chai";
import { createEmbeddedExecution, type EmbeddedExecutionOptions } from "../../../node/execution/embedded.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { type Address, fromHex } from "../../../node/types/primitives.ts";
import { assemble } from "../../helpers/assembly.ts";
import { rejection } from "../../helpers/errors.ts";
import { ANN, addressOf, CID, genesisOf, mine, signed } from "../../helpers/execution-chain.ts";
import { PAIRING_INPUT } from "../../vectors/precompile-inputs.ts";

/** Asks for a pairing check (many milliseconds for 102,900 gas) of its call data until its gas is gone. */
const GRINDER = "0x00000000000000000000000000000000000f0001";
const CODE = {
  [GRINDER]: assemble("CALLDATASIZE 00 00 CALLDATACOPY JUMPDEST 00 00 CALLDATASIZE 00 0f GAS STATICCALL POP 06 JUMP"),
};

const GRIND = { to: GRINDER as Address, data: fromHex(PAIRING_INPUT)! };

const open = (options: Partial<EmbeddedExecutionOptions> = {}) =>
  createEmbeddedExecution({ genesis: genesisOf({ code: CODE }), keyValue: new MemoryKeyValue(), ...options });

describe("long executions", () => {
  it("lets votes and timers in while a transaction runs", async () => {
    const execution = await open();
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const block = await mine(execution, [
      await signed(ANN, 0, { to: GRINDER, data: PAIRING_INPUT, gasLimit: 1_500_000n }),
    ]);
    isOver = true;
    expect(block.receipts[0]!.succeeded).to.equal(false);
    expect(turns).to.be.greaterThan(5);
    await execution.close();
  });

  it("leaves out with transactionTooSlow what a leader has no time for, and goes on with the rest", async () => {
    const evicted: unknown[] = [];
    const execution = await open({
      buildTransactionMs: 20,
      onEvicted: (_, { errorName, details }) => evicted.push([errorName, details]),
    });
    const [slow] = await execution.pool.submit([
      await signed(ANN, 0, { to: GRINDER, data: PAIRING_INPUT, gasLimit: 16_000_000n }),
    ]);
    const block = await mine(execution, [await signed(CID, 0, { maxPriorityFeePerGas: 1n })]);
    expect(block.receipts.map(({ from }) => from)).to.deep.equal([addressOf(CID)]);
    expect(evicted).to.deep.equal([["transactionTooSlow", { hash: slow, limitMs: 20 }]]);
    expect((await execution.state.account(block.header, addressOf(ANN))).nonce).to.equal(0n);
    await execution.close();
  });

  it("verifies what another leader had time for", async () => {
    const [leader, hurried] = [await open(), await open({ buildTransactionMs: -1 })];
    const block = await mine(leader, [await signed(ANN, 0, { to: GRINDER, data: PAIRING_INPUT, gasLimit: 200_000n })]);
    expect((await hurried.verify(block.payload)).status).to.equal("valid");
    await Promise.all([leader.close(), hurried.close()]);
  });

  it("ends a read with callTooSlow", async () => {
    const execution = await open({ callMs: 20 });
    const call = execution.state.call(execution.genesis().header, GRIND);
    expect((await rejection(call)).details).to.deep.equal({ limitMs: 20 });
    const estimate = execution.state.estimateGas(execution.genesis().header, GRIND);
    expect((await rejection(estimate)).errorName).to.equal("callTooSlow");
    const { succeeded } = await execution.state.call(execution.genesis().header, { to: addressOf(ANN) });
    expect(succeeded).to.equal(true);
    await execution.close();
  });
});
