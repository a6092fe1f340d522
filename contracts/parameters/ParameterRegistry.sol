// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IValidatorCouncil} from "../governance/IValidatorCouncil.sol";
import {PARAMETER_DELAY_SECONDS} from "../types/ParameterName.sol";
import {IParameterRegistry} from "./IParameterRegistry.sol";

/**
 * @title ParameterRegistry: see IParameterRegistry
 * @dev Owns: definitions, orders, values and their history [GOV-1]. Does not own: who approves (ValidatorCouncil),
 * the table of defaults (deploy/config/parameters.ts), the meaning of a number (its reader).
 * Called by: every contract that reads a parameter (view), nodes, tools; ValidatorCouncil (propose, withdraw).
 * Upgradeable by governance with a delay. Properties: PAR-1 … PAR-4.
 *
 * The last entry of a history may lie in the future: it is the pending change. So nothing has to happen when it
 * takes effect, and a reader finds the value of any time by looking at when entries begin.
 * @custom:whitepaper §2.3, §3.2
 */
contract ParameterRegistry is IParameterRegistry, UUPSUpgradeable, AccessManagedUpgradeable {
    /// A value and since when (seconds since 1970) it holds.
    struct Entry {
        uint128 value;
        uint48 since;
    }

    struct Parameter {
        bytes16 solidityType;
        bytes16 unit;
        uint128 minimum;
        uint128 maximum;
        bool unanimous;
        /// Oldest first, strictly growing `since`; only the last may be pending.
        Entry[] history;
    }

    /// @custom:storage-location erc7201:coopunion.storage.ParameterRegistry
    struct ParameterStorage {
        bytes32[] names;
        Order[] orders;
        mapping(bytes32 name => Parameter) parameters;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.ParameterRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x946077a800194369a60cbc4dbcc02c96f37d55069d27a5caec140e06c4c8e000;

    /// The code behind the proxy is never set up itself.
    constructor() {
        _disableInitializers();
    }

    /**
     * @notice Sets the registry up behind its proxy.
     * @param values The first values, in the order of `definitions`.
     * @param rules Between two of the parameters; the first values must keep them.
     */
    function initialize(
        address manager,
        Definition[] calldata definitions,
        uint256[] calldata values,
        Order[] calldata rules
    ) external initializer {
        __AccessManaged_init(manager);
        require(values.length == definitions.length, ParameterValuesMissing(values.length, definitions.length));
        for (uint256 i = 0; i < definitions.length; i++) _define(definitions[i], values[i]);
        for (uint256 i = 0; i < rules.length; i++) {
            _storage().orders.push(rules[i]);
            _checkOrder(rules[i], valueOf(rules[i].lower), valueOf(rules[i].higher));
        }
    }

    // ──────────────────────────────────────────────── CHANGES ────────────────────────────────────────────────

    /// @inheritdoc IParameterRegistry
    function propose(bytes32 name, uint256 value) external restricted {
        Parameter storage parameter = _parameterOf(name);
        _checkUnanimity(name, parameter);
        uint256 present = valueOf(name);
        require(value != present, ParameterUnchanged(name, value));
        _checkBounds(name, parameter, value);
        _checkOrders(name, value);
        uint48 effectiveAt = uint48(block.timestamp + valueOf(PARAMETER_DELAY_SECONDS));
        if (_isPending(parameter)) parameter.history.pop();
        parameter.history.push(Entry(uint128(value), effectiveAt));
        emit ParameterProposed(name, present, value, effectiveAt);
    }

    /// @inheritdoc IParameterRegistry
    function withdraw(bytes32 name) external restricted {
        Parameter storage parameter = _parameterOf(name);
        _checkUnanimity(name, parameter);
        require(_isPending(parameter), ParameterNothingPending(name));
        Entry memory pending = parameter.history[parameter.history.length - 1];
        parameter.history.pop();
        emit ParameterWithdrawn(name, pending.value, pending.since);
    }

    // ───────────────────────────────────────────────── VALUES ────────────────────────────────────────────────

    /// @inheritdoc IParameterRegistry
    function valueOf(bytes32 name) public view returns (uint256) {
        Parameter storage parameter = _parameterOf(name);
        Entry[] storage history = parameter.history;
        Entry memory last = history[history.length - 1];
        return last.since <= block.timestamp ? last.value : history[history.length - 2].value;
    }

    /// @inheritdoc IParameterRegistry
    function valuesOf(bytes32[] calldata wanted) external view returns (uint256[] memory values) {
        values = new uint256[](wanted.length);
        for (uint256 i = 0; i < wanted.length; i++) values[i] = valueOf(wanted[i]);
    }

    /// @inheritdoc IParameterRegistry
    function valuesAt(
        bytes32[] calldata wanted,
        uint48 timestamp
    ) external view returns (uint256[] memory values, uint48 until) {
        values = new uint256[](wanted.length);
        until = type(uint48).max;
        for (uint256 i = 0; i < wanted.length; i++) {
            Entry[] storage history = _parameterOf(wanted[i]).history;
            uint256 index = _indexAt(history, timestamp);
            values[i] = history[index].value;
            if (index + 1 == history.length) continue;
            uint48 next = history[index + 1].since;
            if (next < until) until = next;
        }
    }

    /// @inheritdoc IParameterRegistry
    function pendingOf(bytes32 name) external view returns (uint256 value, uint48 effectiveAt) {
        Parameter storage parameter = _parameterOf(name);
        if (!_isPending(parameter)) return (0, 0);
        Entry memory last = parameter.history[parameter.history.length - 1];
        return (last.value, last.since);
    }

    /// @inheritdoc IParameterRegistry
    function historyLength(bytes32 name) external view returns (uint256) {
        return _parameterOf(name).history.length;
    }

    /// @inheritdoc IParameterRegistry
    function historyAt(bytes32 name, uint256 index) external view returns (uint256 value, uint48 since) {
        Entry[] storage history = _parameterOf(name).history;
        require(index < history.length, ParameterHistoryShort(name, index, history.length));
        Entry memory entry = history[index];
        return (entry.value, entry.since);
    }

    // ────────────────────────────────────────────── DEFINITIONS ──────────────────────────────────────────────

    /// @inheritdoc IParameterRegistry
    function definitionOf(bytes32 name) external view returns (Definition memory) {
        Parameter storage parameter = _parameterOf(name);
        return
            Definition({
                name: name,
                solidityType: parameter.solidityType,
                unit: parameter.unit,
                minimum: parameter.minimum,
                maximum: parameter.maximum,
                unanimous: parameter.unanimous
            });
    }

    /// @inheritdoc IParameterRegistry
    function names() external view returns (bytes32[] memory) {
        return _storage().names;
    }

    /// @inheritdoc IParameterRegistry
    function orders() external view returns (Order[] memory) {
        return _storage().orders;
    }

    /// @inheritdoc IParameterRegistry
    function implementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}

    function _define(Definition calldata definition, uint256 value) private {
        ParameterStorage storage $ = _storage();
        bytes32 name = definition.name;
        require(name != 0, ParameterNameEmpty());
        Parameter storage parameter = $.parameters[name];
        require(parameter.history.length == 0, ParameterDefinedAlready(name));
        (uint128 minimum, uint128 maximum) = (definition.minimum, definition.maximum);
        require(minimum <= maximum, ParameterBoundsReversed(name, minimum, maximum));
        parameter.solidityType = definition.solidityType;
        parameter.unit = definition.unit;
        parameter.minimum = minimum;
        parameter.maximum = maximum;
        parameter.unanimous = definition.unanimous;
        _checkBounds(name, parameter, value);
        parameter.history.push(Entry(uint128(value), 0));
        $.names.push(name);
        emit ParameterDefined(
            name,
            definition.solidityType,
            definition.unit,
            minimum,
            maximum,
            definition.unanimous,
            value
        );
    }

    function _checkBounds(bytes32 name, Parameter storage parameter, uint256 value) private view {
        (uint256 minimum, uint256 maximum) = (parameter.minimum, parameter.maximum);
        require(value >= minimum && value <= maximum, ParameterOutOfBounds(name, value, minimum, maximum));
    }

    /// Only the council can say so, in the middle of a batch that all approved; whoever is no council cannot.
    function _checkUnanimity(bytes32 name, Parameter storage parameter) private view {
        if (!parameter.unanimous) return;
        require(msg.sender.code.length > 0, ParameterUnanimityMissing(name));
        require(IValidatorCouncil(payable(msg.sender)).isUnanimous(), ParameterUnanimityMissing(name));
    }

    /**
     * The new value must keep every order with whatever the other side is or will be: changes take effect, are
     * replaced and are withdrawn in any sequence, so each pair of values that may meet is looked at once. The
     * loop is as long as the table's rules, which only an upgrade can add to.
     */
    function _checkOrders(bytes32 name, uint256 value) private view {
        Order[] storage rules = _storage().orders;
        for (uint256 i = 0; i < rules.length; i++) {
            Order memory rule = rules[i];
            if (rule.lower != name && rule.higher != name) continue;
            Parameter storage other = _parameterOf(rule.lower == name ? rule.higher : rule.lower);
            uint256 last = other.history.length - 1;
            uint256 first = _isPending(other) ? last - 1 : last;
            for (uint256 entry = first; entry <= last; entry++) {
                uint256 met = other.history[entry].value;
                if (rule.lower == name) _checkOrder(rule, value, met);
                else _checkOrder(rule, met, value);
            }
        }
    }

    function _checkOrder(Order memory rule, uint256 lower, uint256 higher) private pure {
        require(lower + rule.gap <= higher, ParameterOrderBroken(rule.lower, lower, rule.higher, higher));
    }

    function _parameterOf(bytes32 name) private view returns (Parameter storage parameter) {
        parameter = _storage().parameters[name];
        require(parameter.history.length > 0, ParameterUnknown(name));
    }

    function _isPending(Parameter storage parameter) private view returns (bool) {
        return parameter.history[parameter.history.length - 1].since > block.timestamp;
    }

    /// Index of the entry that holds at a time; the first one holds since ever.
    function _indexAt(Entry[] storage history, uint48 timestamp) private view returns (uint256 low) {
        uint256 high = history.length;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (history[middle].since <= timestamp) low = middle;
            else high = middle;
        }
    }

    function _storage() private pure returns (ParameterStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
