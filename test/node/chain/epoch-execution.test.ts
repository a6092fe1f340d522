/**
 * The end of an epoch as the embedded EVM shows it: in a block that is not final yet, and again after a restart.
 *
 * Owns: the way from an executed transaction to the next set. The contracts here answer with fixed bytes; the real
 * ones with real processes: test/integration.
 */
import { expect } from "chai";
import { AbiCoder, id } from "ethers";
import { EpochReader } from "../../../node/chain/epoch-reader.ts";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import { setBlob } from "../../../node/crypto/set-hash.ts";
import { uintWord } from "../../../node/crypto/words.ts";
import { createEmbeddedExecution } from "../../../node/execution/embedded.ts";
import type { ExecutedBlock, ExecutionPort } from "../../../node/ports/execution.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { genesisSchema } from "../../../node/types/genesis.ts";
import { type Address, toHex } from "../../../node/types/primitives.ts";
import { secretsOf } from "../../helpers/bls.ts";
import { ANN, buildOn, genesisOf, signed } from "../../helpers/execution-chain.ts";

const contract = (name: string): Address => id(name).slice(0, 42) as Address;
const NAMES = ["EpochManager", "FinalityVerifier", "StageManager"];
const publicKeys = secretsOf(5).map((secret) => blstBackend.publicKey(secret));
const operators = publicKeys.map((_, index) => contract(`operator ${index}`));
const members = publicKeys.map((publicKey, index) => ({ publicKey, weight: BigInt(index + 1) }));

const hexOf = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");
const encode = (type: string, value: unknown): string => AbiCoder.defaultAbiCoder().encode([type], [value]).slice(2);

/** Returns the data that stands behind `before` and these ten bytes: CODECOPY, RETURN. */
const answering = (data: string, before = ""): string =>
  `${before}61${hexOf(data.length / 2, 2)}8060${hexOf(before.length / 2 + 10, 1)}5f395ff3${data}`;

/** Without calldata it starts epoch 1: LOG2 of 96 bytes; with calldata it answers. */
const announcing = (data: string): string => {
  const started = id("EpochStarted(uint64,bytes32,uint8,uint48)").slice(2);
  return answering(data, `36604b577f${toHex(uintWord(1)).slice(2)}7f${started}60605fa2005b`);
};

const code = {
  [contract("EpochManager")]: announcing(encode("address[]", operators)),
  [contract("FinalityVerifier")]: answering(encode("bytes", setBlob(members))),
  [contract("StageManager")]: answering(encode("uint8", 2)),
  [contract("Impostor")]: announcing(""),
};
/** SLOAD of the name that is asked for. */
const directory = {
  nonce: 1,
  code: "0x600435545f5260205ff3",
  storage: Object.fromEntries(
    NAMES.map((name) => [
      toHex(new TextEncoder().encode(name)).padEnd(66, "0"),
      `0x${contract(name).slice(2).padStart(64, "0")}`,
    ]),
  ),
};

async function open(keyValue = new MemoryKeyValue()) {
  const genesis = genesisOf({
    code: Object.fromEntries(Object.entries(code).map(([at, bytes]) => [at, `0x${bytes}`])),
  });
  const alloc = { ...genesis.alloc, [contract("Directory")]: directory };
  const execution = await createEmbeddedExecution({ genesis: genesisSchema.parse({ ...genesis, alloc }), keyValue });
  const unreadable: string[] = [];
  const reader = new EpochReader({
    state: execution.state,
    directory: contract("Directory"),
    onUnreadable: (_, reason) => unreadable.push(reason),
  });
  return { execution, reader, unreadable };
}

/** A block with a call of the contract, executed and no more. */
async function call(execution: ExecutionPort, to: Address): Promise<ExecutedBlock> {
  const [accepted] = await execution.pool.submit([await signed(ANN, 0, { to, value: 0n, gasLimit: 100_000n })]);
  expect(accepted).to.be.a("string");
  const { hash } = await buildOn(execution);
  return execution.executed(hash)!;
}

describe("the end of an epoch in the embedded EVM", () => {
  it("[NET-6] [VAL-5] is seen, with the next set and stage, in a block that is executed and not final", async () => {
    const { execution, reader, unreadable } = await open();
    const block = await call(execution, contract("EpochManager"));
    expect(block.receipts[0]?.succeeded).to.equal(true);
    const following = await reader.following({ ...block, epoch: block.context.epoch });
    expect(unreadable).to.deep.equal([]);
    expect(following).to.deep.equal({
      epoch: 1,
      stage: "NewGeneration",
      validators: members.map(({ publicKey, weight }, index) => ({ operator: operators[index], publicKey, weight })),
    });
    expect(execution.head().height).to.equal(0);
    const empty = execution.executed((await buildOn(execution, block.hash)).hash)!;
    expect(await reader.following({ ...empty, epoch: empty.context.epoch }), "the block after it").to.equal(undefined);
  });

  it("[NET-6] is seen again after a restart, from what is on the disk", async () => {
    const disk = new MemoryKeyValue();
    disk.close = async () => {};
    const before = await open(disk);
    const block = await call(before.execution, contract("EpochManager"));
    await before.execution.setHead(block.hash);
    await before.execution.close();
    const { reader } = await open(disk);
    expect((await reader.following({ ...block, epoch: block.context.epoch }))?.validators).to.have.length(5);
  });

  it("an attacker's contract with the same event ends nothing", async () => {
    const { execution, reader } = await open();
    const block = await call(execution, contract("Impostor"));
    expect(block.receipts[0]?.logs).to.have.length(1);
    expect(await reader.following({ ...block, epoch: block.context.epoch })).to.equal(undefined);
  });
});
