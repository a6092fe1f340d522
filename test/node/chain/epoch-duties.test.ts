/** Which calls the contracts wait for, read from a state that answers as the contracts do. */
import { expect } from "chai";
import { Interface } from "ethers";
import { EpochDuties } from "../../../node/chain/epoch-duties.ts";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import type { BlockStorePort, StoredBlock } from "../../../node/ports/chain.ts";
import type { CallRequest, StatePort } from "../../../node/ports/execution.ts";
import type { Certificate } from "../../../node/types/messages.ts";
import {
  type Address,
  asEpoch,
  asHeight,
  asIndex,
  asView,
  fromHex,
  type Hash,
  toHex,
  ZERO_HASH,
} from "../../../node/types/primitives.ts";

const addressOf = (byte: string) => `0x${byte.repeat(20)}` as Address;
const hashOf = (byte: string) => `0x${byte.repeat(32)}` as Hash;
const [DIRECTORY, EPOCHS, ELECTION, STAKING] = ["d1", "e1", "e2", "5a"].map(addressOf) as [
  Address,
  Address,
  Address,
  Address,
];
const PUBLISHED: Readonly<Record<string, Address>> = {
  EpochManager: EPOCHS,
  ValidatorElection: ELECTION,
  StakingPool: STAKING,
};
const DAY = 86_400;
const NOW = 20_000 * DAY + 100;

const abi = new Interface([
  "function addressOf(bytes32 name) view returns (address)",
  "function epoch() view returns (uint64)",
  "function endsAt() view returns (uint48)",
  "function currentSample() view returns (uint256 sample, bytes32 digest, uint256 signers)",
  "function isRewarded(uint64 epoch) view returns (bool)",
  "function progress() view returns (uint64 epoch, uint256 scanned, bool finished, bool stored)",
  "function settledDays() view returns (uint256)",
  "function elect(uint256)",
  "function storeSet()",
  "function advance()",
  "function reward(uint64)",
  "function settleDays()",
  "function recordParticipation(tuple(uint64 epoch, uint64 viewNumber, bytes32 digest, bytes signers, bytes signature), uint256)",
]);

/** What the contracts say; by default nothing is due in epoch 5. */
interface Chain {
  published: Readonly<Record<string, Address>>;
  endsAt: number;
  sample: readonly [bigint, Hash, bigint];
  progress: readonly [bigint, bigint, boolean, boolean];
  rewarded: (epoch: bigint) => boolean;
  settledDays: bigint;
}

const quiet = (): Chain => ({
  published: PUBLISHED,
  endsAt: NOW + 50,
  sample: [2n, hashOf("ab"), 0b1111n],
  progress: [6n, 9n, true, true],
  rewarded: () => true,
  settledDays: 20_000n,
});

function stateOf(chain: Chain): StatePort {
  const answer = (name: string, values: readonly unknown[]): readonly unknown[] => {
    switch (name) {
      case "addressOf":
        return [
          chain.published[
            Buffer.from(fromHex(values[0] as string)!)
              .toString()
              .replaceAll("\0", "")
          ] ?? addressOf("00"),
        ];
      case "epoch":
        return [5n];
      case "endsAt":
        return [chain.endsAt];
      case "currentSample":
        return chain.sample;
      case "progress":
        return chain.progress;
      case "isRewarded":
        return [chain.rewarded(values[0] as bigint)];
      default:
        return [chain.settledDays];
    }
  };
  const call = async (_header: Uint8Array, { data }: CallRequest) => {
    const { name, args } = abi.parseTransaction({ data: toHex(data!) })!;
    const output = fromHex(abi.encodeFunctionResult(name, answer(name, [...args])))!;
    return { succeeded: true, output, gasUsed: 0n, exception: undefined };
  };
  return { call } as unknown as StatePort;
}

const SIGNATURE = blstBackend.sign(new Uint8Array(32).fill(7), new Uint8Array(32).fill(1));

function certificateOf(digest: Hash, signers: number, epoch = 5): Certificate {
  return {
    kind: "finalize",
    epoch: asEpoch(epoch),
    view: asView(40),
    digest,
    signers: new Uint8Array([signers]),
    signature: SIGNATURE,
  };
}

/** Blocks 1, 2, …, the last one is the head. */
function storeOf(finalizations: readonly (Certificate | undefined)[]): BlockStorePort {
  const blocks = finalizations.map(
    (finalization, index): StoredBlock => ({
      hash: finalization?.digest ?? ZERO_HASH,
      height: asHeight(index + 1),
      payload: new Uint8Array(),
      header: new Uint8Array(),
      finalization,
    }),
  );
  return {
    head: () => ({ height: asHeight(blocks.length), hash: blocks.at(-1)!.hash }),
    blockByHeight: async (height: number) => blocks[height - 1],
    blockByHash: async (hash: Hash) => blocks.find((block) => block.hash === hash),
  } as unknown as BlockStorePort;
}

