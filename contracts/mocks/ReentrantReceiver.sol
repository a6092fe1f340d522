// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICUNP} from "../token/ICUNP.sol";

/**
 * Tries to unwrap again while it receives native coin, for tests of CUNP.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract ReentrantReceiver {
    ICUNP private immutable CUNP_TOKEN;
    uint256 private _depth;

    constructor(ICUNP cunp) {
        CUNP_TOKEN = cunp;
    }

    receive() external payable {
        _unwrapAgain();
    }

    function attack(uint256 amount) external {
        CUNP_TOKEN.unwrap(amount);
    }

    /// Three more times from inside the transfer: a balance that is reduced too late would pay them all.
    function _unwrapAgain() private {
        if (_depth == 3) return;
        _depth++;
        CUNP_TOKEN.unwrap(msg.value);
    }
}
