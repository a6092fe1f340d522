/**
 * From a seed to a run: which faults, when, by whom; and what a failure says.
 *
 * Owns: the random scenarios and their verdict. Does not own: the world (world.ts), the checks (checkers.ts).
 * Called by: simulation tests, scripts/simulate. The same seed and size give the same run, step for step.
 */
import { invariant } from "../../node/types/errors.ts";
import { asIndex, type Epoch, type ValidatorIndex } from "../../node/types/primitives.ts";
import { BEHAVIOURS, type Behaviour, EPOCH_BEHAVIOURS } from "./byzantine.ts";
import { Violation } from "./checkers.ts";
import { Random } from "./random.ts";
import { type EpochPlan, World } from "./world.ts";

export interface ScenarioOptions {
  readonly seed: number;
  readonly count: number;
  /** Corrupt nodes; by default as many as can be tolerated. */
  readonly byzantineCount?: number;
  readonly behaviours?: readonly Behaviour[];
  /** Blocks everybody must finalise after the heal. */
  readonly blocks?: number;
  /** Epochs end at random blocks; `count` nodes then make up sets of all sizes, and `byzantineCount` is not used. */
  readonly epochs?: boolean;
}

export interface Outcome {
  readonly seed: number;
  readonly count: number;
  readonly byzantine: number;
  readonly height: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly evidence: number;
  /** Epochs that came to their end. */
  readonly epochs: number;
  readonly violation: Violation | undefined;
}

/** Most nodes that may be corrupt: strictly less than a third. */
export const tolerated = (count: number): number => Math.ceil(count / 3) - 1;

/** The command that repeats a run. */
export const commandFor = ({ seed, count, epochs }: ScenarioOptions): string =>
  `node scripts/simulate.ts consensus --nodes ${count} --seeds 1 --seed ${seed}${epochs ? " --epochs" : ""}`;

const FAULTS_MS = 3_000;
const VIEW_TIMEOUT_MS = 500;
const RETRANSMIT_MS = 150;
const HEAL_DEADLINE_MS = 60_000;

/** Chaos for some seconds, then a heal after which everybody must go on. */
export function runScenario(options: ScenarioOptions): Outcome {
  const { seed, count, blocks = 5 } = options;
  const random = new Random(seed ^ 0x5eed);
  const byzantine = chooseByzantine(random, options);
  const world = new World({
    seed,
    count,
    byzantine,
    ...(options.epochs && { epochs: planEpochs(random, options, byzantine) }),
    viewTimeoutMs: VIEW_TIMEOUT_MS,
    retransmitMs: RETRANSMIT_MS,
    observers: random.chance(0.25) ? 1 : 0,
    skipAfterSilentViews: random.chance(0.5) ? random.between(2, 8) : 0,
    transport: {
      latencyMsMin: 2,
      latencyMsMax: random.pick([10, 40, 120]),
      dropRate: random.pick([0, 0, 0.02, 0.1, 0.3]),
      duplicateRate: random.pick([0, 0.05, 0.2]),
      encoded: random.chance(0.1),
    },
  });
  const outcome = (violation: Violation | undefined): Outcome => ({
    seed,
    count,
    byzantine: byzantine.size,
    height: world.checkers.finalHeight,
    steps: world.time.steps,
    virtualMs: world.time.nowMs,
    evidence: world.checkers.evidence,
    epochs: world.checkers.epochsClosed,
    violation,
  });
  try {
    world.start();
    scheduleFaults(world, random);
    world.runUntil(() => false, FAULTS_MS);
    world.heal();
    world.expectProgress(blocks, HEAL_DEADLINE_MS);
    if (options.epochs) world.expectEpochs(2, HEAL_DEADLINE_MS);
    return outcome(undefined);
  } catch (error) {
    if (error instanceof Violation) return outcome(error);
    const broken = error instanceof Error ? error : new Error(String(error));
    return outcome(new Violation("no crash", broken.stack ?? broken.message));
  }
}

function chooseByzantine(random: Random, options: ScenarioOptions): ReadonlyMap<ValidatorIndex, Behaviour> {
  const { count, behaviours = options.epochs ? EPOCH_BEHAVIOURS : BEHAVIOURS } = options;
  const wanted = options.epochs
    ? random.between(0, count >> 1)
    : (options.byzantineCount ?? random.between(0, tolerated(count)));
  const members = random.shuffled(Array.from({ length: count }, (_, position) => asIndex(position))).slice(0, wanted);
  return new Map(members.map((member) => [member, random.pick(behaviours)]));
}

/** A set for each epoch, of any size, with as many corrupt members as it tolerates. */
function planEpochs(
  random: Random,
  { seed, count }: ScenarioOptions,
  byzantine: ReadonlyMap<ValidatorIndex, Behaviour>,
): EpochPlan {
  const sets = new Map<Epoch, readonly ValidatorIndex[]>();
  const honest = Array.from({ length: count }, (_, position) => asIndex(position)).filter(
    (node) => !byzantine.has(node),
  );
  const setOf = (epoch: Epoch): readonly ValidatorIndex[] => {
    const known = sets.get(epoch);
    if (known) return known;
    const own = new Random(seed ^ Math.imul(epoch + 1, 0x9e3779b1));
    // Small sets of honest nodes alone, and large ones with all the corrupt ones that they bear.
    const size = own.between(1, honest.length);
    const corrupt = own.shuffled([...byzantine.keys()]).slice(0, own.between(0, tolerated(size)));
    const set = own.shuffled([...own.shuffled(honest).slice(0, size - corrupt.length), ...corrupt]);
    sets.set(epoch, set);
    return set;
  };
  return { setOf, closeChance: random.pick([0.05, 0.2, 0.5]) };
}

function scheduleFaults(world: World, random: Random): void {
  const { time, transport, nodes } = world;
  for (let partition = random.between(0, 2); partition > 0; partition--) {
    const startMs = random.between(100, FAULTS_MS - 1000);
    const sides = nodes.map(() => random.between(0, 1));
    time.at(startMs, () => {
      transport.sides = sides;
    });
    time.at(startMs + random.between(100, 1000), () => {
      transport.sides = undefined;
    });
  }
  for (let crash = random.between(0, 3); crash > 0; crash--) {
    // One node, some, or all at once: whoever crashes comes back with what its disk holds.
    const victims = random.chance(0.2) ? nodes : random.shuffled(nodes).slice(0, random.between(1, nodes.length));
    const startMs = random.between(20, FAULTS_MS - 500);
    for (const victim of victims) {
      time.at(startMs, () => {
        if (victim.isUp) victim.crash();
      });
      time.at(startMs + random.between(1, 450), () => {
        if (!victim.isUp) victim.start();
      });
    }
  }
  invariant(time.nowMs === 0 || time.nowMs < FAULTS_MS, "faults are planned before they happen");
}
