// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CAPE_OF_GOOD_HOPE, ORIGIN, Stage} from "../types/Stage.sol";

/**
 * @title The paper's reward formulas (4) and (5), number for number
 * @notice Amounts in wei of CUNP; every result is rounded down, once, at its end.
 * @dev Owns: the arithmetic. Does not own: parameters (ParameterRegistry), caps (EmissionController), when it is paid.
 * Called by: EpochManager (formula 4); readers and tests (formula 5).
 * @custom:whitepaper §3.1, formulas (4) and (5)
 */
library RewardFormulas {
    uint256 private constant BPS = 10_000;
    /// One, of a weight or a share with 18 decimals.
    uint256 private constant ONE = 1e18;

    /**
     * @notice Formula (4): C1 in Origin, C2 = C1 · 150 % in Cape of Good Hope, and C1 · the governed factor after it.
     * @param c1 What a validating node earns in Origin for a time, in wei.
     * @param capeBps Factor of Cape of Good Hope in basis points; 15,000 is the paper's 150 %.
     * @param generationBps Factor of New Generation in basis points, of C1 as well.
     */
    function validatorReward(
        Stage stage,
        uint256 c1,
        uint256 capeBps,
        uint256 generationBps
    ) internal pure returns (uint256) {
        if (stage == ORIGIN) return c1;
        return Math.mulDiv(c1, stage == CAPE_OF_GOOD_HOPE ? capeBps : generationBps, BPS);
    }

    /**
     * @notice Formula (5) as it is printed: C = N · 12 % · (a · p1 + b · p2).
     * @dev Warning: as printed it conserves nothing. `a` is a plain number of days, so what all stakers get together
     * is N · 12 % · (p1 · Σa + p2), which is the pool only when p1 = 0. The incentive pool is therefore paid by the
     * reading that conserves it: a part p1 by stake-days and a part p2 = 1 − p1 by stake (StakingPool). The two agree
     * exactly where the printed one conserves: p1 = 0.
     * @param n All stake with voting right, in wei.
     * @param rateBps A year's rate in basis points; 1,200 is the paper's 12 %.
     * @param a Days for which the staker has staked.
     * @param b The staker's share of all stake, 18 decimals: at most 1e18.
     * @param p1 Weight of a day, 18 decimals.
     * @param p2 Weight of the share, 18 decimals.
     */
    function incentiveReward(
        uint256 n,
        uint256 rateBps,
        uint256 a,
        uint256 b,
        uint256 p1,
        uint256 p2
    ) internal pure returns (uint256) {
        return Math.mulDiv(n * rateBps, a * p1 * ONE + b * p2, BPS * ONE * ONE);
    }
}
