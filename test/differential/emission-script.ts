/**
 * Histories of the five buckets: emissions by their roles, the listing, the team's release, transfers.
 *
 * Owns: the stage (CUNP and EmissionController) and what is drawn. Called by: test/differential/economy.test.ts,
 * scripts/fuzz.ts.
 */

import { deployCUNP, EMISSION_ROLE } from "../helpers/cunp.ts";
import type { Connection } from "../helpers/finality.ts";
import type { Random } from "../simulation/random.ts";
import { exactly, type Script } from "./history.ts";
import type { Action, Scenery } from "./model/actions.ts";
import { BUCKETS, FIGURE_6 } from "./model/emission.ts";
import { ParameterModel } from "./model/parameters.ts";
import { World } from "./model/world.ts";
import { Theatre } from "./theatre.ts";

const ACTORS = 5;
const EMITTERS_ROLE = 7n;
const DAY = 86_400;

export async function emissionScript(connection: Connection, start: bigint): Promise<Script> {
  const { ethers } = connection;
  const troupe = await ethers.deployContract("Troupe", [ACTORS]);
  const actors = await Promise.all(
    Array.from({ length: ACTORS }, async (_, index) => (await troupe.actors(index)).toLowerCase()),
  );
  const { cunp, manager } = await deployCUNP(connection, { native: false, recipients: actors });
  const [ecoFund, team] = [actors[2]!, actors[4]!];
  const emission = await ethers.deployContract("EmissionController", [manager.target, cunp.target, ecoFund, team]);
  const mint = cunp.interface.getFunction("mint").selector;
  await manager.setTargetFunctionRole(cunp.target, [mint], EMISSION_ROLE);
  await manager.grantRole(EMISSION_ROLE, emission.target, 0);
  const names = ["emitBlockReward", "emitBusinessReward", "emitCommunity", "recordListing"] as const;
  const selectors = names.map((name) => emission.getFunction(name).fragment.selector);
  await manager.setTargetFunctionRole(emission.target, selectors, EMITTERS_ROLE);
  await manager.grantRole(EMITTERS_ROLE, actors[0]!, 0);
  const cast = {
    cunp: { address: String(cunp.target), interface: cunp.interface },
    emission: { address: String(emission.target), interface: emission.interface },
  };
  const world = new World(noScenery(start), { pool: "", vault: "", ecoFund, team }, genesis(actors), start);
  const draw = (random: Random, now: bigint) => drawAction(random, world, actors, now);
  return {
    theatre: new Theatre(connection, troupe, actors, cast),
    world,
    nextTime: (random, now) => now + BigInt(random.pick([1, 1, 7, DAY - 1, DAY, DAY + 1, 30 * DAY, 100 * DAY])),
    drawBatch: async (random, now) => Array.from({ length: random.between(1, 40) }, () => draw(random, now)),
    checks: (now) => [
      ...BUCKETS.map((bucket, index) => ({
        part: "emission" as const,
        view: "generatedOf",
        arguments: [index],
        expected: [exactly(world.emission.generated[bucket])],
      })),
      ...BUCKETS.map((bucket, index) => ({
        part: "emission" as const,
        view: "remainingOf",
        arguments: [index],
        expected: [exactly(world.emission.remaining(bucket))],
      })),
      { part: "emission", view: "releasable", arguments: [], expected: [exactly(world.emission.releasable(now))] },
      { part: "emission", view: "listedAt", arguments: [], expected: [exactly(world.emission.listedAt)] },
      { part: "cunp", view: "totalSupply", arguments: [], expected: [exactly(world.supply)] },
      { part: "cunp", view: "emitted", arguments: [], expected: [exactly(world.emission.total)] },
      ...actors.map((actor) => ({
        part: "cunp" as const,
        view: "balanceOf",
        arguments: [actor],
        expected: [exactly(world.balanceOf(actor))],
      })),
    ],
  };
}

function noScenery(start: bigint): Scenery {
  return {
    operators: new Map(),
    persons: new Map(),
    stage: "origin",
    capeEnteredAt: 0n,
    electionOpen: false,
    parameters: new ParameterModel([], [], start),
  };
}

const genesis = (actors: readonly string[]): Map<string, bigint> =>
  new Map(BUCKETS.map((bucket, index) => [actors[index]!, FIGURE_6[bucket]]));

const EMISSIONS = { emitBlockReward: "nodes", emitBusinessReward: "business", emitCommunity: "community" } as const;

/** Amounts around what is left of the bucket, around what moves the eco-fund, and dust. */
function drawAction(random: Random, world: World, actors: readonly string[], now: bigint): Action {
  const actor = actors[0]!;
  const other = random.pick(actors);
  const roll = random.fraction();
  if (roll < 0.005) return { kind: "recordListing", actor };
  if (roll < 0.15) return { kind: "releaseTeam", actor: other };
  if (roll < 0.35) {
    const held = world.balanceOf(other);
    return {
      kind: "transfer",
      actor: other,
      to: random.pick(actors),
      amount: random.pick([0n, 1n, held, held + 1n, held / 2n]),
    };
  }
  const kind = random.pick(["emitBlockReward", "emitBusinessReward", "emitCommunity"] as const);
  const left = world.emission.remaining(EMISSIONS[kind]);
  const spread = BigInt(random.between(0, 20));
  // Rarely all at once: an empty bucket has no more stories to tell.
  const large = random.chance(0.01) ? [left, left + 1n, 2n ** 255n] : [left / 97n, left / 1_009n + (now % 9n)];
  return { kind, actor, recipient: other, amount: random.pick([0n, 1n, spread, 10n ** 18n + spread, ...large]) };
}
