/**
 * Validators that die at every write they make, one alone and all at once, and what the network makes of it.
 *
 * Owns: the crash points and the verdict. The nodes, disks and the network are in test/helpers/crash-*.ts; the same
 * rules under random faults, without a shell: test/simulation; with real processes: test/integration.
 */
import { expect } from "chai";
import type { NodeParts } from "../../../node/app/node.ts";
import { createSigner } from "../../../node/app/signer.ts";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import type { Message } from "../../../node/types/messages.ts";
import type { Hash, ValidatorIndex } from "../../../node/types/primitives.ts";
import { type ClusterOptions, CrashCluster, type CrashSeat, VALIDATORS } from "../../helpers/crash-cluster.ts";
import type { CrashMode } from "../../helpers/crash-disk.ts";
import { quickBls } from "../../helpers/quick-bls.ts";

/** Writes of one validator in the first blocks: some six of the loaded network, four when votes get lost. */
const WRITES = 48;
const LIMIT_MS = 8_000;

interface Plan {
  readonly write: number;
  readonly mode: CrashMode;
  /** Who dies with the validator that reaches the write. */
  readonly victims: "one" | "all";
  /** One of the victims never comes back. */
  readonly isOneGone?: boolean;
  readonly downMs: number;
  /** After the restart each victim dies again at its so many-th write; 0 = lives. */
  readonly again?: number;
}

/**
 * Every fourth view ends in nullify after everybody has notarized; every fourth block is final only through its child;
 * the log is rewritten after some views.
 */
const troubled: ClusterOptions = {
  logRewriteBytes: 2_000,
  isLost(message: Message) {
    if (message.type !== "vote") return false;
    const { kind, view } = message.vote;
    return (kind === "notarize" && view % 4 === 2) || (kind === "finalize" && view % 4 === 3);
  },
};

interface Outcome {
  /** What was being written. */
  readonly label: string;
  readonly faults: readonly string[];
  readonly nullified: number;
}

/** One network, one crash, and on until all four have three more blocks. */
async function survive(plan: Plan, options: ClusterOptions): Promise<Outcome> {
  const cluster = new CrashCluster(options);
  const { recorder, seats } = cluster;
  let crashes = 0;
  let label = "";
  let final: Hash[] = [];
  const crash = (seat: CrashSeat, what: string) => {
    crashes++;
    label ||= what;
    final = recorder.finalDigests();
    const victims = plan.victims === "one" ? [seat] : seats;
    for (const victim of victims) victim.kill();
    if (plan.isOneGone) seats[(plan.write + 1) % VALIDATORS]!.isGone = true;
    const isFirst = crashes === 1;
    cluster.clock.after(plan.downMs, () => {
      for (const victim of victims) {
        if (isFirst && plan.again) victim.disk.point = { write: victim.disk.writes + plan.again, mode: plan.mode };
        if (!victim.isGone) victim.start();
      }
    });
  };
  for (const seat of seats) seat.disk.onCrash = (what) => crash(seat, what);
  seats[plan.write % VALIDATORS]!.disk.point = { write: plan.write, mode: plan.mode };
  cluster.startAll();
  await cluster.clock.runUntil(() => crashes > 0, LIMIT_MS);
  if (crashes === 0) recorder.faults.push("the crash point was not reached");
  await goOn(cluster, () => crashes);
  for (const digest of recorder.lost(final)) recorder.faults.push(`${digest} was final and is lost`);
  for (const seat of seats) seat.kill();
  return { label, faults: recorder.faults, nullified: recorder.counts.nullified };
}

async function goOn(cluster: CrashCluster, crashes: () => number): Promise<void> {
  for (let seen = -1; seen !== crashes(); ) {
    seen = crashes();
    const goal = cluster.highest + 3;
    if (await cluster.reach(goal, LIMIT_MS)) continue;
    cluster.recorder.faults.push(`stuck at heights ${cluster.heights}, ${goal} expected`);
  }
}

/** All crash points of one kind; the outcome of each by name. */
async function surviveAll(plans: readonly Plan[], options: ClusterOptions): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const plan of plans) outcomes.set(JSON.stringify(plan), await survive(plan, options));
  return outcomes;
}

const faultsOf = (outcomes: Map<string, Outcome>): string[] =>
  [...outcomes].flatMap(([plan, { faults, label }]) => faults.map((fault) => `${plan} (${label}): ${fault}`));

/** Every write before and after it is durable, logs also with half a record; back at once or after some views. */
function everyWrite(victims: Plan["victims"], again: (write: number) => number = () => 0): Plan[] {
  const writes = Array.from({ length: WRITES }, (_, index) => index + 1);
  return writes.flatMap((write) =>
    (["lost", "torn", "kept"] as const).map((mode, position) => {
      return { write, mode, victims, downMs: (write + position) % 2 === 0 ? 1 : 300, again: again(write) };
    }),
  );
}

