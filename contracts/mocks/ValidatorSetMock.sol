// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";

/**
 * Stands in for the ValidatorRegistry where FinalityVerifier reads a set: any keys, any weights.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract ValidatorSetMock {
    IValidatorRegistry.ActiveValidator[] private _set;

    function add(IValidatorRegistry.ActiveValidator[] calldata members) external {
        for (uint256 i = 0; i < members.length; i++) _set.push(members[i]);
    }

    function activeValidators() external view returns (IValidatorRegistry.ActiveValidator[] memory) {
        return _set;
    }
}
