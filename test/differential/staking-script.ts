/**
 * Histories of stake: StakingPool, RewardVault, EmissionController and ParameterRegistry, amid settable neighbours.
 *
 * Owns: the stage and what is compared. Does not own: what is drawn (staking-draw.ts).
 * Called by: test/differential/economy.test.ts, scripts/fuzz.ts.
 */
import { MaxUint256 } from "ethers";
import { orders, parameters } from "../../deploy/config/parameters.ts";
import { deployParameters } from "../helpers/council.ts";
import { deployCUNP, EMISSION_ROLE } from "../helpers/cunp.ts";
import type { Connection } from "../helpers/finality.ts";
import { type Check, exactly, type Script } from "./history.ts";
import { BUCKETS, FIGURE_6 } from "./model/emission.ts";
import { ParameterModel } from "./model/parameters.ts";
import { ModelDifference, World } from "./model/world.ts";
import { drawBatch, nextTime, type Players } from "./staking-draw.ts";
import { type Part, Theatre } from "./theatre.ts";

const OPERATORS = 5;
const STAKERS = 6;
const ROLE = { system: 7n, pool: 8n };

async function build(connection: Connection) {
  const { ethers } = connection;
  const troupe = await ethers.deployContract("Troupe", [OPERATORS + STAKERS + 1]);
  const actors = await Promise.all(
    Array.from({ length: OPERATORS + STAKERS + 1 }, async (_, index) => (await troupe.actors(index)).toLowerCase()),
  );
  const system = actors.at(-1)!;
  const [ecoFund, team] = ["0x00000000000000000000000000000000000000ec", "0x00000000000000000000000000000000000000ea"];
  // Figure 6: everything but the eco-fund's and the team's part is in the players' hands.
  const recipients = [actors[0]!, system, ecoFund, actors[OPERATORS]!, team];
  const { cunp, manager } = await deployCUNP(connection, { native: false, recipients });
  const emission = await ethers.deployContract("EmissionController", [manager.target, cunp.target, ecoFund, team]);
  const vault = await ethers.deployContract("RewardVault", [manager.target, cunp.target]);
  const registry = await deployParameters(connection, String(manager.target));
  const scenery = await ethers.deployContract("StakingWorldMock");
  const libraries = { CandidateList: (await ethers.deployContract("CandidateList")).target };
  const neighbours = {
    cunp: cunp.target,
    parameters: registry.target,
    emission: emission.target,
    vault: vault.target,
    registry: scenery.target,
    personhood: scenery.target,
    directory: scenery.target,
  };
  const code = await ethers.deployContract("StakingPool", [neighbours], { libraries });
  const proxy = await ethers.deployContract("ERC1967Proxy", [
    code.target,
    code.interface.encodeFunctionData("initialize", [manager.target]),
  ]);
  const staking = await ethers.getContractAt("StakingPool", String(proxy.target));
  const contracts = { scenery, cunp, emission, staking, vault, parameters: registry };
  const allow = async (part: Part, names: readonly string[], role: bigint, holder: string) => {
    const { target, interface: abi } = contracts[part] as typeof cunp;
    const selectors = names.map((name) => abi.getFunction(name as "mint").selector);
    await manager.setTargetFunctionRole(target, selectors, role);
    await manager.grantRole(role, holder, 0);
  };
  await allow("cunp", ["mint"], EMISSION_ROLE, String(emission.target));
  await allow("emission", ["emitStakingReward"], ROLE.pool, String(staking.target));
  await allow("vault", ["credit"], ROLE.pool, String(staking.target));
  const emitters = ["emitBlockReward", "emitBusinessReward", "emitCommunity", "recordListing"];
  await allow("emission", emitters, ROLE.system, system);
  await allow("staking", ["beginEpoch", "distribute", "slash"], ROLE.system, system);
  await allow("parameters", ["propose", "withdraw"], ROLE.system, system);
  return { troupe, actors, system, ecoFund, team, recipients, contracts };
}

export async function stakingScript(connection: Connection, start: bigint): Promise<Script> {
  await connection.networkHelpers.time.setNextBlockTimestamp(start);
  const { troupe, actors, system, ecoFund, team, recipients, contracts } = await build(connection);
  const pool = String(contracts.staking.target).toLowerCase();
  const accounts = { pool, vault: String(contracts.vault.target).toLowerCase(), ecoFund, team };
  const rules = new ParameterModel(parameters, orders, 0n);
  const scenery = {
    operators: new Map(),
    persons: new Map(),
    stage: "origin" as const,
    capeEnteredAt: 0n,
    electionOpen: false,
    parameters: rules,
  };
  const balances = new Map(BUCKETS.map((bucket, index) => [recipients[index]!, FIGURE_6[bucket]]));
  const world = new World(scenery, accounts, balances, start);
  const cast = Object.fromEntries(
    Object.entries(contracts).map(([part, { target, interface: abi }]) => [
      part,
      { address: String(target), interface: abi },
    ]),
  );
  const theatre = new Theatre(connection, troupe, actors, cast);
  const players: Players = {
    operators: actors.slice(0, OPERATORS),
    stakers: actors.slice(OPERATORS, -1),
    system,
    pool,
  };
  await approve(connection, troupe, actors, contracts);
  let settledBefore = world.staking.settledDays;
  return {
    theatre,
    world,
    nextTime: (random, now) => nextTime(random, now, world),
    drawBatch: async (random, now) => drawBatch(random, now, world, players),
    checks: (now) => checksOf(world, players, now),
    align: async (steps) => {
      const [nodes, balance] = await theatre.look([
        { part: "emission", view: "generatedOf", arguments: [0] },
        { part: "cunp", view: "balanceOf", arguments: [pool] },
      ]);
      const days = world.staking.settledDays - settledBefore;
      settledBefore = world.staking.settledDays;
      world.align(nodes![0]!, balance![0]!, days, steps);
    },
    review: (checks, results) => checkSolvency(checks, results, pool),
  };
}

