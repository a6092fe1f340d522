/**
 * Nodes through a succession of validator sets, without a restart and without losing a block; and what a crash at any
 * write around a boundary leaves.
 *
 * Owns: [NET-6] [VAL-5] for the node's shell. The nodes, disks and the network are in test/helpers/crash-*.ts; the engine
 * under random faults: test/simulation; with real contracts and processes: test/integration.
 */
import { expect } from "chai";
import { asEpoch, type Epoch } from "../../../node/types/primitives.ts";
import { CrashCluster, type CrashSeat, type EpochPlan } from "../../helpers/crash-cluster.ts";
import type { CrashMode } from "../../helpers/crash-disk.ts";

const LIMIT_MS = 20_000;

/** Four validators, then seven with three new ones, then five of which the first are gone, then four others. */
const SETS = [
  [0, 1, 2, 3],
  [0, 1, 2, 3, 4, 5, 6],
  [6, 5, 4, 3, 2],
  [7, 2, 5, 3],
];
const growing: EpochPlan = {
  nodes: 8,
  setOf: (epoch) => SETS[epoch % SETS.length]!,
  closes: (height) => height % 6 === 0,
};

const epochsOf = (cluster: CrashCluster): number[] => cluster.seats.map(({ node }) => node!.status().epoch);
const end = (cluster: CrashCluster): void => {
  for (const { life } of cluster.seats) life.alive = false;
};

