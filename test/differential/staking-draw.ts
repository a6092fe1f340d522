/**
 * What happens in a history of stake: amounts at their limits, times at theirs, everything in any order.
 *
 * Owns: the draws. Called by: staking-script.ts.
 */
import type { Random } from "../simulation/random.ts";
import type { Action, OperatorState } from "./model/actions.ts";
import { CUNP } from "./model/emission.ts";
import { DAY_SECONDS } from "./model/incentive.ts";
import { unlocksAt } from "./model/vault.ts";
import type { World } from "./model/world.ts";

export interface Players {
  readonly operators: readonly string[];
  readonly stakers: readonly string[];
  /** Holds the system's roles. */
  readonly system: string;
  readonly pool: string;
}

/** As many steps as fit the gas of one transaction, 800 settled days included. */
const BATCH = 12;

/** A second, a day's border and a second around it, weeks, the end of an unbonding or a lock, years. */
export function nextTime(random: Random, now: bigint, world: World): bigint {
  const midnight = (now / DAY_SECONDS + 1n) * DAY_SECONDS;
  const maturities = [...world.staking.unbondings.values()].flat().map(({ maturesAt }) => maturesAt);
  const bonds = [...world.staking.positions.values()].flatMap(({ bond }) => (bond ? [bond.until] : []));
  const pending = [...maturities, ...bonds].filter((time) => time > now + 1n);
  const borders = pending.length > 0 ? [random.pick(pending)] : [midnight];
  const roll = random.fraction();
  if (roll < 0.25) return now + BigInt(random.between(1, 3_600));
  if (roll < 0.55) return later(now, midnight + BigInt(random.between(-1, 1)));
  if (roll < 0.75) return later(now, borders[0]! + BigInt(random.between(-1, 1)));
  if (roll < 0.9) return now + DAY_SECONDS * BigInt(random.between(1, 30));
  if (roll < 0.985) return later(now, unlocksAt(now / DAY_SECONDS) + BigInt(random.between(-1, 1)));
  return now + DAY_SECONDS * random.pick([400n, 799n, 800n, 801n]);
}

const later = (now: bigint, wanted: bigint): bigint => (wanted > now ? wanted : now + 1n);

export function drawBatch(random: Random, now: bigint, world: World, players: Players): Action[] {
  const first = world.scenery.operators.size === 0 ? opening(players) : [];
  const rest = Array.from({ length: random.between(1, BATCH) }, () => draw(random, now, world, players)).flat();
  // One epoch begins at a time: its number is drawn from what is known before the batch.
  const begins = rest.filter(({ kind }) => kind === "beginEpoch");
  return [...first, ...rest.filter((action) => action.kind !== "beginEpoch" || action === begins[0])];
}

/** Operators of every kind, coins for everybody. */
function opening({ operators, stakers, system }: Players): Action[] {
  const richest = [...operators.slice(0, 1), ...stakers.slice(0, 1)];
  return [
    ...operators.slice(0, -1).map(
      (operator, index): Action => ({
        kind: "setOperator",
        actor: system,
        operator,
        state: index === 3 ? "candidate" : "active",
        authority: index === 0,
        registeredAt: BigInt(100 - (index % 3)),
      }),
    ),
    ...stakers.map(
      (account, index): Action => ({
        kind: "setPerson",
        actor: system,
        account,
        // The last two are one person with two accounts.
        person: `0x${Math.min(index + 1, stakers.length - 1)
          .toString(16)
          .padStart(64, "0")}`,
      }),
    ),
    ...[...operators, ...stakers]
      .filter((account) => !richest.includes(account))
      .map((to): Action => ({ kind: "transfer", actor: system, to, amount: 500_000n * CUNP })),
  ];
}

function draw(random: Random, now: bigint, world: World, players: Players): Action[] {
  const roll = random.fraction();
  if (roll < 0.62) return [drawStake(random, now, world, players)];
  if (roll < 0.8) return [drawVote(random, now, world, players)];
  if (roll < 0.88) return drawSystem(random, world, players);
  if (roll < 0.93) return [drawScenery(random, world, players)];
  return [drawParameter(random, now, world, players)];
}

/** Around a limit: the limit, a wei more, a wei less, parts, dust. */
function around(random: Random, limit: bigint): bigint {
  const below = limit > 0n ? limit - 1n : 0n;
  return random.pick([limit, limit, limit + 1n, below, limit / 2n, limit / 3n, limit / 7n, 0n, 1n, 17n, 10n * CUNP]);
}

function drawStake(random: Random, now: bigint, world: World, { operators, stakers }: Players): Action {
  const actor = random.pick([...operators, ...stakers, ...stakers]);
  const operator = random.chance(0.3) && operators.includes(actor) ? actor : random.pick(operators);
  const position = world.staking.position(actor, operator);
  const available = position.availableAt(now).floor();
  switch (random.between(0, 8)) {
    case 0:
    case 1:
    case 2: {
      const amount = random.pick([
        10_000n * CUNP,
        5_000n * CUNP,
        10n * CUNP,
        around(random, world.balanceOf(actor) / 3n),
      ]);
      return { kind: "stake", actor, operator, amount };
    }
    case 3:
      return { kind: "stakeFor", actor, staker: random.pick(stakers), operator, amount: around(random, 3n * CUNP) };
    case 4:
    case 5: {
      const kept = world.candidateStake(now);
      const spare = position.isSelf && available > kept ? available - kept : available;
      return { kind: "unstake", actor, operator, amount: around(random, spare) };
    }
    case 6:
      return {
        kind: "redelegate",
        actor,
        from: operator,
        to: random.pick(operators),
        amount: around(random, available),
      };
    case 7:
      return { kind: "applyRedelegationSlash", actor, staker: random.pick(stakers), operator };
    default: {
      const entries = world.staking.unbondings.get(actor) ?? [];
      const open = entries.flatMap(({ withdrawn, maturesAt }, id) => (withdrawn || maturesAt > now + 1n ? [] : [id]));
      const id = open.length > 0 ? random.pick(open) : random.between(0, entries.length);
      return { kind: "withdraw", actor: random.pick(stakers), staker: actor, id };
    }
  }
}

