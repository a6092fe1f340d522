// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stage} from "../types/Stage.sol";

/**
 * @title The stage of the network
 * @notice The one place where contracts and nodes read which stage it is: Origin, Cape of Good Hope, New Generation.
 * Anyone may propose the next stage when its preconditions hold; it begins with the epoch after the next, never inside
 * an epoch, and never goes back.
 * @custom:whitepaper §2.4.3
 */
interface IStageManager {
    /// @notice New Generation is the last stage.
    error StageLast();
    /// @notice The newest stage that was proposed begins with this epoch: until then nothing else is proposed.
    error StagePending(Stage stage, uint64 epoch);
    /// @notice A precondition (name of its parameter) does not hold.
    error StagePreconditionUnmet(bytes32 parameter, uint256 value, uint256 required);
    /// @notice Epochs begin one after the other.
    error StageEpochOutOfOrder(uint64 epoch, uint64 expected);

    event StageProposed(Stage indexed stage, uint64 epoch);
    event StageEntered(Stage indexed stage);

    /// @notice Proposes the next stage. Anyone may call; reverts unless every precondition holds.
    function proposeNext() external;

    /// @notice Lets a proposed stage begin when its epoch does: each epoch in order, from 0 on. Only for EpochManager.
    function beginEpoch(uint64 epoch) external;

    /// @notice The present stage.
    function stage() external view returns (Stage);

    /// @notice The stage of an epoch: past, present, or as far ahead as it is decided.
    function stageOf(uint64 epoch) external view returns (Stage);

    /// @notice Since when (seconds since 1970) a stage was entered; zero when it has not been.
    function enteredAt(Stage stage) external view returns (uint48);

    /**
     * @notice CUNP in both forms that none of the system's own accounts holds, in wei. Its own accounts are those that
     * hold coins of contributors: ValidatorCouncil, NodesFund and BusinessContributions of the ContractDirectory. What
     * is staked or locked as a reward belongs to holders.
     * @dev Native coin that was burnt as a fee counts as held: a contract cannot see it.
     */
    function communityHeld() external view returns (uint256);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
