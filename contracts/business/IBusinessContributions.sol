// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title What applications contribute, and what they earn for it
 * @notice Governance registers applications. Two things count in each epoch: the cost that is measured when users
 * reach the application's own contract through {meter}, and the value that the application's attester signs for.
 *
 * An epoch's budget is split in two by the value weight. Each part is shared pro rata among the applications, and
 * no application gets more than its part of the budget (application cap):
 *
 *   value part = floor(budget · weight · own value / all value)
 *   cost part  = the smaller of floor(budget · (1 − weight) · own cost / all cost) and the own cost
 *   reward     = the smaller of value part + cost part and budget · application cap
 *
 * What nobody claims, and what a limit cuts off, is never generated.
 *
 * Using one's own application to earn with it never pays: the cost credited is below what the transaction burnt. Only
 * the gas of the metered call counts, at the base fee alone (which is burnt, so no validator can hand it back), and
 * only four fifths of it, because a transaction gets up to a fifth of its gas back for clearing storage (EIP-3529).
 * The cost part never passes the cost, however large the budget. Value cannot be made by usage at all.
 *
 * @dev Amounts in wei of CUNP. On a foreign network gas is not paid in CUNP, so {meter} refuses there and the cost
 * part is zero. Assumes: one owner does not register as many applications (governance), an attester does not sign for
 * value that is none (bounded by the value cap, answered by {remove}).
 * @custom:whitepaper §3.1 (business contribution)
 */
interface IBusinessContributions {
    /// @notice What governance says of an application.
    struct Application {
        /// Receives the rewards. The application cannot be without one.
        address payee;
        /// Signs for value: an account, or a contract (ERC-1271). Zero: only cost counts.
        address attester;
        /// The application's own contract, whose usage is measured. Zero: only value counts.
        address account;
        /// The most value that counts in one epoch, in wei of CUNP: what a lying attester can do at most.
        uint96 valueCap;
    }

    /// @notice What an application has recorded in an epoch.
    struct Contribution {
        /// Credited cost in wei of CUNP.
        uint256 cost;
        /// Attested value in wei of CUNP.
        uint256 value;
        bool claimed;
    }

    /// @notice All applications' records of an epoch, and the parameters as they were when it began.
    struct EpochTotals {
        uint256 cost;
        uint256 value;
        /// Wei of CUNP.
        uint256 budget;
        uint256 applicationCapBps;
        uint256 valueWeightBps;
    }

    /// @notice No application with this number is registered, or it was removed.
    error BusinessApplicationUnknown(uint256 application);
    /// @notice An application needs a payee.
    error BusinessPayeeZero();
    /// @notice An application needs an attester, a contract of its own, or both.
    error BusinessNothingCounts();
    /// @notice There is no code at the application's contract.
    error BusinessAccountWithoutCode(address account);
    /// @notice This contract belongs to an application already.
    error BusinessAccountTaken(address account, uint256 application);
    /// @notice This application has no contract whose usage could be measured.
    error BusinessAccountMissing(uint256 application);
    /// @notice Gas is not paid in CUNP on this network.
    error BusinessCostForeign();
    /// @notice Value counts only in the running epoch.
    error BusinessEpochNotCurrent(uint64 epoch, uint64 current);
    /// @notice The first epoch has not begun.
    error BusinessEpochNotStarted();
    /// @notice Rewards are claimed after the epoch.
    error BusinessEpochRunning(uint64 epoch, uint64 current);
    /// @notice The attestation is not the next one of this application.
    error BusinessNonceUnexpected(uint256 application, uint256 nonce, uint256 expected);
    /// @notice The application's attester has not signed this.
    error BusinessAttestationInvalid(uint256 application, address attester);
    /// @notice More value than the application may have in one epoch.
    error BusinessValueCapExceeded(uint256 application, uint256 value, uint256 cap);
    /// @notice The reward of this application and epoch was paid.
    error BusinessClaimedAlready(uint256 application, uint64 epoch);
    /// @notice The application's contract refused the call. `reason` is its revert data.
    error BusinessCallFailed(address account, bytes reason);

