// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/**
 * @title Shares of stake, and the accumulators of formula (5)
 * @notice Formula (5) by accumulators: on day d, with S the stake and T the sum of stake · day of staking,
 *
 *   a staker's stake-days are s · (d + 1) − s · t0 (the day of staking counts), all stake-days are S · (d + 1) − T,
 *   its part of the pool is p2 · s / S + p1 · stake-days / all stake-days
 *                        = s · (p2 / S + p1 · (d + 1) / all) − s · t0 · (p1 / all).
 *
 * So two numbers a day, the same for everybody, are enough: `perStake` and `perMoment`, summed over the days.
 * @dev Owns: the arithmetic and its rounding: shares down, what is paid down, ages down. Does not own: storage, time.
 * Called by: staking. Properties: POOL-2, POOL-3. Whitepaper §3.1, formula (5).
 *
 * Fixed point 2^104: a day adds less than 2^-9 to `perStake` for each day of age, so 170 years stay below 2^24.
 */
library StakeMath {
    /// What a day adds, and what its rounding leaves for the next one.
    struct Day {
        uint256 perStake;
        uint256 perMoment;
        /// Fixed point 2^104.
        uint256 carry;
    }

    uint256 internal constant FIXED_BITS = 104;
    uint256 internal constant BPS = 10_000;
    uint256 private constant DAYS_PER_YEAR = 365;

    /// @notice The incentive pool of one day: a 365th of the yearly rate of all stake. Rounds down.
    function dayPool(uint256 totalStake, uint256 rateBps) internal pure returns (uint256) {
        return (totalStake * rateBps) / (BPS * DAYS_PER_YEAR);
    }

    /**
     * @notice What one day adds to the accumulators.
     * @param pool wei of CUNP for this day.
     * @param carry What rounding left before, fixed point.
     * @param totalStake S > 0, in wei.
     * @param totalMoment T, in wei · days.
     * @param day d, counted from the same day as the moments.
     * @param daysWeightBps p1; p2 is the rest.
     */
    function addDay(
        uint256 pool,
        uint256 carry,
        uint256 totalStake,
        uint256 totalMoment,
        uint256 day,
        uint256 daysWeightBps
    ) internal pure returns (Day memory added) {
        uint256 total = (pool << FIXED_BITS) + carry;
        uint256 byDays = (total * daysWeightBps) / BPS;
        uint256 stakeDays = totalStake * (day + 1) - totalMoment;
        added.perStake = (total - byDays) / totalStake + (byDays * (day + 1)) / stakeDays;
        added.perMoment = Math.ceilDiv(byDays, stakeDays);
        // Never negative: both divisions above favour the pool.
        added.carry = total + totalMoment * added.perMoment - totalStake * added.perStake;
    }

    /// @notice What shares with this moment have earned while the accumulators grew, in wei · 2^104 at price one.
    function earned(
        uint256 shares,
        uint256 moment,
        uint256 perStake,
        uint256 perMoment
    ) internal pure returns (uint256) {
        uint256 gross = shares * perStake;
        uint256 deduction = moment * perMoment;
        // The deduction rounds up: for a few wei it can be the larger one.
        return gross > deduction ? gross - deduction : 0;
    }

    /// @notice Shares for an amount that comes in. Rounds down.
    function sharesFor(uint256 amount, uint256 tokens, uint256 shares) internal pure returns (uint256) {
        return tokens == shares ? amount : (amount * shares) / tokens;
    }

    /// @notice Shares that an amount that goes out costs. Rounds up.
    function sharesCosting(uint256 amount, uint256 tokens, uint256 shares) internal pure returns (uint256) {
        return tokens == shares ? amount : Math.ceilDiv(amount * shares, tokens);
    }

    /// @notice What shares are worth. Rounds down.
    function worth(uint256 part, uint256 tokens, uint256 shares) internal pure returns (uint256) {
        if (tokens == shares) return part;
        return shares == 0 ? 0 : Math.mulDiv(part, tokens, shares);
    }
}
