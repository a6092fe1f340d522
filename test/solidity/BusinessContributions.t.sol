// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {BusinessContributions} from "../../contracts/business/BusinessContributions.sol";
import {IBusinessContributions} from "../../contracts/business/IBusinessContributions.sol";
import {ContractDirectory} from "../../contracts/governance/ContractDirectory.sol";
import {ApplicationMock} from "../../contracts/mocks/ApplicationMock.sol";
import {EpochClockMock} from "../../contracts/mocks/EpochClockMock.sol";
import {ParameterRegistryMock} from "../../contracts/mocks/ParameterRegistryMock.sol";
import {CUNP} from "../../contracts/token/CUNP.sol";
import {EmissionController} from "../../contracts/token/EmissionController.sol";
import {ICUNP} from "../../contracts/token/ICUNP.sol";
import {BUSINESS} from "../../contracts/types/Bucket.sol";
import {Test} from "./Test.sol";

/**
 * BusinessContributions under random histories: usage, attestations, epochs, parameters, claims in any order.
 *
 * Owns: the handler for three applications, and the invariants BUS-1 to BUS-3. The handler may not revert.
 */
contract BusinessHandler is Test {
    uint256 public constant APPLICATIONS = 3;
    uint256 private constant SECRET = 0xA77E57;
    BusinessContributions public immutable TARGET;
    EpochClockMock public immutable CLOCK;
    ParameterRegistryMock public immutable PARAMETERS;
    uint256 public granted;
    /// An upper bound of the gas that metered calls used, by application and epoch.
    mapping(uint64 epoch => mapping(uint256 application => uint256)) public gasUsed;

    constructor(BusinessContributions target, EpochClockMock clock, ParameterRegistryMock parameters) {
        TARGET = target;
        CLOCK = clock;
        PARAMETERS = parameters;
    }

    function meter(uint256 which, uint256 slots) external {
        uint256 application = 1 + (which % APPLICATIONS);
        bytes memory data = abi.encodeCall(ApplicationMock.churn, (slots % 5));
        uint256 before = gasleft();
        TARGET.meter(application, data);
        gasUsed[CLOCK.epoch()][application] += before - gasleft();
    }

    function attest(uint256 which, uint256 amount) external {
        uint256 application = 1 + (which % APPLICATIONS);
        uint64 epoch = CLOCK.epoch();
        uint256 room = TARGET.applicationOf(application).valueCap - TARGET.contributionOf(application, epoch).value;
        uint96 value = uint96(bound(amount, 0, amount % 3 == 0 ? room : room / 1_000));
        uint256 nonce = TARGET.attestationNonce(application);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SECRET, TARGET.attestationDigest(application, epoch, value, nonce));
        TARGET.attest(application, epoch, value, nonce, abi.encodePacked(r, s, v));
    }

    /// New terms hold from the next epoch on.
    function nextEpoch(uint256 budget, uint256 capBps, uint256 weightBps) external {
        vm.warp(block.timestamp + 1 days);
        uint48 now_ = uint48(block.timestamp);
        PARAMETERS.set("businessEpochBudget", budget % 2 == 0 ? budget % 100_000 : budget % 1e24, now_);
        PARAMETERS.set("businessApplicationCapBps", 1 + (capBps % 10_000), now_);
        PARAMETERS.set("businessValueWeightBps", weightBps % 10_001, now_);
        CLOCK.begin(CLOCK.epoch() + 1);
    }

    function claim(uint256 which, uint256 ago) external {
        uint64 current = CLOCK.epoch();
        if (current == 0) return;
        uint256 application = 1 + (which % APPLICATIONS);
        uint64 epoch = uint64(bound(ago, 0, current - 1));
        if (TARGET.contributionOf(application, epoch).claimed) return;
        granted += TARGET.claim(application, epoch);
    }
}