describe("epochs of running nodes", function () {
  this.timeout(60_000);

  it("[NET-6] [VAL-5] the set grows, shrinks and changes at boundaries; nobody restarts, no block is lost", async () => {
    const cluster = new CrashCluster({ epochs: growing });
    cluster.startAll();
    expect(await cluster.reach(40, LIMIT_MS)).to.equal(true);
    expect(cluster.recorder.faults).to.deep.equal([]);
    expect(cluster.recorder.lost(cluster.recorder.finalDigests())).to.deep.equal([]);
    expect([...cluster.hub.rejects], "honest peers are not blamed").to.deep.equal([]);
    expect(Math.min(...epochsOf(cluster))).to.be.at.least(6);
    const { epoch, validators } = cluster.seats[0]!.node!.status();
    expect(validators.map(({ operator }) => Number(operator))).to.deep.equal(growing.setOf(epoch));
    end(cluster);
  });

  it("[VAL-5] every epoch's members vote, and nobody else", async () => {
    const voters = new Map<Epoch, Set<number>>();
    const cluster = new CrashCluster({
      epochs: growing,
      isLost(message, from) {
        if (message.type === "vote")
          voters.set(message.vote.epoch, (voters.get(message.vote.epoch) ?? new Set()).add(from));
        return false;
      },
    });
    cluster.startAll();
    await cluster.reach(30, LIMIT_MS);
    for (const epoch of [0, 1, 2, 3].map(asEpoch)) {
      expect([...voters.get(epoch)!].sort(), `epoch ${epoch}`).to.deep.equal([...growing.setOf(epoch)].sort());
    }
    end(cluster);
  });

  it("[VAL-5] an idle network ends its epoch at once, not one heartbeat later for each view", async () => {
    const cluster = new CrashCluster({ epochs: growing, isLoaded: false, heartbeatMs: 2_000 });
    cluster.startAll();
    expect(await cluster.reach(13, 60_000)).to.equal(true);
    expect(cluster.recorder.faults).to.deep.equal([]);
    end(cluster);
  });

  it("[NET-6] a validator that was off for a whole epoch and more comes back and takes part in its own", async () => {
    for (const victim of [3, 0]) {
      const cluster = new CrashCluster({ epochs: growing });
      const seat = cluster.seats[victim]!;
      cluster.startAll();
      await cluster.reach(3, LIMIT_MS);
      seat.kill();
      expect(await cluster.clock.runUntil(() => cluster.highest >= 33, LIMIT_MS)).to.equal(true);
      seat.start();
      expect(await cluster.reach(cluster.highest + 12, LIMIT_MS), `${cluster.heights}`).to.equal(true);
      expect(cluster.recorder.faults).to.deep.equal([]);
      expect([...cluster.hub.rejects], "honest peers are not blamed").to.deep.equal([]);
      end(cluster);
    }
  });

  it("[NET-6] all stop and start again in a later epoch", async () => {
    const cluster = new CrashCluster({ epochs: growing });
    cluster.startAll();
    await cluster.reach(20, LIMIT_MS);
    for (const seat of cluster.seats) seat.kill();
    const before = cluster.highest;
    for (const seat of cluster.seats) seat.start();
    expect(await cluster.reach(before + 8, LIMIT_MS)).to.equal(true);
    expect(cluster.recorder.faults).to.deep.equal([]);
    end(cluster);
  });

  it("[VAL-5] a node signs with its new key from the epoch on whose set has it", async () => {
    const rotating: EpochPlan = {
      ...growing,
      nodes: 4,
      setOf: () => [0, 1, 2, 3],
      keyOf: (node, epoch) => (node === 2 && epoch > 0 ? 1 : 0),
    };
    const cluster = new CrashCluster({ epochs: rotating });
    cluster.startAll();
    await cluster.reach(7, LIMIT_MS);
    // Without node 0 the votes of node 2 are needed.
    cluster.seats[0]!.isGone = true;
    cluster.seats[0]!.kill();
    expect(await cluster.reach(cluster.highest + 8, LIMIT_MS)).to.equal(true);
    expect(cluster.recorder.faults).to.deep.equal([]);
    end(cluster);
  });

  it("[NET-6] votes get lost around every boundary: the last block is proposed again until it is final", async () => {
    let again = 0;
    const cluster = new CrashCluster({
      epochs: growing,
      isLost(message) {
        if (message.type === "proposal" && message.proposal.digest === message.proposal.parentDigest) again++;
        return message.type === "vote" && message.vote.kind === "finalize" && message.vote.view % 3 !== 0;
      },
    });
    cluster.startAll();
    expect(await cluster.reach(32, 3 * LIMIT_MS), `${cluster.heights}`).to.equal(true);
    expect(cluster.recorder.faults).to.deep.equal([]);
    expect(again).to.be.greaterThan(10);
    end(cluster);
  });

  describe("crash at every write around boundaries", () => {
    /** An epoch every second block: whatever is written belongs to a boundary. */
    const restless: EpochPlan = {
      nodes: 5,
      setOf: (epoch) =>
        [
          [0, 1, 2, 3],
          [4, 3, 2, 1],
          [1, 0, 4, 2],
        ][epoch % 3]!,
      closes: (height) => height % 2 === 0,
    };
    const WRITES = 40;

    async function survive(write: number, mode: CrashMode, victims: "one" | "all", loses: boolean): Promise<string[]> {
      const cluster = new CrashCluster({
        epochs: restless,
        logRewriteBytes: 2_000,
        isLost: (message) =>
          loses && message.type === "vote" && message.vote.kind === "finalize" && message.vote.view % 4 === 2,
      });
      const { recorder, seats } = cluster;
      let crashes = 0;
      const crash = (seat: CrashSeat) => {
        crashes++;
        const dead = victims === "one" ? [seat] : seats;
        for (const victim of dead) victim.kill();
        cluster.clock.after(write % 2 === 0 ? 1 : 300, () => {
          for (const victim of dead) victim.start();
        });
      };
      for (const seat of seats) seat.disk.onCrash = () => crash(seat);
      seats[write % seats.length]!.disk.point = { write, mode };
      cluster.startAll();
      await cluster.clock.runUntil(() => crashes > 0, LIMIT_MS);
      const final = recorder.finalDigests();
      const isUp = await cluster.reach(cluster.highest + 5, LIMIT_MS);
      const faults = [...recorder.faults, ...recorder.lost(final).map((digest) => `${digest} was final and is lost`)];
      if (crashes === 0) faults.push("the crash point was not reached");
      if (!isUp) faults.push(`stuck at heights ${cluster.heights}`);
      faults.push(...[...cluster.hub.rejects.keys()].map((code) => `an honest peer was blamed: ${code}`));
      end(cluster);
      return faults.map((fault) => `write ${write} ${mode} ${victims}: ${fault}`);
    }

    for (const victims of ["one", "all"] as const) {
      it(`[CON-10] [NET-6] ${victims} of the nodes: no vote is contradicted, the chain goes on through further epochs`, async () => {
        const faults: string[] = [];
        for (let write = 1; write <= WRITES; write++) {
          for (const mode of ["lost", "torn", "kept"] as const) {
            faults.push(...(await survive(write, mode, victims, write % 3 === 0)));
          }
        }
        expect(faults).to.deep.equal([]);
      });
    }
  });
});
