// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * Stands in for the EpochManager where the ValidatorCouncil asks for the epoch.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract EpochManagerMock {
    uint64 public epoch;

    function set(uint64 to) external {
        epoch = to;
    }
}
