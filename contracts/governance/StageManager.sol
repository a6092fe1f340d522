// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ORIGIN, Stage} from "../types/Stage.sol";
import {IStageManager} from "./IStageManager.sol";

/**
 * @title StageManager: see IStageManager
 * @dev Owns: the stage [NET-1]. Does not own: what a stage means (its readers), preconditions of the next one.
 * Called by: everyone (view). Upgradeable by governance with a delay. Property: STG-1.
 * @custom:whitepaper §2.4.3
 */
contract StageManager is IStageManager, UUPSUpgradeable, AccessManagedUpgradeable {
    /// @custom:storage-location erc7201:coopunion.storage.StageManager
    struct StageStorage {
        Stage stage;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.StageManager")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x9c9fcbeee4aa799d70cdf20fd33a8b34c2d4bec9bc54287dc70a37e67a861000;

    /// The code behind the proxy is never set up itself.
    constructor() {
        _disableInitializers();
    }

    /// @notice Starts the network in Origin.
    function initialize(address manager) external initializer {
        __AccessManaged_init(manager);
        _storage().stage = ORIGIN;
        emit StageEntered(ORIGIN);
    }

    /// @inheritdoc IStageManager
    function stage() external view returns (Stage) {
        return _storage().stage;
    }

    /// @inheritdoc IStageManager
    function implementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}

    function _storage() private pure returns (StageStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
