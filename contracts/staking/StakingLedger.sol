// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IContractDirectory} from "../governance/IContractDirectory.sol";
import {IStageManager} from "../governance/IStageManager.sol";
import {StakeMath} from "../libraries/StakeMath.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {IEmissionController} from "../token/IEmissionController.sol";
import {NODES} from "../types/Bucket.sol";
import {INCENTIVE_RATE_BPS, STAKE_DAYS_WEIGHT_BPS} from "../types/ParameterName.sol";
import {CAPE_OF_GOOD_HOPE} from "../types/Stage.sol";
import {StakingSlashes} from "./StakingSlashes.sol";
import {StakingStorage} from "./StakingStorage.sol";

/**
 * @title The books of StakingPool: positions, days, what stake has earned
 * @dev Owns: the accumulators of formula (5), shares of positions, what they have accrued [STK-3, STK-4].
 * Does not own: prices and marks (StakingSlashes), who may do what, coins coming and going (StakingPool).
 * Called by: StakingPool. Properties: POOL-1, POOL-2, POOL-3.
 *
 * A position that has lived through any number of slashes is brought up to date from two marks, without a loop.
 * @custom:whitepaper §3.1, §3.2, formula (5)
 */
abstract contract StakingLedger is StakingSlashes {
    using SafeCast for uint256;

    /// Days since 1970 from which moments count: keeps them small.
    uint256 private constant DAY_ZERO = 20_000;
    /// Days in one settlement: what is cheap in one transaction. More that two years late takes another call.
    uint256 internal constant SETTLEMENT_LIMIT_DAYS = 800;
    uint256 private constant DISTRIBUTION_FIXED_BITS = 96;
    /// wei by which a pool may be worth more or less than its newest mark says, before a new one is written.
    uint256 private constant DRIFT_LIMIT = 64;
    /// A pool whose price has fallen below 1 / this takes no more stake.
    uint256 private constant PRICE_LIMIT = 1_000_000;

    IEmissionController internal immutable EMISSION;
    IContractDirectory internal immutable DIRECTORY;
    ERC20Burnable internal immutable CUNP;

    constructor(
        ERC20Burnable cunp,
        IParameterRegistry parameters,
        IEmissionController emission,
        IContractDirectory directory
    ) StakingSlashes(parameters) {
        CUNP = cunp;
        EMISSION = emission;
        DIRECTORY = directory;
    }

    // ───────────────────────────────────────────────── DAYS ──────────────────────────────────────────────────

    /// Everything that changes stake first settles the days before: they are paid by the stake they had.
    function _settleAll() internal {
        uint256 today = block.timestamp / 1 days;
        if (StakingStorage.load().totals.settledDays >= today) return;
        uint256 settled = _settle();
        require(settled >= today, StakingDaysBehind(settled, today));
    }

    /// Settles up to the limit of days; returns the days settled since 1970.
    function _settle() internal returns (uint256 end) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Totals memory totals = $.totals;
        end = Math.min(block.timestamp / 1 days, totals.settledDays + SETTLEMENT_LIMIT_DAYS);
        if (totals.settledDays >= end) return totals.settledDays;
        uint256 start = Math.max(totals.settledDays, _incentiveStart());
        $.totals.settledDays = uint24(end);
        uint256 requested = 0;
        if (totals.stake > 0 && start < end) requested = _addDays(totals, start, end);
        uint256 granted = requested == 0 ? 0 : EMISSION.emitStakingReward(address(this), requested);
        emit DaysSettled(end, requested, granted);
    }

    /// One entry of history for all these days; the parameters are those of each day's beginning.
    function _addDays(
        StakingStorage.Totals memory totals,
        uint256 start,
        uint256 end
    ) private returns (uint256 requested) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint256 remaining = EMISSION.remainingOf(NODES);
        StakeMath.Day memory sum = StakeMath.Day(0, 0, $.carry);
        uint256[] memory rates;
        uint256 until = 0;
        for (uint256 day = start; day < end; day++) {
            if (day * 1 days >= until) (rates, until) = _ratesAt(day * 1 days);
            uint256 pool = Math.min(StakeMath.dayPool(totals.stake, rates[0]), remaining - requested);
            requested += pool;
            StakeMath.Day memory added = StakeMath.addDay(
                pool,
                sum.carry,
                totals.stake,
                totals.moment,
                day - DAY_ZERO,
                rates[1]
            );
            sum.perStake += added.perStake;
            sum.perMoment += added.perMoment;
            sum.carry = added.carry;
        }
        StakingStorage.Settlement storage newest = $.settlements[totals.settlements];
        $.settlements[totals.settlements + 1] = StakingStorage.Settlement({
            perStake: (newest.perStake + sum.perStake).toUint128(),
            perMoment: (newest.perMoment + sum.perMoment).toUint128()
        });
        $.totals.settlements = totals.settlements + 1;
        $.carry = sum.carry;
    }

    function _ratesAt(uint256 timestamp) private view returns (uint256[] memory rates, uint256 until) {
        bytes32[] memory names = new bytes32[](2);
        (names[0], names[1]) = (INCENTIVE_RATE_BPS, STAKE_DAYS_WEIGHT_BPS);
        return PARAMETERS.valuesAt(names, uint48(timestamp));
    }

    /// The first day, since 1970, that began in Cape of Good Hope or later; never, before that stage.
    function _incentiveStart() private view returns (uint256) {
        address stageManager = _find("StageManager");
        if (stageManager == address(0)) return type(uint256).max;
        uint256 enteredAt = IStageManager(stageManager).enteredAt(CAPE_OF_GOOD_HOPE);
        return enteredAt == 0 ? type(uint256).max : Math.ceilDiv(enteredAt, 1 days);
    }

    // ──────────────────────────────────────────────── REWARDS ────────────────────────────────────────────────

    /// What a position has earned since it was touched last: formula (5), and its part of block rewards.
    function _accrued(address staker, address operator) internal view returns (uint256 amount) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Position memory position = $.positions[staker][operator];
        if (position.shares == 0) return 0;
        uint256 kind = _kindOf(staker, operator);
        StakingStorage.Pool storage pool = $.pools[operator][kind];
        amount = _incentiveOf(position, operator, kind, pool.marks) >> StakeMath.FIXED_BITS;
        if (position.distribution == pool.distributions) return amount;
        mapping(uint256 => uint256) storage history = $.rewardPerShare[operator][kind];
        uint256 perShare = history[pool.distributions] - history[position.distribution];
        amount += (position.shares * perShare) >> DISTRIBUTION_FIXED_BITS;
    }

    /// Fixed point. Up to the first mark that the position has not seen, between marks, and since the newest.
    function _incentiveOf(
        StakingStorage.Position memory position,
        address operator,
        uint256 kind,
        uint256 newest
    ) private view returns (uint256 sum) {
        mapping(uint256 => StakingStorage.Mark) storage marks = StakingStorage.load().marks[operator][kind];
        StakingStorage.Mark storage last = marks[newest];
        uint256 now_ = StakingStorage.load().totals.settlements;
        if (position.mark == newest) return _between(position, position.settlement, now_, last, newest);
        StakingStorage.Mark storage next = marks[position.mark + 1];
        sum = _between(position, position.settlement, next.settlement, marks[position.mark], position.mark);
        sum += StakeMath.earned(
            position.shares,
            position.moment,
            last.perShare - next.perShare,
            last.perShareMoment - next.perShareMoment
        );
        sum += _between(position, last.settlement, now_, last, newest);
    }

    /// Earned from one settlement to another at the price of a mark; mark zero is price one.
    function _between(
        StakingStorage.Position memory position,
        uint256 from,
        uint256 to,
        StakingStorage.Mark storage mark,
        uint256 markIndex
    ) private view returns (uint256) {
        if (from == to) return 0;
        (uint256 perStake, uint256 perMoment) = _grown(from, to);
        uint256 atPriceOne = StakeMath.earned(position.shares, position.moment, perStake, perMoment);
        return markIndex == 0 ? atPriceOne : StakeMath.worth(atPriceOne, mark.tokens, mark.shares);
    }

    /// Adds what has been accrued, then what the former operator of redelegated stake was slashed by.
    function _touch(address staker, address operator) internal {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Position storage position = $.positions[staker][operator];
        StakingStorage.Pool storage pool = $.pools[operator][_kindOf(staker, operator)];
        uint256 reward = position.reward + _accrued(staker, operator);
        position.settlement = $.totals.settlements;
        position.mark = pool.marks;
        position.distribution = pool.distributions;
        position.reward = reward.toUint96();
        if (position.bound) _applyBound(staker, operator);
    }

    /// Gives block rewards to a pool; returns what it took: nothing when nobody has stake in it.
    function _distributeTo(address operator, uint256 kind, uint256 amount) internal {
        if (amount == 0) return;
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Pool storage pool = $.pools[operator][kind];
        mapping(uint256 => uint256) storage history = $.rewardPerShare[operator][kind];
        uint24 index = pool.distributions;
        history[index + 1] = history[index] + (amount << DISTRIBUTION_FIXED_BITS) / pool.shares;
        pool.distributions = index + 1;
    }

    // ───────────────────────────────────────────────── STAKE ─────────────────────────────────────────────────

    /// Adds stake with the age that `moment` is to `momentShares` shares; ages round down. Assumes: touched, repriced.
    function _increase(
        address staker,
        address operator,
        uint256 amount,
        uint256 moment,
        uint256 momentShares
    ) internal returns (uint256 shares) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint256 kind = _kindOf(staker, operator);
        StakingStorage.Pool memory pool = $.pools[operator][kind];
        require(uint256(pool.tokens) * PRICE_LIMIT >= pool.shares, StakingPoolExhausted(operator));
        shares = StakeMath.sharesFor(amount, pool.tokens, pool.shares);
        require(shares > 0, StakingAmountZero());
        moment = Math.ceilDiv(shares * moment, momentShares);
        StakingStorage.Position storage position = $.positions[staker][operator];
        position.shares = (position.shares + shares).toUint112();
        position.moment = (position.moment + moment).toUint128();
        _writePool(operator, kind, pool.tokens + amount, pool.shares + shares, pool.moment + moment);
    }

    /**
     * Earnings go by the price of the newest mark. Rounding of what leaves moves the pool's price away from it, by a
     * wei each time: nothing, until a pool that has become empty or tiny grows again. Then what comes gets a mark of
     * its own. Assumes: touched, so that nothing leaves in between and the position has nothing to gain from the mark.
     */
    function _reprice(address staker, address operator, uint256 amount) internal {
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint256 kind = _kindOf(staker, operator);
        StakingStorage.Pool memory pool = $.pools[operator][kind];
        // A pool that has lost everything takes nothing more: see _increase.
        if (pool.marks == 0 || (pool.tokens == 0 && pool.shares > 0)) return;
        StakingStorage.Mark memory mark = $.marks[operator][kind][pool.marks];
        uint256 shares = pool.shares + StakeMath.sharesFor(amount, pool.tokens, pool.shares);
        uint256 priced = StakeMath.worth(shares, mark.tokens, mark.shares);
        uint256 held = pool.tokens + amount;
        uint256 drift = held > priced ? held - priced : priced - held;
        if (drift <= DRIFT_LIMIT) return;
        _mark(operator, kind, pool.tokens, BPS);
        $.positions[staker][operator].mark = pool.marks + 1;
    }

    /// Takes stake out of a position; returns the shares and the moment that leave. Assumes: touched.
    function _decrease(
        address staker,
        address operator,
        uint256 amount
    ) internal returns (uint256 moment, uint256 shares) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint256 kind = _kindOf(staker, operator);
        StakingStorage.Pool memory pool = $.pools[operator][kind];
        StakingStorage.Position storage position = $.positions[staker][operator];
        uint256 held = position.shares;
        uint256 stake = StakeMath.worth(held, pool.tokens, pool.shares);
        require(amount <= stake, StakingStakeMissing(staker, operator, amount, stake));
        // Whoever takes everything leaves no share behind that is worth less than a wei.
        shares = amount == stake ? held : StakeMath.sharesCosting(amount, pool.tokens, pool.shares);
        moment = shares == held ? position.moment : (position.moment * shares) / held;
        position.shares = uint112(held - shares);
        position.moment -= uint128(moment);
        _writePool(operator, kind, pool.tokens - amount, pool.shares - shares, pool.moment - moment);
    }

    // ───────────────────────────────────────────── REDELEGATED ───────────────────────────────────────────────

    /// Takes from redelegated stake what its former operator was slashed by; ends the liability when its time is over.
    function _applyBound(address staker, address operator) internal returns (uint256 burnt) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Bound memory bound = $.bounds[staker][operator];
        // A fault of the very second in which the liability ends comes too late.
        uint256 time = Math.min(block.timestamp, bound.until - 1);
        uint256 left = _left(bound.from, VOTERS, bound.mark, bound.amount, time);
        burnt = Math.min(bound.amount - left, _stakeOf(staker, operator));
        if (block.timestamp >= bound.until) {
            delete $.bounds[staker][operator];
            $.positions[staker][operator].bound = false;
        } else {
            $.bounds[staker][operator].amount = uint96(left);
            $.bounds[staker][operator].mark = $.pools[bound.from][VOTERS].marks;
        }
        if (burnt == 0) return 0;
        _decrease(staker, operator, burnt);
        emit RedelegationSlashed(staker, bound.from, operator, burnt);
        CUNP.burn(burnt);
    }

    // ───────────────────────────────────────────────── SMALL ─────────────────────────────────────────────────

    function _stakeOf(address staker, address operator) internal view returns (uint256) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        StakingStorage.Pool storage pool = $.pools[operator][_kindOf(staker, operator)];
        return StakeMath.worth($.positions[staker][operator].shares, pool.tokens, pool.shares);
    }

    /// Today, counted as moments count.
    function _today() internal view returns (uint256) {
        return block.timestamp / 1 days - DAY_ZERO;
    }

    function _kindOf(address staker, address operator) internal pure returns (uint256) {
        return staker == operator ? OWN : VOTERS;
    }

    /// A contract that is deployed after this one; zero before it is published.
    function _find(bytes32 name) internal view returns (address) {
        return DIRECTORY.versionCount(name) == 0 ? address(0) : DIRECTORY.addressOf(name);
    }
}
