/**
 * What can happen in the economy, as data: a history is a list of these with their times.
 *
 * Owns: the actions and what surrounds them. Does not own: their meaning (rules.ts, world.ts).
 * Called by: world.ts, the players of histories.
 */

import type { ParameterModel } from "./parameters.ts";
import type { StageName } from "./stages.ts";
import type { PayoutOrder } from "./staking.ts";

/** Accounts are addresses in lower case: ties of an election break by them. */
type By<Kind extends string, Data = unknown> = { readonly kind: Kind; readonly actor: string } & Readonly<Data>;

export type Action =
  | By<"stake", { operator: string; amount: bigint }>
  | By<"stakeFor", { staker: string; operator: string; amount: bigint }>
  | By<"unstake", { operator: string; amount: bigint }>
  | By<"redelegate", { from: string; to: string; amount: bigint }>
  | By<"applyRedelegationSlash", { staker: string; operator: string }>
  | By<"withdraw", { staker: string; id: number }>
  | By<"claim", { staker: string; operator: string }>
  | By<"withdrawCommission", { operator: string }>
  | By<"withdrawReward", { staker: string; day: bigint }>
  | By<"castPersonVote", { operator: string }>
  | By<"withdrawPersonVote">
  | By<"strikePersonVote", { account: string }>
  | By<"settleDays">
  | By<"list", { operator: string }>
  | By<"unlist", { operator: string }>
  | By<"close", { operator: string }>
  | By<"slash", { operator: string; slashBps: bigint }>
  | By<"distribute", { payouts: readonly PayoutOrder[] }>
  | By<"beginEpoch", { epoch: bigint }>
  | By<"emitBlockReward" | "emitBusinessReward" | "emitCommunity", { recipient: string; amount: bigint }>
  | By<"recordListing">
  | By<"releaseTeam">
  | By<"proposeParameter", { name: string; value: bigint }>
  | By<"withdrawParameter", { name: string }>
  // What the system around decides; histories with all contracts do not contain these.
  | By<"setOperator", { operator: string; state: OperatorState; authority: boolean; registeredAt: bigint }>
  | By<"setStage", { stage: StageName }>
  | By<"setPerson", { account: string; person: string }>
  | By<"transfer", { to: string; amount: bigint }>;

export type ActionKind = Action["kind"];

export type OperatorState = "unregistered" | "candidate" | "active" | "jailed" | "exiting" | "tombstoned";

export interface Operator {
  state: OperatorState;
  readonly authority: boolean;
  readonly registeredAt: bigint;
}

export const OPERATOR_STATES: readonly OperatorState[] = [
  "unregistered",
  "candidate",
  "active",
  "jailed",
  "exiting",
  "tombstoned",
];

/** What the economy sees of the rest of the system. */
export interface Scenery {
  readonly operators: Map<string, Operator>;
  readonly persons: Map<string, string>;
  stage: StageName;
  /** Zero before Cape of Good Hope. */
  capeEnteredAt: bigint;
  electionOpen: boolean;
  readonly parameters: ParameterModel;
}

/** What the contracts must answer. */
export interface Verdict {
  /** Custom errors that hold, any of which may be given; none: the action must be accepted. */
  readonly errors: readonly string[];
  /** False when dust decides between acceptance and refusal. */
  readonly certain: boolean;
}

export const show = (action: Action): string =>
  JSON.stringify(action, (_, value) => (typeof value === "bigint" ? String(value) : value));
