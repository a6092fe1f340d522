/**
 * The signing guard: every pair of ballots in one view, order of epochs, the floor, races, and what a restart finds.
 *
 * Owns: the table of which ballot may follow which. Whitepaper §2.4.2.
 */
import { expect } from "chai";
import type { LogPort } from "../../../node/ports/storage.ts";
import { MemoryLog } from "../../../node/storage/memory-log.ts";
import { SigningGuard } from "../../../node/storage/signing-guard.ts";
import { CunError } from "../../../node/types/errors.ts";
import { MAX_GUARD_LOG_BYTES } from "../../../node/types/limits.ts";
import type { Ballot, VoteKind } from "../../../node/types/messages.ts";
import { asEpoch, asView, type Hash, toHash, ZERO_HASH } from "../../../node/types/primitives.ts";
import { expectFailure } from "../../helpers/temporary.ts";

const A = toHash(new Uint8Array(32).fill(0xaa));
const B = toHash(new Uint8Array(32).fill(0xbb));

interface Place {
  readonly view?: number;
  readonly epoch?: number;
}

function ballot(kind: VoteKind, digest: Hash, { view = 5, epoch = 1 }: Place = {}): Ballot {
  return { kind, epoch: asEpoch(epoch), view: asView(view), digest };
}
const notarize = (digest: Hash, place?: Place) => ballot("notarize", digest, place);
const finalize = (digest: Hash, place?: Place) => ballot("finalize", digest, place);
const nullify = (place?: Place) => ballot("nullify", ZERO_HASH, place);

const floor = (view: number, epoch = 1) => ({ epoch: asEpoch(epoch), view: asView(view) });

/** A log on which a test can make the disk slow or broken. */
class ControlledLog extends MemoryLog {
  gate: Promise<void> = Promise.resolve();
  appends = 0;
  override async append(records: readonly Uint8Array[]): Promise<void> {
    this.appends++;
    await this.gate;
    return super.append(records);
  }
}

/** The same records in a new log: what a restarted process opens. */
async function restart(log: LogPort): Promise<SigningGuard> {
  const copy = new MemoryLog();
  for await (const record of log.records()) await copy.append([record]);
  return SigningGuard.open(copy);
}