    event ApplicationRegistered(
        uint256 indexed application,
        address indexed payee,
        address indexed account,
        address attester,
        uint256 valueCap
    );
    event ApplicationRemoved(uint256 indexed application);
    /// @notice The parameters of an epoch, fixed with its first record.
    event EpochOpened(uint64 indexed epoch, uint256 budget, uint256 applicationCapBps, uint256 valueWeightBps);
    event CostRecorded(uint256 indexed application, uint64 indexed epoch, address indexed user, uint256 cost);
    event ValueRecorded(uint256 indexed application, uint64 indexed epoch, uint256 value, uint256 nonce);
    event RewardClaimed(uint256 indexed application, uint64 indexed epoch, uint256 reward, uint256 granted);

    /// @notice Registers an application. Only for governance.
    /// @dev Reverts with BusinessPayeeZero, BusinessNothingCounts, BusinessAccountWithoutCode, BusinessAccountTaken.
    /// @return application Its number, from one on; never used again.
    function register(Application calldata terms) external returns (uint256 application);

    /**
     * @notice Ends an application at once. Only for governance.
     * @dev What it has not claimed is forfeited and never generated: this is the answer to a lying attester. Others'
     * shares do not grow by it. Reverts with BusinessApplicationUnknown.
     */
    function remove(uint256 application) external;

    /**
     * @notice Calls the application's contract and records what that cost. Anyone may call; native coin goes along.
     * @dev The contract is called by {FORWARDER}, and the caller's address is appended to `data` (ERC-2771). Reverts
     * with BusinessCostForeign, BusinessApplicationUnknown, BusinessAccountMissing, BusinessEpochNotStarted,
     * BusinessCallFailed, ReentrancyGuardReentrantCall (metered calls do not nest: the inner gas would count twice).
     * @return result What the contract returned.
     */
    function meter(uint256 application, bytes calldata data) external payable returns (bytes memory result);

    /**
     * @notice Records value that the application's attester has signed for. Anyone may bring it.
     * @dev Reverts with BusinessApplicationUnknown, BusinessEpochNotStarted, BusinessEpochNotCurrent,
     * BusinessNonceUnexpected, BusinessAttestationInvalid, BusinessValueCapExceeded.
     * @param epoch The running epoch.
     * @param value In wei of CUNP, in addition to what was recorded.
     * @param nonce {attestationNonce} of the application.
     * @param signature Of {attestationDigest}.
     */
    function attest(uint256 application, uint64 epoch, uint96 value, uint256 nonce, bytes calldata signature) external;

    /**
     * @notice Pays an application's reward of an epoch that is over to its payee, once. Anyone may call.
     * @dev Reverts with BusinessApplicationUnknown, BusinessEpochRunning, BusinessClaimedAlready.
     * @return granted What was generated: less than {rewardOf} only when the business bucket is nearly empty.
     */
    function claim(uint256 application, uint64 epoch) external returns (uint256 granted);

    /// @notice What an application earns in an epoch by what is recorded so far: final once the epoch is over.
    function rewardOf(uint256 application, uint64 epoch) external view returns (uint256);

    /// @dev Reverts with BusinessApplicationUnknown.
    function applicationOf(uint256 application) external view returns (Application memory);

    /// @notice How many applications were ever registered: the number of the newest.
    function applicationCount() external view returns (uint256);

    function contributionOf(uint256 application, uint64 epoch) external view returns (Contribution memory);

    /// @notice All zero when nothing was recorded in the epoch.
    function totalsOf(uint64 epoch) external view returns (EpochTotals memory);

    /// @notice Nonce of the application's next attestation.
    function attestationNonce(uint256 application) external view returns (uint256);

    /// @notice What the attester signs (EIP-712: chain, contract, application, epoch, value, nonce).
    function attestationDigest(
        uint256 application,
        uint64 epoch,
        uint96 value,
        uint256 nonce
    ) external view returns (bytes32);

    /// @notice Who calls the applications' contracts: their trusted forwarder (ERC-2771).
    function FORWARDER() external view returns (address);
}
