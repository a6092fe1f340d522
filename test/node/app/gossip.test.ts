/** Transactions travel in batches and not back to where they came from. */
import { expect } from "chai";
import { TransactionGossip } from "../../../node/app/gossip.ts";
import { keccakHash } from "../../../node/crypto/hashes.ts";
import { CunError } from "../../../node/types/errors.ts";
import { MAX_GOSSIP_TRANSACTIONS } from "../../../node/types/limits.ts";
import type { Message } from "../../../node/types/messages.ts";
import { FakePool } from "../../helpers/fake-execution.ts";
import { ManualClock } from "../../helpers/manual-clock.ts";

function setUp() {
  const pool = new FakePool();
  const clock = new ManualClock();
  const sent: Message[] = [];
  return {
    pool,
    clock,
    sent,
    gossip: new TransactionGossip({ pool, clock, broadcast: (message) => sent.push(message) }),
  };
}

const raw = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);

describe("gossip", () => {
  it("sends what was accepted within a moment as one message", async () => {
    const { pool, clock, sent } = setUp();
    pool.accept([raw(1)]);
    pool.accept([raw(2)]);
    await clock.advance(10);
    expect(sent).to.deep.equal([{ type: "transactions", transactions: [raw(1), raw(2)] }]);
  });

  it("does not send a peer's transactions on: it has sent them to everybody", async () => {
    const { pool, clock, sent, gossip } = setUp();
    await gossip.receive([raw(1)], keccakHash);
    await clock.advance(10);
    expect(pool.submitted).to.deep.equal([raw(1)]);
    expect(sent).to.deep.equal([]);
  });

  it("never puts more into a message than its receivers take", async () => {
    const { pool, clock, sent } = setUp();
    pool.accept(Array.from({ length: MAX_GOSSIP_TRANSACTIONS + 1 }, (_, index) => raw(index)));
    await clock.advance(10);
    expect(sent.map((message) => (message.type === "transactions" ? message.transactions.length : 0))).to.deep.equal([
      MAX_GOSSIP_TRANSACTIONS,
      1,
    ]);
  });

  it("reports a peer that sends what no honest node would have accepted, and none that is merely late", async () => {
    const { pool, gossip } = setUp();
    pool.refusals.set(keccakHash(raw(1)), new CunError("voteDuplicate", { kind: "x", signer: 0, view: 0 }));
    expect(await gossip.receive([raw(1)], keccakHash)).to.equal(undefined);
    pool.refusals.set(keccakHash(raw(2)), new CunError("messageTooLarge", { bytes: 2, limit: 1 }));
    expect((await gossip.receive([raw(2)], keccakHash))?.errorName).to.equal("messageTooLarge");
  });
});
