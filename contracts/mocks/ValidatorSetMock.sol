// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ACTIVE, ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";

/**
 * Stands in for the ValidatorRegistry where FinalityVerifier reads a set and ValidatorCouncil reads states: any keys,
 * any weights, any states.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract ValidatorSetMock {
    IValidatorRegistry.ActiveValidator[] private _set;
    mapping(bytes32 keyHash => address) private _operators;
    mapping(address operator => ValidatorState) private _states;

    function add(IValidatorRegistry.ActiveValidator[] calldata members) external {
        for (uint256 i = 0; i < members.length; i++) {
            _set.push(members[i]);
            _operators[keccak256(members[i].blsPublicKey)] = members[i].operator;
            _states[members[i].operator] = ACTIVE;
        }
    }

    function setState(address operator, ValidatorState state) external {
        _states[operator] = state;
    }

    function activeValidators() external view returns (IValidatorRegistry.ActiveValidator[] memory) {
        return _set;
    }

    function stateOf(address operator) external view returns (ValidatorState) {
        return _states[operator];
    }

    function operatorOfKey(bytes calldata blsPublicKey) external view returns (address) {
        return _operators[keccak256(blsPublicKey)];
    }
}