/** Everybody lets the pool take its coins. */
async function approve(
  connection: Connection,
  troupe: Awaited<ReturnType<typeof build>>["troupe"],
  actors: readonly string[],
  { cunp, staking }: Awaited<ReturnType<typeof build>>["contracts"],
): Promise<void> {
  const data = cunp.interface.encodeFunctionData("approve", [String(staking.target), MaxUint256]);
  const steps = actors.map((_, actor) => ({ actor, target: cunp.target, data }));
  await (await troupe.connect((await connection.ethers.getSigners())[0]!).play(steps)).wait();
}

const view = (part: Part, name: string, values: readonly unknown[], ...expected: Check["expected"]): Check => ({
  part,
  view: name,
  arguments: values,
  expected,
});

function checksOf(world: World, { operators, stakers, system, pool }: Players, now: bigint): Check[] {
  const { staking, emission, vault, candidates } = world;
  const everybody = [...operators, ...stakers];
  const stakeDust = (operator: string) =>
    staking.with(operator).reduce((sum, position) => sum + staking.dustOf(position), 1n);
  const { epoch, totals } = candidates.snapshot;
  const allDust = operators.reduce((sum, operator) => sum + stakeDust(operator), 0n);
  return [
    ...BUCKETS.map((bucket, index) => view("emission", "generatedOf", [index], exactly(emission.generated[bucket]))),
    view("cunp", "emitted", [], exactly(emission.total)),
    view("cunp", "totalSupply", [], exactly(world.supply)),
    ...[...everybody, system, pool].map((account) =>
      view("cunp", "balanceOf", [account], exactly(world.balanceOf(account))),
    ),
    view("vault", "total", [], exactly(vault.total)),
    ...everybody.flatMap((staker) =>
      vault
        .daysOf(staker)
        .map((day) => view("vault", "trancheOf", [staker, day], exactly(vault.trancheOf(staker, day)))),
    ),
    ...[...staking.positions.values()].map((position) => {
      const { staker, operator, stake, reward } = position;
      const stakes = { exact: stake, dust: staking.dustOf(position) };
      const rewards = { exact: reward.value, dust: position.rewardDust };
      return view("staking", "positionOf", [staker, operator], undefined, stakes, rewards);
    }),
    ...operators.flatMap((operator) => [
      view("staking", "selfStakeOf", [operator], { exact: staking.selfStake(operator), dust: stakeDust(operator) }),
      view("staking", "stakeOf", [operator], { exact: staking.stakeOf(operator), dust: stakeDust(operator) }),
      view("staking", "commissionOf", [operator], {
        exact: staking.commission(operator).value,
        dust: staking.commissionDust.get(operator) ?? 0n,
      }),
    ]),
    ...[...staking.unbondings].flatMap(([staker, entries]) =>
      entries
        .map((entry, id) => ({ entry, id }))
        .filter(({ entry }) => !entry.withdrawn)
        .map(({ entry, id }) =>
          view("staking", "unbondingOf", [staker, id], undefined, { exact: entry.amount, dust: entry.dust }),
        ),
    ),
    view("staking", "totalStake", [], { exact: staking.totalStake(), dust: allDust }),
    view("staking", "settledDays", [], exactly(staking.settledDays)),
    view("staking", "candidateCount", [], exactly(BigInt(candidates.listed.size))),
    view(
      "staking",
      "snapshotTotals",
      [],
      exactly(epoch),
      { exact: exactly(totals.stake).exact, dust: allDust },
      exactly(totals.persons),
    ),
    view("parameters", "valueOf", [nameOf("incentiveRateBps")], exactly(world.parameter("incentiveRateBps", now))),
    view("parameters", "valueOf", [nameOf("unbondingSeconds")], exactly(world.parameter("unbondingSeconds", now))),
  ];
}

const nameOf = (name: string): string => `0x${Buffer.from(name).toString("hex").padEnd(64, "0")}`;

/** Places of numbers in the structs that the views return. */
const [REWARD, UNBONDING_AMOUNT] = [2, 1];

/** What the contracts themselves owe is there: dust stays with the system. */
function checkSolvency(checks: readonly Check[], results: readonly (readonly bigint[])[], pool: string): void {
  const add = (name: string, place = 0): bigint =>
    results.reduce((sum, words, index) => (checks[index]!.view === name ? sum + words[place]! : sum), 0n);
  const owed = add("positionOf", REWARD) + add("unbondingOf", UNBONDING_AMOUNT) + add("stakeOf") + add("commissionOf");
  const place = checks.findIndex(({ view: name, arguments: [account] }) => name === "balanceOf" && account === pool);
  const held = results[place]![0]!;
  if (held < owed) throw new ModelDifference(`the pool holds ${held} and owes ${owed}`);
}
