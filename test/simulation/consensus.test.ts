/**
 * The shipping engine under virtual time: thousands of runs with faults and corrupt nodes, and the exact message count.
 *
 * Owns: which seeds run in `npm test`. More: `node scripts/simulate.ts consensus --help`.
 * A failure names its seed and the one command that repeats it.
 */
import { expect } from "chai";
import { asIndex, asView, type View } from "../../node/types/primitives.ts";
import { Violation } from "./checkers.ts";
import { commandFor, runScenario, tolerated } from "./scenario.ts";
import { World, type WorldOptions } from "./world.ts";

const CALM = { latencyMsMin: 10, latencyMsMax: 30, dropRate: 0, duplicateRate: 0, encoded: false };
const VIEW_TIMEOUT_MS = 1000;

const calmWorld = (count: number, more: Partial<WorldOptions> = {}): World => {
  const world = new World({ seed: 7, count, transport: CALM, viewTimeoutMs: VIEW_TIMEOUT_MS, ...more });
  world.start();
  return world;
};

const crash = (world: World, ...nodes: number[]): void => {
  for (const node of nodes) world.nodes[node]!.crash();
};
const restart = (world: World, ...nodes: number[]): void => {
  for (const node of nodes) world.nodes[node]!.start();
};
const wait = (world: World, ms: number): void => {
  world.runUntil(() => false, world.time.nowMs + ms);
};

