// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title The account that metered calls come from
 * @notice BusinessContributions holds a role; what calls foreign contracts with foreign data must hold none. This
 * account has no role, no coins and no state, so it does not matter which contract governance registers.
 * @dev Owns: nothing. Does not own: measuring, recording (BusinessContributions, which creates it).
 * Called by: BusinessContributions alone.
 * @custom:whitepaper §3.1 (business contribution)
 */
contract CallForwarder {
    /// @notice Only the contract that created this one may call it.
    error ForwarderCallerUnexpected(address caller, address creator);

    address private immutable CREATOR;

    constructor() {
        CREATOR = msg.sender;
    }

    /// @notice Calls `account` with `data` and the native coin sent along.
    function forward(
        address account,
        bytes calldata data
    ) external payable returns (bool succeeded, bytes memory result) {
        require(msg.sender == CREATOR, ForwarderCallerUnexpected(msg.sender, CREATOR));
        return account.call{value: msg.value}(data);
    }
}