async function due(changes: Partial<Chain>, store = storeOf([undefined]), directory: Address | "none" = DIRECTORY) {
  const state = stateOf({ ...quiet(), ...changes });
  const duties = new EpochDuties({
    state,
    store,
    directory: directory === "none" ? undefined : directory,
    complete: async (certificate) => {
      const signers = new Uint8Array([certificate.signers[0]! | lateVotes]);
      return { ...certificate, signers };
    },
  });
  const found = await duties.due({ header: new Uint8Array(), timestamp: NOW, index: asIndex(3) });
  return found.map(({ key, to, data }) => {
    const { name, args } = abi.parseTransaction({ data: toHex(data) })!;
    return { key, to, name, args };
  });
}

/** Own votes that are added to certificates: none unless a test says so. */
let lateVotes = 0;

const names = (found: Awaited<ReturnType<typeof due>>): string[] => found.map(({ name }) => name);

describe("duties of an epoch", () => {
  it("nothing is due before the contracts are published, or without a directory", async () => {
    expect(await due({ published: {}, settledDays: 0n })).to.deep.equal([]);
    expect(await due({ settledDays: 0n }, storeOf([undefined]), "none")).to.deep.equal([]);
  });

  it("nothing is due when everything is done", async () => {
    expect(await due({})).to.deep.equal([]);
  });

  it("[VAL-5] pages of the election come first, then the set, then the end of the epoch", async () => {
    const [page] = await due({ progress: [6n, 800n, false, false], endsAt: NOW });
    expect(page).to.deep.include({ name: "elect", to: ELECTION, key: "elect 6 800" });
    expect(names(await due({ progress: [6n, 900n, true, false], endsAt: NOW }))).to.deep.equal(["storeSet"]);
    expect(names(await due({ endsAt: NOW }))).to.deep.equal(["advance"]);
  });

  it("an epoch is not ended a second too early", async () => {
    expect(await due({ endsAt: NOW + 1 })).to.deep.equal([]);
  });

  it("a part of the epoch without a sample takes the newest block that has a certificate of its own", async () => {
    const store = storeOf([certificateOf(hashOf("01"), 15), certificateOf(hashOf("02"), 7), undefined]);
    const [sample] = await due({ sample: [2n, ZERO_HASH, 0n] }, store);
    expect(sample).to.deep.include({ name: "recordParticipation", to: EPOCHS, key: "sample 5 2" });
    expect(sample!.args[0].digest).to.equal(hashOf("02"));
    expect(sample!.args[0].signers).to.equal("0x07");
    expect(sample!.args[1]).to.equal(2n);
  });

  it("a certificate of the former epoch is no sample of this one", async () => {
    const store = storeOf([certificateOf(hashOf("01"), 15, 4)]);
    expect(await due({ sample: [0n, ZERO_HASH, 0n] }, store)).to.deep.equal([]);
  });

  it("a validator that the sample leaves out brings a certificate with its own vote", async () => {
    const digest: Hash = hashOf("01");
    const sample = [2n, digest, 0b0111n] as const;
    const [mended] = await due({ sample }, storeOf([certificateOf(digest, 0b1110)]));
    expect(mended).to.deep.include({ name: "recordParticipation", key: "sample 5 2 with 3" });
    expect(await due({ sample }, storeOf([certificateOf(digest, 0b0111)]))).to.deep.equal([]);
    expect(await due({ sample }, storeOf([undefined]))).to.deep.equal([]);
  });

  it("a validator whose vote came after the quorum adds it to the certificate", async () => {
    const digest: Hash = hashOf("01");
    lateVotes = 0b1000;
    const [mended] = await due({ sample: [2n, digest, 0b0111n] }, storeOf([certificateOf(digest, 0b0111)]));
    lateVotes = 0;
    expect(mended!.args[0].signers).to.equal("0x0f");
  });

  it("[EMI-4] the oldest of the last epochs that has not been rewarded is rewarded first", async () => {
    const [reward] = await due({ rewarded: (epoch) => epoch === 1n || epoch === 4n });
    expect(reward).to.deep.include({ name: "reward", to: EPOCHS, key: "reward 2" });
    expect(names(await due({ rewarded: (epoch) => epoch !== 0n }))).to.deep.equal([]);
  });

  it("[STK-4] days that have ended are settled, the present one is not", async () => {
    const [settlement] = await due({ settledDays: 19_999n });
    expect(settlement).to.deep.include({ name: "settleDays", to: STAKING, key: "settleDays 19999" });
  });
});
