// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IContractDirectory} from "../../contracts/governance/IContractDirectory.sol";
import {IPersonhood} from "../../contracts/identity/IPersonhood.sol";
import {StakeMath} from "../../contracts/libraries/StakeMath.sol";
import {ParameterRegistryMock} from "../../contracts/mocks/ParameterRegistryMock.sol";
import {StakingWorldMock} from "../../contracts/mocks/StakingWorldMock.sol";
import {IParameterRegistry} from "../../contracts/parameters/IParameterRegistry.sol";
import {IStakingPool} from "../../contracts/staking/IStakingPool.sol";
import {RewardVault} from "../../contracts/staking/RewardVault.sol";
import {StakingPool} from "../../contracts/staking/StakingPool.sol";
import {CUNP} from "../../contracts/token/CUNP.sol";
import {EmissionController} from "../../contracts/token/EmissionController.sol";
import {ICUNP} from "../../contracts/token/ICUNP.sol";
import {
    CANDIDATE_STAKE,
    INCENTIVE_RATE_BPS,
    PERSON_MINIMUM_STAKE,
    STAKE_DAYS_WEIGHT_BPS,
    UNBONDING_SECONDS,
    VOTER_SLASH_BPS
} from "../../contracts/types/ParameterName.sol";
import {CAPE_OF_GOOD_HOPE} from "../../contracts/types/Stage.sol";
import {CANDIDATE, EXITING} from "../../contracts/types/ValidatorState.sol";
import {IValidatorRegistry} from "../../contracts/validators/IValidatorRegistry.sol";
import {StakingRecord} from "./StakingRecord.sol";
import {Test} from "./Test.sol";

/**
 * StakingPool under random histories of two operators and three stakers, so that they meet often: stake, leave,
 * move, vote, claim, rewards, slashes, days and epochs. Operators stake with themselves too.
 *
 * Owns: the calls, with what each must do. Does not own: the record (StakingRecord), the comparison. In one file with
 * the invariants, because the runner knows it by its code.
 */