contract BusinessInvariants is Test {
    uint256 private constant CAP = 1_000_000_000e18;
    bytes32 private constant SALT = "business";

    BusinessContributions private _target;
    BusinessHandler private _handler;
    EmissionController private _emission;
    EpochClockMock private _clock;

    function setUp() public {
        AccessManager manager = new AccessManager(address(this));
        CUNP token = _deployNative(address(manager));
        _emission = new EmissionController(address(manager), token, address(0xEC0), address(0x7EA));
        ContractDirectory directory = new ContractDirectory(address(manager));
        _clock = new EpochClockMock();
        ParameterRegistryMock parameters = new ParameterRegistryMock();
        parameters.set("businessEpochBudget", 50_000, 0);
        parameters.set("businessApplicationCapBps", 4_000, 0);
        parameters.set("businessValueWeightBps", 5_000, 0);
        vm.warp(1_000_000);
        _clock.begin(0);
        directory.publish("EpochManager", address(_clock), address(0));
        directory.publish("ParameterRegistry", address(parameters), address(0));
        _target = new BusinessContributions(address(manager), directory, token, _emission);
        address attester = vm.addr(0xA77E57);
        for (uint160 i = 0; i < 3; i++) {
            address account = address(new ApplicationMock());
            _target.register(IBusinessContributions.Application(address(0xB0 + i), attester, account, 1e24));
        }
        _allow(manager, address(token), CUNP.mint.selector, 2, address(_emission));
        _allow(manager, address(_emission), EmissionController.emitBusinessReward.selector, 5, address(_target));
        _handler = new BusinessHandler(_target, _clock, parameters);
        targetContract(address(_handler));
    }

    function _deployNative(address manager) private returns (CUNP) {
        ICUNP.GenesisRecipients memory recipients = ICUNP.GenesisRecipients(
            address(0xA1),
            address(0xA2),
            address(0xEC0),
            address(0xA4),
            address(0x7EA)
        );
        bytes memory code = abi.encodePacked(type(CUNP).creationCode, abi.encode(manager, recipients, true, 0));
        bytes32 place = keccak256(abi.encodePacked(hex"ff", address(this), SALT, keccak256(code)));
        vm.deal(address(uint160(uint256(place))), CAP);
        return new CUNP{salt: SALT}(manager, recipients, true, 0);
    }

    function _allow(AccessManager manager, address target, bytes4 selector, uint64 role, address holder) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
        manager.grantRole(role, holder, 0);
    }

    /// BUS-1: an epoch's rewards are within its budget, each within its cap; totals are the sums of the records.
    function invariant_rewardsWithinBudgetAndCap() public view {
        for (uint64 epoch = 0; epoch <= _clock.epoch(); epoch++) {
            IBusinessContributions.EpochTotals memory totals = _target.totalsOf(epoch);
            (uint256 rewards, uint256 costs, uint256 values) = (0, 0, 0);
            for (uint256 application = 1; application <= 3; application++) {
                IBusinessContributions.Contribution memory own = _target.contributionOf(application, epoch);
                uint256 reward = _target.rewardOf(application, epoch);
                assertLe(reward, (totals.budget * totals.applicationCapBps) / 10_000, "application cap");
                (rewards, costs, values) = (rewards + reward, costs + own.cost, values + own.value);
            }
            assertLe(rewards, totals.budget, "budget");
            assertEq(costs, totals.cost, "sum of costs");
            assertEq(values, totals.value, "sum of values");
        }
    }

    /// BUS-2: what cost earns is within four fifths of the gas that was used, and value adds no more than its part.
    function invariant_costEarnsLessThanItBurns() public view {
        for (uint64 epoch = 0; epoch <= _clock.epoch(); epoch++) {
            IBusinessContributions.EpochTotals memory totals = _target.totalsOf(epoch);
            uint256 byValue = (totals.budget * totals.valueWeightBps) / 10_000;
            for (uint256 application = 1; application <= 3; application++) {
                uint256 limit = (_handler.gasUsed(epoch, application) * 4) / 5;
                assertLe(_target.contributionOf(application, epoch).cost, limit, "credited cost");
                uint256 value =
                    totals.value == 0 ? 0 : (byValue * _target.contributionOf(application, epoch).value) / totals.value;
                assertLe(_target.rewardOf(application, epoch), value + limit, "reward");
            }
        }
    }

    /// BUS-3: the business bucket has generated exactly what was claimed, and each payee holds its claims.
    function invariant_onlyClaimsAreGenerated() public view {
        assertEq(_emission.generatedOf(BUSINESS), 10_000_000e18 + _handler.granted(), "generated");
        uint256 earned;
        for (uint64 epoch = 0; epoch < _clock.epoch(); epoch++) {
            for (uint256 application = 1; application <= 3; application++) {
                if (_target.contributionOf(application, epoch).claimed) {
                    earned += _target.rewardOf(application, epoch);
                }
            }
        }
        assertEq(earned, _handler.granted(), "rewards of the claimed ones do not change any more");
    }
}
