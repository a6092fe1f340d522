// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Actor} from "./Actor.sol";

/**
 * Many accounts that act on one word, so that a test plays dozens of steps by different callers in one transaction and
 * reads everything in one call.
 *
 * Owns: nothing. Never deployed outside tests. Called by: test/differential.
 */
contract Troupe {
    struct Step {
        uint256 actor;
        address target;
        bytes data;
    }

    struct Answer {
        bool accepted;
        bytes data;
    }

    /// @notice What the steps of one transaction answered, in their order.
    event Played(Answer[] answers);

    Actor[] public actors;

    constructor(uint256 count) {
        for (uint256 i = 0; i < count; i++) actors.push(new Actor());
    }

    /// @notice Plays all steps; one that is refused changes nothing and stops nothing.
    function play(Step[] calldata steps) external {
        Answer[] memory answers = new Answer[](steps.length);
        for (uint256 i = 0; i < steps.length; i++) {
            (answers[i].accepted, answers[i].data) = actors[steps[i].actor].act(steps[i].target, steps[i].data);
        }
        emit Played(answers);
    }

    /// @notice Reads from many contracts in one state.
    function look(Step[] calldata steps) external view returns (Answer[] memory answers) {
        answers = new Answer[](steps.length);
        for (uint256 i = 0; i < steps.length; i++) {
            (answers[i].accepted, answers[i].data) = steps[i].target.staticcall(steps[i].data);
        }
    }
}
