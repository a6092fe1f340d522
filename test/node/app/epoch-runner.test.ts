/**
 * Messages of other epochs than the present one: who is asked, who is told, what is kept, and nobody blamed.
 *
 * Owns: the routing between epochs of one node. Whole networks: epochs.test.ts.
 */
import { expect } from "chai";
import { pino } from "pino";
import { EarlyMessages } from "../../../node/app/early-messages.ts";
import { EpochHistory } from "../../../node/app/epoch-history.ts";
import { EpochRunner, type EpochRunnerOptions } from "../../../node/app/epoch-runner.ts";
import { Finalizer } from "../../../node/app/finalizer.ts";
import type { VoteCrypto } from "../../../node/consensus/events.ts";
import type { EpochSource } from "../../../node/ports/epochs.ts";
import type { Peer } from "../../../node/ports/network.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { MemoryLog } from "../../../node/storage/memory-log.ts";
import { SigningGuard } from "../../../node/storage/signing-guard.ts";
import type { CunError } from "../../../node/types/errors.ts";
import type { Genesis } from "../../../node/types/genesis.ts";
import { MAX_EARLY_BYTES, MAX_EARLY_MESSAGES_PER_PEER } from "../../../node/types/limits.ts";
import type { Message, Proposal } from "../../../node/types/messages.ts";
import {
  asEpoch,
  asHeight,
  asIndex,
  asView,
  asWeight,
  type Hash,
  type PeerId,
  ZERO_ADDRESS,
} from "../../../node/types/primitives.ts";
import { certificateFor } from "../../helpers/certificate.ts";
import { closesEpoch, FakeExecution, fakeHash, fakePayload } from "../../helpers/fake-execution.ts";
import { ManualClock, settle } from "../../helpers/manual-clock.ts";
import { proposal } from "../consensus/engine-context.ts";

const credulous: VoteCrypto = { verify: () => true, aggregate: () => new Uint8Array(96), verifyAggregate: () => true };
const peer: Peer = { id: "0x01" as PeerId, index: asIndex(1) };
const other: Peer = { id: "0x02" as PeerId, index: asIndex(2) };
const validator = { operator: ZERO_ADDRESS, publicKey: new Uint8Array(48), weight: asWeight(1n) };
const source: EpochSource = {
  following: async ({ epoch, header }) =>
    closesEpoch(header)
      ? { epoch: asEpoch(epoch + 1), stage: "Origin", validators: Array.from({ length: epoch + 4 }, () => validator) }
      : undefined,
};

/** A node that follows, with a chain of which some blocks end their epochs. */
async function setUp() {
  const execution = new FakeExecution();
  const clock = new ManualClock();
  const store = await BlockStore.open(new MemoryKeyValue(), execution.genesis());
  const genesis = { validators: [0, 1, 2].map(() => ({ operator: ZERO_ADDRESS, blsPublicKey: "0x00", weight: "1" })) };
  const history = new EpochHistory({
    genesis: genesis as unknown as Genesis,
    execution,
    store,
    source,
    cryptoOf: () => credulous,
  });
  const finalizer = new Finalizer({ execution, store, clock });
  const seen = {
    asked: [] as PeerId[],
    told: [] as [PeerId, Message][],
    reported: [] as string[],
    fatal: [] as unknown[],
  };
  const options: Partial<EpochRunnerOptions> = {
    ...{ execution, clock, history, finalizer },
    timing: { heartbeatMs: 1_000, viewTimeoutMs: 2_500, retransmitMs: 1_000 },
    guard: await SigningGuard.open(new MemoryLog()),
    writeAheadLog: new MemoryLog(),
    logger: pino({ level: "silent" }),
    identityIn: () => undefined,
    entered: () => {},
    askAhead: (id) => seen.asked.push(id),
    sendTo: (id, message) => seen.told.push([id, message]),
    peer: (id) => [peer, other].find((one) => one.id === id),
    report: (_, error) => seen.reported.push(error.errorName),
    fatal: (error) => seen.fatal.push(error),
    broadcast: () => {},
    send: () => {},
    catchUp: () => {},
  };
  const runner = new EpochRunner(options as EpochRunnerOptions);
  /** Makes a block final as catching up does. */
  const append = async (closes: boolean): Promise<Hash> => {
    const { hash: parentHash, height } = store.head();
    const { epoch } = await history.head();
    const view = asView(height + 1);
    const context = { epoch, view, parentView: asView(height) };
    const payload = fakePayload({ parentHash, height: height + 1, context, closes });
    const digest = fakeHash(payload);
    const certificate = { ...certificateFor(digest, view), epoch };
    await finalizer.finalize([{ height: asHeight(height + 1), digest, payload }], certificate);
    runner.follow();
    await settle();
    return digest;
  };
  await runner.open();
  runner.start();
  return { runner, clock, history, seen, append };
}

const voteIn = (epoch: number, view = 9): Extract<Message, { type: "vote" }> => ({
  type: "vote",
  vote: {
    ...{ kind: "nullify", epoch: asEpoch(epoch), view: asView(view), digest: `0x${"00".repeat(32)}` as Hash },
    ...{ signer: asIndex(0), signature: new Uint8Array(96) },
  },
});

