/** The shell carries out what the engine decides: in order, durable first, and never after a failure. */
import { expect } from "chai";
import { pino } from "pino";
import { ConsensusDriver, type DriverOptions } from "../../../node/app/consensus-driver.ts";
import { Finalizer } from "../../../node/app/finalizer.ts";
import type { Effect, EngineEvent } from "../../../node/consensus/events.ts";
import type { LogPort } from "../../../node/ports/storage.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { MemoryLog } from "../../../node/storage/memory-log.ts";
import { SigningGuard } from "../../../node/storage/signing-guard.ts";
import { decodeMessage } from "../../../node/types/codec.ts";
import { CunError } from "../../../node/types/errors.ts";
import type { Message, Proposal } from "../../../node/types/messages.ts";
import { asEpoch, asHeight, asIndex, asView, ZERO_ADDRESS } from "../../../node/types/primitives.ts";
import { certificateFor } from "../../helpers/certificate.ts";
import { FakeExecution, fakeHash, fakePayload } from "../../helpers/fake-execution.ts";
import { ManualClock, settle } from "../../helpers/manual-clock.ts";

const HEARTBEAT_MS = 1_000;

/** A driver around an engine that answers each event with effects of the test's choice. */
async function setUp(answers: (event: EngineEvent) => Effect[], changes: Partial<DriverOptions> = {}) {
  const execution = new FakeExecution();
  const clock = new ManualClock();
  const store = await BlockStore.open(new MemoryKeyValue(), execution.genesis());
  const events: EngineEvent[] = [];
  const done: string[] = [];
  const fatal: unknown[] = [];
  const engine = {
    step(event: EngineEvent) {
      events.push(event);
      return answers(event);
    },
    retained: () => [proposalMessage],
  };
  const driver = new ConsensusDriver({
    engine: engine as unknown as DriverOptions["engine"],
    epoch: asEpoch(0),
    execution,
    finalizer: new Finalizer({ execution, store, clock }),
    signer: undefined,
    guard: await SigningGuard.open(new MemoryLog()),
    writeAheadLog: new MemoryLog(),
    clock,
    heartbeatMs: HEARTBEAT_MS,
    buildDeadlineMs: 100,
    feeRecipient: ZERO_ADDRESS,
    logger: pino({ level: "silent" }),
    broadcast: (message) => done.push(`broadcast ${message.type}`),
    send: (to, message) => done.push(`send ${to} ${message.type}`),
    report: (validator, error) => done.push(`report ${validator} ${error.errorName}`),
    catchUp: () => done.push("catch up"),
    closesEpoch: async () => false,
    epochEnded: () => done.push("epoch ended"),
    fatal: (error) => fatal.push(error),
    ...changes,
  });
  return { driver, execution, clock, store, events, done, fatal };
}

const genesis = new FakeExecution().genesis();

/** An empty log whose disk behaves as the test says. */
function logThat(append: () => Promise<void>): LogPort {
  return Object.assign(new MemoryLog(), { append });
}

/** A log whose one append ends when the test releases it. */
function slowLog() {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  return { slow: logThat(() => promise), release };
}

function proposalOf(payload: Uint8Array, changes: Partial<Proposal> = {}): Proposal {
  const digest = fakeHash(payload);
  const vote = {
    kind: "notarize" as const,
    epoch: asEpoch(0),
    view: asView(1),
    digest,
    signer: asIndex(0),
    signature: new Uint8Array(96),
  };
  return {
    ...{ epoch: asEpoch(0), view: asView(1), height: asHeight(1), digest, parentView: asView(0) },
    ...{ parentDigest: genesis.hash, payload, parentCertificate: undefined, nullifications: [], vote },
    ...changes,
  };
}

const finalHead = { epoch: asEpoch(0), view: asView(1), height: asHeight(1), digest: genesis.hash, startsEpoch: false };
const valid = proposalOf(fakePayload({ parentHash: genesis.hash, height: 1 }));
const build: Effect = { type: "build", view: asView(1), parentView: asView(0), parentDigest: genesis.hash };
const proposalMessage: Message = { type: "proposal", proposal: valid };

