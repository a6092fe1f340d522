// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICUNP} from "../token/ICUNP.sol";

/**
 * Receivers of native coin that misbehave, for tests of CUNP.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract ReentrantReceiver {
    ICUNP private immutable CUNP_TOKEN;
    uint256 public depth;

    constructor(ICUNP cunp) {
        CUNP_TOKEN = cunp;
    }

    /// Unwraps again from inside the transfer: three times the amount if the balance still allowed it.
    receive() external payable {
        if (msg.sender != address(CUNP_TOKEN) || depth == 3) return;
        depth++;
        CUNP_TOKEN.unwrap(msg.value);
    }

    function attack(uint256 amount) external {
        CUNP_TOKEN.unwrap(amount);
    }
}

contract RefusingReceiver {
    error Refused();

    receive() external payable {
        revert Refused();
    }
}