function drawVote(random: Random, now: bigint, world: World, { operators, stakers, system }: Players): Action {
  const actor = random.pick([...stakers, ...operators]);
  const operator = random.pick(operators);
  const days = world.vault.daysOf(actor);
  const open = days.filter((day) => unlocksAt(day) <= now);
  switch (random.between(0, 10)) {
    case 0:
    case 1:
    case 2:
      return { kind: "claim", actor: system, staker: actor, operator };
    case 3:
      return { kind: "withdrawCommission", actor, operator };
    case 4:
    case 5:
      return { kind: "withdrawReward", actor, staker: actor, day: random.pick([...open, ...days, now / DAY_SECONDS]) };
    case 6:
      return { kind: "castPersonVote", actor, operator };
    case 7:
      return random.chance(0.3)
        ? { kind: "withdrawPersonVote", actor }
        : { kind: "strikePersonVote", actor, account: random.pick(stakers) };
    case 8:
    case 9:
      return { kind: random.pick(["list", "list", "unlist"] as const), actor, operator };
    default:
      return random.chance(0.7) ? { kind: "settleDays", actor } : { kind: "close", actor, operator };
  }
}

function drawSystem(random: Random, world: World, { operators, stakers, system, pool }: Players): Action[] {
  const epoch = world.candidates.snapshot.epoch;
  switch (random.between(0, 4)) {
    case 0: {
      const slashBps = BigInt(random.pick([0, 1, 10, 10, 333, 5_000, 10_000, 10_001]));
      // A total loss ends an operator's part in the story.
      const rare = slashBps >= 5_000n && random.chance(0.8) ? 10n : slashBps;
      return [{ kind: "slash", actor: system, operator: random.pick(operators), slashBps: rare }];
    }
    case 1:
      return [{ kind: "beginEpoch", actor: system, epoch: epoch + 1n }];
    case 2: {
      const kind = random.pick(["emitCommunity", "emitBusinessReward"] as const);
      return [{ kind, actor: system, recipient: random.pick(stakers), amount: around(random, 1_000n * CUNP) }];
    }
    default: {
      const payouts = operators
        .filter(() => random.chance(0.6))
        .map((operator) => ({
          operator,
          amount: around(random, 15n * CUNP),
          commissionBps: BigInt(random.pick([0, 1_000, 3_333, 10_000])),
        }));
      const amount = payouts.reduce((sum, payout) => sum + payout.amount, 0n);
      // The coins come first, as EpochManager sees to.
      return [
        { kind: "emitBlockReward", actor: system, recipient: pool, amount },
        { kind: "distribute", actor: system, payouts },
      ];
    }
  }
}

const MOVES: Readonly<Record<OperatorState, readonly OperatorState[]>> = {
  unregistered: ["candidate"],
  candidate: ["active"],
  active: ["candidate", "jailed"],
  jailed: ["candidate"],
  exiting: ["exiting"],
  tombstoned: ["tombstoned"],
};

function drawScenery(random: Random, world: World, { operators, stakers, system }: Players): Action {
  const { stage } = world.scenery;
  const roll = random.fraction();
  if (roll < 0.1 && stage !== "newGeneration")
    return { kind: "setStage", actor: system, stage: stage === "origin" ? "capeOfGoodHope" : "newGeneration" };
  if (roll < 0.4) {
    const person = random.chance(0.3) ? 0 : random.between(1, stakers.length);
    return {
      kind: "setPerson",
      actor: system,
      account: random.pick(stakers),
      person: `0x${person.toString(16).padStart(64, "0")}`,
    };
  }
  const operator = random.pick(operators);
  const present = world.scenery.operators.get(operator) ?? {
    state: "unregistered",
    authority: false,
    registeredAt: 77n,
  };
  const leaves = random.chance(0.05) && present.state !== "unregistered";
  const state = leaves ? random.pick(["exiting", "tombstoned"] as const) : random.pick(MOVES[present.state]);
  return { ...present, kind: "setOperator", actor: system, operator, state };
}

function drawParameter(random: Random, now: bigint, world: World, { system }: Players): Action {
  const name = random.pick([
    "incentiveRateBps",
    "stakeDaysWeightBps",
    "unbondingSeconds",
    "voterSlashBps",
    "personMinimumStake",
  ]);
  if (random.chance(0.2)) return { kind: "withdrawParameter", actor: system, name };
  const present = world.parameter(name, now);
  const choices: Readonly<Record<string, readonly bigint[]>> = {
    incentiveRateBps: [0n, 1n, 1_200n, 2_500n, 2_501n, present],
    stakeDaysWeightBps: [0n, 1n, 2_000n, 10_000n, 10_001n, present],
    unbondingSeconds: [15n * DAY_SECONDS, 21n * DAY_SECONDS, 30n * DAY_SECONDS, 13n * DAY_SECONDS, present],
    voterSlashBps: [0n, 5_000n, 10_000n, 3_333n],
    personMinimumStake: [1n * CUNP, 10n * CUNP, 100n * CUNP],
  };
  return { kind: "proposeParameter", actor: system, name, value: random.pick(choices[name]!) };
}
