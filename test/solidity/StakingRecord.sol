// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakingPool} from "../../contracts/staking/StakingPool.sol";
import {Test} from "./Test.sol";

/**
 * Who plays in random histories of StakingPool, and what must be true of it, kept apart from it.
 *
 * Owns: the accounts, the record of the newest epoch, and the watch over stake that nobody may move. Does not own: the
 * calls (StakingHandler), the comparison (StakingPoolInvariants). Called by: StakingPool.t.sol.
 */
abstract contract StakingRecord is Test {
    uint256 public constant OPERATORS = 2;
    uint256 public constant STAKERS = 3;

    StakingPool public immutable POOL;

    /// What the newest beginEpoch saw: words of pages as they must read, and the sums.
    uint256[] public words;
    uint64 public epoch;
    uint256 public stakeVoting;
    uint256 public personsVoting;
    /// A price that rose, passed one, or fell without a slash.
    bool public priceMoved;
    /// A withdrawal that was due and refused, or a wei of stake that came and was not there.
    bool public broken;
    /// What has entered the list and not left it since. The election stays open, so nobody comes back.
    mapping(address operator => bool) public listed;
    mapping(address operator => bool) public closed;

    constructor(StakingPool pool) {
        POOL = pool;
    }

    function operatorAt(uint256 index) public pure returns (address) {
        return address(uint160(0xB0000 + (index % OPERATORS)));
    }

    /// Stakers, then operators: both may stake with any operator.
    function accountAt(uint256 index) public pure returns (address) {
        index %= STAKERS + OPERATORS;
        return index < STAKERS ? address(uint160(0xC0000 + index)) : operatorAt(index - STAKERS);
    }

    function accounts() public pure returns (uint256) {
        return STAKERS + OPERATORS;
    }

    /// What changes nobody's stake.
    modifier steady() {
        uint256[] memory before = _stakes();
        _;
        uint256[] memory afterwards = _stakes();
        for (uint256 i = 0; i < before.length; i++) {
            if (before[i] != afterwards[i]) priceMoved = true;
        }
    }

    /// Stake of every account with every operator.
    function _stakes() internal view returns (uint256[] memory stakes) {
        stakes = new uint256[](accounts() * OPERATORS);
        for (uint256 i = 0; i < stakes.length; i++) {
            stakes[i] = POOL.positionOf(accountAt(i / OPERATORS), operatorAt(i % OPERATORS)).stake;
        }
    }

    /// Rounding is for those who stay: nobody's stake shrinks when another account comes or goes.
    function _compare(uint256[] memory before, address account, address from, address to) internal {
        uint256[] memory afterwards = _stakes();
        for (uint256 i = 0; i < before.length; i++) {
            (address who, address operator) = (accountAt(i / OPERATORS), operatorAt(i % OPERATORS));
            if (who == account && (operator == from || operator == to)) continue;
            if (afterwards[i] < before[i]) priceMoved = true;
        }
    }

    /// Writes down what an election of this epoch must see, whatever happens from now on.
    function begin() external steady {
        epoch++;
        POOL.beginEpoch(epoch);
        delete words;
        (stakeVoting, personsVoting) = (0, 0);
        address[] memory candidates = POOL.candidates();
        for (uint256 i = 0; i < candidates.length; i++) {
            bool isListed = listed[candidates[i]];
            uint256 votes = isListed ? POOL.stakeOf(candidates[i]) : 0;
            uint256 persons = isListed ? _personsFor(candidates[i]) : 0;
            words.push((uint256(uint160(candidates[i])) << 96) | votes);
            words.push((uint256(1) << 40) | persons);
            stakeVoting += votes;
            personsVoting += persons;
        }
    }

    function _personsFor(address operator) private view returns (uint256 count) {
        for (uint256 i = 0; i < accounts(); i++) {
            (bytes32 person, address choice) = POOL.personVoteOf(accountAt(i));
            if (person != 0 && choice == operator) count++;
        }
    }

    function wordCount() external view returns (uint256) {
        return words.length;
    }
}
