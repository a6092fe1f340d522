// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stage} from "../types/Stage.sol";
import {ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";

/**
 * Everything that StakingPool asks of its neighbours, settable: registry, personhood, directory, stages, election.
 *
 * Owns: nothing of the system. Never deployed outside tests.
 */
contract StakingWorldMock {
    mapping(address operator => ValidatorState) public stateOf;
    mapping(address operator => bool) public isAuthority;
    mapping(address operator => uint64) private _registeredAt;
    mapping(address account => bytes32) public personOf;
    mapping(Stage => uint48) public enteredAt;
    Stage public stage;
    bool public isOpen;

    function setOperator(address operator, ValidatorState state, bool authority, uint64 registeredAt) external {
        stateOf[operator] = state;
        isAuthority[operator] = authority;
        _registeredAt[operator] = registeredAt;
    }

    function setPerson(address account, bytes32 person) external {
        personOf[account] = person;
    }

    function setStage(Stage next, uint48 since) external {
        stage = next;
        enteredAt[next] = since;
    }

    /// The stage begins now.
    function enter(Stage next) external {
        stage = next;
        enteredAt[next] = uint48(block.timestamp);
    }

    function setOpen(bool open) external {
        isOpen = open;
    }

    function validatorOf(address operator) external view returns (IValidatorRegistry.Validator memory validator) {
        validator.state = stateOf[operator];
        validator.registeredAt = _registeredAt[operator];
    }

    /// Every name leads here.
    function addressOf(bytes32) external view returns (address) {
        return address(this);
    }

    function versionCount(bytes32) external pure returns (uint256) {
        return 1;
    }
}
