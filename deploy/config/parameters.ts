/**
 * The one table of the contracts' tunable numbers. docs/PARAMETERS.md is generated from it, and the deployment fills
 * the ParameterRegistry with it.
 *
 * Owns: name, unit, type, default, bounds, orders, whitepaper section, meaning and the reasoning of each default [GOV-1].
 * Does not own: present values (the chain), constants that nobody may change (the contracts).
 * Called by: deploy's steps, scripts/generate.ts, tests. Names are those of contracts/types/ParameterName.sol.
 */
import { CunError } from "../../node/types/errors.ts";

export interface Parameter {
  readonly name: ParameterName;
  readonly unit: string;
  /** Solidity type by which contracts take it. */
  readonly solidityType: string;
  readonly default: bigint;
  readonly minimum: bigint;
  readonly maximum: bigint;
  /** True when a change needs every validator, whatever the approval threshold says. */
  readonly unanimous: boolean;
  readonly whitepaper: string;
  readonly description: string;
}

/** At any time: value of `lower` + `gap` ≤ value of `higher`. */
export interface Order {
  readonly lower: ParameterName;
  readonly higher: ParameterName;
  readonly gap: bigint;
  readonly reason: string;
}

const CUNP = 10n ** 18n;
const DAY = 86_400n;

const kind = (unit: string, solidityType: string) => (initial: bigint, minimum: bigint, maximum: bigint) => ({
  unit,
  solidityType,
  default: initial,
  minimum,
  maximum,
});
const seconds = kind("seconds", "uint48");
const bps = kind("bps", "uint16");
const amount = kind("wei of CUNP", "uint128");
const count = (unit: string, ...numbers: readonly [bigint, bigint, bigint]) => kind(unit, "uint16")(...numbers);

