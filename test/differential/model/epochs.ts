/**
 * What validators earn and lose by taking part in an epoch.
 *
 * Owns: participation, formula (4), who is down. Does not own: voters' parts (staking.ts), states of validators.
 * Called by: world.ts, scripts/simulate/economy. Whitepaper §2.4.2, §3.1 (formula 4), spec EMI-4, CON-8.
 */
import { BPS, Fraction } from "./fraction.ts";
import { DAY_SECONDS } from "./incentive.ts";
import type { StageName } from "./stages.ts";

export interface RewardRates {
  readonly validatorRewardPerDay: bigint;
  readonly capeRewardBps: bigint;
  readonly generationRewardBps: bigint;
}

/** C1 in Origin; C2 = C1 · factor in Cape of Good Hope and New Generation (formula 4). A validator's reward of a day. */
export function dailyReward(stage: StageName, rates: RewardRates): Fraction {
  const factor = { origin: BPS, capeOfGoodHope: rates.capeRewardBps, newGeneration: rates.generationRewardBps }[stage];
  return Fraction.of(rates.validatorRewardPerDay * factor, BPS);
}

export interface EpochRecord {
  readonly stage: StageName;
  readonly seconds: bigint;
  readonly rates: RewardRates;
  /** Signers of each recorded sample as bitmaps; parts of the epoch without a sample are not there. */
  readonly samples: readonly bigint[];
  readonly downtimeJailBps: bigint;
}

export interface Participation {
  /** Signed samples / recorded samples. */
  readonly share: Fraction;
  readonly reward: Fraction;
  readonly down: boolean;
}

/** The participation of the validator with this bit. Without a sample nobody earns and nobody is down. */
export function participation(record: EpochRecord, bit: number): Participation {
  const recorded = record.samples.length;
  if (recorded === 0) return { share: Fraction.ZERO, reward: Fraction.ZERO, down: false };
  const signed = record.samples.filter((signers) => (signers >> BigInt(bit)) & 1n).length;
  const share = Fraction.of(signed, recorded);
  const reward = dailyReward(record.stage, record.rates).times(Fraction.of(record.seconds, DAY_SECONDS)).times(share);
  return { share, reward, down: share.compare(Fraction.of(record.downtimeJailBps, BPS)) < 0 };
}
