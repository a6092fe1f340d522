/**
 * What every ExecutionPort must do; run over each adapter with a state that starts from the same genesis.
 *
 * Owns: build, verify, head, branches, receipts, reads, Osaka's features as seen through the port.
 * Does not own: exactness to the last gas (test/node/execution/edr.test.ts), bad bytes of one encoding.
 * Called by: test/node/execution/embedded.test.ts.
 */
import { expect } from "chai";
import type { ExecutedBlock, ExecutionPort } from "../../node/ports/execution.ts";
import type { Genesis } from "../../node/types/genesis.ts";
import { asEpoch, asView, fromHex, type Hash, toHex } from "../../node/types/primitives.ts";
import { assemble, deployCode } from "../helpers/assembly.ts";
import { rejection } from "../helpers/errors.ts";
import {
  ANN,
  addressOf,
  BOB,
  buildOn,
  CID,
  COINBASE,
  DAN,
  genesisOf,
  mine,
  ONE_GWEI,
  signed,
} from "../helpers/execution-chain.ts";
import {
  CODE,
  COUNTER,
  LOGGER,
  type ExecutionPair as Parts,
  RETRY,
  REVERTER,
  slot,
} from "../helpers/execution-contracts.ts";
import { osakaCompliance } from "./execution-osaka.ts";

export type OpenExecution = (genesis: Genesis) => Promise<ExecutionPort>;

export function executionCompliance(name: string, open: OpenExecution): void {
  describe(`ExecutionPort: ${name}`, () => {
    let execution: ExecutionPort;
    let peer: ExecutionPort;
    beforeEach(async () => {
      execution = await open(genesisOf({ code: CODE }));
      peer = await open(genesisOf({ code: CODE }));
    });
    afterEach(() => Promise.all([execution.close(), peer.close()]));

    const parts = { execution: () => execution, peer: () => peer };
    chain(parts);
    branches(parts);
    reads(parts);
    osakaCompliance(parts);
    pool(parts);
  });
}

