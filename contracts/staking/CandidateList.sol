// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IValidatorElection} from "../consensus/IValidatorElection.sol";
import {IContractDirectory} from "../governance/IContractDirectory.sol";
import {IStageManager} from "../governance/IStageManager.sol";
import {IPersonhood} from "../identity/IPersonhood.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {AUTHORITY_STAKE, CANDIDATE_STAKE, GENERATION_STAKE, PERSON_MINIMUM_STAKE} from "../types/ParameterName.sol";
import {NEW_GENERATION, ORIGIN, Stage} from "../types/Stage.sol";
import {ACTIVE, CANDIDATE, EXITING, TOMBSTONED, ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IStakingPool} from "./IStakingPool.sol";
import {StakingStorage} from "./StakingStorage.sol";

/**
 * @title Candidates of StakingPool: who can be elected, with which votes
 * @dev Owns: the list, votes by holding and by person, and the snapshot that an election reads [VAL-3, VAL-4].
 * Does not own: the election (ValidatorElection), stake (StakingLedger).
 * Called by: StakingPool, in whose storage it works: a library with code of its own, because the pool has no room.
 * Properties: POOL-6, POOL-7.
 *
 * Each tally keeps its value now and the one of the newest snapshot; the first change after a snapshot moves the one
 * into the other. So taking a snapshot costs nothing, however many candidates there are.
 * @custom:whitepaper §3.2
 */
