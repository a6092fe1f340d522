/**
 * Transactions that the pool must refuse, each with the error that names the reason and both values.
 */
import { expect } from "chai";
import { decodeRlp, encodeRlp, getAddress, hexlify, type RlpStructuredDataish, Wallet } from "ethers";
import { createEmbeddedExecution, type EmbeddedExecutionOptions } from "../../../node/execution/embedded.ts";
import type { ExecutionPort } from "../../../node/ports/execution.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { CunError } from "../../../node/types/errors.ts";
import { fromHex, type Hash, toHex } from "../../../node/types/primitives.ts";
import { assemble } from "../../helpers/assembly.ts";
import {
  ANN,
  addressOf,
  BOB,
  buildOn,
  CHAIN_ID,
  CID,
  DAN,
  genesisOf,
  mine,
  ONE_GWEI,
  refusal,
  signed,
  WALLETS,
} from "../../helpers/execution-chain.ts";
import { highS } from "../../helpers/signatures.ts";

const SPENDER = "0x00000000000000000000000000000000000d0001";

describe("transactions that are refused", () => {
  let execution: ExecutionPort;
  const open = (options: Partial<EmbeddedExecutionOptions> = {}) =>
    createEmbeddedExecution({ genesis: genesisOf(), keyValue: new MemoryKeyValue(), ...options });
  beforeEach(async () => {
    execution = await open();
  });
  afterEach(() => execution.close());

  async function expectRefusal(raw: Uint8Array, errorName: string, details?: object): Promise<CunError> {
    const error = await refusal(execution, raw);
    expect(error.errorName).to.equal(errorName);
    if (details !== undefined) expect(error.details).to.deep.equal(details);
    expect(execution.pool.status()).to.deep.equal({ ready: 0, waiting: 0 });
    return error;
  }

  it("rejects transactionMalformed when the bytes are noise, empty lists, or have a tail", async () => {
    for (const raw of [
      Uint8Array.of(0xc0),
      Uint8Array.of(2, 1),
      Uint8Array.of(1, 0xc1, 0x80),
      new Uint8Array(40).fill(0xff),
    ]) {
      await expectRefusal(raw, "transactionMalformed");
    }
    await expectRefusal(Buffer.concat([await signed(ANN, 0), Uint8Array.of(0)]), "transactionMalformed");
  });

  it("rejects transactionMalformed when a number has a leading zero or a field is a list", async () => {
    const fields = decodeRlp(toHex((await signed(ANN, 0)).subarray(1))) as RlpStructuredDataish[];
    for (const [index, value] of [
      [4, "0x005208"],
      [6, "0x0001"],
      [5, []],
      [8, "0x01"],
    ] as const) {
      const changed = fields.map((field, position) => (position === index ? value : field)) as RlpStructuredDataish[];
      await expectRefusal(Uint8Array.of(2, ...fromHex(encodeRlp(changed))!), "transactionMalformed");
    }
  });

  it("rejects transactionTypeUnsupported for blobs and unknown types", async () => {
    await expectRefusal(Uint8Array.of(3, 0xc0), "transactionTypeUnsupported", { type: 3, supported: "0, 1, 2 and 4" });
    await expectRefusal(Uint8Array.of(0x7f, 0xc0), "transactionTypeUnsupported", {
      type: 0x7f,
      supported: "0, 1, 2 and 4",
    });
    await expectRefusal(new Uint8Array(), "transactionTypeUnsupported");
  });

  it("rejects transactionTooLarge above the limit", async () => {
    const raw = await signed(ANN, 0, { data: `0x${"11".repeat(131_072)}`, gasLimit: 16_000_000n });
    await expectRefusal(raw, "transactionTooLarge", { bytes: raw.length, limit: 131_072 });
  });

  it("rejects transactionChainIdWrong for typed and legacy transactions of another chain", async () => {
    const details = { chainId: 1n, expected: BigInt(CHAIN_ID) };
    await expectRefusal(await signed(ANN, 0, { chainId: 1 }), "transactionChainIdWrong", details);
    await expectRefusal(await signed(ANN, 0, { chainId: 1, type: 0 }), "transactionChainIdWrong", details);
  });

  it("rejects transactionSignatureInvalid when s is high, r is zero, the parity is 2, or no key fits", async () => {
    const raw = await signed(ANN, 0);
    const error = await expectRefusal(highS(raw), "transactionSignatureInvalid");
    expect(error.message).to.match(/^invalid sender: s \d+ is above half/);
    const fields = decodeRlp(toHex(raw.subarray(1))) as RlpStructuredDataish[];
    for (const [index, value] of [
      [10, "0x"],
      [9, "0x02"],
      [10, `0x${"ff".repeat(32)}`],
      [10, `0x00${"11".repeat(31)}`],
      [10, "0x05"],
    ] as const) {
      const changed = fields.map((field, position) => (position === index ? value : field));
      await expectRefusal(Uint8Array.of(2, ...fromHex(encodeRlp(changed))!), "transactionSignatureInvalid");
    }
  });

  it("rejects transactionNonceTooLow after the nonce was used", async () => {
    await mine(execution, [await signed(ANN, 0)]);
    const error = await expectRefusal(await signed(ANN, 0, { value: 2n }), "transactionNonceTooLow", {
      expected: 1n,
      nonce: 0n,
    });
    expect(error.message).to.equal("nonce too low: next nonce 1, tx nonce 0");
  });

  it("rejects transactionNonceTooHigh when the gap is beyond what the pool keeps", async () => {
    await expectRefusal(await signed(ANN, 4097), "transactionNonceTooHigh", { expected: 0n, nonce: 4097n });
  });

  it("rejects transactionFundsInsufficient when value and gas are above the balance", async () => {
    const value = 1000n * 10n ** 18n;
    const details = { balance: value, cost: value + 21_000n * 10n * ONE_GWEI };
    const error = await expectRefusal(await signed(ANN, 0, { value }), "transactionFundsInsufficient", details);
    expect(error.message).to.match(/^insufficient funds for gas \* price \+ value/);
    const stranger = new Wallet(`0x${"77".repeat(32)}`);
    await expectRefusal(await signed(stranger, 0), "transactionFundsInsufficient");
  });

  it("rejects transactionGasTooLow below intrinsic gas and below the calldata floor", async () => {
    await expectRefusal(await signed(ANN, 0, { gasLimit: 20_999n }), "transactionGasTooLow", {
      gas: 20_999n,
      minimum: 21_000n,
    });
    const data = `0x${"11".repeat(100)}`;
    await expectRefusal(await signed(ANN, 0, { data, gasLimit: 24_999n }), "transactionGasTooLow", {
      gas: 24_999n,
      minimum: 25_000n,
    });
  });

  it("rejects transactionGasTooHigh above the cap of EIP-7825", async () => {
    await expectRefusal(await signed(ANN, 0, { gasLimit: 16_777_217n }), "transactionGasTooHigh", {
      cap: 16_777_216n,
      gas: 16_777_217n,
    });
  });

  it("rejects transactionGasAboveBlock when a block could never hold it", async () => {
    const small = await open({ genesis: genesisOf({ gasLimit: 5_000_000 }) });
    const error = await refusal(small, await signed(ANN, 0, { gasLimit: 5_000_001n }));
    expect(error).to.deep.include({
      errorName: "transactionGasAboveBlock",
      details: { gas: 5_000_001n, limit: 5_000_000n },
    });
    await small.close();
  });

  it("rejects transactionFeeTooLow below the base fee of the next block", async () => {
    const fields = { maxFeePerGas: 874_999_999n, maxPriorityFeePerGas: 0n };
    await expectRefusal(await signed(ANN, 0, fields), "transactionFeeTooLow", {
      fee: 874_999_999n,
      baseFee: 875_000_000n,
    });
  });

  it("rejects transactionTipAboveFee", async () => {
    const fields = decodeRlp(toHex((await signed(ANN, 0)).subarray(1))) as RlpStructuredDataish[];
    fields[2] = "0xffffffffff";
    await expectRefusal(Uint8Array.of(2, ...fromHex(encodeRlp(fields))!), "transactionTipAboveFee", {
      tip: 0xffffffffffn,
      fee: 10n * ONE_GWEI,
    });
  });

  it("rejects transactionInitcodeTooLarge above 48 KiB", async () => {
    const data = `0x${"00".repeat(49_153)}`;
    await expectRefusal(
      await signed(ANN, 0, { to: null, data, gasLimit: 10_000_000n }),
      "transactionInitcodeTooLarge",
      {
        bytes: 49_153,
        limit: 49_152,
      },
    );
  });

  it("rejects transactionSenderIsContract, but not a delegated account", async () => {
    const code = { [addressOf(CID)]: assemble("STOP"), [addressOf(DAN)]: `0xef0100${SPENDER.slice(2)}` };
    const genesis = genesisOf({ code });
    for (const address of Object.keys(code))
      Object.assign(genesis.alloc[address as never]!, { balance: `${10n ** 20n}`, nonce: 0 });
    const other = await open({ genesis });
    expect((await refusal(other, await signed(CID, 0))).errorName).to.equal("transactionSenderIsContract");
    expect((await mine(other, [await signed(DAN, 0)])).receipts).to.have.length(1);
    await other.close();
  });

  it("ignores a transaction that is known", async () => {
    const raw = await signed(ANN, 0);
    const [hash] = await execution.pool.submit([raw]);
    const error = await refusal(execution, raw);
    expect(error).to.deep.include({ errorName: "transactionKnown", details: { hash } });
    expect(error.action).to.equal("ignore");
    const [twice] = [
      await Promise.all([execution.pool.submit([await signed(CID, 0)]), execution.pool.submit([await signed(CID, 0)])]),
    ];
    expect(twice.flat().filter((result) => result instanceof CunError)).to.have.length(1);
  });

  it("rejects transactionReplacementUnderpriced unless fee and tip rise by a tenth", async () => {
    const [first] = await execution.pool.submit([await signed(ANN, 0)]);
    const cases = [
      [{ maxFeePerGas: 11n * ONE_GWEI - 1n, maxPriorityFeePerGas: 2n * ONE_GWEI }, "maxFeePerGas", 11n * ONE_GWEI],
      [{ maxFeePerGas: 20n * ONE_GWEI, maxPriorityFeePerGas: 1_099_999_999n }, "maxPriorityFeePerGas", 1_100_000_000n],
    ] as const;
    for (const [fields, field, minimum] of cases) {
      const error = await refusal(execution, await signed(ANN, 0, fields));
      expect(error.errorName).to.equal("transactionReplacementUnderpriced");
      expect(error.details).to.include({ field, minimum });
    }
    const better = { maxFeePerGas: 11n * ONE_GWEI, maxPriorityFeePerGas: 1_100_000_000n };
    const [second] = await execution.pool.submit([await signed(ANN, 0, better)]);
    expect(execution.pool.get(first as Hash)).to.equal(undefined);
    expect((await mine(execution)).transactionHashes).to.deep.equal([second]);
  });

  it("rejects poolFull when nothing worse can make room, and lets a better one in", async () => {
    const small = await open({ poolLimits: { transactions: 3, bytes: 1_000_000, perSender: 2 } });
    await small.pool.submit([await signed(ANN, 0), await signed(ANN, 1), await signed(BOB, 0)]);
    expect((await refusal(small, await signed(CID, 0))).details).to.deep.equal({
      count: 3,
      limit: 3,
      unit: "transactions",
    });
    expect((await refusal(small, await signed(ANN, 2))).errorName).to.equal("poolSenderFull");
    const [hash] = await small.pool.submit([await signed(CID, 0, { maxPriorityFeePerGas: 2n * ONE_GWEI })]);
    expect(small.pool.get(hash as Hash)).to.not.equal(undefined);
    expect(small.pool.status().ready + small.pool.status().waiting).to.equal(3);
    await small.close();
  });

  it("rejects poolFull by bytes", async () => {
    const small = await open({ poolLimits: { transactions: 30, bytes: 200, perSender: 20 } });
    await small.pool.submit([await signed(ANN, 0)]);
    expect((await refusal(small, await signed(CID, 0))).details).to.include({ limit: 200, unit: "bytes" });
    await small.close();
  });

  it("makes room for a ready transaction by dropping one that waits for an earlier nonce", async () => {
    const small = await open({ poolLimits: { transactions: 2, bytes: 1_000_000, perSender: 2 } });
    await small.pool.submit([await signed(ANN, 5), await signed(BOB, 0)]);
    const [result] = await small.pool.submit([await signed(CID, 0)]);
    expect(result).to.be.a("string");
    expect(small.pool.status()).to.deep.equal({ ready: 2, waiting: 0 });
    await small.close();
  });
});

