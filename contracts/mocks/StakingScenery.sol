// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stage} from "../types/Stage.sol";
import {ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";

/**
 * What StakingPool sees of its neighbours, settable by anyone: registry, persons, directory, stages, election.
 *
 * Owns: nothing. Never deployed outside tests. Called by: test/differential.
 */
contract StakingScenery {
    mapping(address operator => ValidatorState) public stateOf;
    mapping(address operator => bool) public isAuthority;
    mapping(address operator => uint64) private _registeredAt;
    mapping(address account => bytes32) public personOf;
    mapping(Stage => uint48) public enteredAt;
    Stage public stage;

    function setOperator(address operator, ValidatorState state, bool authority, uint64 registeredAt) external {
        stateOf[operator] = state;
        isAuthority[operator] = authority;
        _registeredAt[operator] = registeredAt;
    }

    function setPerson(address account, bytes32 person) external {
        personOf[account] = person;
    }

    function enter(Stage next) external {
        stage = next;
        enteredAt[next] = uint48(block.timestamp);
    }

    function validatorOf(address operator) external view returns (IValidatorRegistry.Validator memory validator) {
        validator.state = stateOf[operator];
        validator.registeredAt = _registeredAt[operator];
    }

    /// No election is under way.
    function isOpen() external pure returns (bool) {
        return false;
    }

    /// Every name leads here.
    function addressOf(bytes32) external view returns (address) {
        return address(this);
    }

    function versionCount(bytes32) external pure returns (uint256) {
        return 1;
    }
}
