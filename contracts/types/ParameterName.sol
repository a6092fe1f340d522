// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @dev The names under which contracts read their parameters: the same text as in deploy/config/parameters.ts.
 *
 * Owns: the names. Does not own: values, bounds, units (deploy/config/parameters.ts, ParameterRegistry).
 * Called by: whoever reads a parameter. A test compares this list with the table. Whitepaper §3.2, spec GOV-1.
 */

// Epochs and participation
bytes32 constant EPOCH_SECONDS = "epochSeconds";
bytes32 constant PARTICIPATION_SAMPLES = "participationSamples";
bytes32 constant DOWNTIME_JAIL_BPS = "downtimeJailBps";
bytes32 constant JAIL_SECONDS = "jailSeconds";
bytes32 constant DOWNTIME_SLASH_BPS = "downtimeSlashBps";
bytes32 constant VOTER_SLASH_BPS = "voterSlashBps";

// Seats and election
bytes32 constant AUTHORITY_SEATS = "authoritySeats";
bytes32 constant ELECTED_SEATS = "electedSeats";
bytes32 constant GENERATION_SEATS = "generationSeats";
bytes32 constant MINIMUM_VALIDATORS = "minimumValidators";
bytes32 constant PERSON_WEIGHT_BPS = "personWeightBps";
bytes32 constant PERSON_MINIMUM_STAKE = "personMinimumStake";

// Stake
bytes32 constant AUTHORITY_STAKE = "authorityStake";
bytes32 constant CANDIDATE_STAKE = "candidateStake";
bytes32 constant GENERATION_STAKE = "generationStake";
bytes32 constant UNBONDING_SECONDS = "unbondingSeconds";
bytes32 constant EVIDENCE_WINDOW_SECONDS = "evidenceWindowSeconds";
bytes32 constant COMMISSION_MAXIMUM_BPS = "commissionMaximumBps";
bytes32 constant COMMISSION_DAILY_CHANGE_BPS = "commissionDailyChangeBps";

// Incentive pool, formula (5)
bytes32 constant INCENTIVE_RATE_BPS = "incentiveRateBps";
bytes32 constant STAKE_DAYS_WEIGHT_BPS = "stakeDaysWeightBps";

// Emission, formula (4)
bytes32 constant VALIDATOR_REWARD_PER_DAY = "validatorRewardPerDay";
bytes32 constant CAPE_REWARD_BPS = "capeRewardBps";
bytes32 constant GENERATION_REWARD_BPS = "generationRewardBps";
bytes32 constant BUSINESS_EPOCH_BUDGET = "businessEpochBudget";
bytes32 constant BUSINESS_APPLICATION_CAP_BPS = "businessApplicationCapBps";
bytes32 constant BUSINESS_VALUE_WEIGHT_BPS = "businessValueWeightBps";

// Stages
bytes32 constant CAPE_MINIMUM_VALIDATORS = "capeMinimumValidators";
bytes32 constant CAPE_MINIMUM_COMMUNITY_HELD = "capeMinimumCommunityHeld";
bytes32 constant GENERATION_MINIMUM_VALIDATORS = "generationMinimumValidators";
bytes32 constant GENERATION_MINIMUM_CANDIDATES = "generationMinimumCandidates";
bytes32 constant GENERATION_MINIMUM_VOTED_STAKE = "generationMinimumVotedStake";

// Governance
bytes32 constant PARAMETER_DELAY_SECONDS = "parameterDelaySeconds";
bytes32 constant ESCAPE_DELAY_SECONDS = "escapeDelaySeconds";
bytes32 constant APPROVAL_THRESHOLD_BPS = "approvalThresholdBps";