contract StakingHandler is StakingRecord {
    address private constant RICH = address(0xA2);

    CUNP public immutable TOKEN;
    StakingWorldMock private immutable WORLD;

    constructor(StakingPool pool, CUNP token, StakingWorldMock world) StakingRecord(pool) {
        TOKEN = token;
        WORLD = world;
    }

    /// One wei, little, and much: each drawn often.
    function _amount(uint256 seed) private pure returns (uint256) {
        if (seed % 4 == 0) return 1 + ((seed >> 8) % 20);
        if (seed % 4 == 1) return 1 + ((seed >> 8) % 1e18);
        return 1 + ((seed >> 8) % 20_000e18);
    }

    function stake(uint256 who, uint256 where, uint256 seed) external {
        (address account, address operator) = (accountAt(who), operatorAt(where));
        uint256 amount = _amount(seed);
        vm.prank(RICH);
        TOKEN.transfer(account, amount);
        uint256[] memory before = _stakes();
        uint256 total = POOL.stakeOf(operator);
        vm.prank(account);
        try POOL.stake(operator, amount) {
            // What redelegated stake still owes its former operator is taken now.
            if (POOL.stakeOf(operator) > total + amount) broken = true;
        } catch {}
        _compare(before, account, operator, operator);
    }

    function unstake(uint256 who, uint256 where, uint256 seed) external {
        (address account, address operator) = (accountAt(who), operatorAt(where));
        POOL.applyRedelegationSlash(account, operator);
        IStakingPool.Position memory position = POOL.positionOf(account, operator);
        if (position.stake <= position.boundStake) return;
        uint256 amount = bound(seed, 1, position.stake - position.boundStake);
        uint256[] memory before = _stakes();
        uint256 id = POOL.unbondingCount(account);
        vm.prank(account);
        try POOL.unstake(operator, amount) {
            if (POOL.unbondingOf(account, id).amount != amount) broken = true;
        } catch {
            // Only a validator in the list keeps its stake.
            if (account != operator) broken = true;
        }
        _compare(before, account, operator, operator);
    }

    function move(uint256 who, uint256 from, uint256 to, uint256 seed) external {
        (address account, address old, address next) = (accountAt(who % STAKERS), operatorAt(from), operatorAt(to));
        uint256 held = POOL.positionOf(account, old).stake;
        if (held == 0) return;
        uint256[] memory before = _stakes();
        vm.prank(account);
        try POOL.redelegate(old, next, bound(seed, 1, held)) {} catch {}
        _compare(before, account, old, next);
    }

    function takeOut(uint256 who, uint256 id) external steady {
        address account = accountAt(who);
        uint256 count = POOL.unbondingCount(account);
        if (count == 0) return;
        IStakingPool.Unbonding memory leaving = POOL.unbondingOf(account, id % count);
        bool due = leaving.amount > 0 && block.timestamp >= leaving.maturesAt;
        uint256 before = TOKEN.balanceOf(account);
        try POOL.withdraw(account, id % count) returns (uint256 amount) {
            if (amount != leaving.amount || TOKEN.balanceOf(account) != before + amount) broken = true;
        } catch {
            if (due) broken = true;
        }
    }

    function claim(uint256 who, uint256 where) external {
        (address account, address operator) = (accountAt(who), operatorAt(where));
        uint256[] memory before = _stakes();
        POOL.settleDays();
        uint256 due = POOL.positionOf(account, operator).reward;
        try POOL.claim(account, operator) returns (uint256 amount) {
            if (amount != due) broken = true;
        } catch {
            if (due > 0) broken = true;
        }
        _compare(before, account, operator, operator);
    }

    function payCommission(uint256 where) external steady {
        if (POOL.commissionOf(operatorAt(where)) > 0) POOL.withdrawCommission(operatorAt(where));
    }

    function liability(uint256 who, uint256 where) external {
        uint256[] memory before = _stakes();
        POOL.applyRedelegationSlash(accountAt(who), operatorAt(where));
        _compare(before, accountAt(who), operatorAt(where), operatorAt(where));
    }

    function reward(uint256 where, uint256 seed, uint256 commission) external steady {
        uint256 amount = _amount(seed);
        vm.prank(RICH);
        TOKEN.transfer(address(POOL), amount);
        IStakingPool.Payout[] memory payouts = new IStakingPool.Payout[](1);
        payouts[0] = IStakingPool.Payout(operatorAt(where), amount, uint16(commission % 10_001));
        POOL.distribute(payouts);
    }

    /// Never refused; takes what it says from stake, and a price of what nobody else has touched.
    function slash(uint256 where, uint256 seed) external {
        address operator = operatorAt(where);
        uint16 part = uint16(seed % 8 == 0 ? 10_000 : (seed >> 8) % 3_000);
        uint256 before = POOL.stakeOf(operator);
        uint256[] memory stakes = _stakes();
        uint256 burnt = POOL.slash(operator, part);
        if (POOL.stakeOf(operator) != before - burnt) broken = true;
        uint256[] memory afterwards = _stakes();
        for (uint256 i = 0; i < stakes.length; i++) {
            if (operatorAt(i % OPERATORS) != operator && afterwards[i] != stakes[i]) priceMoved = true;
            if (afterwards[i] > stakes[i]) priceMoved = true;
        }
    }

    function enter(uint256 where) external steady {
        try POOL.list(operatorAt(where)) {
            listed[operatorAt(where)] = true;
        } catch {}
    }

    function drop(uint256 where) external steady {
        try POOL.unlist(operatorAt(where)) {
            listed[operatorAt(where)] = false;
        } catch {}
    }

    function vote(uint256 who, uint256 where) external steady {
        vm.prank(accountAt(who));
        try POOL.castPersonVote(operatorAt(where)) {} catch {}
    }

    function takeVoteBack(uint256 who) external steady {
        vm.prank(accountAt(who));
        try POOL.withdrawPersonVote() {} catch {}
    }

    /// Seldom, and only for one of them: the others go on.
    function close(uint256 seed) external steady {
        if (seed % 16 != 0) return;
        WORLD.setOperator(operatorAt(0), EXITING, false, 1);
        if (closed[operatorAt(0)]) return;
        POOL.close(operatorAt(0));
        closed[operatorAt(0)] = true;
        listed[operatorAt(0)] = false;
    }

    /// Never so long that one settlement does not reach: a history has 64 calls, or 200, and a settlement 800 days.
    function pass(uint256 seed) external {
        vm.warp(block.timestamp + bound(seed >> 8, 1, seed % 4 == 0 ? 6 days : 1 days));
        if (seed % 8 == 1) POOL.settleDays();
    }
}

