// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPersonhood} from "../identity/IPersonhood.sol";

/**
 * Stands in for whoever knows persons: any account is whose person a test says.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract PersonhoodMock is IPersonhood {
    mapping(address account => bytes32) public personOf;

    function set(address account, bytes32 person) external {
        personOf[account] = person;
    }
}