const table = {
  // Epochs and participation
  epochSeconds: {
    ...seconds(86_400n, 10n, 604_800n),
    whitepaper: "§2.4.2",
    description:
      "Least length of an epoch. A day, because the incentive pool is settled by day and a newly elected set " +
      "may wait as long as that. The lower bound lets test networks hurry; above a week a jailed validator's " +
      "seat would stay empty too long.",
  },
  participationSamples: {
    ...count("samples", 24n, 1n, 64n),
    whitepaper: "§2.4.2",
    description:
      "Equal parts of an epoch in each of which one block shows who signed. One an hour: enough that chance " +
      "hardly matters, few enough that certificates cost next to nothing. The upper bound keeps the reward of " +
      "an epoch inside one transaction.",
  },
  downtimeJailBps: {
    ...bps(5_000n, 0n, 9_000n),
    whitepaper: "§2.4.2",
    description:
      "Share of samples below which a validator is jailed. Half a day of absence in a day: an update or a move " +
      "never reaches it. At most 90 %, so that one missed hour can never jail; 0 switches it off.",
  },
  jailSeconds: {
    ...seconds(86_400n, 0n, 2_592_000n),
    whitepaper: "§2.4.2",
    description:
      "How long a validator that was down stays jailed before it may return. One day: it misses the next " +
      "election, which is the punishment. More than 30 days would be a removal.",
  },
  downtimeSlashBps: {
    ...bps(10n, 0n, 1_000n),
    whitepaper: "§2.4.2, §3.2",
    description:
      "Share of stake lost for downtime in New Generation. 0.1 %, about three days' rewards at 12 % a year: " +
      "felt, and no reason to leave. At most 10 %: being down is no attack.",
  },
  voterSlashBps: {
    ...bps(5_000n, 0n, 10_000n),
    whitepaper: "§3.2",
    description:
      "Share of a slash that voters' stake bears, in relation to the operator's own. Half: who votes must " +
      "choose with care, yet did not act himself.",
  },

  // Seats and election
  authoritySeats: {
    ...count("validators", 21n, 1n, 84n),
    whitepaper: "§2.4.3",
    description:
      "Seats of the authorities in Origin and Cape. 21 is enough for independent operators on every continent " +
      "and keeps certificates under 235,000 gas. Together with electedSeats at most 168, which is less than " +
      "FinalityVerifier stores (169).",
  },
  electedSeats: {
    ...count("validators", 21n, 0n, 84n),
    whitepaper: "§2.4.3",
    description:
      "Elected seats beside the authorities in Cape. As many as authorities, so that neither side alone has the " +
      "two thirds that make a block final.",
  },
  generationSeats: {
    ...count("validators", 84n, 4n, 169n),
    whitepaper: "§2.4.3",
    description:
      "Seats in New Generation, all elected. 84 is what the election can seat in one transaction from 1,000 " +
      "candidates; 169 is what FinalityVerifier stores. Four are the least that bear one fault.",
  },
  minimumValidators: {
    ...count("validators", 4n, 1n, 21n),
    whitepaper: "§2.4.2",
    description:
      "With fewer eligible candidates the former set stays. Four bear one fault; the upper bound is the default " +
      "of authoritySeats, so that it cannot keep every new set out.",
  },
  personWeightBps: {
    ...bps(6_000n, 0n, 10_000n),
    whitepaper: "§2.4.3, §3.2",
    description: "Weight of persons against stake in a score: 6:4 in the whitepaper.",
  },
  personMinimumStake: {
    ...amount(10n * CUNP, CUNP, 10_000n * CUNP),
    whitepaper: "§2.4.3",
    description:
      "Stake a person needs with the operator it votes for. 10 CUNP: who votes shares the risk, and nobody is " +
      "priced out. It cannot be zero: a vote would cost nothing then.",
  },

  // Stake
  authorityStake: {
    ...amount(5_000n * CUNP, CUNP, 100_000n * CUNP),
    whitepaper: "§2.4.3, §3.1",
    description:
      "Self-stake of an authority. 5,000 for each of the first authorities is what figure 6 gives to the nodes " +
      "(110,000 for 21, with one seat's share to spare).",
  },
  candidateStake: {
    ...amount(10_000n * CUNP, CUNP, 1_000_000n * CUNP),
    whitepaper: "§2.4.3",
    description: "Self-stake of a candidate in Cape: twice an authority's, since nobody has checked who it is.",
  },
  generationStake: {
    ...amount(10_000n * CUNP, 10_000n * CUNP, 1_000_000n * CUNP),
    whitepaper: "§2.4.3",
    description:
      "Self-stake of a validator in New Generation. The whitepaper demands 10,000, which is the lower bound; " +
      "the upper keeps seats within reach of others than funds.",
  },
  unbondingSeconds: {
    ...seconds(21n * DAY, 3_600n, 180n * DAY),
    whitepaper: "§3.2",
    description:
      "How long unstaked coins stay slashable. Three weeks: longer than the evidence window by a week, in which " +
      "a block with the evidence must find its place. The order with evidenceWindowSeconds is kept at any time.",
  },
  evidenceWindowSeconds: {
    ...seconds(14n * DAY, 1_800n, 179n * DAY),
    whitepaper: "§3.2",
    description: "How old evidence of misbehaviour may be. Two weeks: who was cut off over a holiday still brings it.",
  },
  commissionMaximumBps: {
    ...bps(5_000n, 0n, 10_000n),
    whitepaper: "§3.2",
    description:
      "Most that an operator may keep of its voters' rewards. Half: above it, voting for somebody would be a " +
      "gift.",
  },
  commissionDailyChangeBps: {
    ...bps(100n, 1n, 10_000n),
    whitepaper: "§3.2",
    description:
      "Most by which a commission may change within 24 hours. One percent: a voter who looks once a week can " +
      "leave in time. Not zero: commissions would be frozen.",
  },

  // Incentive pool, formula (5)
  incentiveRateBps: {
    ...bps(1_200n, 0n, 2_500n),
    whitepaper: "§3.2",
    description:
      "Yearly incentive pool as a share of the generated coins: 12 % in the whitepaper. The upper bound keeps a " +
      "mistake from emptying the nodes' bucket at once: a quarter of all coins there can ever be is 250 of its " +
      "450 million.",
  },
  stakeDaysWeightBps: {
    ...bps(2_000n, 0n, 10_000n),
    whitepaper: "§3.2",
    description:
      "p1 of formula (5): the share of the pool that goes by stake times days, the rest (p2) by stake alone. A " +
      "fifth rewards patience without shutting newcomers out.",
  },

  // Emission, formula (4)
  validatorRewardPerDay: {
    ...amount(10n * CUNP, 0n, 1_000n * CUNP),
    whitepaper: "§3.1",
    description:
      "C1: what a validator earns a day in Origin. 10 CUNP: 3,650 a year on 5,000 staked, so that running a " +
      "node pays from the first day; 21 authorities take 77,000 a year of the nodes' 450 million.",
  },
  capeRewardBps: {
    ...bps(15_000n, 10_000n, 50_000n),
    whitepaper: "§3.1",
    description:
      "Reward in Cape as a share of C1: formula (4) has 150 %. Never less than in Origin, since Cape asks for " +
      "more stake.",
  },
  generationRewardBps: {
    ...bps(15_000n, 0n, 50_000n),
    whitepaper: "§3.1",
    description:
      "Reward in New Generation as a share of C1. As in Cape: a stage does not cut anybody's income on the day " +
      "it begins. It may fall to zero when fees carry the network.",
  },
  businessEpochBudget: {
    ...amount(10_000n * CUNP, 0n, 1_000_000n * CUNP),
    whitepaper: "§3.1",
    description:
      "What business contributions share in an epoch. 3.65 million a year at epochs of a day: the bucket lasts " +
      "for decades, and one forged report costs little.",
  },
  businessApplicationCapBps: {
    ...bps(2_000n, 1n, 10_000n),
    whitepaper: "§3.1",
    description:
      "Most of an epoch's budget that one application may take. A fifth: five applications can use it up, no " +
      "single one can.",
  },
  businessValueWeightBps: {
    ...bps(5_000n, 0n, 10_000n),
    whitepaper: "§3.1",
    description:
      "Weight of attested value against measured gas in a contribution. Half: gas alone can be burnt on " +
      "purpose, value alone is somebody's word.",
  },

  // Stages
  capeMinimumValidators: {
    ...count("validators", 7n, 1n, 84n),
    whitepaper: "§2.4.3",
    description:
      "Authorities that must serve before Cape. Seven bear two faults, so the set survives one while it " + "changes.",
  },
  capeMinimumCommunityHeld: {
    ...amount(500_000n * CUNP, 0n, 100_000_000n * CUNP),
    whitepaper: "§2.4.3",
    description:
      "CUNP that must be in the community's hands before Cape: two thirds of figure 6's community bucket, so " +
      "that an election has voters.",
  },
  generationMinimumValidators: {
    ...count("validators", 21n, 4n, 169n),
    whitepaper: "§2.4.3",
    description:
      "Validators that must serve before New Generation: as many as authorities had seats, so that nothing is " +
      "lost when their seats end.",
  },
  generationMinimumCandidates: {
    ...count("candidates", 84n, 1n, 10_000n),
    whitepaper: "§2.4.3",
    description: "Candidates that must be listed before New Generation: one for each of its seats.",
  },
  generationMinimumVotedStake: {
    ...amount(1_000_000n * CUNP, 0n, 100_000_000n * CUNP),
    whitepaper: "§2.4.3",
    description:
      "Stake that must stand behind candidates before New Generation. More than 84 candidates hold themselves, " +
      "so voters have spoken.",
  },

  // Governance
  parameterDelaySeconds: {
    ...seconds(172_800n, 3_600n, 30n * DAY),
    whitepaper: "§3.2",
    description:
      "Time between a change's approval and its taking effect. Two days: everybody can read it, nodes follow, " +
      "and who disagrees can act. Never none.",
  },
  escapeDelaySeconds: {
    ...seconds(30n * DAY, 7n * DAY, 90n * DAY),
    whitepaper: "§3.2",
    description:
      "Time between the scheduling of a batch by more than two thirds and its execution. Longer than unbonding " +
      "takes, so that whoever disagrees can leave with all coins first.",
  },
  approvalThresholdBps: {
    ...bps(10_000n, 6_667n, 10_000n),
    unanimous: true,
    whitepaper: "§3.2",
    description:
      "Share of the counted validators that must approve a batch. All of them, as the whitepaper demands; never " +
      "two thirds or less, which is what consensus itself takes. Changing it needs every validator.",
  },
} as const satisfies Readonly<Record<string, Omit<Parameter, "name" | "unanimous"> & { readonly unanimous?: boolean }>>;