function chain({ execution, peer }: Parts): void {
  it("starts from the same genesis block everywhere", () => {
    const genesis = execution().genesis();
    expect(genesis.hash).to.equal(peer().info().genesisHash);
    expect(execution().head().hash).to.equal(genesis.hash);
    expect(genesis.context).to.deep.equal({ epoch: 0, view: 0, parentView: 0 });
    expect(execution().describe(genesis.payload).hash).to.equal(genesis.hash);
  });

  it("[EXE-1] builds a block that another node verifies, with equal results", async () => {
    const raws = [await signed(ANN, 0), await signed(CID, 0, { to: LOGGER, gasLimit: 50_000n })];
    await execution().pool.submit(raws);
    const built = await buildOn(execution());
    expect(built.transactionCount).to.equal(2);
    expect(await peer().verify(built.payload)).to.deep.equal({
      status: "valid",
      block: execution().describe(built.payload),
    });
    const [ours, theirs] = [execution().executed(built.hash), peer().executed(built.hash)];
    expect(theirs).to.deep.equal(ours);
    await peer().setHead(built.hash);
    expect(peer().head().hash).to.equal(built.hash);
    expect(execution().head().height).to.equal(0);
  });

  it("fills receipts as an Ethereum node does", async () => {
    const block = await mine(execution(), [
      await signed(ANN, 0, { to: LOGGER, value: 5n, gasLimit: 50_000n, maxPriorityFeePerGas: 3n * ONE_GWEI }),
      await signed(CID, 0, { to: REVERTER, gasLimit: 50_000n, maxPriorityFeePerGas: 2n * ONE_GWEI }),
      await signed(DAN, 0, { to: null, data: deployCode(CODE[COUNTER]!), gasLimit: 200_000n, value: 0n }),
    ]);
    const [first, second, third] = block.receipts as [
      (typeof block.receipts)[0],
      (typeof block.receipts)[0],
      (typeof block.receipts)[0],
    ];
    expect([first.succeeded, second.succeeded, third.succeeded]).to.deep.equal([true, false, true]);
    expect(first.logs).to.have.length(1);
    expect(first.logs[0]!.address).to.equal(LOGGER);
    expect(first.logs[0]!.topics).to.deep.equal([`0x${"0".repeat(24)}${addressOf(ANN).slice(2)}`]);
    expect(BigInt(toHex(first.logs[0]!.data))).to.equal(5n);
    expect(first.from).to.equal(addressOf(ANN));
    expect(first.to).to.equal(LOGGER);
    expect(third.to).to.equal(undefined);
    expect(toHex(await execution().state.code(block.header, third.contractAddress!))).to.equal(CODE[COUNTER]);
    expect(second.cumulativeGasUsed).to.equal(first.gasUsed + second.gasUsed);
    expect(third.cumulativeGasUsed).to.equal(first.gasUsed + second.gasUsed + third.gasUsed);
    expect(first.effectiveGasPrice).to.equal(875_000_000n + 3n * ONE_GWEI);
    expect(block.receipts.map(({ transactionHash }) => transactionHash)).to.deep.equal(block.transactionHashes);
    expect(block.logsBloom.some((byte) => byte !== 0)).to.equal(true);
  });

  it("pays the tip to the fee recipient and burns the base fee", async () => {
    const block = await mine(execution(), [await signed(ANN, 0)]);
    const { state } = execution();
    expect((await state.account(block.header, COINBASE)).balance).to.equal(21_000n * ONE_GWEI);
    const before = (await state.account(execution().genesis().header, addressOf(ANN))).balance;
    const after = (await state.account(block.header, addressOf(ANN))).balance;
    expect(before - after).to.equal(1n + 21_000n * (875_000_000n + ONE_GWEI));
  });

  it("carries the consensus context in the header and gives it to contracts through EIP-4788", async () => {
    const block = await mine(execution(), []);
    expect(block.context).to.deep.equal({ epoch: 0, view: 1, parentView: 0 });
    const timestamp = block.timestamp.toString(16).padStart(64, "0");
    const to = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02" as never;
    const { output } = await execution().state.call(block.header, { to, data: fromHex(`0x${timestamp}`)! });
    expect(toHex(output)).to.equal(`0x${"0".repeat(47)}1${"0".repeat(16)}`);
  });

  it("a call sees the hash of the block it is made at, as a transaction in the next block will", async () => {
    const block = await mine(execution(), []);
    const code = fromHex(assemble("01 NUMBER SUB BLOCKHASH 00 MSTORE 20 00 RETURN"))!;
    const { output } = await execution().state.call(
      block.header,
      { to: COUNTER as never },
      { [COUNTER as never]: { code } },
    );
    expect(toHex(output)).to.equal(block.hash);
  });

  it("allows several blocks in one second and never goes back in time", async () => {
    const { hash } = execution().head();
    const request = {
      context: { epoch: asEpoch(0), view: asView(1), parentView: asView(0) },
      feeRecipient: COINBASE,
      deadlineMs: 1000,
    };
    const block = await execution().build({ ...request, parent: hash, timestamp: 5 });
    expect(block.timestamp).to.equal(execution().head().timestamp);
    expect((await peer().verify(block.payload)).status).to.equal("valid");
  });

  it("seals what there is when the time is over", async () => {
    await execution().pool.submit([await signed(ANN, 0)]);
    const { hash } = execution().head();
    const context = { epoch: asEpoch(0), view: asView(1), parentView: asView(0) };
    const block = await execution().build({
      parent: hash,
      context,
      timestamp: 0,
      feeRecipient: COINBASE,
      deadlineMs: 0,
    });
    expect(block.transactionCount).to.equal(0);
    expect((await peer().verify(block.payload)).status).to.equal("valid");
  });

  it("gives the same verdict again, also when asked twice at once", async () => {
    await execution().pool.submit([await signed(ANN, 0)]);
    const { payload } = await buildOn(execution());
    const [first, second] = await Promise.all([peer().verify(payload), peer().verify(payload.slice())]);
    expect(first).to.deep.equal(second);
    expect(await peer().verify(payload)).to.deep.equal(first);
  });

  it("asks for an unknown parent", async () => {
    await mine(execution(), []);
    const { payload } = await buildOn(execution());
    expect(await peer().verify(payload)).to.deep.equal({
      status: "unknownParent",
      parentHash: execution().head().hash,
    });
    expect(
      (
        await rejection(
          buildOn({
            ...peer(),
            head: () => execution().head(),
            build: (request) => peer().build(request),
            executed: () => undefined,
          } as ExecutionPort),
        )
      ).errorName,
    ).to.equal("blockNotExecuted");
  });
}

