// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * Parameters that anyone may set, each with a history, for tests of contracts that read them.
 *
 * Owns: nothing of the system. Never deployed outside tests. Stands in for the reading half of IParameterRegistry.
 */
contract ParameterRegistryMock {
    struct Change {
        uint256 value;
        uint48 since;
    }

    error ParameterUnknown(bytes32 name);

    mapping(bytes32 name => Change[]) private _history;

    /// @notice Lets `value` hold from `since` (seconds since 1970) on; later changes come later.
    function set(bytes32 name, uint256 value, uint48 since) external {
        _history[name].push(Change(value, since));
    }

    function valueOf(bytes32 name) external view returns (uint256 value) {
        (value, ) = _valueAt(name, uint48(block.timestamp));
    }

    function valuesOf(bytes32[] calldata names) external view returns (uint256[] memory values) {
        (values, ) = valuesAt(names, uint48(block.timestamp));
    }

    function valuesAt(
        bytes32[] calldata names,
        uint48 timestamp
    ) public view returns (uint256[] memory values, uint48 until) {
        values = new uint256[](names.length);
        until = type(uint48).max;
        for (uint256 i = 0; i < names.length; i++) {
            uint48 next;
            (values[i], next) = _valueAt(names[i], timestamp);
            if (next < until) until = next;
        }
    }

    function _valueAt(bytes32 name, uint48 timestamp) private view returns (uint256 value, uint48 until) {
        Change[] storage history = _history[name];
        require(history.length > 0 && history[0].since <= timestamp, ParameterUnknown(name));
        until = type(uint48).max;
        for (uint256 i = 0; i < history.length; i++) {
            if (history[i].since > timestamp) return (value, history[i].since);
            value = history[i].value;
        }
    }
}
