// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title The council of all validators
 * @notice Carries out a batch of calls that every validator of the present set has approved, proven by one
 * aggregate BLS signature: the cost does not grow with the number of validators.
 *
 * It may hold coins, native and ERC-20, and the roles of the system (AccessManager).
 *
 * @dev Assumes: the directory's "FinalityVerifier" knows the present set. Liveness: one lost key stops it, since
 * approval is unanimous; safety: an approval is bound to chain, council, nonce, exact batch and deadline.
 * @custom:whitepaper §3.2 (parameter multisig), §2.4.3
 */
interface IValidatorCouncil {
    struct Call {
        address target;
        /// Native coin to send along, in wei.
        uint256 value;
        bytes data;
    }

    error CouncilBatchEmpty();
    /// @notice The approval's deadline (seconds since 1970) has passed.
    error CouncilApprovalExpired(uint64 deadline, uint256 timestamp);
    /// @notice A call with data would go to an address without code and do nothing.
    error CouncilTargetWithoutCode(uint256 index, address target);
    /// @notice A call failed, so the whole batch did; `reason` is its revert data.
    error CouncilCallFailed(uint256 index, address target, bytes reason);
    /// @notice A call of batch `batchNonce` carried out another batch, so both did nothing.
    error CouncilBatchNested(uint256 batchNonce, uint256 nonce);

    event BatchExecuted(uint256 indexed nonce, bytes32 indexed approval, uint256 calls);

    /// @notice Native coin arrives without conditions.
    receive() external payable;

    /**
     * @notice Carries out the batch, all or nothing. Anyone may bring it; no call of it may bring another one.
     * @dev Warning: whoever brings it chooses the gas. A target that swallows failures of its own calls (try/catch)
     * may be starved of gas on purpose; approve only calls that fail as a whole.
     * @param deadline Seconds since 1970.
     * @param signature Aggregate of all validators' signatures of {approvalHash}; G2, EIP-2537, 256 bytes.
     * @return results What the calls returned.
     */
    function execute(
        Call[] calldata calls,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes[] memory results);

    /// @notice Number of batches carried out: the nonce of the next one.
    function nonce() external view returns (uint256);

    /// @notice What each validator signs to approve the batch as number `batchNonce`.
    function approvalHash(Call[] calldata calls, uint256 batchNonce, uint64 deadline) external view returns (bytes32);
}
