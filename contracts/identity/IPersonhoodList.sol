// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPersonhood} from "./IPersonhood.sol";

/**
 * @title Persons that governance has verified, until a CDID answers
 * @notice An allow-list of accounts, each bound to one person for a time. A person may have several accounts; an
 * account belongs to one person only, and passes to another one only after it has been removed.
 *
 * @dev `person` is an opaque value (for example the hash of an identity document with a salt): nothing personal stands
 * on chain. Whoever votes or holds seats per person must count persons, never accounts.
 * @custom:whitepaper §2.6, §3.2, spec VAL-2, VAL-4
 */
interface IPersonhoodList is IPersonhood {
    error PersonhoodAccountZero();
    error PersonhoodPersonZero(address account);
    /// @notice The verification would have ended already. Seconds since 1970.
    error PersonhoodExpired(address account, uint48 expiresAt, uint256 timestamp);
    /// @notice The account is bound to another person: remove it first.
    error PersonhoodAccountTaken(address account, bytes32 person, bytes32 boundTo);
    error PersonhoodAccountUnknown(address account);

    event PersonAdded(address indexed account, bytes32 indexed person, uint48 expiresAt);
    event PersonRemoved(address indexed account, bytes32 indexed person);

    /**
     * @notice Binds an account to a person until `expiresAt` (seconds since 1970, the last second it holds), or gives a
     * binding to the same person another end. Only for the authority.
     */
    function add(address account, bytes32 person, uint48 expiresAt) external;

    /// @notice Ends a binding at once, also one that has expired. Only for the authority.
    function remove(address account) external;

    /// @notice What is recorded of an account, expired or not: zeros when it is not bound.
    function bindingOf(address account) external view returns (bytes32 person, uint48 expiresAt);
}
