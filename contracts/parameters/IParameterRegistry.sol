// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Registry of every tunable number of the system
 * @notice Name, type, unit, bounds, present and pending value, and the whole history of each parameter. A change is
 * proposed by the ValidatorCouncil, waits for the parameter delay, and then holds by itself: no second transaction.
 *
 * @dev A name is ASCII, left-aligned in 32 bytes (types/ParameterName.sol). Every parameter has at most one pending
 * value. Past and present are final: nothing that holds now or held once is ever rewritten. What is pending may be
 * replaced or withdrawn until it holds, and anything new waits for the delay again.
 * Bounds and orders are part of the code's promise: they change only with an upgrade.
 * @custom:whitepaper §2.3, §3.2
 */
interface IParameterRegistry {
    /// @notice Everything but the values.
    struct Definition {
        bytes32 name;
        /// Solidity type by which readers take it, for example "uint16".
        bytes16 solidityType;
        /// For example "seconds", "bps", "wei of CUNP", "validators".
        bytes16 unit;
        uint128 minimum;
        uint128 maximum;
        /// True when a change needs every validator, whatever the approval threshold says.
        bool unanimous;
    }

    /// @notice A rule between two parameters: value of `lower` + `gap` ≤ value of `higher`, at any time.
    struct Order {
        bytes32 lower;
        bytes32 higher;
        /// In their unit: 0 for "at most", 1 for "below".
        uint128 gap;
    }

    error ParameterUnknown(bytes32 name);
    error ParameterNameEmpty();
    error ParameterDefinedAlready(bytes32 name);
    /// @notice Each definition needs a value.
    error ParameterValuesMissing(uint256 values, uint256 definitions);
    error ParameterOutOfBounds(bytes32 name, uint256 value, uint256 minimum, uint256 maximum);
    error ParameterBoundsReversed(bytes32 name, uint256 minimum, uint256 maximum);
    /// @notice `lower` must stay below `higher`, now and when what is pending takes effect.
    error ParameterOrderBroken(bytes32 lower, uint256 lowerValue, bytes32 higher, uint256 higherValue);
    /// @notice The batch that asks was not approved by every validator.
    error ParameterUnanimityMissing(bytes32 name);
    error ParameterNothingPending(bytes32 name);
    /// @notice The value holds already. To take back what is pending, withdraw it.
    error ParameterUnchanged(bytes32 name, uint256 value);
    error ParameterHistoryShort(bytes32 name, uint256 index, uint256 length);

    event ParameterDefined(
        bytes32 indexed name,
        bytes16 solidityType,
        bytes16 unit,
        uint256 minimum,
        uint256 maximum,
        bool unanimous,
        uint256 value
    );
    /// @notice `from` holds now; `to` holds from `effectiveAt` (seconds since 1970) on.
    event ParameterProposed(bytes32 indexed name, uint256 from, uint256 to, uint48 effectiveAt);
    /// @notice What would have held from `effectiveAt` on will not.
    event ParameterWithdrawn(bytes32 indexed name, uint256 value, uint48 effectiveAt);

    /**
     * @notice Lets `value` hold from now + parameterDelaySeconds on; replaces what is pending. Only for governance.
     * @dev The delay is the one that holds now. Reverts with ParameterUnknown, ParameterOutOfBounds,
     * ParameterUnchanged, ParameterOrderBroken (with any present or pending value of the other side), and
     * ParameterUnanimityMissing unless the caller says that every validator approved (IValidatorCouncil.isUnanimous).
     * @param value In the parameter's unit.
     */
    function propose(bytes32 name, uint256 value) external;

    /// @notice Takes back what is pending. Only for governance; of a unanimous parameter only unanimously.
    /// @dev Reverts with ParameterUnknown, ParameterNothingPending, ParameterUnanimityMissing.
    function withdraw(bytes32 name) external;

    /**
     * @notice The value that holds now, in the parameter's unit.
     * @dev Reverts with ParameterUnknown. In JavaScript every object has a method of this name: ethers reaches the
     * contract's by `registry.getFunction("valueOf")(name)`.
     */
    function valueOf(bytes32 name) external view returns (uint256);

    /// @notice Present values of several parameters, in the order of `names`. @dev Reverts with ParameterUnknown.
    function valuesOf(bytes32[] calldata names) external view returns (uint256[] memory);

    /**
     * @notice Values that held at a time, and until when all of them go on to hold.
     * @dev The first values count as having held since ever. An answer for a time that has passed never changes;
     * `until` is what is known now: a later proposal takes effect parameterDelaySeconds after it at the earliest.
     * @param timestamp Seconds since 1970; may lie in the future as far as changes are pending.
     * @return values In the order of `names`.
     * @return until Seconds since 1970: the first later time at which one changes; type(uint48).max when none does.
     */
    function valuesAt(
        bytes32[] calldata names,
        uint48 timestamp
    ) external view returns (uint256[] memory values, uint48 until);

    /// @notice The change that has not taken effect; `effectiveAt` is zero when there is none.
    function pendingOf(bytes32 name) external view returns (uint256 value, uint48 effectiveAt);

    /// @notice Number of values a parameter has had or will have.
    function historyLength(bytes32 name) external view returns (uint256);

    /// @notice A value of the history, oldest first, and since when it holds: 0 for the first one.
    /// @dev Reverts with ParameterHistoryShort.
    function historyAt(bytes32 name, uint256 index) external view returns (uint256 value, uint48 since);

    /// @notice Everything but the values. @dev Reverts with ParameterUnknown.
    function definitionOf(bytes32 name) external view returns (Definition memory);

    /// @notice All names, in the order of their definition.
    function names() external view returns (bytes32[] memory);

    /// @notice All rules between two parameters.
    function orders() external view returns (Order[] memory);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
