// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/**
 * Stands in for the StakingPool: any figures, and it takes the coins that are staked in favour of someone.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract StakingPoolMock {
    IERC20 private immutable TOKEN;
    uint256 public candidateCount;
    uint256 public totalStake;
    mapping(address staker => mapping(address operator => uint256)) public stakeOf;

    constructor(IERC20 token) {
        TOKEN = token;
    }

    function set(uint256 candidates, uint256 stake) external {
        candidateCount = candidates;
        totalStake = stake;
    }

    function stakeFor(address staker, address operator, uint256 amount) external returns (uint256 shares) {
        TOKEN.transferFrom(msg.sender, address(this), amount);
        stakeOf[staker][operator] += amount;
        totalStake += amount;
        return amount;
    }
}
