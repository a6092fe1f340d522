/**
 * Executions that take long: they never hold up the node, and a leader or a reader may give up on them.
 */
import { expect } from "chai";
import type { TransactionRequest, Wallet } from "ethers";
import { createEmbeddedExecution, type EmbeddedExecutionOptions } from "../../../node/execution/embedded.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { type Address, asView, fromHex, type Hash } from "../../../node/types/primitives.ts";
import { assemble } from "../../helpers/assembly.ts";
import { costPrograms, LARGE_CONTRACT, LARGE_RUNTIME } from "../../helpers/cost-programs.ts";
import { rejection } from "../../helpers/errors.ts";
import {
  ANN,
  addressOf,
  buildOn,
  CID,
  COINBASE,
  DAN,
  genesisOf,
  mine,
  ONE_GWEI,
  signed,
  WALLETS,
} from "../../helpers/execution-chain.ts";
import { PAIRING_INPUT } from "../../vectors/precompile-inputs.ts";

/** Asks for a pairing check (many milliseconds for 102,900 gas) of its call data until its gas is gone. */
const GRINDER = "0x00000000000000000000000000000000000f0001";
const LOOPER = "0x00000000000000000000000000000000000f0002";
/** Fails with less than 100,000 gas, of which it uses next to nothing. */
const HOLDER = "0x00000000000000000000000000000000000f0003";
const CODE = {
  [HOLDER]: assemble("0186a0 GAS GT 0a JUMPI INVALID JUMPDEST STOP"),
  [LOOPER]: assemble(`JUMPDEST ${"JUMPDEST ".repeat(400)} 00 JUMP`),
  [GRINDER]: assemble("CALLDATASIZE 00 00 CALLDATACOPY JUMPDEST 00 00 CALLDATASIZE 00 0f GAS STATICCALL POP 06 JUMP"),
};

const GRIND = { to: GRINDER as Address, data: fromHex(PAIRING_INPUT)! };

const open = (options: Partial<EmbeddedExecutionOptions> = {}) =>
  createEmbeddedExecution({ genesis: genesisOf({ code: CODE }), keyValue: new MemoryKeyValue(), ...options });

