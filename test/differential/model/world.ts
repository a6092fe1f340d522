/**
 * The whole economy on one clock: buckets, stake, rewards, tranches, tallies and balances under a list of actions.
 *
 * Owns: the effects of actions and the books of CUNP. Does not own: refusals (rules.ts), the parts' own arithmetic.
 * Where the contracts round, what they did is taken over once it is within the dust: the exact sum keeps the rest.
 * Called by: test/differential/economy.test.ts, scripts/fuzz.ts.
 */
import type { Action, Scenery } from "./actions.ts";
import { CandidatesModel } from "./candidates.ts";
import { type BucketName, EmissionModel, type Emitted } from "./emission.ts";
import { Fraction } from "./fraction.ts";
import { DAY_LIMIT, StakingModel } from "./staking.ts";
import { VaultModel } from "./vault.ts";

/** The accounts that the system itself holds CUNP in. */
export interface SystemAccounts {
  readonly pool: string;
  readonly vault: string;
  readonly ecoFund: string;
  readonly team: string;
}

/** What an action's answer must be: exact, give or take the dust. */
export interface Expected {
  readonly exact: Fraction;
  readonly dust: bigint;
}

const EXACTLY = (value: bigint): Expected => ({ exact: Fraction.of(value), dust: 0n });

export class ModelDifference extends Error {}

export class World {
  readonly emission = new EmissionModel();
  readonly vault = new VaultModel();
  readonly candidates = new CandidatesModel();
  readonly staking: StakingModel;
  readonly scenery: Scenery;
  readonly #accounts: SystemAccounts;
  readonly #balances = new Map<string, bigint>();
  burnt = 0n;

  constructor(scenery: Scenery, accounts: SystemAccounts, balances: ReadonlyMap<string, bigint>, now: bigint) {
    this.scenery = scenery;
    this.#accounts = accounts;
    this.#balances = new Map(balances);
    this.staking = new StakingModel(now);
  }

  balanceOf(account: string): bigint {
    return this.#balances.get(account) ?? 0n;
  }

