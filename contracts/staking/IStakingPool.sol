// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Stake of validators and of their voters
 * @notice CUNP staked with an operator is a vote for it. Stake earns the incentive pool of formula (5) and, for the
 * validator's voters, a part of its block rewards. Leaving stake stays slashable for the unbonding time.
 *
 * An operator's own stake and its voters' stake are two pools with a share price of their own: a slash lowers the
 * price, without touching any position. No function loops over stakers.
 * @custom:whitepaper §3.1, §3.2, formula (5)
 */
interface IStakingPool {
    /// @notice What an account has with an operator. Amounts in wei of CUNP.
    struct Position {
        uint256 shares;
        /// What the shares are worth now.
        uint256 stake;
        /// Accrued and not claimed, up to the newest settled day.
        uint256 reward;
        /// Stake that came by redelegation and may not leave before `boundUntil` (seconds since 1970).
        uint256 boundStake;
        uint48 boundUntil;
    }

    /// @notice Stake on its way out.
    struct Unbonding {
        address operator;
        /// What is left of it after all slashes so far.
        uint256 amount;
        uint48 startedAt;
        uint48 maturesAt;
    }

    /// @notice What a validator earned in an epoch.
    struct Payout {
        address operator;
        uint256 amount;
        uint16 commissionBps;
    }

    error StakingAmountZero();
    error StakingOperatorUnknown(address operator);
    /// @notice The operator has left for ever: nothing can be staked with it.
    error StakingOperatorClosed(address operator);
    error StakingOperatorServing(address operator);
    error StakingPoolExhausted(address operator);
    error StakingStakeMissing(address staker, address operator, uint256 requested, uint256 available);
    /// @notice A validator that has not left keeps its required stake.
    error StakingSelfStakeRequired(address operator, uint256 remaining, uint256 required);
    error StakingRedelegationOpen(address staker, address operator, uint48 boundUntil);
    error StakingSameOperator(address operator);
    error StakingUnbondingUnknown(address staker, uint256 id);
    error StakingUnbondingImmature(uint256 id, uint48 maturesAt, uint256 timestamp);
    error StakingDaysBehind(uint256 settledDays, uint256 today);
    error StakingNothingToClaim(address staker, address operator);
    error StakingCandidateListed(address operator);
    error StakingCandidateUnlisted(address operator);
    error StakingCandidateIneligible(address operator, uint256 selfStake, uint256 required);
    /// @notice The candidate may stay in the list.
    error StakingCandidateEligible(address operator, uint256 selfStake, uint256 required);
    error StakingNotAPerson(address account);
    error StakingPersonVoted(bytes32 person, address account);
    error StakingPersonVoteMissing(address account);
    error StakingPersonVoteValid(address account);
    error StakingPersonStakeTooSmall(address account, uint256 stake, uint256 required);
    error StakingSlashTooLarge(uint256 slashBps, uint256 limitBps);

    event Staked(address indexed staker, address indexed operator, uint256 amount, uint256 shares);
    event Unstaked(address indexed staker, address indexed operator, uint256 amount, uint256 id, uint48 maturesAt);
    event Redelegated(
        address indexed staker,
        address indexed from,
        address indexed to,
        uint256 amount,
        uint48 boundUntil
    );
    /// @notice Redelegated stake paid for a fault of its former operator.
    event RedelegationSlashed(address indexed staker, address indexed from, address indexed to, uint256 burnt);
    event UnbondingWithdrawn(address indexed staker, uint256 indexed id, uint256 amount, uint256 slashed);
    event RewardClaimed(address indexed staker, address indexed operator, uint256 amount);
    event CommissionWithdrawn(address indexed operator, uint256 amount);
    event DaysSettled(uint256 indexed settledDays, uint256 requested, uint256 granted);
    event RewardsDistributed(address indexed operator, uint256 commission, uint256 voters);
    event OperatorSlashed(address indexed operator, uint256 selfBurnt, uint256 votersBurnt);
    event OperatorClosed(address indexed operator);
    event CandidateListed(address indexed operator);
    event CandidateUnlisted(address indexed operator);
    event PersonVoted(bytes32 indexed person, address indexed account, address indexed operator);
    event PersonVoteWithdrawn(bytes32 indexed person, address indexed account, address indexed operator);

