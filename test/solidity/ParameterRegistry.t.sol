// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IParameterRegistry} from "../../contracts/parameters/IParameterRegistry.sol";
import {ParameterRegistry} from "../../contracts/parameters/ParameterRegistry.sol";
import {PARAMETER_DELAY_SECONDS} from "../../contracts/types/ParameterName.sol";
import {Test} from "./Test.sol";

/**
 * ParameterRegistry under random proposals, withdrawals and passing time, with bounds so narrow and orders so close
 * that most proposals touch them.
 *
 * Owns: the handler, which writes down what was seen to hold, and its own judgement of each proposal.
 */
contract ParameterHandler is Test {
    struct Sight {
        uint48 time;
        uint256[] values;
    }

    uint256 public constant NAMES = 4;
    uint256 private constant SIGHTS = 24;

    ParameterRegistry public immutable REGISTRY;
    Sight[] private _sights;
    /// The handler's own account of what holds and what will.
    mapping(uint256 which => uint256) public present;
    mapping(uint256 which => uint256) public pending;
    mapping(uint256 which => uint256) public pendingAt;
    bool public broken;

    constructor(ParameterRegistry registry) {
        REGISTRY = registry;
        for (uint256 i = 0; i < NAMES; i++) present[i] = registry.valueOf(nameAt(i));
    }

    function nameAt(uint256 which) public pure returns (bytes32) {
        return [bytes32("low"), "middle", "high", PARAMETER_DELAY_SECONDS][which % NAMES];
    }

    function allNames() public pure returns (bytes32[] memory names) {
        names = new bytes32[](NAMES);
        for (uint256 i = 0; i < NAMES; i++) names[i] = nameAt(i);
    }

    function propose(uint256 which, uint256 value) external {
        which = which % NAMES;
        value = bound(value, 0, 22);
        _catchUp();
        bool allowed = value != present[which] && _withinBounds(which, value) && _keepsOrders(which, value);
        uint256 delay = present[3];
        try REGISTRY.propose(nameAt(which), value) {
            if (!allowed) broken = true;
            (pending[which], pendingAt[which]) = (value, block.timestamp + delay);
        } catch {
            if (allowed) broken = true;
        }
    }

    function withdraw(uint256 which) external {
        which = which % NAMES;
        _catchUp();
        try REGISTRY.withdraw(nameAt(which)) {
            if (pendingAt[which] == 0) broken = true;
            pendingAt[which] = 0;
        } catch {
            if (pendingAt[which] != 0) broken = true;
        }
    }

    /// Time passes, and what holds is written down.
    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 0, 12));
        _catchUp();
        if (_sights.length == SIGHTS) return;
        (uint256[] memory values, ) = REGISTRY.valuesAt(allNames(), uint48(block.timestamp));
        _sights.push(Sight(uint48(block.timestamp), values));
    }

    /// What holds by the handler's account, once pending values are due.
    function expected(uint256 which) external view returns (uint256) {
        bool due = pendingAt[which] != 0 && pendingAt[which] <= block.timestamp;
        return due ? pending[which] : present[which];
    }

    function sights() external view returns (Sight[] memory) {
        return _sights;
    }

    function _catchUp() private {
        for (uint256 i = 0; i < NAMES; i++) {
            if (pendingAt[i] == 0 || pendingAt[i] > block.timestamp) continue;
            (present[i], pendingAt[i]) = (pending[i], 0);
        }
    }

    function _withinBounds(uint256 which, uint256 value) private pure returns (bool) {
        return which == 3 ? value >= 1 && value <= 9 : value <= 20;
    }

    /// low < middle ≤ high, with everything that the other side is or may become.
    function _keepsOrders(uint256 which, uint256 value) private view returns (bool kept) {
        kept = true;
        if (which == 0) kept = value < present[1] && (pendingAt[1] == 0 || value < pending[1]);
        if (which == 1) {
            kept = present[0] < value && (pendingAt[0] == 0 || pending[0] < value);
            kept = kept && value <= present[2] && (pendingAt[2] == 0 || value <= pending[2]);
        }
        if (which == 2) kept = present[1] <= value && (pendingAt[1] == 0 || pending[1] <= value);
    }
}

