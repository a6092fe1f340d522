// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {isLegalMove, ValidatorState} from "../../contracts/types/ValidatorState.sol";
import {Test} from "./Test.sol";

/**
 * The table of legal moves, move by move, against a list written as text.
 *
 * Owns: nothing. REG-3.
 */
contract ValidatorStateTest is Test {
    /// One row for each state it comes from, one letter for each it goes to: unregistered, candidate, active, jailed,
    /// exiting, tombstoned. "y" is legal.
    string[6] private _table = [
        "nynnnn", // unregistered: becomes a candidate
        "nnyyyy", // candidate: is seated, jailed for the epoch before, leaves, is struck
        "nynyyy", // active: loses its seat, is jailed, leaves, is struck
        "nynnyy", // jailed: serves its time, leaves, is struck
        "nnnnny", // exiting: may still be struck
        "nnnnnn" // tombstoned: for ever
    ];

    /// REG-3: each of the 36 moves is legal exactly as the list says.
    function test_onlyTheMovesOfTheTableAreLegal() public view {
        for (uint8 from = 0; from < 6; from++) {
            bytes memory row = bytes(_table[from]);
            for (uint8 to = 0; to < 6; to++) {
                bool legal = isLegalMove(ValidatorState.wrap(from), ValidatorState.wrap(to));
                assertEq(
                    legal ? 1 : 0,
                    row[to] == "y" ? 1 : 0,
                    string.concat("from ", _digit(from), " to ", _digit(to))
                );
            }
        }
    }

    function _digit(uint8 number) private pure returns (string memory) {
        return string(abi.encodePacked(bytes1(48 + number)));
    }
}