describe("transactions that go bad in the pool", () => {
  it("[EXE-2] leaves out and evicts what nobody can pay any more, and the block is built", async () => {
    const evicted: string[] = [];
    const execution = await createEmbeddedExecution({
      genesis: genesisOf(),
      keyValue: new MemoryKeyValue(),
      onEvicted: (_, error) => evicted.push(error.errorName),
    });
    const most = 999n * 10n ** 18n;
    await execution.pool.submit([
      await signed(ANN, 0, { value: most }),
      await signed(ANN, 1, { value: most }),
      await signed(ANN, 2),
      await signed(CID, 0, { maxPriorityFeePerGas: 1n }),
    ]);
    const block = await mine(execution);
    expect(block.receipts.map(({ from }) => from)).to.deep.equal([ANN, CID].map(addressOf));
    expect(evicted).to.deep.equal(["transactionFundsInsufficient"]);
    expect(execution.pool.hasReady()).to.equal(false);
    expect(execution.pool.status()).to.deep.equal({ ready: 0, waiting: 1 });
    await execution.close();
  });

  it("keeps a transaction whose fee fell below the base fee, and does not call it ready", async () => {
    const genesis = genesisOf({ gasLimit: 5_000_000, code: { [SPENDER]: assemble("INVALID") } });
    const execution = await createEmbeddedExecution({ genesis, keyValue: new MemoryKeyValue() });
    const full = { to: SPENDER, gasLimit: 4_990_000n };
    await mine(execution, [await signed(ANN, 0, full)]);
    const cheap = await signed(CID, 0, {
      maxFeePerGas: execution.state.nextBaseFee(execution.executed(execution.head().hash)!.header),
      maxPriorityFeePerGas: 0n,
    });
    await execution.pool.submit([cheap]);
    await execution.pool.submit([await signed(ANN, 1, full)]);
    const built = await buildOn(execution);
    await execution.setHead(built.hash);
    expect(built.transactionCount).to.equal(1);
    expect(execution.pool.status()).to.deep.equal({ ready: 1, waiting: 0 });
    expect(execution.pool.hasReady()).to.equal(false);
    await mine(execution);
    await mine(execution);
    expect(execution.pool.status().ready).to.equal(0);
    await execution.close();
  });

  it("moves up a delegated account whose nonce another's transaction used", async () => {
    const execution = await createEmbeddedExecution({ genesis: genesisOf(), keyValue: new MemoryKeyValue() });
    const authorization = await BOB.authorize({ address: getAddress(SPENDER), nonce: 0, chainId: CHAIN_ID });
    await execution.pool.submit([
      await signed(BOB, 0, { maxPriorityFeePerGas: 1n }),
      await signed(BOB, 1, { maxPriorityFeePerGas: 1n }),
      await signed(ANN, 0, { type: 4, gasLimit: 100_000n, authorizationList: [authorization] }),
    ]);
    const first = await mine(execution);
    expect(first.receipts.map(({ from }) => from)).to.deep.equal([ANN, BOB].map(addressOf));
    expect(execution.pool.status()).to.deep.equal({ ready: 0, waiting: 0 });
    await execution.close();
  });

  it("stays within the payload limit however many bytes wait", async () => {
    const execution = await createEmbeddedExecution({
      genesis: genesisOf({ gasLimit: 1_000_000_000 }),
      keyValue: new MemoryKeyValue(),
    });
    for (const wallet of WALLETS) {
      const raws = await Promise.all(
        [0, 1, 2].map((nonce) =>
          signed(wallet, nonce, { data: hexlify(new Uint8Array(100_000)), gasLimit: 1_100_000n }),
        ),
      );
      for (const result of await execution.pool.submit(raws)) expect(result).to.be.a("string");
    }
    const built = await buildOn(execution);
    expect(built.transactionCount).to.equal(20);
    expect((await execution.verify(built.payload)).status).to.equal("valid");
    await execution.close();
  });
});