library CandidateList {
    using SafeCast for uint256;

    uint256 private constant OWN = 0;
    uint256 private constant VOTERS = 1;

    /// Whom the pool knows.
    struct Doors {
        address registry;
        address personhood;
        address parameters;
        address directory;
    }

    // ───────────────────────────────────────────────── LIST ──────────────────────────────────────────────────

    /// @notice See IStakingPool.list.
    function list(Doors memory to, address operator) external {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Operator storage record = $.operators[operator];
        require(record.place == 0, IStakingPool.StakingCandidateListed(operator));
        ValidatorState state = IValidatorRegistry(to.registry).stateOf(operator);
        uint256 required = _candidateStake(to);
        uint256 own = $.pools[operator][OWN].tokens;
        bool eligible = (state == CANDIDATE || state == ACTIVE) && own >= required && !record.closed;
        require(eligible, IStakingPool.StakingCandidateIneligible(operator, own, required));
        uint96 stake = uint96(own + $.pools[operator][VOTERS].tokens);
        $.candidates.push(
            StakingStorage.Candidate({
                operator: operator,
                stake: stake,
                stakeBefore: 0,
                persons: 0,
                personsBefore: 0,
                changedIn: $.votes.snapshot,
                registeredAt: uint48(IValidatorRegistry(to.registry).validatorOf(operator).registeredAt),
                listed: true
            })
        );
        record.place = $.candidates.length.toUint32();
        record.listing++;
        _addVotingStake(0, stake);
        emit IStakingPool.CandidateListed(operator);
    }

    /// @notice See IStakingPool.unlist.
    function unlist(Doors memory to, address operator) external {
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint256 place = $.operators[operator].place;
        require(place != 0, IStakingPool.StakingCandidateUnlisted(operator));
        StakingStorage.Candidate storage candidate = $.candidates[place - 1];
        if (candidate.listed) {
            uint256 own = $.pools[operator][OWN].tokens;
            uint256 required = _candidateStake(to);
            ValidatorState state = IValidatorRegistry(to.registry).stateOf(operator);
            bool mayStay = own >= required && state != EXITING && state != TOMBSTONED;
            require(!mayStay, IStakingPool.StakingCandidateEligible(operator, own, required));
        }
        leaveList(to, operator);
    }

    /// Ends a candidacy. While pages of an election are read nothing moves: the entry is removed later, by anybody.
    function leaveList(Doors memory to, address operator) public {
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint256 place = $.operators[operator].place;
        StakingStorage.Candidate storage candidate = $.candidates[place - 1];
        if (candidate.listed) {
            _keepBefore(candidate);
            _addVotingStake(candidate.stake, 0);
            _addVotingPersons(candidate.persons, 0);
            candidate.listed = false;
            candidate.stake = 0;
            candidate.persons = 0;
            emit IStakingPool.CandidateUnlisted(operator);
        }
        address election = _find(to, "ValidatorElection");
        if (election != address(0) && IValidatorElection(election).isOpen()) return;
        uint256 last = $.candidates.length;
        if (place != last) {
            StakingStorage.Candidate memory moved = $.candidates[last - 1];
            $.candidates[place - 1] = moved;
            $.operators[moved.operator].place = uint32(place);
        }
        $.candidates.pop();
        $.operators[operator].place = 0;
    }

    // ──────────────────────────────────────────────── PERSONS ────────────────────────────────────────────────

    /// @notice See IStakingPool.castPersonVote; `stake` is what the account has with the operator.
    function castPersonVote(Doors memory to, address account, address operator, uint256 stake) external {
        StakingStorage.Layout storage $ = StakingStorage.load();
        bytes32 person = IPersonhood(to.personhood).personOf(account);
        require(person != 0, IStakingPool.StakingNotAPerson(account));
        address votedBy = $.votedBy[person];
        require(votedBy == address(0) || votedBy == account, IStakingPool.StakingPersonVoted(person, votedBy));
        StakingStorage.Operator storage record = $.operators[operator];
        require(_isListed(record.place), IStakingPool.StakingCandidateUnlisted(operator));
        uint256 required = IParameterRegistry(to.parameters).valueOf(PERSON_MINIMUM_STAKE);
        require(stake >= required, IStakingPool.StakingPersonStakeTooSmall(account, stake, required));
        if ($.personVotes[account].person != 0) _endPersonVote(account);
        $.personVotes[account] = StakingStorage.PersonVote(person, operator, record.listing);
        $.votedBy[person] = account;
        StakingStorage.Candidate storage candidate = $.candidates[record.place - 1];
        _keepBefore(candidate);
        candidate.persons++;
        _addVotingPersons(0, 1);
        emit IStakingPool.PersonVoted(person, account, operator);
    }

    /// @notice See IStakingPool.withdrawPersonVote.
    function withdrawPersonVote(address account) external {
        require(StakingStorage.load().personVotes[account].person != 0, IStakingPool.StakingPersonVoteMissing(account));
        _endPersonVote(account);
    }

    /// @notice See IStakingPool.strikePersonVote; `stake` is what the account has with the operator it voted for.
    function strikePersonVote(Doors memory to, address account, uint256 stake) external {
        StakingStorage.PersonVote memory vote = StakingStorage.load().personVotes[account];
        require(vote.person != 0, IStakingPool.StakingPersonVoteMissing(account));
        bool isVoid =
            IPersonhood(to.personhood).personOf(account) != vote.person ||
                stake < IParameterRegistry(to.parameters).valueOf(PERSON_MINIMUM_STAKE);
        require(isVoid, IStakingPool.StakingPersonVoteValid(account));
        _endPersonVote(account);
    }

    /// Ends the vote of an account whose stake with the operator it voted for has become too small.
    function reviewPersonVote(Doors memory to, address staker, address operator, uint256 stake) external {
        StakingStorage.PersonVote memory vote = StakingStorage.load().personVotes[staker];
        if (vote.person == 0 || vote.operator != operator) return;
        if (stake < IParameterRegistry(to.parameters).valueOf(PERSON_MINIMUM_STAKE)) _endPersonVote(staker);
    }

    function _endPersonVote(address account) private {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.PersonVote memory vote = $.personVotes[account];
        delete $.personVotes[account];
        delete $.votedBy[vote.person];
        StakingStorage.Operator storage record = $.operators[vote.operator];
        // A vote for a candidacy that has ended since was taken off then.
        if (record.listing == vote.listing && _isListed(record.place)) {
            StakingStorage.Candidate storage candidate = $.candidates[record.place - 1];
            _keepBefore(candidate);
            candidate.persons--;
            _addVotingPersons(1, 0);
        }
        emit IStakingPool.PersonVoteWithdrawn(vote.person, account, vote.operator);
    }

    // ──────────────────────────────────────────────── TALLIES ────────────────────────────────────────────────

    /// Tells the list that the stake with a candidate has changed.
    function changeVotes(uint256 place, uint256 tokensBefore, uint256 tokens) internal {
        StakingStorage.Candidate storage candidate = StakingStorage.load().candidates[place - 1];
        if (!candidate.listed) return;
        _keepBefore(candidate);
        candidate.stake = uint96(candidate.stake + tokens - tokensBefore);
        _addVotingStake(tokensBefore, tokens);
    }

    /// The first change after a snapshot writes down what the snapshot saw.
    function _keepBefore(StakingStorage.Candidate storage candidate) private {
        uint32 snapshot = StakingStorage.load().votes.snapshot;
        if (candidate.changedIn == snapshot) return;
        candidate.changedIn = snapshot;
        candidate.stakeBefore = candidate.stake;
        candidate.personsBefore = candidate.persons;
    }

    function _addVotingStake(uint256 minus, uint256 plus) private {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Votes memory votes = $.votes;
        if (votes.changedIn != votes.snapshot) {
            votes.changedIn = votes.snapshot;
            votes.stakeBefore = votes.stake;
        }
        votes.stake = uint96(votes.stake + plus - minus);
        $.votes = votes;
    }

    function _addVotingPersons(uint256 minus, uint256 plus) private {
        if (minus == plus) return;
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Persons memory persons = $.persons;
        if (persons.changedIn != $.votes.snapshot) {
            persons.changedIn = $.votes.snapshot;
            persons.countBefore = persons.count;
        }
        persons.count = uint32(persons.count + plus - minus);
        $.persons = persons;
    }

    /// @notice See IStakingPool.beginEpoch.
    function beginEpoch(uint64 epoch) external {
        StakingStorage.Layout storage $ = StakingStorage.load();
        $.votes.snapshot++;
        $.persons.epoch = epoch;
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @notice See IStakingPool.snapshotPage.
    function snapshotPage(uint256 from, uint256 count) external view returns (uint256[] memory words) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint256 total = $.candidates.length;
        uint256 end = from >= total ? from : (count < total - from ? from + count : total);
        uint32 snapshot = $.votes.snapshot;
        words = new uint256[](2 * (end - from));
        for (uint256 i = from; i < end; i++) {
            StakingStorage.Candidate memory candidate = $.candidates[i];
            bool changed = candidate.changedIn == snapshot;
            uint256 stake = changed ? candidate.stakeBefore : candidate.stake;
            uint256 persons = changed ? candidate.personsBefore : candidate.persons;
            uint256 word = 2 * (i - from);
            words[word] = (uint256(uint160(candidate.operator)) << 96) | stake;
            words[word + 1] = (uint256(candidate.registeredAt) << 40) | persons;
        }
    }

    /// @notice See IStakingPool.snapshotTotals.
    function snapshotTotals() external view returns (uint64 epoch, uint256 stakeVoting, uint256 personsVoting) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Votes memory votes = $.votes;
        StakingStorage.Persons memory persons = $.persons;
        epoch = persons.epoch;
        stakeVoting = votes.changedIn == votes.snapshot ? votes.stakeBefore : votes.stake;
        personsVoting = persons.changedIn == votes.snapshot ? persons.countBefore : persons.count;
    }

    /// @notice See IStakingPool.candidates.
    function candidates() external view returns (address[] memory operators) {
        StakingStorage.Candidate[] storage all = StakingStorage.load().candidates;
        operators = new address[](all.length);
        for (uint256 i = 0; i < all.length; i++) operators[i] = all[i].operator;
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _isListed(uint256 place) private view returns (bool) {
        return place != 0 && StakingStorage.load().candidates[place - 1].listed;
    }

    function _stage(Doors memory to) private view returns (Stage) {
        address stageManager = _find(to, "StageManager");
        return stageManager == address(0) ? ORIGIN : IStageManager(stageManager).stage();
    }

    /// What a candidate stakes itself; more than there can be while elections have not begun.
    function _candidateStake(Doors memory to) private view returns (uint256) {
        Stage stage = _stage(to);
        if (stage == ORIGIN) return type(uint256).max;
        return IParameterRegistry(to.parameters).valueOf(stage == NEW_GENERATION ? GENERATION_STAKE : CANDIDATE_STAKE);
    }

    /// @notice What an operator must leave staked, given its state: nothing once it has left or was never in the list.
    function requiredSelfStake(Doors memory to, address operator) external view returns (uint256) {
        ValidatorState state = IValidatorRegistry(to.registry).stateOf(operator);
        if (state == EXITING || state == TOMBSTONED) return 0;
        if (IValidatorRegistry(to.registry).isAuthority(operator) && _stage(to) < NEW_GENERATION)
            return IParameterRegistry(to.parameters).valueOf(AUTHORITY_STAKE);
        if (state == CANDIDATE && !_isListed(StakingStorage.load().operators[operator].place)) return 0;
        return _candidateStake(to);
    }

    /// A contract that is deployed after the pool; zero before it is published.
    function _find(Doors memory to, bytes32 name) private view returns (address) {
        return
            IContractDirectory(to.directory).versionCount(name) == 0
                ? address(0)
                : IContractDirectory(to.directory).addressOf(name);
    }
}
