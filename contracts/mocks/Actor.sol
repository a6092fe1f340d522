// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * One account of a troupe: does what the contract that made it says.
 *
 * Owns: nothing. Never deployed outside tests. Called by: Troupe.
 */
contract Actor {
    error ActorDirectorOnly(address caller, address director);

    address private immutable DIRECTOR = msg.sender;

    function act(address target, bytes calldata data) external returns (bool accepted, bytes memory answer) {
        if (msg.sender != DIRECTOR) revert ActorDirectorOnly(msg.sender, DIRECTOR);
        // The answer of whatever is called, refusals included, is what a test wants to see.
        // solhint-disable-next-line avoid-low-level-calls
        return target.call(data);
    }
}
