// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stage} from "../types/Stage.sol";

/**
 * Stands in for the StageManager: the stage from an epoch on.
 *
 * Owns: nothing. Never deployed outside tests and benches.
 */
contract StageMock {
    uint64[3] private _from = [0, type(uint64).max, type(uint64).max];
    uint64[] private _begun;

    function setFrom(uint8 stage, uint64 epoch) external {
        _from[stage] = epoch;
    }

    function beginEpoch(uint64 epoch) external {
        _begun.push(epoch);
    }

    function stageOf(uint64 epoch) external view returns (Stage stage) {
        for (uint8 i = 0; i < 3; i++) if (_from[i] <= epoch) stage = Stage.wrap(i);
    }

    function begun() external view returns (uint64[] memory) {
        return _begun;
    }
}