describe("simulation: consensus", () => {
  describe("faults and up to f corrupt nodes", () => {
    const sizes = [
      { count: 1, seeds: 20 },
      { count: 2, seeds: 20 },
      { count: 4, seeds: 1500 },
      { count: 5, seeds: 60 },
      { count: 6, seeds: 60 },
      { count: 7, seeds: 150 },
      { count: 20, seeds: 15 },
      { count: 21, seeds: 15 },
    ];
    for (const { count, seeds } of sizes) {
      it(`[ENG-1, ENG-2] [CON-3, CON-10] ${count} validators agree, stay sound and go on after a heal in ${seeds} seeds`, function () {
        this.timeout(60_000);
        for (let seed = 1; seed <= seeds; seed++) {
          const { violation } = runScenario({ seed, count });
          if (violation) throw new Error(`${violation.message}\n  repeat: ${commandFor({ seed, count })}`);
        }
      });
    }

    it("84 validators with 27 corrupt ones go on after a heal", function () {
      this.timeout(60_000);
      const { violation } = runScenario({ seed: 84, count: 84, byzantineCount: 27, blocks: 2 });
      expect(violation).to.equal(undefined);
    });
  });

  describe("epochs that end at random blocks, with sets of all sizes and attacks at their ends", () => {
    for (const [count, seeds] of [
      [5, 150],
      [9, 150],
      [15, 25],
    ] as const) {
      it(`[ENG-1, ENG-2, ENG-5] [NET-6] [VAL-5] ${count} nodes go through the same epochs in ${seeds} seeds`, function () {
        this.timeout(60_000);
        let epochs = 0;
        for (let seed = 1; seed <= seeds; seed++) {
          const outcome = runScenario({ seed, count, epochs: true });
          epochs += outcome.epochs;
          const { violation } = outcome;
          if (violation)
            throw new Error(`${violation.message}\n  repeat: ${commandFor({ seed, count, epochs: true })}`);
        }
        expect(epochs).to.be.greaterThan(3 * seeds);
      });
    }

    it("[ENG-3] an epoch's last block and each time it is proposed again cost 2N(N−1) messages", () => {
      const everybody = [0, 1, 2, 3].map(asIndex);
      const world = calmWorld(4, { epochs: { setOf: () => everybody, closeChance: 1 } });
      // Without finalize votes nothing becomes final, and block 1 is proposed again and again.
      const { send } = world.transport;
      world.transport.send = function (delivery) {
        const { message } = delivery;
        if (message.type === "vote" && message.vote.kind === "finalize") this.countOnly(message);
        else send.call(this, delivery);
      };
      wait(world, 600);
      expect(Math.min(...world.nodes.map(({ view }) => view))).to.be.greaterThan(6);
      const views = [1, 2, 3, 4, 5].map(asView);
      expect(views.map((view) => world.transport.countOfView(view))).to.deep.equal(views.map(() => 24));
      expect(world.bestHeight).to.equal(0);
    });
  });

  describe("the checkers can fail", () => {
    it("[CON-3] one equivocator more than tolerated makes forks that the checkers see", () => {
      for (const count of [4, 7]) {
        const outcomes = Array.from({ length: 20 }, (_, seed) =>
          runScenario({ seed, count, byzantineCount: tolerated(count) + 1, behaviours: ["equivocator"] }),
        );
        const forks = outcomes.filter(({ violation }) => violation?.property === "agreement");
        expect(forks.length, `forks among 20 runs of ${count}`).to.be.greaterThan(5);
      }
    });

    it("too many silent nodes are seen as a loss of liveness, not of safety", () => {
      const world = calmWorld(4, { byzantine: new Map([0, 1].map((node) => [asIndex(node), "silent" as const])) });
      expect(() => world.expectProgress(1, 20_000)).to.throw(Violation, "liveness");
      expect(world.bestHeight).to.equal(0);
    });
  });

  describe("messages", () => {
    for (const count of [4, 20, 84]) {
      const expected = 2 * count * (count - 1);
      it(`[ENG-3] [CON-3] a block of ${count} validators costs exactly 2N(N−1) = ${expected} messages, counted on the transport`, () => {
        const world = calmWorld(count);
        world.expectProgress(12, 60_000);
        const views = Array.from({ length: 10 }, (_, position) => asView(position + 1));
        expect(views.map((view) => world.transport.countOfView(view))).to.deep.equal(views.map(() => expected));
        expect([...world.transport.counts.keys()].filter((kind) => !kind.includes("/"))).to.deep.equal([]);
      });
    }

    it("counts the classes of formula (1): N−1 proposals, (N−1)² prepares, N(N−1) commits", () => {
      const world = calmWorld(4);
      world.expectProgress(6, 60_000);
      const { counts } = world.transport;
      expect(counts.get("proposal/3")).to.equal(3);
      expect(counts.get("vote/3")).to.equal(9 + 12);
    });
  });

  describe("stops and starts", () => {
    it("three of four go on without the fourth, which catches up when it is back", () => {
      const world = calmWorld(4);
      world.expectProgress(3, 10_000);
      crash(world, 2);
      const target = world.bestHeight + 20;
      expect(world.runUntil(() => world.bestHeight >= target, world.time.nowMs + 60_000)).to.equal(true);
      restart(world, 2);
      world.expectProgress(1, 5_000);
    });

    it("two of four stand still and finalise nothing; with the third back all go on within two timeouts", () => {
      const world = calmWorld(4);
      world.expectProgress(3, 10_000);
      crash(world, 1, 2);
      wait(world, 500);
      const height = world.bestHeight;
      wait(world, 60_000);
      expect(world.bestHeight).to.equal(height);
      restart(world, 1);
      const target = height + 1;
      const reached = world.runUntil(() => world.bestHeight >= target, world.time.nowMs + 2 * VIEW_TIMEOUT_MS);
      expect(reached).to.equal(true);
    });

    it("[ENG-4] after a simulated day without a quorum the network finalises within two timeouts", () => {
      const viewTimeoutMs = 8_000;
      const world = calmWorld(4, { viewTimeoutMs, retransmitMs: 4_000 });
      world.expectProgress(2, 10_000);
      world.transport.sides = [0, 0, 1, 1];
      wait(world, 1_000);
      const height = world.bestHeight;
      wait(world, 24 * 3_600_000);
      expect(world.bestHeight).to.equal(height);
      world.heal();
      const reached = world.runUntil(() => world.bestHeight > height, world.time.nowMs + 2 * viewTimeoutMs);
      expect(reached).to.equal(true);
    });

    it("[ENG-2] [CON-10] all four killed at once, again and again, continue from their logs without contradicting a vote", () => {
      const world = calmWorld(4);
      for (let round = 0; round < 40; round++) {
        wait(world, world.random.between(5, 300));
        crash(world, 0, 1, 2, 3);
        wait(world, 50);
        restart(world, 0, 1, 2, 3);
      }
      world.expectProgress(3, 10_000);
    });

    it("a node that missed hundreds of blocks reaches the others", () => {
      const world = calmWorld(4);
      crash(world, 3);
      const target = 300;
      expect(world.runUntil(() => world.bestHeight >= target, 1_000_000)).to.equal(true);
      restart(world, 3);
      world.expectProgress(1, 10_000);
      expect(world.nodes[3]!.head.height).to.be.greaterThan(target);
    });

    it("an observer follows and finalises without ever sending a vote", () => {
      const world = calmWorld(4, { observers: 1 });
      world.expectProgress(5, 10_000);
      const observer = world.nodes[4]!;
      expect(observer.head.height).to.be.at.least(5);
      expect(observer.engine!.status().rounds.flatMap((round) => round.signed)).to.deep.equal([]);
    });

    it("a leader that has been silent is skipped without a timeout", () => {
      const heightAfter = (skipAfterSilentViews: number): number => {
        const world = calmWorld(4, { skipAfterSilentViews });
        crash(world, 1);
        wait(world, 30_000);
        return world.bestHeight;
      };
      expect(heightAfter(4)).to.be.greaterThan(3 * heightAfter(0));
    });
  });

  it("the same seed gives the same run, another seed another", () => {
    const run = (seed: number) => {
      const { violation: _, ...figures } = runScenario({ seed, count: 4 });
      return figures;
    };
    expect(run(5)).to.deep.equal(run(5));
    expect(run(5).steps).not.to.equal(run(6).steps);
  });

  it("views pass in order on every node and blocks name the view they were made in", () => {
    const world = calmWorld(4);
    world.expectProgress(5, 10_000);
    const views = world.nodes.map((node) => node.head.view as View);
    expect(Math.max(...views) - Math.min(...views)).to.be.at.most(2);
  });
});