export type ParameterName = keyof typeof table;
export type ParameterValues = Readonly<Record<ParameterName, bigint>>;

/** The table as rows. */
export const parameters: readonly Parameter[] = Object.entries(table).map(([name, entry]) => ({
  unanimous: false,
  ...entry,
  name: name as ParameterName,
}));

/** Rules between two parameters, kept by the ParameterRegistry against present and pending values. */
export const orders: readonly Order[] = [
  {
    lower: "evidenceWindowSeconds",
    higher: "unbondingSeconds",
    gap: 1n,
    reason: "stake must still be there when the last evidence comes",
  },
  {
    lower: "epochSeconds",
    higher: "evidenceWindowSeconds",
    gap: 0n,
    reason: "evidence of an epoch's first block must count until its last",
  },
  {
    lower: "minimumValidators",
    higher: "authoritySeats",
    gap: 0n,
    reason: "otherwise no set in Origin would ever be large enough",
  },
  {
    lower: "minimumValidators",
    higher: "generationSeats",
    gap: 0n,
    reason: "otherwise no set in New Generation would ever be large enough",
  },
];

/** Bounds of the one number that stands in AccessManager, not in the registry: set when the system is deployed. */
export const governanceDelay = {
  name: "governanceDelaySeconds",
  unit: "seconds",
  solidityType: "uint32",
  default: 172_800n,
  minimum: 3_600n,
  maximum: 2_592_000n,
  whitepaper: "§3.2",
  description:
    "Time between an approved upgrade or change of roles and its taking effect; never none. Two days, as for parameters: " +
    "who disagrees can act before it happens.",
} as const;