function branches({ execution, peer }: Parts): void {
  it("builds on a speculative parent without repeating its transactions", async () => {
    await execution().pool.submit([await signed(ANN, 0), await signed(ANN, 1)]);
    const first = await buildOn(execution());
    await execution().pool.submit([await signed(ANN, 2)]);
    const second = await buildOn(execution(), first.hash);
    expect([first.transactionCount, second.transactionCount]).to.deep.equal([2, 1]);
    expect(execution().pool.hasReady(second.hash)).to.equal(false);
    expect(execution().pool.hasReady(execution().head().hash)).to.equal(true);
    for (const { payload } of [first, second]) expect((await peer().verify(payload)).status).to.equal("valid");
    await peer().setHead(first.hash);
    await peer().setHead(second.hash);
    expect((await peer().state.account(peer().executed(second.hash)!.header, addressOf(ANN))).nonce).to.equal(3n);
  });

  it("keeps branches apart and prunes the ones that lost", async () => {
    await execution().pool.submit([await signed(ANN, 0, { to: COUNTER, gasLimit: 60_000n })]);
    const left = await buildOn(execution(), undefined, 1);
    await execution().pool.submit([await signed(CID, 0, { to: COUNTER, gasLimit: 60_000n })]);
    const right = await buildOn(execution(), undefined, 2);
    const above = await buildOn(execution(), left.hash, 3);
    expect([left.transactionCount, right.transactionCount, above.transactionCount]).to.deep.equal([1, 2, 1]);
    await execution().setHead(right.hash);
    expect(execution().executed(left.hash)).to.equal(undefined);
    expect(execution().executed(above.hash)).to.equal(undefined);
    expect(
      await execution().state.storage(execution().executed(right.hash)!.header, COUNTER as never, slot(0)),
    ).to.equal(slot(2));
  });

  it("keeps a transaction of a lost branch for a later block", async () => {
    await execution().pool.submit([await signed(ANN, 0)]);
    await buildOn(execution(), undefined, 1);
    const empty = await peer().build({
      parent: peer().head().hash,
      context: { epoch: asEpoch(0), view: asView(2), parentView: asView(0) },
      timestamp: peer().head().timestamp,
      feeRecipient: COINBASE,
      deadlineMs: 1000,
    });
    expect((await execution().verify(empty.payload)).status).to.equal("valid");
    await execution().setHead(empty.hash);
    expect(execution().pool.hasReady()).to.equal(true);
    expect((await buildOn(execution())).transactionCount).to.equal(1);
  });

  it("moves the head only to a child of the head", async () => {
    const first = await buildOn(execution());
    const second = await buildOn(execution(), first.hash);
    expect((await rejection(execution().setHead(second.hash))).errorName).to.equal("headNotChild");
    expect((await rejection(execution().setHead(slot(9)))).errorName).to.equal("blockNotExecuted");
    await execution().setHead(first.hash);
    await execution().setHead(first.hash);
    await execution().setHead(second.hash);
    expect(execution().head().height).to.equal(2);
  });
}

