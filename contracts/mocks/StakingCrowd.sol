// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStakingPool} from "../staking/IStakingPool.sol";
import {ICUNP} from "../token/ICUNP.sol";

/**
 * Opens positions for many accounts, for the bench of the daily settlement.
 *
 * Owns: nothing of the system. Never deployed outside tests and the bench.
 */
contract StakingCrowd {
    IStakingPool private immutable POOL;

    constructor(ICUNP cunp, IStakingPool pool) {
        POOL = pool;
        cunp.approve(address(pool), type(uint256).max);
    }

    /// Accounts are numbered from `from` on, beyond the precompiles.
    function stakeForMany(address operator, uint160 from, uint160 count, uint256 amount) external {
        for (uint160 i = from; i < from + count; i++) POOL.stakeFor(address(i + (1 << 100)), operator, amount);
    }
}
