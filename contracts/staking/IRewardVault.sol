// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Rewards of stakers while they are locked
 * @notice A reward is credited as a tranche of the day it is credited on and can be withdrawn 90 days later, never
 * earlier: until then it is neither transferable nor stakeable, so nothing compounds inside 90 days.
 * @custom:whitepaper §3.1, §3.2, spec STK-5
 */
interface IRewardVault {
    /// @notice The tranche of this day ends later.
    error VaultTrancheLocked(uint256 day, uint256 unlockedAt, uint256 timestamp);
    error VaultTrancheEmpty(address staker, uint256 day);
    /// @notice More would be booked than is here.
    error VaultUnfunded(uint256 booked, uint256 held);

    event RewardCredited(address indexed staker, uint256 indexed day, uint256 amount);
    event RewardWithdrawn(address indexed staker, uint256 indexed day, uint256 amount);

    /// @notice Books `amount`, which has been transferred here before, as the staker's of today. Only for StakingPool.
    function credit(address staker, uint256 amount) external;

    /// @notice Pays out the tranches of these days (seconds since 1970 / 86,400) to the staker. Anyone may call.
    function withdraw(address staker, uint256[] calldata creditDays) external returns (uint256 amount);

    /// @notice What was credited to a staker on a day and is not withdrawn.
    function trancheOf(address staker, uint256 day) external view returns (uint256);

    /// @notice Sum of all tranches: never more than the CUNP held here.
    function total() external view returns (uint256);
}
