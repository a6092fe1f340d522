/**
 * Which block closes an epoch, as the contracts say it, and what of them cannot be believed.
 *
 * Owns: [NET-6] [VAL-5] at the reader. With real contracts and processes: test/integration.
 */
import { expect } from "chai";
import { Interface, id } from "ethers";
import { EpochReader } from "../../../node/chain/epoch-reader.ts";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import { publicKeyToEvm } from "../../../node/crypto/bls/points.ts";
import { concatBytes } from "../../../node/crypto/hashes.ts";
import { uintBytes } from "../../../node/crypto/words.ts";
import type { EpochBlock } from "../../../node/ports/epochs.ts";
import type { StatePort } from "../../../node/ports/execution.ts";
import { CunError } from "../../../node/types/errors.ts";
import { type Address, asEpoch, type Hash, toHex } from "../../../node/types/primitives.ts";
import { secretsOf } from "../../helpers/bls.ts";

const contract = (name: string): Address => id(name).slice(0, 42) as Address;
const MANAGER = contract("EpochManager");
const abi = new Interface([
  "function addressOf(bytes32) view returns (address)",
  "function operatorsOf(uint64) view returns (address[])",
  "function validatorSetOf(uint64) view returns (bytes)",
  "function stageOf(uint64) view returns (uint8)",
  "event EpochStarted(uint64 indexed epoch, bytes32 setHash, uint8 stage, uint48 endsAt)",
]);
const OPERATORS = [contract("first operator"), contract("second operator")];
const keys = secretsOf(2).map((secret) => blstBackend.publicKey(secret));
const blob = (weights: readonly bigint[] = [1n, 5n], evmKeys = keys.map(publicKeyToEvm)): Uint8Array =>
  concatBytes(...evmKeys.flatMap((key, index) => [key, uintBytes(weights[index]!, 16)]));

interface Contracts {
  readonly names?: readonly string[];
  readonly set?: Uint8Array;
  readonly operators?: readonly string[];
  readonly stage?: number;
  /** Calls that fail for lack of time before one is answered. */
  readonly slow?: number;
}

function readerOf({ names = ["EpochManager", "FinalityVerifier", "StageManager"], slow = 0, ...said }: Contracts = {}) {
  const unreadable: string[] = [];
  let failures = slow;
  const call = async (_: Uint8Array, { to, data }: { to: Address; data: Uint8Array }) => {
    if (failures-- > 0) throw new CunError("callTooSlow", { limitMs: 1 });
    const { name } = abi.getFunction(toHex(data.slice(0, 4)))!;
    const [argument] = abi.decodeFunctionData(name, toHex(data));
    const wanted = name === "addressOf" ? Buffer.from(argument.slice(2), "hex").toString().replaceAll("\0", "") : "";
    const answers: Record<string, [Address, () => unknown[]]> = {
      addressOf: [contract("Directory"), () => [names.includes(wanted) ? contract(wanted) : `0x${"00".repeat(20)}`]],
      operatorsOf: [MANAGER, () => [said.operators ?? OPERATORS]],
      validatorSetOf: [contract("FinalityVerifier"), () => [said.set ?? blob()]],
      stageOf: [contract("StageManager"), () => [said.stage ?? 1]],
    };
    const [holder, answer] = answers[name]!;
    if (to !== holder) return { succeeded: false, output: new Uint8Array() };
    return { succeeded: true, output: Buffer.from(abi.encodeFunctionResult(name, answer()).slice(2), "hex") };
  };
  const reader = new EpochReader({
    state: { call } as unknown as StatePort,
    directory: contract("Directory"),
    onUnreadable: (epoch, reason) => unreadable.push(`${epoch}: ${reason}`),
  });
  return { reader, unreadable };
}

/** A block of epoch 3 in which a contract says that an epoch starts. */
function announcement(epoch = 4, address = MANAGER): EpochBlock {
  const { topics, data } = abi.encodeEventLog("EpochStarted", [epoch, `0x${"11".repeat(32)}`, 1, 99]);
  const log = { address, topics: topics as Hash[], data: Buffer.from(data.slice(2), "hex") };
  return { epoch: asEpoch(3), header: new Uint8Array(), receipts: [{ logs: [] }, { logs: [log] }] };
}

describe("epoch reader", () => {
  it("[NET-6] [VAL-5] a block in which EpochManager starts the next epoch closes its own: set and stage are read", async () => {
    const following = await readerOf().reader.following(announcement());
    expect(following).to.deep.equal({
      epoch: 4,
      stage: "CapeOfGoodHope",
      validators: OPERATORS.map((operator, index) => ({ operator, publicKey: keys[index], weight: [1n, 5n][index] })),
    });
  });

  it("the start of another epoch, a block without it, and one before EpochManager is in the directory close nothing", async () => {
    const { reader } = readerOf();
    expect(await reader.following(announcement(3))).to.equal(undefined);
    expect(await reader.following(announcement(5))).to.equal(undefined);
    expect(await reader.following({ ...announcement(), receipts: [{ logs: [] }] })).to.equal(undefined);
    expect(await readerOf({ names: ["FinalityVerifier", "StageManager"] }).reader.following(announcement())).to.equal(
      undefined,
    );
  });

  it("an attacker's contract that emits the same event closes nothing, nor does it hide the true one", async () => {
    const { reader } = readerOf();
    const forged = announcement(4, contract("attacker"));
    expect(await reader.following(forged)).to.equal(undefined);
    const both = { ...announcement(), receipts: [...forged.receipts, ...announcement().receipts] };
    expect((await reader.following(both))?.epoch).to.equal(4);
  });

  const unusable: [string, Contracts, RegExp][] = [
    ["that is not there", { set: new Uint8Array() }, /0 bytes/],
    ["that ends in the middle of a member", { set: blob().subarray(1) }, /287 bytes/],
    [
      "with a key that is no point",
      { set: blob([1n, 1n], [publicKeyToEvm(keys[0]!), new Uint8Array(128).fill(1)]) },
      /key of validator 1/,
    ],
    [
      "with the point at infinity as a key",
      { set: blob([1n, 1n], [new Uint8Array(128), publicKeyToEvm(keys[0]!)]) },
      /key of validator 0/,
    ],
    ["with a member without weight", { set: blob([1n, 0n]) }, /validator 1 has no weight/],
    ["without an operator for each key", { operators: OPERATORS.slice(1) }, /2 keys, but 1 operators/],
    ["in no verifier at all", { names: ["EpochManager", "StageManager"] }, /no such set/],
  ];
  for (const [name, said, reason] of unusable) {
    it(`a set ${name} begins no epoch: the network goes on with the one it has`, async () => {
      const { reader, unreadable } = readerOf(said);
      expect(await reader.following(announcement())).to.equal(undefined);
      expect(unreadable).to.have.length(1);
      expect(unreadable[0]).to.match(reason);
    });
  }

  it("does not take a machine that stood still for a contract that refuses", async () => {
    expect((await readerOf({ slow: 2 }).reader.following(announcement()))?.epoch).to.equal(4);
    const failed = await readerOf({ slow: 9 })
      .reader.following(announcement())
      .catch((error: unknown) => error);
    expect((failed as CunError).errorName).to.equal("callTooSlow");
  });
});