function reads({ execution }: Parts): void {
  it("reads old states as they were", async () => {
    const blocks: ExecutedBlock[] = [];
    for (let nonce = 0; nonce < 4; nonce++) {
      blocks.push(await mine(execution(), [await signed(ANN, nonce, { to: COUNTER, gasLimit: 60_000n })]));
    }
    for (const [index, block] of blocks.entries()) {
      expect(await execution().state.storage(block.header, COUNTER as never, slot(0))).to.equal(slot(index + 1));
      expect((await execution().state.account(block.header, addressOf(ANN))).nonce).to.equal(BigInt(index + 1));
      const call = await execution().state.call(block.header, { to: COUNTER as never });
      expect(BigInt(toHex(call.output))).to.equal(BigInt(index + 2));
    }
  });

  it("proves accounts and slots, present or absent", async () => {
    const block = await mine(execution(), [await signed(ANN, 0, { to: COUNTER, gasLimit: 60_000n })]);
    const proof = await execution().state.proof(block.header, COUNTER as never, [slot(0), slot(7)]);
    expect(proof.nonce).to.equal(1n);
    expect(proof.accountProof.length).to.be.greaterThan(0);
    expect(proof.storageProof.map(({ value }) => value)).to.deep.equal([1n, 0n]);
    const nobody = await execution().state.proof(block.header, `0x${"9".repeat(40)}` as never, []);
    expect([nobody.nonce, nobody.balance]).to.deep.equal([0n, 0n]);
  });

  it("calls without changing anything, with overrides when given", async () => {
    const { header } = execution().genesis();
    const { state } = execution();
    expect(BigInt(toHex((await state.call(header, { to: COUNTER as never })).output))).to.equal(1n);
    expect(BigInt(toHex((await state.call(header, { to: COUNTER as never })).output))).to.equal(1n);
    const overrides = { [COUNTER]: { stateDiff: { [slot(0)]: slot(41) } } } as never;
    expect(BigInt(toHex((await state.call(header, { to: COUNTER as never }, overrides)).output))).to.equal(42n);
    const failed = await state.call(header, { to: REVERTER as never });
    expect([failed.succeeded, failed.exception, BigInt(toHex(failed.output))]).to.deep.equal([false, "revert", 42n]);
    const poor = await state.call(header, { from: `0x${"9".repeat(40)}` as never, to: COUNTER as never, value: 1n });
    expect(poor.exception).to.contain("insufficient funds");
  });

  it("estimates the least gas that is enough, and exactly that", async () => {
    const { header } = execution().genesis();
    const cases = [
      { to: addressOf(BOB), value: 1n },
      { to: COUNTER as never },
      { to: LOGGER as never, value: 3n },
      { to: RETRY as never },
      { data: fromHex(deployCode(CODE[COUNTER]!))! },
      { to: addressOf(BOB), data: new Uint8Array(300).fill(1) },
    ];
    for (const request of cases) {
      const from = addressOf(ANN);
      const gas = await execution().state.estimateGas(header, { from, ...request });
      if (typeof gas !== "bigint") throw new Error(`estimate failed: ${gas.exception}`);
      expect((await execution().state.call(header, { from, ...request, gas })).succeeded, `${gas}`).to.equal(true);
      expect((await execution().state.call(header, { from, ...request, gas: gas - 1n })).succeeded, `${gas}`).to.equal(
        false,
      );
    }
    const failed = await execution().state.estimateGas(header, { to: REVERTER as never });
    expect(failed).to.include({ succeeded: false, exception: "revert" });
  });

  it("estimates what the transaction then uses", async () => {
    const { header } = execution().genesis();
    const gas = await execution().state.estimateGas(header, { from: addressOf(ANN), to: COUNTER as never });
    const block = await mine(execution(), [await signed(ANN, 0, { to: COUNTER, value: 0n, gasLimit: gas as bigint })]);
    expect(block.receipts[0]).to.include({ succeeded: true, gasUsed: gas });
  });

  it("foretells the base fee", async () => {
    const block = await mine(execution(), [await signed(ANN, 0)]);
    const foretold = execution().state.nextBaseFee(block.header);
    const next = await mine(execution(), [await signed(ANN, 1)]);
    expect(next.receipts[0]!.effectiveGasPrice).to.equal(foretold + ONE_GWEI);
  });
}

function pool({ execution }: Parts): void {
  it("takes the best tips first and each sender's transactions in order", async () => {
    const block = await mine(execution(), [
      await signed(ANN, 0, { maxPriorityFeePerGas: 1n }),
      await signed(ANN, 1, { maxPriorityFeePerGas: 9n * ONE_GWEI }),
      await signed(CID, 0, { maxPriorityFeePerGas: 2n * ONE_GWEI }),
      await signed(DAN, 0, { maxPriorityFeePerGas: 3n * ONE_GWEI }),
    ]);
    const senders = block.receipts.map(({ from }) => from);
    expect(senders).to.deep.equal([DAN, CID, ANN, ANN].map(addressOf));
  });

  it("waits for a missing nonce, and counts what follows in a row", async () => {
    await execution().pool.submit([await signed(ANN, 1), await signed(ANN, 2)]);
    expect(execution().pool.status()).to.deep.equal({ ready: 0, waiting: 2 });
    expect(execution().pool.hasReady()).to.equal(false);
    expect(await execution().pool.nextNonce(addressOf(ANN))).to.equal(0n);
    await execution().pool.submit([await signed(ANN, 0)]);
    expect(execution().pool.status()).to.deep.equal({ ready: 3, waiting: 0 });
    expect(await execution().pool.nextNonce(addressOf(ANN))).to.equal(3n);
    const block = await mine(execution(), []);
    expect(block.receipts).to.have.length(3);
    expect(execution().pool.status()).to.deep.equal({ ready: 0, waiting: 0 });
    expect(await execution().pool.nextNonce(addressOf(ANN))).to.equal(3n);
  });

  it("tells listeners of what it accepted, once, until they leave", async () => {
    const heard: Hash[] = [];
    const leave = execution().pool.onAccepted((transactions) => heard.push(...transactions.map(({ hash }) => hash)));
    const raw = await signed(ANN, 0);
    const [hash] = await execution().pool.submit([raw]);
    await execution().pool.submit([raw]);
    leave();
    await execution().pool.submit([await signed(ANN, 1)]);
    expect(heard).to.deep.equal([hash]);
    expect(execution().pool.get(hash as Hash)).to.include({ hash, sender: addressOf(ANN), nonce: 0n });
    expect(toHex(execution().pool.get(hash as Hash)!.raw)).to.equal(toHex(raw));
  });
}
