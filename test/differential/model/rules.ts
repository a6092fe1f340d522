/**
 * Which actions must be refused, and with which custom error.
 *
 * Owns: the refusals, written from the doors and the specification. Does not own: effects (world.ts).
 * Called by: the players of histories.
 */
import type { Action, ActionKind, Operator, Verdict } from "./actions.ts";
import { Fraction } from "./fraction.ts";
import { DAY_SECONDS } from "./incentive.ts";
import type { Position } from "./position.ts";
import { DAY_LIMIT } from "./staking.ts";
import type { World } from "./world.ts";

type Of<Kind extends ActionKind> = Extract<Action, { kind: Kind }>;
type Rule<Kind extends ActionKind> = (world: World, action: Of<Kind>, now: bigint) => Answers;
/** Errors that hold, `"?"` added to one of which dust decides. */
type Answers = (string | false)[];

const amountZero = (amount: bigint) => amount === 0n && "StakingAmountZero";

/** What is asked for, against what is there give or take the dust. */
function short(error: string, available: Fraction, requested: bigint, dust: bigint): string | false {
  if (Fraction.of(requested + dust).compare(available) <= 0) return false;
  return requested > available.floor() + dust ? error : `${error}?`;
}

const operatorOf = (world: World, operator: string): Operator | undefined => world.scenery.operators.get(operator);
const hasLeft = (operator: Operator | undefined) => operator?.state === "exiting" || operator?.state === "tombstoned";

/** Whoever settles implicitly is refused when more days are missing than one call settles. */
const behind = (world: World, now: bigint) =>
  now / DAY_SECONDS - world.staking.settledDays > DAY_LIMIT && "StakingDaysBehind";

const newStake = (world: World, staker: string, operator: string): Answers => {
  const entry = operatorOf(world, operator);
  // Who has left takes stake until it is closed: the registry is asked about each operator once.
  const asked = !world.staking.known.has(operator);
  return [
    asked && (!entry || entry.state === "unregistered") && "StakingOperatorUnknown",
    ((asked && hasLeft(entry)) || world.staking.closed.has(operator)) && "StakingOperatorClosed",
    exhausted(world, operator, staker === operator),
  ];
};

/** The price of a pool of a few wei is whatever rounding has left. */
function exhausted(world: World, operator: string, self: boolean): string | false {
  if (!world.staking.exhausted(operator, self)) return false;
  return world.staking.price(operator, self).isZero ? "StakingPoolExhausted" : "StakingPoolExhausted?";
}

function selfStakeKept(
  world: World,
  operator: string,
  position: Position,
  amount: bigint,
  now: bigint,
): string | false {
  const entry = operatorOf(world, operator);
  if (!entry || hasLeft(entry)) return false;
  const sits = entry.authority && world.scenery.stage !== "newGeneration";
  if (!sits && entry.state === "candidate" && !world.candidates.listed.has(operator)) return false;
  const required = sits ? world.parameter("authorityStake", now) : world.candidateStake(now);
  return short("StakingSelfStakeRequired", position.worth(), amount + required, world.staking.dustOf(position));
}

const personStakeTooSmall = (world: World, account: string, operator: string, now: bigint) =>
  short(
    "StakingPersonStakeTooSmall",
    world.staking.position(account, operator).worth(),
    world.parameter("personMinimumStake", now),
    world.staking.dustOf(world.staking.position(account, operator)),
  );

