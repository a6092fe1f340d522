/**
 * What a transaction of the largest gas limit can cost a validator: `node scripts/bench/precompile-cost.ts [name …]`.
 *
 * Owns: running each program of cost-programs.ts on the embedded EVM, the table in milliseconds of processor time.
 * Does not own: the programs, the limits that follow from the figures (node/types/limits.ts).
 * Called by: people who change an engine or a limit. Bounded: what takes long is run with less gas and extrapolated.
 */
import { createEmbeddedExecution } from "../../node/execution/embedded.ts";
import type { ExecutionPort } from "../../node/ports/execution.ts";
import { MemoryKeyValue } from "../../node/storage/memory-key-value.ts";
import type { Address } from "../../node/types/primitives.ts";
import { type CostProgram, costPrograms, LARGE_CONTRACT, LARGE_RUNTIME } from "../../test/helpers/cost-programs.ts";
import { ANN, buildOn, genesisOf, signed } from "../../test/helpers/execution-chain.ts";
import { table } from "../lib/table.ts";

const FULL_GAS = 2n ** 24n;
const SAMPLE_GAS = 2n ** 20n;
/** A program is run in full when its sample says that it ends within this; else the sample is scaled. */
const FULL_RUN_MS = 3000;
const GIVE_UP_MS = 170_000;

const address = (index: number): Address => `0x${(0xc057_0000 + index).toString(16).padStart(40, "0")}` as Address;

const startedMs = performance.now();
const wanted = process.argv.slice(2);
const programs = (await costPrograms()).filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
const code = {
  ...Object.fromEntries(programs.map(({ runtime }, index) => [address(index), runtime])),
  [LARGE_CONTRACT]: LARGE_RUNTIME,
};
const execution = await createEmbeddedExecution({
  genesis: genesisOf({ code }),
  keyValue: new MemoryKeyValue(),
  buildTransactionMs: Number.POSITIVE_INFINITY,
});
let nonce = 0;
const rows: string[][] = [];
for (const [index, program] of programs.entries()) {
  if (performance.now() - startedMs > GIVE_UP_MS) break;
  rows.push([program.name, ...(await measure(execution, program, address(index)))]);
}
console.log(table(["program", "ms for 2^24 gas", "Mgas/s", "how"], rows));
await execution.close();

async function measure(chain: ExecutionPort, { data, gas }: CostProgram, to: Address): Promise<string[]> {
  const sampleGas = gas === undefined || gas < SAMPLE_GAS ? SAMPLE_GAS : gas;
  await run(chain, to, data, sampleGas);
  const sample = await run(chain, to, data, sampleGas);
  const scaled = (sample.ms * Number(FULL_GAS)) / sample.gas;
  const isFull = scaled < FULL_RUN_MS;
  const { ms, gas: used } = isFull ? await run(chain, to, data, FULL_GAS) : sample;
  const fullMs = (ms * Number(FULL_GAS)) / used;
  return [fullMs.toFixed(0), (16_777.216 / fullMs).toFixed(1), isFull ? "run" : "scaled"];
}

async function run(
  chain: ExecutionPort,
  to: Address,
  data: string,
  gasLimit: bigint,
): Promise<{ ms: number; gas: number }> {
  const raw = await signed(ANN, nonce++, { to, data, gasLimit, value: 0n });
  const [result] = await chain.pool.submit([raw]);
  if (typeof result !== "string") throw result;
  const before = process.threadCpuUsage();
  const { hash } = await buildOn(chain);
  const { user, system } = process.threadCpuUsage(before);
  const ms = (user + system) / 1000;
  const receipt = chain.executed(hash)?.receipts[0];
  if (receipt === undefined) throw new Error("the transaction is in the block");
  await chain.setHead(hash);
  return { ms, gas: Number(receipt.gasUsed) };
}
