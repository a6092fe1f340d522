// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardFormulas} from "../../contracts/libraries/RewardFormulas.sol";
import {CAPE_OF_GOOD_HOPE, NEW_GENERATION, ORIGIN} from "../../contracts/types/Stage.sol";
import {Test} from "./Test.sol";

/**
 * The paper's formulas (4) and (5) by numbers worked out by hand, and their rounding.
 *
 * Owns: nothing. EMI-4 and STK-3.
 */
contract RewardFormulasTest is Test {
    /// EMI-4: C2 = C1 · 150 %: 10 CUNP in Origin are 15 in Cape of Good Hope.
    function test_formula4ByHand() public pure {
        assertEq(RewardFormulas.validatorReward(ORIGIN, 10e18, 15_000, 20_000), 10e18, "Origin");
        assertEq(RewardFormulas.validatorReward(CAPE_OF_GOOD_HOPE, 10e18, 15_000, 20_000), 15e18, "Cape");
        assertEq(RewardFormulas.validatorReward(NEW_GENERATION, 10e18, 15_000, 20_000), 20e18, "New Generation");
        assertEq(RewardFormulas.validatorReward(NEW_GENERATION, 10e18, 15_000, 0), 0, "none");
    }

    /// EMI-4: rounded down.
    function test_formula4RoundsDown() public pure {
        assertEq(RewardFormulas.validatorReward(CAPE_OF_GOOD_HOPE, 1, 15_000, 0), 1, "1.5 wei");
        assertEq(RewardFormulas.validatorReward(CAPE_OF_GOOD_HOPE, 3, 15_000, 0), 4, "4.5 wei");
        assertEq(RewardFormulas.validatorReward(NEW_GENERATION, 9_999, 0, 1), 0, "0.9999 wei");
    }

    /// STK-3: C = 1,000,000 · 12 % · (0 days + 2 % · 1) = 2,400.
    function test_formula5ByShareAlone() public pure {
        assertEq(RewardFormulas.incentiveReward(1_000_000e18, 1_200, 30, 0.02e18, 0, 1e18), 2_400e18, "share");
    }

    /// STK-3: C = 1,000,000 · 12 % · (30 · 0.001 + 2 % · 0.8) = 120,000 · 0.046 = 5,520.
    function test_formula5ByDaysAndShare() public pure {
        assertEq(RewardFormulas.incentiveReward(1_000_000e18, 1_200, 30, 0.02e18, 0.001e18, 0.8e18), 5_520e18, "both");
    }

    /// STK-3: C = 500 · 10 % · (7 · 0.2 + 100 % · 0.8) = 50 · 2.2 = 110: more than the whole pool, as printed.
    function test_formula5ConservesNothingAsPrinted() public pure {
        assertEq(RewardFormulas.incentiveReward(500e18, 1_000, 7, 1e18, 0.2e18, 0.8e18), 110e18, "more than the pool");
    }

    /// STK-3: C = 100 wei · 12 % · (1/3) = 4 wei less a rest, and 99 wei give 3: rounded down.
    function test_formula5RoundsDown() public pure {
        assertEq(RewardFormulas.incentiveReward(100, 1_200, 0, 333_333_333_333_333_333, 0, 1e18), 3, "3.99 wei");
        assertEq(RewardFormulas.incentiveReward(0, 1_200, 9, 1e18, 1e18, 1e18), 0, "nothing staked");
    }

    /// STK-3: with p1 = 0 the parts of all stakers are the pool, less at most a wei for each.
    function testFuzz_formula5WithoutDaysIsThePool(uint256 n, uint256 b) public pure {
        n = bound(n, 0, 1_000_000_000e18);
        b = bound(b, 0, 1e18);
        uint256 parts =
            RewardFormulas.incentiveReward(n, 1_200, 5, b, 0, 1e18) +
                RewardFormulas.incentiveReward(n, 1_200, 9, 1e18 - b, 0, 1e18);
        uint256 pool = (n * 1_200) / 10_000;
        assertLe(parts, pool, "never more");
        assertLe(pool, parts + 1, "two stakers, one wei");
    }

    /// EMI-4: no overflow and never more than the factor says, whatever governance allows.
    function testFuzz_formula4(uint256 c1, uint256 bps) public pure {
        c1 = bound(c1, 0, 1_000_000_000e18);
        bps = bound(bps, 0, 50_000);
        uint256 reward = RewardFormulas.validatorReward(NEW_GENERATION, c1, 0, bps);
        assertLe(reward * 10_000, c1 * bps, "not more");
        assertLe(c1 * bps, reward * 10_000 + 9_999, "not a wei less");
    }
}
