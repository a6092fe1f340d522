// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title The council of all validators
 * @notice Carries out a batch of calls that the validators of the present epoch have approved, in one of three ways:
 * - one aggregate BLS signature ({execute}): calldata and cost do not grow with the number of validators;
 * - each operator's own EIP-712 or ERC-1271 signature ({executeBySignatures});
 * - the escape for dead keys ({schedule}): more than two thirds, then a long delay, never counted as unanimous.
 *
 * Counted are the validators of the epoch's set whose state in the registry is ACTIVE: who is jailed, leaving or struck
 * may be absent, and its signature adds nothing. Every counted one must approve, or as large a share of them as the
 * parameter approvalThresholdBps says.
 *
 * It may hold coins, native and ERC-20, and the roles of the system (AccessManager).
 *
 * @dev Assumes: the directory's "FinalityVerifier" knows the present set, "ValidatorRegistry" the states,
 * "ParameterRegistry" the threshold and the escape's delay, "EpochManager" the epoch (0 as long as there is none).
 * Safety: an approval is bound to chain, council, way, nonce, exact batch and deadline.
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
    /// @notice Batches are carried out one at a time, and `approval` is being carried out.
    error CouncilBatchNested(bytes32 approval);
    /// @notice Too few of those who count have approved; the threshold is in 1/10,000 of them.
    error CouncilThresholdMissed(uint256 approving, uint256 counted, uint256 thresholdBps);
    /// @notice No validator of the set is active, so nobody can approve anything.
    error CouncilNobodyCounts(uint256 validators);
    /// @notice Each validator of the set has one place in the list, empty when it did not sign.
    error CouncilSignatureCount(uint256 signatures, uint256 validators);
    error CouncilSignatureInvalid(uint256 index, address operator);
    /// @notice The escape needs strictly more than two thirds of those who count.
    error CouncilEscapeMinority(uint256 approving, uint256 counted);
    /// @notice No such escape is scheduled: never, or not any more.
    error CouncilEscapeUnknown(bytes32 approval);
    error CouncilEscapeEarly(bytes32 approval, uint48 executableAt, uint256 timestamp);
    /// @notice The escape was not carried out in its week.
    error CouncilEscapeLapsed(bytes32 approval, uint48 lapsedAt, uint256 timestamp);
    /// @notice Only the council, by an approved batch, may do this.
    error CouncilNotItself(address caller);

    event BatchExecuted(uint256 indexed nonce, bytes32 indexed approval, uint256 calls);
    /// @notice The whole batch, so that everybody can read what will happen.
    event EscapeScheduled(
        uint256 indexed nonce,
        bytes32 indexed approval,
        uint48 executableAt,
        uint64 deadline,
        Call[] calls
    );
    event EscapeCancelled(bytes32 indexed approval);

    /// @notice Native coin arrives without conditions.
    receive() external payable;

    /**
     * @notice Carries out the batch, all or nothing. Anyone may bring it; no call of it may bring another one.
     * @dev Warning: whoever brings it chooses the gas. A target that swallows failures of its own calls (try/catch)
     * may be starved of gas on purpose; approve only calls that fail as a whole.
     * @param deadline Seconds since 1970.
     * @param absent Bit i (lowest first) is set when validator i of the set did not sign; usually 0.
     * @param signature Aggregate of all other validators' signatures of {approvalHash}; G2, EIP-2537, 256 bytes.
     * @return results What the calls returned.
     */
    function execute(
        Call[] calldata calls,
        uint64 deadline,
        uint256 absent,
        bytes calldata signature
    ) external returns (bytes[] memory results);

    /**
     * @notice The same with one signature of each operator: of {approvalDigest}, by the account (EIP-712) or the
     * contract (ERC-1271) that registered the validator.
     * @param signatures In the order of the set; empty for who did not sign.
     */
    function executeBySignatures(
        Call[] calldata calls,
        uint64 deadline,
        bytes[] calldata signatures
    ) external returns (bytes[] memory results);

    // ───────────────────────────────────────────────── ESCAPE ────────────────────────────────────────────────

    /**
     * @notice Schedules a batch for escapeDelaySeconds from now, approved by more than two thirds of those who count.
     * @param absent As in {execute}.
     * @param signature Aggregate signature of {escapeHash}.
     * @return approval The escape's name: {escapeHash}.
     */
    function schedule(
        Call[] calldata calls,
        uint64 deadline,
        uint256 absent,
        bytes calldata signature
    ) external returns (bytes32 approval);

    /**
     * @notice Carries out a scheduled batch, in the week that begins when its delay is over. Anyone may bring it.
     * @param batchNonce And `deadline`: what it was scheduled with.
     */
    function executeScheduled(
        Call[] calldata calls,
        uint256 batchNonce,
        uint64 deadline
    ) external returns (bytes[] memory results);

    /// @notice Takes a scheduled batch back. Only for the council itself, as a call of an approved batch.
    function cancel(bytes32 approval) external;

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @notice Number of approvals used: the nonce of the next one, whichever way it comes.
    function nonce() external view returns (uint256);

    /// @notice True while a batch is carried out that every counted validator approved, in both ways but the escape.
    function isUnanimous() external view returns (bool);

    /// @notice The present epoch, whose set approves.
    function epoch() external view returns (uint64);

    /// @notice Operators of the present set, in the order of the bits, and whether they count.
    function validators() external view returns (address[] memory operators, bool[] memory counts);

    /// @notice From when on (seconds since 1970) a scheduled batch may be carried out; zero when there is none.
    function executableAt(bytes32 approval) external view returns (uint48);

    /// @notice What each validator signs with its BLS key to approve the batch as number `batchNonce`.
    function approvalHash(Call[] calldata calls, uint256 batchNonce, uint64 deadline) external view returns (bytes32);

    /// @notice What each operator's account signs: EIP-712, "Coopunion ValidatorCouncil", version "1".
    function approvalDigest(Call[] calldata calls, uint256 batchNonce, uint64 deadline) external view returns (bytes32);

    /// @notice What each validator signs with its BLS key to schedule the batch as an escape.
    function escapeHash(Call[] calldata calls, uint256 batchNonce, uint64 deadline) external view returns (bytes32);
}