  /** CUNP in existence. */
  get supply(): bigint {
    return [...this.#balances.values()].reduce((total, balance) => total + balance, 0n);
  }

  parameter(name: string, time: bigint): bigint {
    return this.scenery.parameters.valueAt(name, time);
  }

  /** Self-stake of a candidate in the present stage; more than there can be while elections have not begun. */
  candidateStake(now: bigint): bigint {
    if (this.scenery.stage === "origin") return 2n ** 256n - 1n;
    return this.parameter(this.scenery.stage === "newGeneration" ? "generationStake" : "candidateStake", now);
  }

  /** Settles ended days the way every change of stake does. */
  settle(now: bigint): void {
    const rules = (dayStart: bigint) => ({
      rateBps: this.parameter("incentiveRateBps", dayStart),
      stakeDaysWeightBps: this.parameter("stakeDaysWeightBps", dayStart),
      paid: this.scenery.capeEnteredAt !== 0n && this.scenery.capeEnteredAt <= dayStart,
    });
    const requested = this.staking.settle(now, DAY_LIMIT, rules, this.emission);
    this.#pay("nodes", requested, this.#accounts.pool);
  }

  /** Plays an accepted action. `observed` is what the contracts answered; throws when it is beyond the dust. */
  play(action: Action, now: bigint, observed?: bigint): void {
    const expected = this.#effects(action, now, (answer) => observed ?? answer.exact.floor());
    if (expected && observed !== undefined) compare(action.kind, observed, expected);
  }

  #effects(action: Action, now: bigint, answer: (expected: Expected) => bigint): Expected | undefined {
    const { staking, scenery, candidates } = this;
    switch (action.kind) {
      case "stake":
      case "stakeFor": {
        this.settle(now);
        const staker = action.kind === "stake" ? action.actor : action.staker;
        this.move(action.actor, this.#accounts.pool, action.amount);
        this.#applyBond(staker, action.operator, now);
        staking.stake(staker, action.operator, action.amount, now);
        return undefined;
      }
      case "unstake": {
        this.settle(now);
        this.#applyBond(action.actor, action.operator, now);
        const id = BigInt(staking.unbondings.get(action.actor)?.length ?? 0);
        staking.unstake(action.actor, action.operator, action.amount, now, this.parameter("unbondingSeconds", now));
        this.#endSmallVote(action.actor, action.operator, now);
        return EXACTLY(id);
      }
      case "redelegate": {
        this.settle(now);
        const { actor, from, to, amount } = action;
        this.#applyBond(actor, from, now);
        this.#applyBond(actor, to, now);
        staking.redelegate(actor, from, to, amount, now, this.parameter("unbondingSeconds", now));
        this.#endSmallVote(actor, from, now);
        return undefined;
      }
      case "applyRedelegationSlash": {
        this.settle(now);
        const burnt = this.#applyBond(action.staker, action.operator, now);
        this.#endSmallVote(action.staker, action.operator, now);
        return { exact: burnt, dust: burnt.isZero ? 0n : 1n };
      }
      case "withdraw": {
        const entry = staking.unbondings.get(action.staker)![action.id]!;
        const expected = { exact: entry.amount, dust: entry.dust };
        entry.withdrawn = true;
        const amount = answer(expected);
        this.move(this.#accounts.pool, action.staker, amount);
        this.#burn(entry.original - amount);
        return expected;
      }
      case "claim": {
        this.settle(now);
        this.#applyBond(action.staker, action.operator, now);
        const { reward, rewardDust } = staking.position(action.staker, action.operator);
        const expected = { exact: reward.value, dust: rewardDust + 1n };
        const amount = answer(expected);
        reward.subtract(amount);
        this.move(this.#accounts.pool, this.#accounts.vault, amount);
        this.vault.credit(action.staker, amount, now);
        return expected;
      }
      case "withdrawCommission": {
        const owed = staking.commission(action.operator);
        const expected = { exact: owed.value, dust: staking.commissionDust.get(action.operator) ?? 0n };
        const amount = answer(expected);
        owed.subtract(amount);
        this.move(this.#accounts.pool, action.operator, amount);
        return expected;
      }
      case "withdrawReward": {
        const amount = this.vault.withdraw(action.staker, action.day);
        this.move(this.#accounts.vault, action.staker, amount);
        return EXACTLY(amount);
      }
      case "castPersonVote":
        candidates.vote(action.actor, scenery.persons.get(action.actor)!, action.operator);
        return undefined;
      case "withdrawPersonVote":
        candidates.votes.delete(action.actor);
        return undefined;
      case "strikePersonVote":
        candidates.votes.delete(action.account);
        return undefined;
      case "settleDays":
        this.settle(now);
        return undefined;
      case "list":
        candidates.list(action.operator, scenery.operators.get(action.operator)!.registeredAt);
        return undefined;
      case "unlist":
        candidates.listed.delete(action.operator);
        return undefined;
      case "close":
        this.settle(now);
        staking.close(action.operator);
        candidates.listed.delete(action.operator);
        return undefined;
      case "slash": {
        this.settle(now);
        const share = this.parameter("voterSlashBps", now);
        const { self, voters, dust } = staking.slash(action.operator, action.slashBps, share, now);
        const expected = { exact: self.plus(voters), dust };
        this.#burn(answer(expected));
        return expected;
      }
      case "distribute":
        staking.distribute(action.payouts);
        return undefined;
      case "beginEpoch":
        candidates.beginEpoch(action.epoch, (operator) => staking.stakeOf(operator).floor());
        return undefined;
      case "emitBlockReward":
        return EXACTLY(this.#pay("nodes", action.amount, action.recipient).granted);
      case "emitBusinessReward":
        return EXACTLY(this.#pay("business", action.amount, action.recipient).granted);
      case "emitCommunity":
        return EXACTLY(this.#pay("community", action.amount, action.recipient).granted);
      case "recordListing":
        this.emission.recordListing(now);
        return undefined;
      case "releaseTeam": {
        const emitted = this.emission.releaseTeam(now);
        this.#book(emitted, this.#accounts.team);
        return EXACTLY(emitted.granted);
      }
      case "proposeParameter":
        scenery.parameters.propose(action.name, action.value, now);
        return undefined;
      case "withdrawParameter":
        scenery.parameters.withdraw(action.name, now);
        return undefined;
      case "setOperator": {
        const { operator, state, authority, registeredAt } = action;
        scenery.operators.set(operator, { state, authority, registeredAt });
        return undefined;
      }
      case "setStage":
        scenery.stage = action.stage;
        if (action.stage === "capeOfGoodHope") scenery.capeEnteredAt = now;
        return undefined;
      case "setPerson":
        if (BigInt(action.person) === 0n) scenery.persons.delete(action.account);
        else scenery.persons.set(action.account, action.person);
        return undefined;
      case "transfer":
        this.move(action.actor, action.to, action.amount);
        return undefined;
    }
  }

  /** Books CUNP from one account to another. */
  move(from: string, to: string, amount: bigint): void {
    this.#balances.set(from, this.balanceOf(from) - amount);
    this.#balances.set(to, this.balanceOf(to) + amount);
  }

  #pay(bucket: Exclude<BucketName, "ecoFund" | "team">, requested: bigint, recipient: string): Emitted {
    const emitted = this.emission.emit(bucket, requested);
    this.#book(emitted, recipient);
    return emitted;
  }

  #book({ granted, ecoFund }: Emitted, recipient: string): void {
    this.#balances.set(recipient, this.balanceOf(recipient) + granted);
    this.#balances.set(this.#accounts.ecoFund, this.balanceOf(this.#accounts.ecoFund) + ecoFund);
  }

  /**
   * Takes over what rounding did to the mints of settled days and to redelegated stake that was burnt on the way:
   * at most a wei for each day and each step.
   */
  align(nodesGenerated: bigint, poolBalance: bigint, days: bigint, steps: bigint): void {
    const minted = nodesGenerated - this.emission.generated.nodes;
    compare("days settled", nodesGenerated, { exact: Fraction.of(this.emission.generated.nodes), dust: days });
    const ecoFund = this.emission.align(minted);
    this.#balances.set(this.#accounts.ecoFund, this.balanceOf(this.#accounts.ecoFund) + ecoFund);
    const expected = this.balanceOf(this.#accounts.pool) + minted;
    compare("CUNP of the pool", poolBalance, { exact: Fraction.of(expected), dust: steps });
    this.burnt += expected - poolBalance;
    this.#balances.set(this.#accounts.pool, poolBalance);
  }

  #burn(amount: bigint): void {
    this.burnt += amount;
    this.#balances.set(this.#accounts.pool, this.balanceOf(this.#accounts.pool) - amount);
  }

  #applyBond(staker: string, operator: string, now: bigint): Fraction {
    const burnt = this.staking.applyBond(staker, operator, now);
    this.#burn(burnt.floor());
    return burnt;
  }

  #endSmallVote(account: string, operator: string, now: bigint): void {
    const stake = this.staking.position(account, operator).stake.floor();
    this.candidates.endIfTooSmall(account, operator, stake, this.parameter("personMinimumStake", now));
  }
}

/** Never more than the exact value, and less by the dust at most. */
export function compare(what: string, observed: bigint, { exact, dust }: Expected): void {
  if (observed > exact.floor() + dust || observed < exact.floor() - dust)
    throw new ModelDifference(`${what}: the contracts say ${observed}, the model ${exact} (dust ${dust})`);
}
