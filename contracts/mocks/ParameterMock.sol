// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * Stands in for the ParameterRegistry: any value at once, and what it was before.
 *
 * Owns: nothing. Never deployed outside tests and benches.
 */
contract ParameterMock {
    struct Value {
        uint128 value;
        uint48 since;
    }

    error ParameterMockUnset(bytes32 name);

    mapping(bytes32 name => Value[]) private _history;

    function set(bytes32[] calldata names, uint256[] calldata values) external {
        for (uint256 i = 0; i < names.length; i++) {
            _history[names[i]].push(Value(uint128(values[i]), uint48(block.timestamp)));
        }
    }

    function valueOf(bytes32 name) external view returns (uint256) {
        return _valueAt(name, uint48(block.timestamp));
    }

    function valuesAt(
        bytes32[] calldata names,
        uint48 timestamp
    ) external view returns (uint256[] memory values, uint48 until) {
        values = new uint256[](names.length);
        for (uint256 i = 0; i < names.length; i++) values[i] = _valueAt(names[i], timestamp);
        until = type(uint48).max;
    }

    function _valueAt(bytes32 name, uint48 timestamp) private view returns (uint256) {
        Value[] storage history = _history[name];
        for (uint256 i = history.length; i > 0; i--) {
            if (history[i - 1].since <= timestamp) return history[i - 1].value;
        }
        revert ParameterMockUnset(name);
    }
}
