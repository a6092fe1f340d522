// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stage} from "../types/Stage.sol";

/**
 * @title The stage of the network
 * @notice The one place where contracts and nodes read which stage it is: Origin, Cape of Good Hope, New Generation.
 * The network starts in Origin. No function leads out of it yet.
 * @custom:whitepaper §2.4.3
 */
interface IStageManager {
    event StageEntered(Stage indexed stage);

    /// @notice The present stage.
    function stage() external view returns (Stage);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
