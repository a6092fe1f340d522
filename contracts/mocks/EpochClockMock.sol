// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * Epochs that begin when a test says so.
 *
 * Owns: nothing of the system. Never deployed outside tests. Stands in for what BusinessContributions asks the
 * EpochManager.
 */
contract EpochClockMock {
    uint64 public epoch;
    uint48 public startedAt;

    function begin(uint64 next) external {
        epoch = next;
        startedAt = uint48(block.timestamp);
    }
}