describe("long executions", () => {
  for (const [what, to] of [
    ["asks precompiles", GRINDER],
    ["loops without a call", LOOPER],
  ] as const) {
    it(`lets votes and timers in while a transaction ${what}`, async () => {
      // A busy machine may take long: that the transaction is left out for it is another test's subject.
      const execution = await open({ buildTransactionMs: 60_000 });
      let turns = 0;
      let isOver = false;
      const turn = () => {
        turns++;
        if (!isOver) setImmediate(turn);
      };
      setImmediate(turn);
      const block = await mine(execution, [await signed(ANN, 0, { to, data: PAIRING_INPUT, gasLimit: 8_000_000n })]);
      isOver = true;
      expect(block.receipts[0]!.succeeded).to.equal(false);
      expect(turns).to.be.greaterThan(5);
      await execution.close();
    });
  }

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

  it("keeps a transaction that a leader had no funds for on a parent that is history by then", async () => {
    const [execution, other] = [await open(), await open()];
    const coins = (count: bigint) => ({ value: count * 10n ** 18n });
    const { payload, hash } = await mine(other, [await signed(CID, 0, { to: ANN.address, ...coins(500n) })]);
    await execution.verify(payload);
    const [, , last] = await execution.pool.submit([
      await signed(DAN, 0, {
        to: GRINDER,
        data: PAIRING_INPUT,
        gasLimit: 1_000_000n,
        maxPriorityFeePerGas: 2n * ONE_GWEI,
      }),
      await signed(ANN, 0, coins(700n)),
      await signed(ANN, 1, coins(700n)),
    ]);
    const building = buildOn(execution);
    await execution.setHead(hash);
    expect((await building).transactionCount).to.equal(2);
    expect(execution.pool.get(last as Hash)?.nonce).to.equal(1n);
    await execution.close();
  });

  it("verifies what another leader had time for", async () => {
    const [leader, hurried] = [await open(), await open({ buildTransactionMs: -1 })];
    const block = await mine(leader, [await signed(ANN, 0, { to: GRINDER, data: PAIRING_INPUT, gasLimit: 200_000n })]);
    expect((await hurried.verify(block.payload)).status).to.equal("valid");
    await Promise.all([leader.close(), hurried.close()]);
  });

  it("ends an estimate with callTooSlow when its many attempts together take longer than one call may", async () => {
    let nowMs = 0;
    const clock = {
      nowMs: () => {
        nowMs += 1_000;
        return nowMs;
      },
      after: () => () => {},
    };
    const execution = await open({ clock, callMs: 10_000 });
    const { header } = execution.genesis();
    // Needs more gas than it uses, so that the limit has to be searched for.
    const estimate = execution.state.estimateGas(header, { to: HOLDER as Address });
    expect(await rejection(estimate)).to.include({ errorName: "callTooSlow" });
    const patient = await open({ clock, callMs: 1_000_000 });
    expect(await patient.state.estimateGas(patient.genesis().header, { to: HOLDER as Address })).to.be.a("bigint");
    for (const one of [execution, patient]) await one.close();
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

describe("a user who fills blocks with the dearest precompiles", () => {
  const SLOW_MS = 100;
  const grinding = (wallet: Wallet, nonce: number, fields: TransactionRequest = {}) =>
    signed(wallet, nonce, {
      to: GRINDER,
      data: PAIRING_INPUT,
      gasLimit: 16_777_216n,
      maxPriorityFeePerGas: 5n * ONE_GWEI,
      ...fields,
    });

  async function attacked() {
    const evicted: [string, unknown][] = [];
    const execution = await open({
      buildTransactionMs: SLOW_MS,
      onEvicted: (hash, { errorName }) => evicted.push([errorName, hash]),
    });
    return { execution, evicted };
  }

  it("loses the transaction and the large ones after it, for good, and cannot send them again", async () => {
    const { execution, evicted } = await attacked();
    const raws = await Promise.all([0, 1, 2].map((nonce) => grinding(ANN, nonce)));
    const [first] = await execution.pool.submit(raws);
    await buildOn(execution);
    expect(evicted).to.deep.equal([["transactionTooSlow", first]]);
    expect(execution.pool.status()).to.deep.equal({ ready: 0, waiting: 0 });

    const gossiped: unknown[] = [];
    execution.pool.onAccepted((transactions) => gossiped.push(transactions));
    const again = await execution.pool.submit([...raws, await grinding(ANN, 0, { value: 7n })]);
    const names = again.map((result) => (typeof result === "string" ? result : result.errorName));
    const large = "transactionSenderSlow";
    expect(names).to.deep.equal(["transactionTooSlow", large, large, large]);
    expect(gossiped).to.deep.equal([]);
    await buildOn(execution);
    expect(evicted.length).to.equal(1);
    await execution.close();
  });

  it("may still send what is small", async () => {
    const { execution } = await attacked();
    await execution.pool.submit([await grinding(ANN, 0)]);
    await buildOn(execution);
    const block = await mine(execution, [await signed(ANN, 0)]);
    expect(block.receipts.length).to.equal(1);
    await execution.close();
  });

  it("does not keep others out, though every slow transaction pays more and uses up the whole build time", async () => {
    const { execution, evicted } = await attacked();
    const attackers = WALLETS.slice(3);
    await execution.pool.submit(await Promise.all(attackers.map((wallet) => grinding(wallet, 0))));
    await execution.pool.submit([await signed(CID, 0, { maxPriorityFeePerGas: 1n })]);
    const head = execution.head();
    const built = await execution.build({
      parent: head.hash,
      context: { ...head.context, view: asView(1) },
      timestamp: head.timestamp + 1,
      feeRecipient: COINBASE,
      deadlineMs: SLOW_MS - 1,
    });
    expect(execution.executed(built.hash)?.receipts.map(({ from }) => from)).to.deep.equal([addressOf(CID)]);
    expect(evicted.length).to.equal(1);
    await execution.close();
  });

  it("gains nothing while blocks wait to become final", async () => {
    const { execution, evicted } = await attacked();
    const parent = await buildOn(execution);
    const [slow] = await execution.pool.submit([await grinding(ANN, 0)]);
    await buildOn(execution, parent.hash);
    await buildOn(execution, parent.hash, 7);
    expect(evicted).to.deep.equal([["transactionTooSlow", slow]]);
    await execution.close();
  });

  it("is stopped in loops without calls, in one long call and in calls of large contracts", async () => {
    const names = [
      "JUMPDEST",
      "blake2f, many rounds",
      "CALL large contract",
      "KZG point evaluation",
      "identity, empty",
    ];
    const programs = (await costPrograms()).filter(({ name }) => names.includes(name));
    expect(programs.length).to.equal(names.length);
    const at = (index: number) => `0x${(0xbad00 + index).toString(16).padStart(40, "0")}`;
    const code = Object.fromEntries(programs.map(({ runtime }, index) => [at(index), runtime]));
    const evicted: unknown[] = [];
    const execution = await createEmbeddedExecution({
      genesis: genesisOf({ code: { ...code, [LARGE_CONTRACT]: LARGE_RUNTIME }, gasLimit: 200_000_000 }),
      keyValue: new MemoryKeyValue(),
      buildTransactionMs: 20,
      onEvicted: (hash) => evicted.push(hash),
    });
    const raws = programs.map(({ data }, index) =>
      signed(WALLETS[index]!, 0, { to: at(index), data, gasLimit: 16_777_216n, value: 0n }),
    );
    const hashes = await execution.pool.submit(await Promise.all(raws));
    const block = await mine(execution);
    expect(new Set(evicted)).to.deep.equal(new Set(hashes));
    expect(block.receipts.length).to.equal(0);
    expect((await mine(execution, [await signed(ANN, 0)])).receipts.length).to.equal(1);
    await execution.close();
  });
});