contract ParameterRegistryInvariants is Test {
    ParameterRegistry private _registry;
    ParameterHandler private _handler;

    function setUp() public {
        vm.warp(1_000_000);
        AccessManager manager = new AccessManager(address(this));
        IParameterRegistry.Definition[] memory definitions = new IParameterRegistry.Definition[](4);
        definitions[0] = IParameterRegistry.Definition("low", "uint16", "units", 0, 20, false);
        definitions[1] = IParameterRegistry.Definition("middle", "uint16", "units", 0, 20, false);
        definitions[2] = IParameterRegistry.Definition("high", "uint16", "units", 0, 20, false);
        definitions[3] = IParameterRegistry.Definition(PARAMETER_DELAY_SECONDS, "uint48", "seconds", 1, 9, false);
        uint256[] memory values = new uint256[](4);
        (values[0], values[1], values[2], values[3]) = (4, 8, 12, 5);
        IParameterRegistry.Order[] memory orders = new IParameterRegistry.Order[](2);
        orders[0] = IParameterRegistry.Order("low", "middle", 1);
        orders[1] = IParameterRegistry.Order("middle", "high", 0);
        bytes memory firstCall = abi.encodeCall(
            ParameterRegistry.initialize,
            (address(manager), definitions, values, orders)
        );
        _registry = ParameterRegistry(address(new ERC1967Proxy(address(new ParameterRegistry()), firstCall)));
        _handler = new ParameterHandler(_registry);
        manager.grantRole(0, address(_handler), 0);
        targetContract(address(_handler));
    }

    /// PAR-1: the registry took exactly what the handler judged, and holds what the handler expects.
    function invariant_registryAgreesWithTheRecord() public view {
        assertEq(_handler.broken() ? 1 : 0, 0, "taken against the rules, or refused within them");
        for (uint256 i = 0; i < _handler.NAMES(); i++) {
            assertEq(_registry.valueOf(_handler.nameAt(i)), _handler.expected(i), "present value");
        }
    }

    /// PAR-2: what was seen to hold at a time is still what the registry says of that time.
    function invariant_pastNeverChanges() public view {
        ParameterHandler.Sight[] memory sights = _handler.sights();
        for (uint256 i = 0; i < sights.length; i++) {
            (uint256[] memory values, ) = _registry.valuesAt(_handler.allNames(), sights[i].time);
            for (uint256 n = 0; n < values.length; n++) assertEq(values[n], sights[i].values[n], "value of the past");
        }
    }

    /// PAR-3: bounds and orders hold at every moment at which anything changes, past, present and announced.
    function invariant_boundsAndOrdersHoldAtAnyTime() public view {
        uint48 time;
        while (time != type(uint48).max) {
            (uint256[] memory values, uint48 until) = _registry.valuesAt(_handler.allNames(), time);
            for (uint256 n = 0; n < 3; n++) assertLe(values[n], 20, "upper bound");
            assertLe(values[3], 9, "upper bound of the delay");
            assertLe(1, values[3], "lower bound of the delay");
            assertLe(values[0] + 1, values[1], "low below middle");
            assertLe(values[1], values[2], "middle at most high");
            assertLe(time + 1, until, "time goes on");
            time = until;
        }
    }

    /// PAR-2: histories have one entry at a time, in the order of time, and only the last may be pending.
    function invariant_historiesAreInOrder() public view {
        for (uint256 i = 0; i < _handler.NAMES(); i++) {
            bytes32 name = _handler.nameAt(i);
            uint256 length = _registry.historyLength(name);
            uint48 former;
            for (uint256 entry = 1; entry < length; entry++) {
                (, uint48 since) = _registry.historyAt(name, entry);
                assertLe(former + 1, since, "order of time");
                if (entry + 1 < length) assertLe(since, block.timestamp, "only the last may be pending");
                former = since;
            }
        }
    }
}
