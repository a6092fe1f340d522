// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * Refuses native coin, for tests of CUNP.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract RefusingReceiver {
    error Refused();

    receive() external payable {
        revert Refused();
    }
}
