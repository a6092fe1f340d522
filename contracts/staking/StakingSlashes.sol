// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {StakeMath} from "../libraries/StakeMath.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {VOTER_SLASH_BPS} from "../types/ParameterName.sol";
import {CandidateList} from "./CandidateList.sol";
import {IStakingPool} from "./IStakingPool.sol";
import {StakingStorage} from "./StakingStorage.sol";

/**
 * @title The pools of StakingPool and their prices: marks, slashes, liability
 * @dev Owns: what a pool holds, the sums over all pools, and the history of prices [STK-7].
 * Does not own: positions and days (StakingLedger), who may slash (StakingPool), votes (CandidateList).
 * Called by: StakingLedger, StakingPool. Properties: POOL-1, POOL-4, POOL-5.
 *
 * A slash writes a mark: what a share had earned until then, and the price from then on. Nothing else is touched,
 * however many have staked.
 * @custom:whitepaper §3.1, §3.2
 */
abstract contract StakingSlashes is IStakingPool {
    using SafeCast for uint256;

    uint256 internal constant OWN = 0;
    uint256 internal constant VOTERS = 1;
    uint256 internal constant BPS = 10_000;
    /// All of it, in a mark's factor.
    uint256 private constant WHOLE = 1 << 128;

    IParameterRegistry internal immutable PARAMETERS;

    constructor(IParameterRegistry parameters) {
        PARAMETERS = parameters;
    }

    // ───────────────────────────────────────────────── POOLS ─────────────────────────────────────────────────

    /// The only place where a pool changes; keeps the sums over all pools and the votes in step.
    function _writePool(address operator, uint256 kind, uint256 tokens, uint256 shares, uint256 moment) internal {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Pool storage pool = $.pools[operator][kind];
        StakingStorage.Operator memory record = $.operators[operator];
        (uint256 tokensBefore, uint256 momentBefore) = (pool.tokens, _momentInTokens(pool));
        pool.tokens = tokens.toUint96();
        pool.shares = shares.toUint112();
        pool.moment = moment.toUint128();
        if (record.closed) return;
        StakingStorage.Totals memory totals = $.totals;
        totals.stake = uint96(totals.stake + tokens - tokensBefore);
        totals.moment = uint112(totals.moment + _momentInTokens(pool) - momentBefore);
        $.totals = totals;
        if (record.place != 0) CandidateList.changeVotes(record.place, tokensBefore, tokens);
    }

    /// A pool's part of T: rounds down, so that all stake-days round up and nobody is paid too much.
    function _momentInTokens(StakingStorage.Pool storage pool) private view returns (uint256) {
        (uint256 tokens, uint256 shares, uint256 moment) = (pool.tokens, pool.shares, pool.moment);
        return StakeMath.worth(moment, tokens, shares);
    }

    /// Ends an operator's earning and voting for good. Assumes: settled.
    function _endEarning(address operator) internal {
        StakingStorage.Layout storage $ = StakingStorage.load();
        for (uint256 kind = OWN; kind <= VOTERS; kind++) {
            StakingStorage.Pool storage pool = $.pools[operator][kind];
            $.totals.stake -= pool.tokens;
            $.totals.moment -= uint112(_momentInTokens(pool));
            _mark(operator, kind, 0, BPS);
        }
        $.operators[operator].closed = true;
    }

    // ──────────────────────────────────────────────── SLASHES ────────────────────────────────────────────────

    /// Lowers the prices of both pools; what is on its way out follows when it is paid out.
    function _slash(address operator, uint256 slashBps) internal returns (uint256 ownBurnt, uint256 votersBurnt) {
        ownBurnt = _slashPool(operator, OWN, slashBps);
        votersBurnt = _slashPool(operator, VOTERS, (slashBps * PARAMETERS.valueOf(VOTER_SLASH_BPS)) / BPS);
    }

    function _slashPool(address operator, uint256 kind, uint256 slashBps) private returns (uint256 burnt) {
        if (slashBps == 0) return 0;
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Pool memory pool = $.pools[operator][kind];
        burnt = (pool.tokens * slashBps) / BPS;
        _writePool(operator, kind, pool.tokens - burnt, pool.shares, pool.moment);
        bool earns = !$.operators[operator].closed;
        _mark(operator, kind, earns ? pool.tokens - burnt : 0, BPS - slashBps);
    }

    /// Writes down what a share has earned so far, for how much it earns from now on, and what is left of stake.
    function _mark(address operator, uint256 kind, uint256 earningTokens, uint256 leftBps) internal {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Pool storage pool = $.pools[operator][kind];
        mapping(uint256 => StakingStorage.Mark) storage marks = $.marks[operator][kind];
        uint24 index = pool.marks;
        StakingStorage.Mark memory former = marks[index];
        uint24 settlement = $.totals.settlements;
        (uint256 perStake, uint256 perMoment) = _grown(former.settlement, settlement);
        if (index > 0) {
            perStake = StakeMath.worth(perStake, former.tokens, former.shares);
            perMoment =
                former.shares == 0 ? 0 : Math.mulDiv(perMoment, former.tokens, former.shares, Math.Rounding.Ceil);
        }
        marks[index + 1] = StakingStorage.Mark({
            tokens: uint96(earningTokens),
            shares: pool.shares,
            settlement: settlement,
            perShare: (former.perShare + perStake).toUint128(),
            perShareMoment: (former.perShareMoment + perMoment).toUint128(),
            markedAt: uint48(block.timestamp),
            factor: uint160(((index == 0 ? WHOLE : former.factor) * leftBps) / BPS)
        });
        pool.marks = index + 1;
    }

    /// What is left at `time` of an amount that left a pool, or became liable to it, when it had `mark` marks.
    function _left(
        address operator,
        uint256 kind,
        uint256 mark,
        uint256 amount,
        uint256 time
    ) internal view returns (uint256) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        mapping(uint256 => StakingStorage.Mark) storage marks = $.marks[operator][kind];
        uint256 last = _lastMark(marks, mark, $.pools[operator][kind].marks, time);
        if (last == mark) return amount;
        uint256 before = mark == 0 ? WHOLE : marks[mark].factor;
        return before == 0 ? 0 : (amount * marks[last].factor) / before;
    }

    /// The newest mark that is not later than `time`; at least `low`. Binary search: marks are ordered by time.
    function _lastMark(
        mapping(uint256 => StakingStorage.Mark) storage marks,
        uint256 low,
        uint256 high,
        uint256 time
    ) private view returns (uint256) {
        while (low < high) {
            uint256 middle = Math.average(low + 1, high);
            if (marks[middle].markedAt <= time) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /// What the accumulators grew by between two settlements.
    function _grown(uint256 from, uint256 to) internal view returns (uint256 perStake, uint256 perMoment) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Settlement memory start = $.settlements[from];
        StakingStorage.Settlement memory end = $.settlements[to];
        return (end.perStake - start.perStake, end.perMoment - start.perMoment);
    }
}
