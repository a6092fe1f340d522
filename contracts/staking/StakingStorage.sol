// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Where StakingPool keeps what
 * @dev Owns: the storage layout (ERC-7201), packed for the path of a stake. Does not own: any rule.
 * Called by: StakingLedger, StakingCandidates, StakingPool. Whitepaper §3.1, §3.2.
 *
 * Widths: CUNP never passes 1e27 wei < 2^90; shares never pass 1e6 times that < 2^110, because a pool whose price has
 * fallen below a millionth takes no stake; days since DAY_ZERO stay below 2^16 for 170 years.
 */
library StakingStorage {
    /// Stake of one kind (the operator's own, or its voters') with one operator.
    struct Pool {
        uint96 tokens;
        uint112 shares;
        /// Number of marks: times that the share price fell or earning ended.
        uint24 marks;
        /// Number of distributions of block rewards.
        uint24 distributions;
        /// Σ shares · day of staking.
        uint128 moment;
    }

    /// What held when a pool's price fell: from here on `tokens / shares` is what a share earns for.
    struct Mark {
        uint96 tokens;
        uint112 shares;
        /// Index of the newest settlement at that time.
        uint24 settlement;
        /// Per share, from the first settlement to this one, price falls included.
        uint128 perShare;
        uint128 perShareMoment;
        uint48 markedAt;
        /// What is left of one wei that was staked before the first mark; 2^128 is all of it.
        uint160 factor;
    }

    struct Position {
        uint112 shares;
        /// Σ shares · day of staking.
        uint128 moment;
        /// True while a redelegation is open: see Bound.
        bool bound;
        // A new slot: how far rewards have been added to `reward`.
        uint24 settlement;
        uint24 mark;
        uint24 distribution;
        /// wei of CUNP, accrued and not claimed.
        uint96 reward;
    }

    /// Stake that came from another operator, and answers for its faults until `until`.
    struct Bound {
        address from;
        uint96 amount;
        uint48 until;
        /// Marks of the former pool that are taken into account.
        uint24 mark;
    }

    struct Unbonding {
        address operator;
        uint96 amount;
        uint48 startedAt;
        uint48 maturesAt;
        /// Marks of the pool when it was left.
        uint24 mark;
    }

    struct Operator {
        /// Place in the list of candidates, counted from one; zero when it is not there.
        uint32 place;
        /// Which of its listings the present one is: votes of persons belong to one.
        uint32 listing;
        /// Something was staked with it, so it was registered.
        bool known;
        bool closed;
        /// wei of CUNP, to be withdrawn by it.
        uint96 commission;
    }

    /// Two slots, all that an election reads of a candidate.
    struct Candidate {
        address operator;
        uint96 stake;
        // As they were when the newest snapshot was taken, if `changedIn` is that snapshot.
        uint96 stakeBefore;
        uint32 persons;
        uint32 personsBefore;
        uint32 changedIn;
        uint48 registeredAt;
        bool listed;
    }

    /// All stake with voting right.
    struct Totals {
        uint96 stake;
        /// Σ over pools of ⌊moment in wei · days⌋.
        uint112 moment;
        uint24 settlements;
        /// Days since 1970, exclusive.
        uint24 settledDays;
    }

    /// Stake with listed candidates.
    struct Votes {
        uint96 stake;
        uint96 stakeBefore;
        uint32 changedIn;
        /// Number of snapshots taken.
        uint32 snapshot;
    }

    struct Persons {
        uint32 count;
        uint32 countBefore;
        uint32 changedIn;
        /// The epoch that the newest snapshot was taken for.
        uint64 epoch;
    }

    struct PersonVote {
        bytes32 person;
        address operator;
        uint32 listing;
    }

    /// Accumulators after a settlement, fixed point 2^104: what a wei of stake, and a wei · day of moment, has earned.
    struct Settlement {
        uint128 perStake;
        uint128 perMoment;
    }

    /// @custom:storage-location erc7201:coopunion.storage.StakingPool
    struct Layout {
        Totals totals;
        Votes votes;
        Persons persons;
        /// Fixed point 2^104: what rounding left of settled days.
        uint256 carry;
        mapping(uint256 index => Settlement) settlements;
        mapping(address operator => Operator) operators;
        /// 0 the operator's own, 1 its voters'.
        mapping(address operator => Pool[2]) pools;
        mapping(address operator => mapping(uint256 kind => mapping(uint256 mark => Mark))) marks;
        /// Fixed point 2^96, cumulative.
        mapping(address operator => mapping(uint256 kind => mapping(uint256 distribution => uint256))) rewardPerShare;
        mapping(address staker => mapping(address operator => Position)) positions;
        mapping(address staker => mapping(address operator => Bound)) bounds;
        mapping(address staker => Unbonding[]) unbondings;
        Candidate[] candidates;
        mapping(address account => PersonVote) personVotes;
        mapping(bytes32 person => address account) votedBy;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.StakingPool")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SLOT = 0x8a9f0aad9825a79f91ac3b1fc76552e0b5f12ce6e2c34d2da6adfb446affc900;

    function load() internal pure returns (Layout storage $) {
        bytes32 slot = SLOT;
        assembly {
            $.slot := slot
        }
    }
}
