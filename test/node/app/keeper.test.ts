/** What the contracts wait for is sent by one validator, and by the next one when it does not. */
import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import { Keeper, type Place } from "../../../node/app/keeper.ts";
import { createLogger } from "../../../node/app/logger.ts";
import type { Duty } from "../../../node/chain/epoch-duties.ts";
import type { CallResult, ExecutionPort } from "../../../node/ports/execution.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { CunError } from "../../../node/types/errors.ts";
import { type Address, asIndex, type Hash, toHex } from "../../../node/types/primitives.ts";
import { FakeExecution } from "../../helpers/fake-execution.ts";
import { ManualClock } from "../../helpers/manual-clock.ts";

const TARGET = `0x${"11".repeat(20)}` as Address;
const dutyOf = (key: string): Duty => ({ key, isOwn: false, to: TARGET, data: new Uint8Array([1, 2, 3, 4]) });
const REFUSED: CallResult = { succeeded: false, output: new Uint8Array(), gasUsed: 0n, exception: "revert" };
const FULL = new CunError("poolFull", { count: 1, limit: 1, unit: "transactions" });

interface Options {
  readonly index: number;
  readonly count?: number;
  readonly estimate?: bigint | CallResult;
  readonly answer?: Hash | CunError;
  readonly clock?: ManualClock;
}

/** A keeper whose contracts wait for `due`, and the transactions it sent. */
async function setUp({ index, count = 4, estimate = 100_000n, answer, clock = new ManualClock() }: Options) {
  const world = {
    due: [] as Duty[],
    failure: undefined as Error | undefined,
    place: { index: asIndex(index), count } as Place | undefined,
    sent: [] as Transaction[],
  };
  const chain = new FakeExecution();
  const execution = {
    info: () => ({ chainId: 2026n, genesisHash: `0x${"00".repeat(32)}` as Hash }),
    state: { estimateGas: async () => estimate, nextBaseFee: () => 7n },
    pool: {
      nextNonce: async () => BigInt(world.sent.length),
      submit: async (raw: readonly Uint8Array[]) =>
        raw.map((bytes) => {
          const transaction = Transaction.from(toHex(bytes));
          world.sent.push(transaction);
          return answer ?? (transaction.hash as Hash);
        }),
    },
  } as unknown as ExecutionPort;
  const duties = {
    due: async () => {
      if (world.failure) throw world.failure;
      return world.due;
    },
  };
  const keeper = new Keeper({
    execution,
    store: await BlockStore.open(new MemoryKeyValue(), chain.genesis()),
    clock,
    logger: createLogger("silent"),
    wallet: new Wallet(`0x${"42".repeat(32)}`),
    duties,
    place: () => world.place,
  });
  return { keeper, clock, world };
}

/** Keepers of all validators of a set, on one clock. */
async function setUpAll(count: number) {
  const clock = new ManualClock();
  const keepers = await Promise.all(Array.from({ length: count }, (_, index) => setUp({ index, count, clock })));
  const see = (due: Duty[]) => {
    for (const { world } of keepers) world.due = due;
  };
  const look = async () => {
    for (const { keeper } of keepers) await keeper.look();
  };
  const senders = () => keepers.flatMap(({ world }, index) => world.sent.map(() => index));
  return { clock, keepers, see, look, senders };
}

describe("keeper", () => {
  it("[KEP-1] one validator of the set sends what is due, whoever looks first", async () => {
    const { see, look, senders } = await setUpAll(7);
    see([dutyOf("advance 3")]);
    await look();
    expect(senders()).to.have.length(1);
    await look();
    expect(senders()).to.have.length(1);
  });

  it("[KEP-1] when the validator whose turn it is does nothing, the next one does, and so on until one has", async () => {
    const { clock, keepers, see, look, senders } = await setUpAll(4);
    see([dutyOf("advance 3")]);
    await look();
    const [first] = senders();
    keepers[first!]!.world.sent.length = 0;
    keepers[first!]!.world.place = undefined;
    await clock.advance(3_000);
    await look();
    expect(senders()).to.deep.equal([(first! + 1) % 4]);
    await clock.advance(3_000);
    keepers[(first! + 1) % 4]!.world.sent.length = 0;
    await look();
    expect(senders()).to.deep.equal([(first! + 2) % 4]);
  });

  it("turns begin at different validators for different things", async () => {
    const { see, look, senders } = await setUpAll(4);
    see(Array.from({ length: 40 }, (_, number) => dutyOf(`reward ${number}`)));
    await look();
    expect(new Set(senders()).size).to.equal(4);
  });

  it("what is due for one validator alone waits for nobody's turn", async () => {
    const { see, look, senders } = await setUpAll(4);
    see([{ ...dutyOf("sample 3 1 with 2"), isOwn: true }]);
    await look();
    expect(senders()).to.have.length(4);
  });

  it("sends again only when what was sent had no effect for a while", async () => {
    const { keeper, clock, world } = await setUp({ index: 0, count: 1 });
    world.due = [dutyOf("settleDays 5")];
    await keeper.look();
    await clock.advance(14_999);
    await keeper.look();
    expect(world.sent).to.have.length(1);
    await clock.advance(1);
    await keeper.look();
    expect(world.sent).to.have.length(2);
  });

  it("what is done and due again later counts as new", async () => {
    const { keeper, world } = await setUp({ index: 0, count: 1 });
    world.due = [dutyOf("a")];
    await keeper.look();
    world.due = [];
    await keeper.look();
    world.due = [dutyOf("a")];
    await keeper.look();
    expect(world.sent).to.have.length(2);
  });

  it("numbers several transactions of one look, bound to the chain, with a margin of gas", async () => {
    const { keeper, world } = await setUp({ index: 0, count: 1 });
    world.due = [dutyOf("a"), dutyOf("b")];
    await keeper.look();
    expect(world.sent.map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
    expect(world.sent[0]!.chainId).to.equal(2026n);
    expect(world.sent[0]!.gasLimit).to.equal(125_000n);
    expect(world.sent[0]!.maxFeePerGas).to.equal(1_000_000_014n);
  });

  it("never asks for more gas than a transaction may use", async () => {
    const { keeper, world } = await setUp({ index: 0, count: 1, estimate: 16_000_000n });
    world.due = [dutyOf("a")];
    await keeper.look();
    expect(world.sent[0]!.gasLimit).to.equal(16_777_216n);
  });

  it("pays nothing for a call that would fail", async () => {
    const { keeper, world } = await setUp({ index: 0, count: 1, estimate: REFUSED });
    world.due = [dutyOf("a")];
    await keeper.look();
    expect(world.sent).to.have.length(0);
  });

  it("does not storm a pool that refuses", async () => {
    const { keeper, clock, world } = await setUp({ index: 0, count: 1, answer: FULL });
    world.due = [dutyOf("a")];
    await keeper.look();
    await clock.advance(1_000);
    await keeper.look();
    expect(world.sent).to.have.length(1);
  });

  it("outside the set it sends nothing", async () => {
    const { keeper, world } = await setUp({ index: 0, count: 1 });
    world.place = undefined;
    world.due = [dutyOf("a")];
    await keeper.look();
    expect(world.sent).to.have.length(0);
  });

  it("a look that fails is followed by the next, until it is stopped", async () => {
    const { keeper, clock, world } = await setUp({ index: 0, count: 1 });
    world.failure = new Error("state is gone");
    keeper.start();
    await clock.advance(1_000);
    world.failure = undefined;
    world.due = [dutyOf("a")];
    await clock.advance(1_000);
    expect(world.sent).to.have.length(1);
    await keeper.stop();
    expect(clock.waiting).to.equal(0);
  });
});