/**
 * StakingPool after random histories, with real coins, emission and vault, and the arithmetic of days on random stake.
 *
 * Owns: the invariants POOL-1, POOL-4 … POOL-7 and VLT-1, and the fuzz test of POOL-2.
 */
contract StakingPoolInvariants is Test {
    StakingPool private _pool;
    RewardVault private _vault;
    CUNP private _token;
    StakingHandler private _handler;

    function setUp() public {
        vm.warp(20_100 days + 1);
        AccessManager manager = new AccessManager(address(this));
        ICUNP.GenesisRecipients memory recipients = ICUNP.GenesisRecipients(
            address(0xA1),
            address(0xA2),
            address(0xEC0),
            address(0xA4),
            address(0x7EA)
        );
        _token = new CUNP(address(manager), recipients, false, 0);
        EmissionController emission = new EmissionController(address(manager), _token, address(0xEC0), address(0x7EA));
        _vault = new RewardVault(address(manager), _token);
        StakingWorldMock world = new StakingWorldMock();
        world.setStage(CAPE_OF_GOOD_HOPE, uint48(block.timestamp - 1 days));
        world.setOpen(true);
        StakingPool code = new StakingPool(
            StakingPool.Neighbours(
                _token,
                IParameterRegistry(address(_parameters())),
                emission,
                _vault,
                IValidatorRegistry(address(world)),
                IPersonhood(address(world)),
                IContractDirectory(address(world))
            )
        );
        bytes memory firstCall = abi.encodeCall(StakingPool.initialize, (address(manager)));
        _pool = StakingPool(address(new ERC1967Proxy(address(code), firstCall)));
        _allow(manager, address(_token), CUNP.mint.selector, 2, address(emission));
        _allow(manager, address(emission), EmissionController.emitStakingReward.selector, 3, address(_pool));
        _allow(manager, address(_vault), RewardVault.credit.selector, 4, address(_pool));
        _handler = new StakingHandler(_pool, _token, world);
        manager.grantRole(0, address(_handler), 0);
        _people(world);
        targetContract(address(_handler));
    }

    function _parameters() private returns (ParameterRegistryMock parameters) {
        parameters = new ParameterRegistryMock();
        parameters.set(INCENTIVE_RATE_BPS, 1_200, 0);
        parameters.set(STAKE_DAYS_WEIGHT_BPS, 2_000, 0);
        // Shorter than in the network, so that many unbondings mature in a history.
        parameters.set(UNBONDING_SECONDS, 5 days, 0);
        parameters.set(VOTER_SLASH_BPS, 5_000, 0);
        parameters.set(CANDIDATE_STAKE, 100e18, 0);
        parameters.set(PERSON_MINIMUM_STAKE, 1e18, 0);
    }

    function _allow(AccessManager manager, address target, bytes4 selector, uint64 role, address holder) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
        manager.grantRole(role, holder, 0);
    }

    /// Two accounts for each person, so that they collide.
    function _people(StakingWorldMock world) private {
        for (uint256 i = 0; i < _handler.OPERATORS(); i++) {
            world.setOperator(_handler.operatorAt(i), CANDIDATE, false, 1);
        }
        for (uint256 i = 0; i < _handler.accounts(); i++) {
            address account = _handler.accountAt(i);
            world.setPerson(account, bytes32(1 + i / 2));
            vm.prank(account);
            _token.approve(address(_pool), type(uint256).max);
        }
    }

    /// POOL-1: what is staked, leaving, earned and owed to operators is there; VLT-1: so is what is locked.
    function invariant_everythingOwedIsHeld() public view {
        uint256 owed = 0;
        for (uint256 i = 0; i < _handler.OPERATORS(); i++) {
            address operator = _handler.operatorAt(i);
            uint256 stakes = 0;
            owed += _pool.commissionOf(operator) + _pool.stakeOf(operator);
            for (uint256 j = 0; j < _handler.accounts(); j++) {
                IStakingPool.Position memory position = _pool.positionOf(_handler.accountAt(j), operator);
                stakes += position.stake;
                owed += position.reward;
            }
            assertLe(stakes, _pool.stakeOf(operator), "positions and their pools");
        }
        for (uint256 j = 0; j < _handler.accounts(); j++) {
            address account = _handler.accountAt(j);
            for (uint256 id = 0; id < _pool.unbondingCount(account); id++) {
                owed += _pool.unbondingOf(account, id).amount;
            }
        }
        assertLe(owed, _token.balanceOf(address(_pool)), "owed and held");
        assertLe(_vault.total(), _token.balanceOf(address(_vault)), "locked and held");
    }

    /// POOL-4: all stake with voting right is exactly what is in the pools that are open.
    function invariant_totalIsTheSumOfOpenPools() public view {
        uint256 sum = 0;
        for (uint256 i = 0; i < _handler.OPERATORS(); i++) {
            address operator = _handler.operatorAt(i);
            if (!_handler.closed(operator)) sum += _pool.stakeOf(operator);
        }
        assertEq(_pool.totalStake(), sum, "total stake");
    }

    /// POOL-5: stake shrinks by slashes of its operator only, and whoever may leave leaves.
    function invariant_onlySlashesTakeStake() public view {
        assertEq(_handler.priceMoved() ? 1 : 0, 0, "stake that somebody else moved");
        assertEq(_handler.broken() ? 1 : 0, 0, "refused, or not as said");
    }

    /// POOL-6: of two accounts of a person, one votes.
    function invariant_aPersonVotesOnce() public view {
        for (uint256 i = 0; i < _handler.accounts(); i++) {
            (bytes32 person, ) = _pool.personVoteOf(_handler.accountAt(i));
            for (uint256 j = 0; j < i && person != 0; j++) {
                (bytes32 other, ) = _pool.personVoteOf(_handler.accountAt(j));
                assertEq(person == other ? 1 : 0, 0, "votes of one person");
            }
        }
    }

    /// POOL-7: pages and sums are those of the newest beginEpoch; who came since counts with zero.
    function invariant_snapshotIsThatOfTheBeginning() public view {
        uint256[] memory words = _pool.snapshotPage(0, type(uint256).max);
        uint256 known = _handler.wordCount();
        assertLe(known, words.length, "candidates that vanished");
        for (uint256 i = 0; i < words.length; i++) {
            if (i < known) assertEq(words[i], _handler.words(i), "word of the snapshot");
            else assertEq(i % 2 == 0 ? uint96(words[i]) : uint40(words[i]), 0, "candidate since");
        }
        (uint64 epoch, uint256 stakeVoting, uint256 personsVoting) = _pool.snapshotTotals();
        assertEq(epoch, _handler.epoch(), "epoch");
        assertEq(stakeVoting, _handler.stakeVoting(), "stake voting");
        assertEq(personsVoting, _handler.personsVoting(), "persons voting");
    }

    /// POOL-2: the parts of a day never pass its pool, and with the carry nothing but dust is kept back.
    function testFuzz_partsOfADayAreItsPool(uint256[3] memory seeds, uint256 pool, uint256 weight) public pure {
        uint256 day = 1_000;
        (uint256[3] memory stakes, uint256[3] memory moments) = _stakesOf(seeds, day);
        uint256 total = stakes[0] + stakes[1] + stakes[2];
        uint256 moment = moments[0] + moments[1] + moments[2];
        pool = bound(pool, 0, 1_000_000e18);
        StakeMath.Day memory added = StakeMath.addDay(pool, 0, total, moment, day, bound(weight, 0, 10_000));
        uint256 paid = 0;
        for (uint256 i = 0; i < 3; i++) {
            paid += StakeMath.earned(stakes[i], moments[i], added.perStake, added.perMoment) >> StakeMath.FIXED_BITS;
        }
        assertLe(paid, pool, "parts and pool");
        assertLe(pool, paid + 3 + (added.carry >> StakeMath.FIXED_BITS), "pool and parts");
    }

    function _stakesOf(
        uint256[3] memory seeds,
        uint256 day
    ) private pure returns (uint256[3] memory stakes, uint256[3] memory moments) {
        for (uint256 i = 0; i < 3; i++) {
            stakes[i] = bound(seeds[i] >> 16, 1, 1_000_000e18);
            moments[i] = stakes[i] * bound(seeds[i] % 65_536, 0, day);
        }
    }
}