const RULES: { readonly [Kind in ActionKind]: Rule<Kind> } = {
  stake: (world, action, now) => [
    amountZero(action.amount),
    ...newStake(world, action.actor, action.operator),
    action.amount > world.balanceOf(action.actor) && "ERC20InsufficientBalance",
    behind(world, now),
  ],
  stakeFor: (world, action, now) => [
    amountZero(action.amount),
    ...newStake(world, action.staker, action.operator),
    action.amount > world.balanceOf(action.actor) && "ERC20InsufficientBalance",
    behind(world, now),
  ],
  unstake: (world, action, now) => {
    const position = world.staking.position(action.actor, action.operator);
    return [
      amountZero(action.amount),
      short("StakingStakeMissing", position.availableAt(now), action.amount, world.staking.dustOf(position)),
      position.isSelf && selfStakeKept(world, action.operator, position, action.amount, now),
      behind(world, now),
    ];
  },
  redelegate: (world, action, now) => {
    const source = world.staking.position(action.actor, action.from);
    const target = world.staking.position(action.actor, action.to);
    return [
      amountZero(action.amount),
      action.from === action.to && "StakingSameOperator",
      source.isSelf && "StakingSameOperator",
      target.isSelf && "StakingSameOperator",
      ...newStake(world, action.actor, action.to),
      target.bond !== undefined && now < target.bond.until && "StakingRedelegationOpen",
      short("StakingStakeMissing", source.availableAt(now), action.amount, world.staking.dustOf(source)),
      behind(world, now),
    ];
  },
  applyRedelegationSlash: (world, _, now) => [behind(world, now)],
  withdraw: (world, { staker, id }, now) => {
    const entry = world.staking.unbondings.get(staker)?.[id];
    if (!entry || entry.withdrawn) return ["StakingUnbondingUnknown"];
    return [now < entry.maturesAt && "StakingUnbondingImmature"];
  },
  claim: (world, { staker, operator }, now) => {
    const position = world.staking.position(staker, operator);
    const { reward, rewardDust } = position;
    return [short("StakingNothingToClaim", reward.value, 1n, rewardDust), behind(world, now)];
  },
  withdrawCommission: (world, { operator }) => {
    const owed = world.staking.commission(operator);
    return [short("StakingNothingToClaim", owed.value, 1n, world.staking.commissionDust.get(operator) ?? 0n)];
  },
  withdrawReward: (world, { staker, day }, now) => world.vault.refusals(staker, day, now),
  castPersonVote: (world, { actor, operator }, now) => {
    const person = world.scenery.persons.get(actor);
    if (!person) return ["StakingNotAPerson"];
    const account = world.candidates.accountOf(person);
    return [
      account !== undefined && account !== actor && "StakingPersonVoted",
      !world.candidates.listed.has(operator) && "StakingCandidateUnlisted",
      personStakeTooSmall(world, actor, operator, now),
    ];
  },
  withdrawPersonVote: (world, { actor }) => [!world.candidates.votes.has(actor) && "StakingPersonVoteMissing"],
  strikePersonVote: (world, { account }, now) => {
    const vote = world.candidates.votes.get(account);
    if (!vote) return ["StakingPersonVoteMissing"];
    if (world.scenery.persons.get(account) !== vote.person) return [];
    const small = personStakeTooSmall(world, account, vote.operator, now);
    if (!small) return ["StakingPersonVoteValid"];
    return small.endsWith("?") ? ["StakingPersonVoteValid?"] : [];
  },
  settleDays: () => [],
  list: (world, { operator }, now) => {
    const entry = operatorOf(world, operator);
    const position = world.staking.position(operator, operator);
    const required = world.candidateStake(now);
    const serves = entry?.state === "candidate" || entry?.state === "active";
    return [
      world.candidates.listed.has(operator) && "StakingCandidateListed",
      (!serves || world.staking.closed.has(operator)) && "StakingCandidateIneligible",
      short("StakingCandidateIneligible", position.worth(), required, world.staking.dustOf(position)),
    ];
  },
  unlist: (world, { operator }, now) => {
    if (!world.candidates.listed.has(operator)) return ["StakingCandidateUnlisted"];
    const position = world.staking.position(operator, operator);
    const required = world.candidateStake(now);
    if (hasLeft(operatorOf(world, operator))) return [];
    const small = short("small", position.worth(), required, world.staking.dustOf(position));
    return [!small && "StakingCandidateEligible", small === "small?" && "StakingCandidateEligible?"];
  },
  close: (world, { operator }, now) => [
    !hasLeft(operatorOf(world, operator)) && "StakingOperatorServing",
    world.staking.closed.has(operator) && "StakingOperatorClosed",
    behind(world, now),
  ],
  // Days that are missing must not protect anybody from a slash.
  slash: (_, { slashBps }) => [slashBps > 10_000n && "StakingSlashTooLarge"],
  distribute: () => [],
  beginEpoch: (world, { epoch }) => [epoch !== world.candidates.snapshot.epoch + 1n && "StakingEpochOutOfOrder"],
  emitBlockReward: () => [],
  emitBusinessReward: () => [],
  emitCommunity: () => [],
  proposeParameter: ({ scenery }, { name, value }, now) => [scenery.parameters.refusal(name, value, now) ?? false],
  withdrawParameter: ({ scenery }, { name }, now) => [scenery.parameters.withdrawalRefusal(name, now) ?? false],
  recordListing: (world) => [world.emission.listedAt !== 0n && "EmissionListingRecorded"],
  releaseTeam: (world) => [world.emission.listedAt === 0n && "EmissionListingMissing"],
  setOperator: () => [],
  setStage: () => [],
  setPerson: () => [],
  transfer: (world, { actor, amount }) => [amount > world.balanceOf(actor) && "ERC20InsufficientBalance"],
};

/** What the contracts must answer to an action, before it is played. */
export function judge(world: World, action: Action, now: bigint): Verdict {
  const rule = RULES[action.kind] as (world: World, action: Action, now: bigint) => Answers;
  const answers = rule(world, action, now).filter((answer) => answer !== false);
  return {
    errors: answers.map((answer) => answer.replace("?", "")),
    certain: answers.length === 0 || answers.some((answer) => !answer.endsWith("?")),
  };
}