describe("consensus driver", () => {
  it("[CON-10] sends nothing before what it follows from is on the disk", async () => {
    const { slow, release } = slowLog();
    const effects: Effect[] = [
      { type: "persist", message: proposalMessage },
      { type: "broadcast", message: proposalMessage },
    ];
    const { driver, done } = await setUp(() => effects, { writeAheadLog: slow });
    driver.dispatch({ type: "start" });
    await settle();
    expect(done).to.deep.equal([]);
    release();
    await settle();
    expect(done).to.deep.equal(["broadcast proposal"]);
  });

  it("stops and sends nothing when the disk is full", async () => {
    const failure = new CunError("storageFailed", { path: "consensus.log", reason: "ENOSPC" });
    const full = logThat(() => Promise.reject(failure));
    const effects: Effect[] = [
      { type: "persist", message: proposalMessage },
      { type: "broadcast", message: proposalMessage },
    ];
    const { driver, done, fatal } = await setUp(() => effects, { writeAheadLog: full });
    driver.dispatch({ type: "start" });
    await settle();
    expect(done).to.deep.equal([]);
    expect(fatal).to.deep.equal([failure]);
  });

  it("works events off one by one, also when one is dispatched while another is under way", async () => {
    const { driver, events } = await setUp(() => [{ type: "persist", message: proposalMessage }]);
    driver.dispatch({ type: "start" });
    driver.dispatch({ type: "timeout", view: asView(1), timer: "view" });
    await settle();
    await settle();
    expect(events.map(({ type }) => type)).to.deep.equal(["start", "timeout"]);
  });

  it("builds at once when transactions wait, else with the first one, else at the heartbeat", async () => {
    const answers = (event: EngineEvent): Effect[] => (event.type === "start" ? [build] : []);
    const full = await setUp(answers);
    full.execution.pool.ready = true;
    full.driver.dispatch({ type: "start" });
    await settle();
    expect(full.execution.builds, "with transactions").to.have.length(1);

    const empty = await setUp(answers);
    empty.driver.dispatch({ type: "start" });
    await empty.clock.advance(HEARTBEAT_MS - 1);
    expect(empty.execution.builds, "before the heartbeat").to.have.length(0);
    await empty.clock.advance(1);
    expect(empty.execution.builds, "at the heartbeat").to.have.length(1);

    const woken = await setUp(answers);
    woken.driver.dispatch({ type: "start" });
    await woken.clock.advance(10);
    woken.execution.pool.accept([Uint8Array.of(1)]);
    await settle();
    expect(woken.execution.builds, "with the first transaction").to.have.length(1);
    expect(woken.events.at(-1)?.type).to.equal("built");
  });

  it("does not build for a view that is over, nor die of a parent that catching up has left behind", async () => {
    const left: Effect = { type: "viewEntered", view: asView(2), leader: asIndex(1) };
    const over = await setUp((event) => (event.type === "start" ? [build, left] : []));
    over.driver.dispatch({ type: "start" });
    await settle();
    await over.clock.advance(2 * HEARTBEAT_MS);
    expect(over.execution.builds).to.have.length(0);

    const behind = await setUp((event) => (event.type === "start" ? [build] : []));
    behind.driver.dispatch({ type: "start" });
    await behind.execution.verify(valid.payload);
    await behind.execution.setHead(valid.digest);
    await behind.clock.advance(2 * HEARTBEAT_MS);
    expect(behind.execution.builds).to.have.length(1);
    expect(behind.fatal).to.deep.equal([]);
    expect(behind.events.map(({ type }) => type)).to.deep.equal(["start"]);
  });

  it("waits no longer than a heartbeat when the system's clock was set back", async () => {
    const clock = new ManualClock();
    let backMs = 0;
    const shifted = {
      nowMs: () => clock.nowMs() - backMs,
      after: (delayMs: number, callback: () => void) => clock.after(delayMs, callback),
    };
    const { driver, execution } = await setUp((event) => (event.type === "start" ? [build] : []), { clock: shifted });
    backMs = 3_600_000;
    driver.dispatch({ type: "start" });
    await clock.advance(HEARTBEAT_MS);
    expect(execution.builds).to.have.length(1);
  });

  it("works off nothing more after a failure, although its owner does not stop it", async () => {
    const failure = new CunError("storageFailed", { path: "consensus.log", reason: "ENOSPC" });
    const effects: Effect[] = [
      { type: "persist", message: proposalMessage },
      { type: "broadcast", message: proposalMessage },
    ];
    const { driver, done, events, fatal } = await setUp(() => effects, {
      writeAheadLog: logThat(() => Promise.reject(failure)),
    });
    driver.dispatch({ type: "start" });
    await settle();
    driver.dispatch({ type: "timeout", view: asView(1), timer: "view" });
    await settle();
    expect(events).to.have.length(1);
    expect(done).to.deep.equal([]);
    expect(fatal).to.deep.equal([failure]);
  });

  it("leaves the rest of a step undone when it is stopped, and no timer behind", async () => {
    const { slow, release } = slowLog();
    const effects: Effect[] = [
      { type: "persist", message: proposalMessage },
      { type: "broadcast", message: proposalMessage },
      { type: "setTimer", view: asView(1), timer: "view", delayMs: 10 },
    ];
    const { driver, done, clock } = await setUp(() => effects, { writeAheadLog: slow });
    driver.dispatch({ type: "start" });
    const stopped = driver.stop();
    release();
    await stopped;
    expect(done).to.deep.equal([]);
    expect(clock.waiting).to.equal(0);
  });

  const verdict = async (proposal: Proposal): Promise<boolean> => {
    const { driver, events } = await setUp((event) => (event.type === "start" ? [{ type: "verify", proposal }] : []));
    driver.dispatch({ type: "start" });
    await settle();
    const answer = events.at(-1)!;
    return answer.type === "verified" && answer.valid;
  };

  it("votes only for a block that is valid and is what its proposal says [payloadInvalid]", async () => {
    expect(await verdict(valid)).to.equal(true);
    expect(await verdict(proposalOf(fakePayload({ parentHash: genesis.hash, height: 1, bad: true })))).to.equal(false);
    expect(await verdict({ ...valid, digest: genesis.hash }), "another hash").to.equal(false);
    expect(await verdict({ ...valid, height: asHeight(2) }), "another height").to.equal(false);
    expect(await verdict({ ...valid, view: asView(2) }), "another view").to.equal(false);
    expect(await verdict({ ...valid, parentDigest: valid.digest }), "another parent").to.equal(false);
    expect(await verdict(proposalOf(fakePayload({ parentHash: valid.digest, height: 2 }))), "unknown parent").to.equal(
      false,
    );
  });

  it("blames nobody for a block whose parent catching up has left behind", async () => {
    const { driver, execution, events } = await setUp((event) =>
      event.type === "start" ? [{ type: "verify", proposal: other }] : [],
    );
    const other = proposalOf(fakePayload({ parentHash: genesis.hash, height: 1, timestamp: 3 }));
    await execution.verify(valid.payload);
    await execution.setHead(valid.digest);
    driver.dispatch({ type: "start" });
    await settle();
    expect(events.map(({ type }) => type)).to.deep.equal(["start"]);
  });

  it("tells the engine which blocks end the epoch, built here or by others", async () => {
    for (const closes of [true, false]) {
      const answers = (event: EngineEvent): Effect[] =>
        event.type === "start" ? [{ type: "verify", proposal: valid }, build] : [];
      const { driver, events, clock } = await setUp(answers, { closesEpoch: async () => closes });
      driver.dispatch({ type: "start" });
      await settle();
      await clock.advance(HEARTBEAT_MS);
      const told = events.flatMap((event) =>
        event.type === "verified" || event.type === "built" ? [[event.type, event.closesEpoch]] : [],
      );
      expect(told).to.deep.equal(["verified", "built"].map((type) => [type, closes]));
    }
  });

  it("does not die of the unreadable state of a block that another has displaced meanwhile, but of any other", async () => {
    for (const isDropped of [true, false]) {
      const changes: Partial<DriverOptions> = {
        closesEpoch: async () => {
          if (isDropped) execution.executed = () => undefined;
          throw new Error("no such state");
        },
      };
      const answers = (event: EngineEvent): Effect[] =>
        event.type === "start" ? [{ type: "verify", proposal: valid }] : [];
      const { driver, execution, events, fatal } = await setUp(answers, changes);
      driver.dispatch({ type: "start" });
      await settle();
      expect(events.map(({ type }) => type)).to.deep.equal(["start"]);
      expect(fatal).to.have.length(isDropped ? 0 : 1);
    }
  });

  it("says that the epoch has ended after the last block is on its way to the store", async () => {
    const answers = (event: EngineEvent): Effect[] =>
      event.type === "start" ? [finalize, { type: "epochEnded", head: { ...finalHead, certificate: undefined } }] : [];
    const { driver, store, done } = await setUp(answers);
    driver.dispatch({ type: "start" });
    await settle();
    await driver.stop();
    await driver.settled();
    expect(done).to.deep.equal(["epoch ended"]);
    expect(store.head().hash).to.equal(valid.digest);
  });

  /** A proposal whose time is this many seconds ahead of the test's clock, which stands at 1,000 s. */
  const ahead = (seconds: number) =>
    proposalOf(fakePayload({ parentHash: genesis.hash, height: 1, timestamp: 1_000 + seconds }));

  it("refuses a proposer whose clock runs far ahead", async () => {
    expect(await verdict(ahead(3_600))).to.equal(false);
  });

  it("votes later, and blames nobody, when its own clock may be the slow one", async () => {
    expect(await verdict(ahead(15)), "tolerated").to.equal(true);
    const effects = (event: EngineEvent): Effect[] =>
      event.type === "start" ? [{ type: "verify", proposal: ahead(20) }] : [];
    const { driver, clock, events } = await setUp(effects);
    driver.dispatch({ type: "start" });
    await clock.advance(4_999);
    expect(events.map(({ type }) => type)).to.deep.equal(["start"]);
    await clock.advance(1);
    expect(events.at(-1)).to.deep.include({ type: "verified", valid: true });

    const stopped = await setUp(effects);
    stopped.driver.dispatch({ type: "start" });
    await settle();
    await stopped.driver.stop();
    expect(stopped.clock.waiting).to.equal(0);
  });

  const finalize = { type: "finalize", proposals: [valid], certificate: certificateFor(valid.digest) } as const;
  const engineWith = (step: (event: EngineEvent) => Effect[], retained: Message[]) =>
    ({ step, retained: () => retained }) as unknown as DriverOptions["engine"];
  const persistTwice: Effect[] = [0, 1].map(() => ({ type: "persist", message: proposalMessage }));
  const recordsOf = async (log: LogPort): Promise<Message[]> => {
    const messages: Message[] = [];
    for await (const record of log.records()) messages.push(decodeMessage(record));
    return messages;
  };

  it("stores final blocks, then keeps of the log what the engine still needs", async () => {
    const writeAheadLog = new MemoryLog();
    const answers = (event: EngineEvent) => (event.type === "start" ? [...persistTwice, finalize] : []);
    const { driver, store } = await setUp(answers, { writeAheadLog, logRewriteBytes: 1 });
    driver.dispatch({ type: "start" });
    await settle();
    expect(store.head().hash).to.equal(valid.digest);
    expect(await recordsOf(writeAheadLog)).to.deep.equal([proposalMessage]);
  });

  it("[CON-10] rewrites the log while a later block is being stored, and keeps that block in it", async () => {
    const next = proposalOf(fakePayload({ parentHash: valid.digest, height: 2 }), { height: asHeight(2) });
    const certificate = certificateFor(next.digest, 2);
    const finalizeNext: Effect = { type: "finalize", proposals: [next], certificate };
    const writeAheadLog = new MemoryLog();
    const floors: number[] = [];
    const guard = {
      raiseFloor: async ({ view }: { view: number }) => void floors.push(view),
    } as unknown as DriverOptions["guard"];
    const answers = (event: EngineEvent) => (event.type === "start" ? [...persistTwice, finalize, finalizeNext] : []);
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const changes = { engine: engineWith(answers, []), writeAheadLog, guard, logRewriteBytes: 1 };
    const { driver, execution, store } = await setUp(answers, changes);
    const verify = execution.verify.bind(execution);
    execution.verify = async (payload) => {
      if (payload === next.payload) await gate;
      return verify(payload);
    };
    driver.dispatch({ type: "start" });
    await settle();
    expect(store.head().height).to.equal(1);
    expect(await recordsOf(writeAheadLog)).to.deep.equal([
      { type: "proposal", proposal: next },
      { type: "certificate", certificate },
    ]);
    release();
    await settle();
    expect(store.head().height).to.equal(2);
    expect(floors, "the floor rises once for each rewrite").to.deep.equal([finalize.certificate.view]);
  });

  it("asks two holders for a missing proposal, not all", async () => {
    const holders = [0, 1, 2].map(asIndex);
    const { driver, done } = await setUp(() => [{ type: "fetch", view: asView(1), digest: valid.digest, holders }]);
    driver.dispatch({ type: "start" });
    await settle();
    expect(done).to.have.length(2);
  });

  it("writes records that a restart can read", async () => {
    const writeAheadLog = new MemoryLog();
    const { driver } = await setUp(() => [{ type: "persist", message: proposalMessage }], { writeAheadLog });
    driver.dispatch({ type: "start" });
    await settle();
    expect(await recordsOf(writeAheadLog)).to.deep.equal([proposalMessage]);
  });
});
