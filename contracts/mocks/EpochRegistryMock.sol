// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ACTIVE, CANDIDATE, JAILED, ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";

/**
 * Stands in for the ValidatorRegistry where elections and epochs meet it: any validators in any state, without proofs.
 * Records lie in storage as they do there, so what reading them costs is comparable.
 *
 * Owns: nothing. Never deployed outside tests and benches.
 */
contract EpochRegistryMock {
    struct Record {
        ValidatorState state;
        uint16 commissionBps;
        uint64 registeredAt;
        bytes32[4] blsPublicKey;
    }

    struct Jailing {
        address operator;
        uint48 until;
    }

    error RegistryMockNotActive(address operator);

    mapping(address operator => Record) private _records;
    address[] private _authorities;
    address[] private _set;
    Jailing[] private _jailings;

    function add(address operator, bytes calldata blsPublicKey, uint16 commissionBps) public {
        Record storage record = _records[operator];
        record.state = CANDIDATE;
        record.commissionBps = commissionBps;
        record.registeredAt = uint64(block.timestamp);
        for (uint256 i = 0; i < 4; i++) record.blsPublicKey[i] = bytes32(blsPublicKey[32 * i:32 * i + 32]);
    }

    function addAuthority(address operator, bytes calldata blsPublicKey, uint16 commissionBps) external {
        add(operator, blsPublicKey, commissionBps);
        _records[operator].state = ACTIVE;
        _authorities.push(operator);
        _set.push(operator);
    }

    function setState(address operator, ValidatorState state) external {
        _records[operator].state = state;
    }

    function setKey(address operator, bytes calldata blsPublicKey) external {
        for (uint256 i = 0; i < 4; i++) {
            _records[operator].blsPublicKey[i] = bytes32(blsPublicKey[32 * i:32 * i + 32]);
        }
    }

    function beginEpoch(address[] calldata set) external {
        for (uint256 i = 0; i < _set.length; i++) {
            if (_records[_set[i]].state == ACTIVE) _records[_set[i]].state = CANDIDATE;
        }
        for (uint256 i = 0; i < set.length; i++) {
            if (_records[set[i]].state == CANDIDATE) _records[set[i]].state = ACTIVE;
        }
        _set = set;
    }

    function jail(address operator, uint48 until) external {
        ValidatorState state = _records[operator].state;
        require(state == ACTIVE || state == CANDIDATE, RegistryMockNotActive(operator));
        _records[operator].state = JAILED;
        _jailings.push(Jailing(operator, until));
    }

    function authorities() external view returns (address[] memory) {
        return _authorities;
    }

    function stateOf(address operator) external view returns (ValidatorState) {
        return _records[operator].state;
    }

    function blsPublicKeyOf(address operator) external view returns (bytes memory) {
        return abi.encodePacked(_records[operator].blsPublicKey);
    }

    function commissionOf(address operator) external view returns (uint16) {
        return _records[operator].commissionBps;
    }

    function activeValidators() external view returns (IValidatorRegistry.ActiveValidator[] memory set) {
        set = new IValidatorRegistry.ActiveValidator[](_set.length);
        for (uint256 i = 0; i < set.length; i++) {
            bytes memory key = abi.encodePacked(_records[_set[i]].blsPublicKey);
            set[i] = IValidatorRegistry.ActiveValidator(_set[i], key, 1, keccak256(key));
        }
    }

    function jailings() external view returns (Jailing[] memory) {
        return _jailings;
    }

    function currentSet() external view returns (address[] memory) {
        return _set;
    }
}