describe("storage/signing-guard", () => {
  let log: ControlledLog;
  let guard: SigningGuard;
  beforeEach(async () => {
    log = new ControlledLog();
    guard = await SigningGuard.open(log);
  });

  const allowed: [string, Ballot, Ballot][] = [
    ["notarize after the same notarize", notarize(A), notarize(A)],
    ["finalize after notarize of the block", notarize(A), finalize(A)],
    ["finalize of a block that others notarized", notarize(A), finalize(B)],
    ["nullify after notarize", notarize(A), nullify()],
    ["the same finalize", finalize(A), finalize(A)],
    ["the same nullify", nullify(), nullify()],
    ["another block in a later view", notarize(A), notarize(B, { view: 6 })],
    ["a lower view that is above the floor", notarize(A), notarize(B, { view: 4 })],
    ["a later epoch in a later view", notarize(A), notarize(B, { view: 6, epoch: 2 })],
    ["the same view of a later epoch", finalize(A), nullify({ epoch: 2 })],
    ["a later epoch in an earlier view", notarize(A), nullify({ view: 4, epoch: 2 })],
  ];
  for (const [title, first, second] of allowed) {
    it(`signs ${title}`, async () => {
      await guard.authorize(first);
      await guard.authorize(second);
    });
  }

  it("[CON-10] signs again, after a restart, a notarize that was followed by nullify", async () => {
    await guard.authorize(notarize(A));
    await guard.authorize(nullify());
    await guard.authorize(notarize(A));
    const restarted = await restart(log);
    await restarted.authorize(notarize(A));
    await expectFailure(restarted.authorize(notarize(B)), "signingConflict");
    expect(restarted.ballots()).to.deep.equal([notarize(A), nullify()]);
  });

  const refused: [string, Ballot, Ballot][] = [
    ["two blocks to notarize", notarize(A), notarize(B)],
    ["two blocks to finalize", finalize(A), finalize(B)],
    ["notarize after nullify", nullify(), notarize(A)],
    ["finalize after nullify", nullify(), finalize(A)],
    ["nullify after finalize", finalize(A), nullify()],
    ["the same view of an earlier epoch", nullify(), nullify({ epoch: 0 })],
    ["an earlier epoch in a later view", notarize(A), notarize(A, { view: 6, epoch: 0 })],
    ["an earlier epoch in an earlier view", notarize(A), nullify({ view: 4, epoch: 0 })],
  ];
  for (const [title, first, second] of refused) {
    it(`[GRD-1] [CON-8] refuses with signingConflict ${title}, also after a restart`, async () => {
      await guard.authorize(first);
      await expectFailure(guard.authorize(second), "signingConflict");
      await expectFailure((await restart(log)).authorize(second), "signingConflict");
      expect(guard.ballots()).to.deep.equal([first]);
    });
  }

  it("refuses a contradiction although the first ballot is still on its way to the disk", async () => {
    let flush = () => {};
    log.gate = new Promise((resolve) => {
      flush = resolve;
    });
    const first = guard.authorize(notarize(A));
    await expectFailure(guard.authorize(notarize(B)), "signingConflict");
    flush();
    await first;
  });

  it("does not authorise the same ballot a second time before the first is on the disk", async () => {
    let flush = () => {};
    log.gate = new Promise((resolve) => {
      flush = resolve;
    });
    const order: string[] = [];
    const first = guard.authorize(notarize(A)).then(() => order.push("first"));
    const second = guard.authorize(notarize(A)).then(() => order.push("second"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).to.deep.equal([]);
    flush();
    await Promise.all([first, second]);
    expect(log.appends).to.equal(1);
  });

  it("[GRD-1] authorises nothing when the disk fails, not even the same ballot again", async () => {
    log.gate = Promise.reject(new CunError("storageFailed", { path: "guard", reason: "full" }));
    await expectFailure(guard.authorize(notarize(A)), "storageFailed");
    await expectFailure(guard.authorize(notarize(A)), "storageFailed");
    await expectFailure(guard.authorize(notarize(B)), "signingConflict");
  });

  it("tells a restarted engine what was signed, oldest first", async () => {
    const signed = [notarize(A), finalize(A), nullify({ view: 6 }), notarize(B, { view: 7 })];
    for (const one of signed) await guard.authorize(one);
    expect(guard.ballots()).to.deep.equal(signed);
    expect((await restart(log)).ballots()).to.deep.equal(signed);
  });

  it("refuses everything at or below the floor, even what was signed there, also after a restart", async () => {
    await guard.authorize(notarize(A, { view: 5 }));
    await guard.authorize(notarize(A, { view: 7 }));
    await guard.raiseFloor(floor(6));
    for (const one of [guard, await restart(log)]) {
      expect(one.ballots()).to.deep.equal([notarize(A, { view: 7 })]);
      await expectFailure(one.authorize(notarize(A, { view: 5 })), "signingConflict");
      await expectFailure(one.authorize(nullify({ view: 6 })), "signingConflict");
      await one.authorize(finalize(A, { view: 7 }));
    }
  });

  it("[GRD-1] never goes back to an epoch after a later one, whatever the views, nor below a raised floor", async () => {
    for (const view of [20, 22, 24]) await guard.authorize(notarize(A, { view, epoch: 1 }));
    for (const view of [21, 22]) await guard.authorize(notarize(B, { view, epoch: 2 }));
    await expectFailure(guard.authorize(nullify({ view: 25, epoch: 1 })), "signingConflict");
    await guard.authorize(notarize(A, { view: 24, epoch: 1 }));
    await expectFailure(guard.authorize(notarize(A, { view: 22, epoch: 2 })), "signingConflict");
    await guard.raiseFloor(floor(21, 2));
    for (const one of [guard, await restart(log)]) {
      expect(one.ballots()).to.deep.equal([notarize(B, { view: 22, epoch: 2 })]);
      await expectFailure(one.authorize(notarize(A, { view: 24, epoch: 1 })), "signingConflict");
      await expectFailure(one.authorize(notarize(B, { view: 21, epoch: 2 })), "signingConflict");
      await one.authorize(nullify({ view: 1, epoch: 3 }));
    }
  });

  it("a floor in an epoch forgets the epochs before it, though nothing was signed in it", async () => {
    await guard.authorize(notarize(A, { view: 50 }));
    await guard.raiseFloor(floor(20, 2));
    for (const one of [guard, await restart(log)]) {
      expect(one.ballots()).to.deep.equal([]);
      await expectFailure(one.authorize(notarize(A, { view: 60 })), "signingConflict");
      await one.authorize(notarize(A, { view: 21, epoch: 2 }));
    }
  });

  it("reads the floor of a log that was written before there were epochs", async () => {
    const old = new MemoryLog();
    await old.append([Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 6)]);
    const one = await SigningGuard.open(old);
    await expectFailure(one.authorize(nullify({ view: 6, epoch: 0 })), "signingConflict");
    await one.authorize(nullify({ view: 7, epoch: 0 }));
  });

  it("looks at no more ballots for the thousandth view than for the second", async () => {
    let looks = 0;
    const watched = (view: number): Ballot =>
      new Proxy(nullify({ view }), {
        get: (target, name, self) => {
          if (name === "epoch") looks++;
          return Reflect.get(target, name, self);
        },
      });
    const looksAt = async (view: number): Promise<number> => {
      looks = 0;
      await guard.authorize(watched(view));
      return looks;
    };
    await looksAt(1);
    const second = await looksAt(2);
    for (let view = 3; view < 1000; view++) await looksAt(view);
    expect(await looksAt(1000)).to.equal(second);
  });

  it("never lowers the floor", async () => {
    await guard.raiseFloor(floor(6));
    await guard.raiseFloor(floor(3));
    await expectFailure(guard.authorize(nullify({ view: 4 })), "signingConflict");
  });

  it("keeps its log bounded by dropping what is below the floor, and forgets nothing above", async () => {
    const count = Math.ceil(MAX_GUARD_LOG_BYTES / 50) + 10;
    for (let view = 1; view <= count; view++) await guard.authorize(nullify({ view }));
    expect(log.bytes).to.be.greaterThan(MAX_GUARD_LOG_BYTES);
    await guard.raiseFloor(floor(count - 1));
    expect(log.bytes).to.be.lessThan(200);
    const again = await restart(log);
    expect(again.ballots()).to.deep.equal([nullify({ view: count })]);
    await expectFailure(again.authorize(nullify({ view: 1 })), "signingConflict");
  }).timeout(20_000);

  it("stops with recordCorrupt on a record that is none", async () => {
    const foreign = new MemoryLog();
    await foreign.append([Uint8Array.of(9, 9, 9)]);
    await expectFailure(SigningGuard.open(foreign), "recordCorrupt");
  });
});
