// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRewardVault} from "./IRewardVault.sol";

/**
 * @title RewardVault: see IRewardVault
 * @dev Owns: locked rewards and the time of their lock [STK-5]. Immutable: nobody shortens a lock.
 * Does not own: how much who is credited (StakingPool).
 * Called by: StakingPool (credit), anyone (withdraw). Property: VLT-1.
 * @custom:whitepaper §3.1, §3.2
 */
contract RewardVault is IRewardVault, AccessManaged {
    using SafeERC20 for IERC20;

    /// 90 whole days after the end of the day of the credit: never less than 90 days after the credit itself.
    uint256 private constant LOCK_DAYS = 91;

    IERC20 private immutable CUNP;

    /// @inheritdoc IRewardVault
    uint256 public total;
    mapping(address staker => mapping(uint256 day => uint256)) private _tranches;

    /// @param manager The AccessManager that knows who may credit.
    constructor(address manager, IERC20 cunp) AccessManaged(manager) {
        CUNP = cunp;
    }

    /// @inheritdoc IRewardVault
    function credit(address staker, uint256 amount) external restricted {
        total += amount;
        uint256 held = CUNP.balanceOf(address(this));
        require(held >= total, VaultUnfunded(total, held));
        uint256 day = block.timestamp / 1 days;
        _tranches[staker][day] += amount;
        emit RewardCredited(staker, day, amount);
    }

    /// @inheritdoc IRewardVault
    function withdraw(address staker, uint256[] calldata creditDays) external returns (uint256 amount) {
        for (uint256 i = 0; i < creditDays.length; i++) {
            uint256 day = creditDays[i];
            uint256 tranche = _tranches[staker][day];
            require(tranche > 0, VaultTrancheEmpty(staker, day));
            uint256 unlockedAt = (day + LOCK_DAYS) * 1 days;
            require(block.timestamp >= unlockedAt, VaultTrancheLocked(day, unlockedAt, block.timestamp));
            _tranches[staker][day] = 0;
            amount += tranche;
            emit RewardWithdrawn(staker, day, tranche);
        }
        total -= amount;
        CUNP.safeTransfer(staker, amount);
    }

    /// @inheritdoc IRewardVault
    function trancheOf(address staker, uint256 day) external view returns (uint256) {
        return _tranches[staker][day];
    }
}