    // ── stakers ──

    /// @notice Stakes the caller's CUNP (approved before) with an operator. The operator itself adds to its self-stake.
    function stake(address operator, uint256 amount) external returns (uint256 shares);

    /// @notice Stakes the caller's CUNP in favour of another account, whose position it becomes.
    function stakeFor(address staker, address operator, uint256 amount) external returns (uint256 shares);

    /// @notice Takes stake out; it can be withdrawn after the unbonding time and is slashable until then.
    function unstake(address operator, uint256 amount) external returns (uint256 id);

    /// @notice Moves voters' stake to another operator at once. It stays bound there, and slashable for the former one's
    /// faults, for the unbonding time.
    function redelegate(address from, address to, uint256 amount) external;

    /// @notice Applies what the former operator was slashed by to redelegated stake. Anyone may call.
    function applyRedelegationSlash(address staker, address operator) external returns (uint256 burnt);

    /// @notice Pays a matured unbonding out to its staker. Anyone may call.
    function withdraw(address staker, uint256 id) external returns (uint256 amount);

    /// @notice Moves what a position has accrued into a tranche of the RewardVault. Anyone may call.
    function claim(address staker, address operator) external returns (uint256 amount);

    /// @notice Pays an operator's commission out to it. Anyone may call.
    function withdrawCommission(address operator) external returns (uint256 amount);

    /// @notice The caller's person votes for an operator with which it has the minimum stake; replaces its former vote.
    function castPersonVote(address operator) external;

    function withdrawPersonVote() external;

    /// @notice Ends the vote of an account that is no person any more or whose stake there has become too small. Anyone.
    function strikePersonVote(address account) external;

    // ── anyone ──

    /// @notice Settles all days that have ended, at most a limit of them in one call. Late calls change nobody's part.
    function settleDays() external returns (uint256 settledDays);

    /// @notice Enters an operator with enough self-stake into the list that is elected from.
    function list(address operator) external;

    /// @notice Takes an operator that has left, or whose self-stake has become too small, out of the list.
    function unlist(address operator) external;

    /// @notice Ends an operator that has left for ever: its stake no longer votes and no longer earns.
    function close(address operator) external;

    // ── the system ──

    /// @notice Fixes the tallies as they stand: they are what the election of `epoch + 1` reads. Only EpochManager.
    function beginEpoch(uint64 epoch) external;

    /// @notice Shares out CUNP that was minted to this contract before. Only EpochManager.
    function distribute(Payout[] calldata payouts) external;

    /// @notice Burns a part of an operator's stake, its voters' by VOTER_SLASH_BPS of that, unbonding stake included.
    /// Never reverts for an operator without stake. Only EpochManager (later SlashingManager).
    function slash(address operator, uint16 slashBps) external returns (uint256 burnt);

    // ── views ──

    function positionOf(address staker, address operator) external view returns (Position memory);

    function unbondingOf(address staker, uint256 id) external view returns (Unbonding memory);

    /// @notice Ids of a staker's unbondings are 0 … count − 1.
    function unbondingCount(address staker) external view returns (uint256);

    function selfStakeOf(address operator) external view returns (uint256);

    /// @notice Self-stake and voters' stake together: the votes by holding.
    function stakeOf(address operator) external view returns (uint256);

    function commissionOf(address operator) external view returns (uint256);

    function personVoteOf(address account) external view returns (bytes32 person, address operator);

    /// @notice All stake with voting right: N of formula (5).
    function totalStake() external view returns (uint256);

    /// @notice Days since 1970 up to which (exclusive) everything is settled.
    function settledDays() external view returns (uint256);

    function candidates() external view returns (address[] memory);

    function candidateCount() external view returns (uint256);

    /**
     * @notice Tallies as the newest {beginEpoch} fixed them, two words for each candidate:
     * operator << 96 | stake in wei, then registeredAt << 40 | persons. Candidates listed since count with zero.
     */
    function snapshotPage(uint256 from, uint256 count) external view returns (uint256[] memory words);

    /// @notice Sums over all candidates at the newest {beginEpoch}: stake voting in wei, persons voting.
    function snapshotTotals() external view returns (uint64 epoch, uint256 stakeVoting, uint256 personsVoting);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