/**
 * Defaults with the given exceptions.
 * @throws CunError optionInvalid when one is out of bounds or an order is broken
 */
export function parameterValues(exceptions: Partial<ParameterValues> = {}): ParameterValues {
  const entries = parameters.map((entry) => [entry.name, bounded(entry, exceptions[entry.name])]);
  const values = Object.fromEntries(entries) as ParameterValues;
  for (const { lower, higher, gap, reason } of orders) {
    if (values[lower] + gap <= values[higher]) continue;
    const broken = `${values[lower]} + ${gap} is above ${higher} = ${values[higher]}: ${reason}`;
    throw new CunError("optionInvalid", { option: lower, reason: broken });
  }
  return values;
}

/** The delay of AccessManager in seconds, or its default. @throws CunError optionInvalid when it is out of bounds */
export const governanceDelaySeconds = (given?: bigint): bigint => bounded(governanceDelay, given);

function bounded(
  entry: Pick<typeof governanceDelay | Parameter, "name" | "default" | "minimum" | "maximum">,
  given: bigint | undefined,
): bigint {
  const value = given ?? entry.default;
  if (typeof value !== "bigint" || value < entry.minimum || value > entry.maximum) {
    const reason = `${value} is not a whole number from ${entry.minimum} to ${entry.maximum}`;
    throw new CunError("optionInvalid", { option: entry.name, reason });
  }
  return value;
}