describe("crash of validators at every write", function () {
  // Hundreds of networks: seconds alone, more on a busy machine.
  this.timeout(60_000);

  it("[CON-10] one dies anywhere under load: it never signs twice, the chain goes on with it", async () => {
    const outcomes = await surviveAll(everyWrite("one"), troubled);
    expect(faultsOf(outcomes)).to.deep.equal([]);
    const labels = new Set([...outcomes.values()].map(({ label }) => label));
    expect([...labels]).to.include.members([
      "log append",
      "log rewrite",
      "guard append",
      "blocks batch",
      "state batch",
    ]);
    expect(Math.max(...[...outcomes.values()].map(({ nullified }) => nullified))).to.be.greaterThan(3);
  });

  it("[CON-10] all die at once anywhere: nothing final is lost, the chain goes on", async () => {
    expect(faultsOf(await surviveAll(everyWrite("all"), troubled))).to.deep.equal([]);
  });

  it("[CON-10] all die at once and again while they come back", async () => {
    const plans = everyWrite("all", (write) => 1 + (write % 7)).filter(({ mode }) => mode !== "torn");
    expect(faultsOf(await surviveAll(plans, {}))).to.deep.equal([]);
  });

  it("[CON-10] all die at once and one never comes back", async () => {
    const plans = everyWrite("all").filter(({ mode }) => mode !== "torn");
    const outcomes = await surviveAll(
      plans.map((plan) => ({ ...plan, isOneGone: true })),
      troubled,
    );
    expect(faultsOf(outcomes)).to.deep.equal([]);
  });

  it("[CON-10] all die at once while final blocks wait for a slow block store", async () => {
    const plans = everyWrite("all").filter(({ write, mode }) => write > 12 && mode !== "torn");
    expect(faultsOf(await surviveAll(plans, { slowStoreMs: 25, logRewriteBytes: 1_500 }))).to.deep.equal([]);
  });

  it("[CON-10] one comes back a hundred blocks later, whoever leads the view it left", async () => {
    for (const victim of [0, 1, 2, 3]) {
      const cluster = new CrashCluster({ isLoaded: false, heartbeatMs: 60 });
      const seat = cluster.seats[victim]!;
      cluster.startAll();
      await cluster.reach(4, LIMIT_MS);
      seat.kill();
      await cluster.clock.runUntil(() => cluster.highest >= 100, 10 * LIMIT_MS);
      seat.start();
      expect(await cluster.reach(cluster.highest + 5, LIMIT_MS), `validator ${victim}`).to.equal(true);
      expect(cluster.recorder.faults).to.deep.equal([]);
      expect([...cluster.hub.rejects], "honest peers are not blamed").to.deep.equal([]);
      for (const { life } of cluster.seats) life.alive = false;
    }
  });

  it("goes on when the clock of one validator is 20 s fast or slow", async () => {
    for (const offsetMs of [20_000, -20_000]) {
      const cluster = new CrashCluster({ clockOffsetMs: (index) => (index === 1 ? offsetMs : 0) });
      cluster.startAll();
      expect(await cluster.reach(12, LIMIT_MS), `${offsetMs} ms`).to.equal(true);
      expect(cluster.recorder.faults).to.deep.equal([]);
      for (const { life } of cluster.seats) life.alive = false;
    }
  });

  it("[CON-10] with real signatures, one and all", async () => {
    const plans = [9, 16, 23].flatMap((write): Plan[] => [
      { write, mode: "kept", victims: "one", downMs: 1 },
      { write, mode: "lost", victims: "all", downMs: 1 },
    ]);
    expect(faultsOf(await surviveAll(plans, { ...troubled, backend: blstBackend }))).to.deep.equal([]);
  });

  describe("notices planted faults:", () => {
    const planted: [string, RegExp, Plan["victims"], (parts: NodeParts) => NodeParts][] = [
      [
        "a key that asks no guard",
        /notarize for|finalize after nullify|nullify after finalize|notarize after nullify/,
        "one",
        (parts) => {
          const guard = { ...parts.guard, authorize: async () => {} };
          const careless = (index: ValidatorIndex) =>
            createSigner({
              ...{ backend: quickBls, guard, chain: parts.chain, index },
              secretKey: new Uint8Array(32).fill(index + 1),
            });
          return {
            ...parts,
            identityIn: (validators) => {
              const identity = parts.identityIn(validators);
              return identity && { ...identity, signer: careless(identity.index) };
            },
          };
        },
      ],
      [
        "a log that keeps nothing",
        /was final and is lost|stuck/,
        "all",
        (parts) => {
          const { writeAheadLog } = parts;
          const empty = { bytes: 0, append: async () => {}, rewrite: async () => {} };
          return {
            ...parts,
            writeAheadLog: { ...empty, records: () => writeAheadLog.records(), close: async () => {} },
          };
        },
      ],
    ];
    for (const [title, expected, victims, spoil] of planted) {
      it(title, async () => {
        const found: string[] = [];
        for (const plan of everyWrite(victims)) {
          if (found.some((fault) => expected.test(fault))) break;
          found.push(...(await survive(plan, { ...troubled, spoil })).faults);
        }
        expect(found.join("\n")).to.match(expected);
      });
    }
  });
});
