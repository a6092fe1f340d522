/**
 * Osaka's features as every ExecutionPort must show them.
 *
 * Owns: precompiles, opcodes and transaction rules that are newer than most contracts.
 * Does not own: exactness to the last gas (test/node/execution/edr.test.ts). Called by: test/compliance/execution.ts.
 */
import { expect } from "chai";
import { fromHex, toHex } from "../../node/types/primitives.ts";
import { assemble } from "../helpers/assembly.ts";
import { ANN, addressOf, BOB, CID, mine, signed } from "../helpers/execution-chain.ts";
import { COUNTER, type ExecutionPair, HASHES, slot } from "../helpers/execution-contracts.ts";
import { G1_ADD_INPUT, P256_INPUT, PAIRING_INPUT } from "../vectors/precompile-inputs.ts";

export function osakaCompliance({ execution }: ExecutionPair): void {
  const word = (value: bigint) => value.toString(16).padStart(64, "0");
  const run = async (to: string, data: string) =>
    execution().state.call(execution().genesis().header, { to: to as never, data: fromHex(data)! });
  const precompile = (number: number) => `0x${number.toString(16).padStart(40, "0")}`;

  it("has P-256 signatures at 0x100 (EIP-7951)", async () => {
    expect(toHex((await run(precompile(0x100), P256_INPUT)).output)).to.equal(`0x${word(1n)}`);
    expect((await run(precompile(0x100), `${P256_INPUT.slice(0, -2)}00`)).output).to.have.length(0);
  });

  it("has BLS12-381 addition at 0x0b and pairing at 0x0f (EIP-2537)", async () => {
    expect((await run(precompile(0x0b), G1_ADD_INPUT)).output).to.have.length(128);
    expect(toHex((await run(precompile(0x0f), PAIRING_INPUT)).output)).to.equal(`0x${word(1n)}`);
    const broken = await run(precompile(0x0f), PAIRING_INPUT.slice(0, -2));
    expect(broken.succeeded).to.equal(false);
  });

  it("counts leading zeros (EIP-7939) and has transient storage (EIP-1153)", async () => {
    const code = assemble("ffff CLZ 00 TSTORE 00 TLOAD 00 MSTORE 20 00 RETURN");
    const overrides = { [COUNTER]: { code: fromHex(code)! } } as never;
    const { output } = await execution().state.call(execution().genesis().header, { to: COUNTER as never }, overrides);
    expect(BigInt(toHex(output))).to.equal(240n);
  });

  it("lets an account run a contract's code (EIP-7702)", async () => {
    const authorization = await BOB.authorize({ address: COUNTER, nonce: 0, chainId: 2026 });
    const fields = { type: 4, to: BOB.address, gasLimit: 200_000n, authorizationList: [authorization] };
    const block = await mine(execution(), [await signed(ANN, 0, fields)]);
    expect(block.receipts[0]).to.include({ succeeded: true, type: 4 });
    expect(await execution().state.storage(block.header, addressOf(BOB), slot(0))).to.equal(slot(1));
    expect(toHex(await execution().state.code(block.header, addressOf(BOB)))).to.equal(`0xef0100${COUNTER.slice(2)}`);
    const next = await mine(execution(), [await signed(BOB, 1, { to: CID.address })]);
    expect(next.receipts[0]!.succeeded).to.equal(true);
  });

  it("answers BLOCKHASH for recent blocks (EIP-2935 keeps them in the state)", async () => {
    const genesis = execution().genesis();
    const first = await mine(execution(), []);
    const second = await mine(execution(), [await signed(ANN, 0, { to: HASHES, gasLimit: 200_000n })]);
    const stored = await Promise.all(
      [0, 1, 2].map((index) => execution().state.storage(second.header, HASHES as never, slot(index))),
    );
    expect(stored).to.deep.equal([first.hash, genesis.hash, slot(0)]);
  });

  it("caps the gas of a transaction (EIP-7825)", async () => {
    const [error] = await execution().pool.submit([await signed(ANN, 0, { gasLimit: 16_777_217n })]);
    expect(error).to.include({ errorName: "transactionGasTooHigh" });
  });
}
