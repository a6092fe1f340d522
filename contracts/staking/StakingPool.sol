// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IContractDirectory} from "../governance/IContractDirectory.sol";
import {IPersonhood} from "../identity/IPersonhood.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {IEmissionController} from "../token/IEmissionController.sol";
import {UNBONDING_SECONDS} from "../types/ParameterName.sol";
import {EXITING, TOMBSTONED, UNREGISTERED, ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IRewardVault} from "./IRewardVault.sol";
import {CandidateList} from "./CandidateList.sol";
import {IStakingPool} from "./IStakingPool.sol";
import {StakingLedger} from "./StakingLedger.sol";
import {StakingStorage} from "./StakingStorage.sol";

/**
 * @title StakingPool: see IStakingPool
 * @dev Owns: stake coming, moving and leaving, and the coins for it [STK-1, STK-2, STK-6, STK-7, VAL-6].
 * Does not own: the arithmetic (StakingLedger), candidates (CandidateList), locked rewards (RewardVault), epochs.
 * Called by: stakers, anyone who keeps things going, EpochManager. Upgradeable by governance with a delay.
 * Property: POOL-1. The only coin is CUNP, which calls nobody back.
 * @custom:whitepaper §3.1, §3.2
 */
contract StakingPool is StakingLedger, UUPSUpgradeable, AccessManagedUpgradeable {
    using SafeERC20 for IERC20;

    IRewardVault private immutable VAULT;
    IValidatorRegistry private immutable REGISTRY;
    IPersonhood private immutable PERSONHOOD;

    /// What stands to the left of this contract in the order of deployment.
    struct Neighbours {
        ERC20Burnable cunp;
        IParameterRegistry parameters;
        IEmissionController emission;
        IRewardVault vault;
        IValidatorRegistry registry;
        IPersonhood personhood;
        IContractDirectory directory;
    }

    /// The code behind the proxy is never set up itself.
    constructor(Neighbours memory to) StakingLedger(to.cunp, to.parameters, to.emission, to.directory) {
        VAULT = to.vault;
        REGISTRY = to.registry;
        PERSONHOOD = to.personhood;
        _disableInitializers();
    }

    /// @notice Days are settled from today on.
    function initialize(address manager) external initializer {
        __AccessManaged_init(manager);
        StakingStorage.load().totals.settledDays = uint24(block.timestamp / 1 days);
        // Nothing has been snapshot yet: values as they are count as changed since.
        StakingStorage.load().votes.snapshot = 1;
    }

    // ──────────────────────────────────────────────── STAKERS ────────────────────────────────────────────────

    /// @inheritdoc IStakingPool
    function stake(address operator, uint256 amount) external returns (uint256 shares) {
        return _stake(msg.sender, operator, amount);
    }

    /// @inheritdoc IStakingPool
    function stakeFor(address staker, address operator, uint256 amount) external returns (uint256 shares) {
        return _stake(staker, operator, amount);
    }

    /// @inheritdoc IStakingPool
    function unstake(address operator, uint256 amount) external returns (uint256 id) {
        _leave(msg.sender, operator, amount);
        if (msg.sender == operator) _checkSelfStake(operator);
        StakingStorage.Layout storage $ = StakingStorage.load();
        uint48 maturesAt = uint48(block.timestamp + PARAMETERS.valueOf(UNBONDING_SECONDS));
        StakingStorage.Unbonding[] storage unbondings = $.unbondings[msg.sender];
        id = unbondings.length;
        unbondings.push(
            StakingStorage.Unbonding({
                operator: operator,
                amount: uint96(amount),
                startedAt: uint48(block.timestamp),
                maturesAt: maturesAt,
                mark: $.pools[operator][_kindOf(msg.sender, operator)].marks
            })
        );
        emit Unstaked(msg.sender, operator, amount, id, maturesAt);
    }

    /// @inheritdoc IStakingPool
    function redelegate(address from, address to, uint256 amount) external {
        require(from != to && msg.sender != from && msg.sender != to, StakingSameOperator(to));
        StakingStorage.Layout storage $ = StakingStorage.load();
        (uint256 moment, uint256 shares) = _leave(msg.sender, from, amount);
        _admit(to);
        _touch(msg.sender, to);
        StakingStorage.Bound memory open = $.bounds[msg.sender][to];
        require(open.until == 0, StakingRedelegationOpen(msg.sender, to, open.until));
        _reprice(msg.sender, to, amount);
        _increase(msg.sender, to, amount, moment, shares);
        uint48 until = uint48(block.timestamp + PARAMETERS.valueOf(UNBONDING_SECONDS));
        $.bounds[msg.sender][to] = StakingStorage.Bound(from, uint96(amount), until, $.pools[from][VOTERS].marks);
        $.positions[msg.sender][to].bound = true;
        emit Redelegated(msg.sender, from, to, amount, until);
    }

    /// @inheritdoc IStakingPool
    function applyRedelegationSlash(address staker, address operator) external returns (uint256 burnt) {
        _settleAll();
        uint256 before = _stakeOf(staker, operator);
        _touch(staker, operator);
        burnt = before - _stakeOf(staker, operator);
        _reviewPersonVote(staker, operator);
    }

    /// @inheritdoc IStakingPool
    function withdraw(address staker, uint256 id) external returns (uint256 amount) {
        StakingStorage.Unbonding[] storage unbondings = StakingStorage.load().unbondings[staker];
        require(id < unbondings.length && unbondings[id].amount > 0, StakingUnbondingUnknown(staker, id));
        StakingStorage.Unbonding memory leaving = unbondings[id];
        require(block.timestamp >= leaving.maturesAt, StakingUnbondingImmature(id, leaving.maturesAt, block.timestamp));
        amount = _leftOf(staker, leaving);
        unbondings[id].amount = 0;
        emit UnbondingWithdrawn(staker, id, amount, leaving.amount - amount);
        if (amount < leaving.amount) CUNP.burn(leaving.amount - amount);
        IERC20(CUNP).safeTransfer(staker, amount);
    }

    /// @inheritdoc IStakingPool
    function claim(address staker, address operator) external returns (uint256 amount) {
        _settleAll();
        _touch(staker, operator);
        StakingStorage.Position storage position = StakingStorage.load().positions[staker][operator];
        amount = position.reward;
        require(amount > 0, StakingNothingToClaim(staker, operator));
        position.reward = 0;
        emit RewardClaimed(staker, operator, amount);
        IERC20(CUNP).safeTransfer(address(VAULT), amount);
        VAULT.credit(staker, amount);
    }

    /// @inheritdoc IStakingPool
    function withdrawCommission(address operator) external returns (uint256 amount) {
        StakingStorage.Operator storage record = StakingStorage.load().operators[operator];
        amount = record.commission;
        require(amount > 0, StakingNothingToClaim(operator, operator));
        record.commission = 0;
        emit CommissionWithdrawn(operator, amount);
        IERC20(CUNP).safeTransfer(operator, amount);
    }

    // ─────────────────────────────────────────────── CANDIDATES ──────────────────────────────────────────────

    /// @inheritdoc IStakingPool
    function list(address operator) external {
        CandidateList.list(_doors(), operator);
    }

    /// @inheritdoc IStakingPool
    function unlist(address operator) external {
        CandidateList.unlist(_doors(), operator);
    }

    /// @inheritdoc IStakingPool
    function castPersonVote(address operator) external {
        CandidateList.castPersonVote(_doors(), msg.sender, operator, _stakeOf(msg.sender, operator));
    }

    /// @inheritdoc IStakingPool
    function withdrawPersonVote() external {
        CandidateList.withdrawPersonVote(msg.sender);
    }

    /// @inheritdoc IStakingPool
    function strikePersonVote(address account) external {
        address operator = StakingStorage.load().personVotes[account].operator;
        CandidateList.strikePersonVote(_doors(), account, _stakeOf(account, operator));
    }

    // ───────────────────────────────────────────────── ANYONE ────────────────────────────────────────────────

    /// @inheritdoc IStakingPool
    function settleDays() external returns (uint256) {
        return _settle();
    }

    /// @inheritdoc IStakingPool
    function close(address operator) external {
        ValidatorState state = REGISTRY.stateOf(operator);
        require(state == EXITING || state == TOMBSTONED, StakingOperatorServing(operator));
        StakingStorage.Operator storage record = StakingStorage.load().operators[operator];
        require(!record.closed, StakingOperatorClosed(operator));
        _settleAll();
        if (record.place != 0) CandidateList.leaveList(_doors(), operator);
        _endEarning(operator);
        emit OperatorClosed(operator);
    }

    // ─────────────────────────────────────────────── THE SYSTEM ──────────────────────────────────────────────

    /// @inheritdoc IStakingPool
    function beginEpoch(uint64 epoch) external restricted {
        CandidateList.beginEpoch(epoch);
    }

    /// @inheritdoc IStakingPool
    function distribute(Payout[] calldata payouts) external restricted {
        StakingStorage.Layout storage $ = StakingStorage.load();
        for (uint256 i = 0; i < payouts.length; i++) {
            Payout calldata payout = payouts[i];
            uint256 own = $.pools[payout.operator][OWN].tokens;
            uint256 total = own + $.pools[payout.operator][VOTERS].tokens;
            uint256 commission = total == 0 ? payout.amount : (payout.amount * payout.commissionBps) / BPS;
            uint256 shared = payout.amount - commission;
            uint256 votersPart = total == 0 ? 0 : (shared * (total - own)) / total;
            _distributeTo(payout.operator, VOTERS, votersPart);
            if (own == 0) commission += shared - votersPart;
            else _distributeTo(payout.operator, OWN, shared - votersPart);
            $.operators[payout.operator].commission += uint96(commission);
            emit RewardsDistributed(payout.operator, commission, payout.amount - commission);
        }
    }

    /// @inheritdoc IStakingPool
    function slash(address operator, uint16 slashBps) external restricted returns (uint256 burnt) {
        require(slashBps <= BPS, StakingSlashTooLarge(slashBps, BPS));
        // A settlement that is years behind must not protect anybody: as many days as one call takes.
        _settle();
        (uint256 ownBurnt, uint256 votersBurnt) = _slash(operator, slashBps);
        burnt = ownBurnt + votersBurnt;
        emit OperatorSlashed(operator, ownBurnt, votersBurnt);
        if (burnt > 0) CUNP.burn(burnt);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IStakingPool
    function positionOf(address staker, address operator) external view returns (Position memory) {
        StakingStorage.Position memory position = StakingStorage.load().positions[staker][operator];
        StakingStorage.Bound memory bound = StakingStorage.load().bounds[staker][operator];
        return
            Position({
                shares: position.shares,
                stake: _stakeOf(staker, operator),
                reward: position.reward + _accrued(staker, operator),
                boundStake: bound.amount,
                boundUntil: bound.until
            });
    }

    /// @inheritdoc IStakingPool
    function unbondingOf(address staker, uint256 id) external view returns (Unbonding memory) {
        StakingStorage.Unbonding[] storage unbondings = StakingStorage.load().unbondings[staker];
        require(id < unbondings.length, StakingUnbondingUnknown(staker, id));
        StakingStorage.Unbonding memory leaving = unbondings[id];
        return
            Unbonding({
                operator: leaving.operator,
                amount: _leftOf(staker, leaving),
                startedAt: leaving.startedAt,
                maturesAt: leaving.maturesAt
            });
    }

    /// @inheritdoc IStakingPool
    function unbondingCount(address staker) external view returns (uint256) {
        return StakingStorage.load().unbondings[staker].length;
    }

    /// @inheritdoc IStakingPool
    function selfStakeOf(address operator) external view returns (uint256) {
        return StakingStorage.load().pools[operator][OWN].tokens;
    }

    /// @inheritdoc IStakingPool
    function stakeOf(address operator) external view returns (uint256) {
        StakingStorage.Layout storage $ = StakingStorage.load();
        return uint256($.pools[operator][OWN].tokens) + $.pools[operator][VOTERS].tokens;
    }

    /// @inheritdoc IStakingPool
    function commissionOf(address operator) external view returns (uint256) {
        return StakingStorage.load().operators[operator].commission;
    }

    /// @inheritdoc IStakingPool
    function totalStake() external view returns (uint256) {
        return StakingStorage.load().totals.stake;
    }

    /// @inheritdoc IStakingPool
    function settledDays() external view returns (uint256) {
        return StakingStorage.load().totals.settledDays;
    }

    /// @inheritdoc IStakingPool
    function candidates() external view returns (address[] memory) {
        return CandidateList.candidates();
    }

    /// @inheritdoc IStakingPool
    function candidateCount() external view returns (uint256) {
        return StakingStorage.load().candidates.length;
    }

    /// @inheritdoc IStakingPool
    function snapshotPage(uint256 from, uint256 count) external view returns (uint256[] memory words) {
        return CandidateList.snapshotPage(from, count);
    }

    /// @inheritdoc IStakingPool
    function snapshotTotals() external view returns (uint64 epoch, uint256 stakeVoting, uint256 personsVoting) {
        return CandidateList.snapshotTotals();
    }

    /// @inheritdoc IStakingPool
    function personVoteOf(address account) external view returns (bytes32 person, address operator) {
        StakingStorage.PersonVote storage vote = StakingStorage.load().personVotes[account];
        return (vote.person, vote.operator);
    }

    /// @inheritdoc IStakingPool
    function implementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _stake(address staker, address operator, uint256 amount) private returns (uint256 shares) {
        require(amount > 0, StakingAmountZero());
        _settleAll();
        _admit(operator);
        _touch(staker, operator);
        _reprice(staker, operator, amount);
        shares = _increase(staker, operator, amount, _today(), 1);
        emit Staked(staker, operator, amount, shares);
        IERC20(CUNP).safeTransferFrom(msg.sender, address(this), amount);
    }

    /// Stake can go to whoever is registered and has not left. The registry is asked once for each operator.
    function _admit(address operator) private {
        StakingStorage.Operator storage record = StakingStorage.load().operators[operator];
        require(!record.closed, StakingOperatorClosed(operator));
        if (record.known) return;
        ValidatorState state = REGISTRY.stateOf(operator);
        require(state != UNREGISTERED, StakingOperatorUnknown(operator));
        require(state != EXITING && state != TOMBSTONED, StakingOperatorClosed(operator));
        record.known = true;
    }

    /// Takes stake out of a position, as far as it is not bound there.
    function _leave(address staker, address operator, uint256 amount) private returns (uint256 moment, uint256 shares) {
        require(amount > 0, StakingAmountZero());
        _settleAll();
        _touch(staker, operator);
        uint256 bound = StakingStorage.load().bounds[staker][operator].amount;
        uint256 held = _stakeOf(staker, operator);
        uint256 free = held > bound ? held - bound : 0;
        require(amount <= free, StakingStakeMissing(staker, operator, amount, free));
        (moment, shares) = _decrease(staker, operator, amount);
        _reviewPersonVote(staker, operator);
    }

    /// Ends a person's vote that has lost its stake. Most stakers have none: asked here, before the library is called.
    function _reviewPersonVote(address staker, address operator) private {
        if (StakingStorage.load().personVotes[staker].operator != operator) return;
        CandidateList.reviewPersonVote(_doors(), staker, operator, _stakeOf(staker, operator));
    }

    function _doors() private view returns (CandidateList.Doors memory) {
        return CandidateList.Doors(address(REGISTRY), address(PERSONHOOD), address(PARAMETERS), address(DIRECTORY));
    }

    function _checkSelfStake(address operator) private view {
        uint256 remaining = StakingStorage.load().pools[operator][OWN].tokens;
        uint256 required = CandidateList.requiredSelfStake(_doors(), operator);
        require(remaining >= required, StakingSelfStakeRequired(operator, remaining, required));
    }

    function _leftOf(address staker, StakingStorage.Unbonding memory leaving) private view returns (uint256) {
        // A slash of the very second in which it matures comes too late.
        uint256 time = block.timestamp < leaving.maturesAt ? block.timestamp : leaving.maturesAt - 1;
        return _left(leaving.operator, _kindOf(staker, leaving.operator), leaving.mark, leaving.amount, time);
    }

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}
}