describe("epoch runner", () => {
  it("goes into the next epoch when the block that closes one is stored, and knows every epoch's set", async () => {
    const { runner, history, seen, append } = await setUp();
    await append(false);
    expect(runner.known.epoch).to.equal(0);
    const closing = await append(true);
    expect(runner.known).to.include({ epoch: 1, seed: closing });
    expect(runner.engine.head).to.include({ epoch: 1, view: 2, height: 2, startsEpoch: true, certificate: undefined });
    for (let count = 0; count < 5; count++) await append(count === 2);
    expect(runner.known.epoch).to.equal(2);
    expect(runner.engine.head).to.include({ height: 7, startsEpoch: false });
    const sizes = await Promise.all(
      [0, 1, 2].map(async (epoch) => (await history.describe(asEpoch(epoch)))?.set.count),
    );
    expect(sizes).to.deep.equal([3, 4, 5]);
    expect(await history.describe(asEpoch(3))).to.equal(undefined);
    expect(await history.closing(asEpoch(3))).to.equal(undefined);
    expect(seen.fatal).to.deep.equal([]);
  });

  it("[SYN-1] believes former validators nothing above the last block of their epoch, however many sign", async () => {
    const { history, append } = await setUp();
    const stored = await append(false);
    await append(true);
    const failure = async (epoch: number, height: number, digest = fakeHash(Uint8Array.of(1))) => {
      const certificate = { ...certificateFor(digest, 3), epoch: asEpoch(epoch), signers: Uint8Array.of(0b1111) };
      const checked = history.checkFinalization(
        epoch === 0 ? { ...certificate, signers: Uint8Array.of(0b111) } : certificate,
        asHeight(height),
      );
      return checked.then(
        () => "believed",
        (error: CunError) => error.errorName,
      );
    };
    expect(await failure(0, 3), "the former epoch").to.equal("syncUncertified");
    expect(await failure(1, 3), "the present one").to.equal("believed");
    expect(await failure(2, 3), "one that is not known").to.equal("epochMismatch");
    expect(await failure(0, 1, stored), "what consensus has brought meanwhile").to.equal("believed");
  });

  it("asks a peer that is ahead, not for each message of an attacker who only says so, and blames nobody", async () => {
    const { runner, clock, seen } = await setUp();
    for (let count = 0; count < 20; count++) runner.receive(peer, voteIn(1 + count));
    runner.receive(other, voteIn(7));
    await settle();
    expect(seen.asked).to.deep.equal([peer.id, other.id]);
    await clock.advance(10_000);
    runner.receive(peer, voteIn(7));
    expect(seen.asked).to.deep.equal([peer.id, other.id, peer.id]);
    expect(seen.reported).to.deep.equal([]);
  });

  it("keeps what came early for the next epoch and uses it there", async () => {
    const { runner, append } = await setUp();
    for (const sender of [peer, other]) {
      runner.receive(sender, { ...voteIn(1), vote: { ...voteIn(1).vote, signer: sender.index! } });
    }
    await append(true);
    await settle();
    const heard = runner.engine.status();
    expect(heard.epoch).to.equal(1);
    // Two of four have given up view 9; what else can be heard of them is their votes.
    runner.receive(peer, { ...voteIn(1), vote: { ...voteIn(1).vote, signer: asIndex(3) } });
    await settle();
    expect(runner.engine.status().view).to.equal(10);
  });

  it("tells a peer whose epoch is over, once an interval, not for votes that are merely late, and others too", async () => {
    const { runner, clock, seen, append } = await setUp();
    const closing = await append(true);
    runner.receive(peer, voteIn(0));
    await settle();
    expect(seen.told, "late").to.deep.equal([]);
    await clock.advance(1_000);
    for (let count = 0; count < 20; count++) runner.receive(peer, voteIn(0));
    runner.receive(other, voteIn(0));
    await settle();
    expect(seen.told.map(([id]) => id)).to.deep.equal([peer.id, other.id]);
    const [, message] = seen.told[0]!;
    expect(message.type === "certificate" && message.certificate).to.include({ epoch: 0, digest: closing });
    await clock.advance(1_000);
    runner.receive(peer, voteIn(0));
    await settle();
    expect(seen.told).to.have.length(3);
    expect(seen.reported).to.deep.equal([]);
  });

  it("an attacker who floods with messages of the next epoch fills no memory and keeps nobody out", () => {
    const early = new EarlyMessages();
    const epoch = asEpoch(1);
    const large: Proposal = { ...proposal({ view: 1 }), epoch, payload: new Uint8Array(MAX_EARLY_BYTES / 4) };
    for (let count = 0; count < 50; count++)
      early.keep({ peer, message: { type: "proposal", proposal: large }, epoch });
    for (let count = 0; count < 50; count++) early.keep({ peer: other, message: voteIn(1, count), epoch });
    const taken = early.take(epoch);
    const bytes = taken.reduce(
      (sum, { message }) => sum + (message.type === "proposal" ? message.proposal.payload.length : 0),
      0,
    );
    expect(bytes).to.be.at.most(MAX_EARLY_BYTES);
    expect(taken.filter((one) => one.peer === other)).to.have.length(MAX_EARLY_MESSAGES_PER_PEER);
    expect(early.take(epoch)).to.deep.equal([]);
  });
});
