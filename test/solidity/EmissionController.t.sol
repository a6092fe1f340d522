// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CUNP} from "../../contracts/token/CUNP.sol";
import {EmissionController} from "../../contracts/token/EmissionController.sol";
import {ICUNP} from "../../contracts/token/ICUNP.sol";
import {Bucket, BUSINESS, COMMUNITY, ECO_FUND, NODES, TEAM} from "../../contracts/types/Bucket.sol";
import {Test} from "./Test.sol";

/**
 * EmissionController under random histories of requests.
 *
 * Owns: the handler, which holds all roles, and the invariants EMC-1 to EMC-5. The handler may not revert: that is
 * EMC-3.
 */
contract EmissionHandler is Test {
    EmissionController public immutable EMISSION;
    CUNP public immutable TOKEN;
    address public immutable ECO_FUND_ACCOUNT;
    /// What the contract said it granted to anybody but the eco-fund.
    uint256 public granted;
    /// What arrived at the accounts that were named, since the first call.
    uint256 public arrived;
    uint256 public burnt;
    uint256 public lastListed;
    bool public shrank;
    bool public grantedTooMuch;
    uint256[5] private _last;

    constructor(EmissionController emission, CUNP token, address ecoFund) {
        EMISSION = emission;
        TOKEN = token;
        ECO_FUND_ACCOUNT = ecoFund;
    }

    /// From zero wei to far beyond every cap, with the amounts that reach caps drawn often enough.
    function _amount(uint256 seed) private pure returns (uint256) {
        uint256 kind = seed % 5;
        if (kind == 0) return seed % 100;
        if (kind == 1) return seed % 1_000_000e18;
        if (kind == 2) return seed % 300_000_000e18;
        return kind == 3 ? type(uint256).max : seed;
    }

    modifier watched() {
        _;
        for (uint8 i = 0; i < 5; i++) {
            uint256 now_ = EMISSION.generatedOf(Bucket.wrap(i));
            if (now_ < _last[i]) shrank = true;
            _last[i] = now_;
        }
    }

    function _check(address recipient, uint256 before, uint256 requested, uint256 result) private {
        if (result > requested) grantedTooMuch = true;
        granted += result;
        arrived += TOKEN.balanceOf(recipient) - before;
    }

    function blocks(uint160 to, uint256 seed) external watched {
        address recipient = address(uint160(bound(to, 0x10000, 0xFFFFF)));
        uint256 before = TOKEN.balanceOf(recipient);
        _check(recipient, before, _amount(seed), EMISSION.emitBlockReward(recipient, _amount(seed)));
    }

    function staking(uint160 to, uint256 seed) external watched {
        address recipient = address(uint160(bound(to, 0x10000, 0xFFFFF)));
        uint256 before = TOKEN.balanceOf(recipient);
        _check(recipient, before, _amount(seed), EMISSION.emitStakingReward(recipient, _amount(seed)));
    }

    function business(uint160 to, uint256 seed) external watched {
        address recipient = address(uint160(bound(to, 0x10000, 0xFFFFF)));
        uint256 before = TOKEN.balanceOf(recipient);
        _check(recipient, before, _amount(seed), EMISSION.emitBusinessReward(recipient, _amount(seed)));
    }

    function community(uint160 to, uint256 seed) external watched {
        address recipient = address(uint160(bound(to, 0x10000, 0xFFFFF)));
        uint256 before = TOKEN.balanceOf(recipient);
        _check(recipient, before, _amount(seed), EMISSION.emitCommunity(recipient, _amount(seed)));
    }

    function team() external watched {
        if (EMISSION.listedAt() == 0) return;
        address recipient = EMISSION.TEAM_ACCOUNT();
        uint256 before = TOKEN.balanceOf(recipient);
        uint256 due = EMISSION.releasable();
        _check(recipient, before, due, EMISSION.releaseTeam());
    }

    function list() external watched {
        if (EMISSION.listedAt() != 0) return;
        EMISSION.recordListing();
        lastListed = EMISSION.listedAt();
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 40 days));
    }

    function burn(uint256 amount) external {
        address team_ = EMISSION.TEAM_ACCOUNT();
        amount = bound(amount, 0, TOKEN.balanceOf(team_));
        vm.prank(team_);
        TOKEN.burn(amount);
        burnt += amount;
    }
}

contract EmissionInvariants is Test {
    uint256 private constant GENESIS = 19_290_000e18;
    uint256 private constant GENESIS_ECO_FUND = 930_000e18;
    uint256 private constant GENESIS_TEAM = 7_500_000e18;
    address private constant ECO_FUND_ACCOUNT = address(0xEC0);
    address private constant TEAM_ACCOUNT = address(0x7EA);

    CUNP private _token;
    EmissionController private _emission;
    EmissionHandler private _handler;

    function setUp() public {
        AccessManager manager = new AccessManager(address(this));
        address[5] memory first = [address(0xA1), address(0xA2), ECO_FUND_ACCOUNT, address(0xA4), TEAM_ACCOUNT];
        ICUNP.GenesisRecipients memory recipients = ICUNP.GenesisRecipients(
            first[0],
            first[1],
            first[2],
            first[3],
            first[4]
        );
        _token = new CUNP(address(manager), recipients, false, 0);
        _emission = new EmissionController(address(manager), _token, ECO_FUND_ACCOUNT, TEAM_ACCOUNT);
        _handler = new EmissionHandler(_emission, _token, ECO_FUND_ACCOUNT);
        bytes4[] memory mint = new bytes4[](1);
        mint[0] = CUNP.mint.selector;
        manager.setTargetFunctionRole(address(_token), mint, 2);
        manager.grantRole(2, address(_emission), 0);
        bytes4[] memory all = new bytes4[](5);
        all[0] = EmissionController.emitBlockReward.selector;
        all[1] = EmissionController.emitStakingReward.selector;
        all[2] = EmissionController.emitBusinessReward.selector;
        all[3] = EmissionController.emitCommunity.selector;
        all[4] = EmissionController.recordListing.selector;
        manager.setTargetFunctionRole(address(_emission), all, 3);
        manager.grantRole(3, address(_handler), 0);
        targetContract(address(_handler));
    }

    function _others() private view returns (uint256) {
        return _emission.generatedOf(NODES) + _emission.generatedOf(COMMUNITY) + _emission.generatedOf(TEAM);
    }

    /// EMC-1: the buckets together are what CUNP ever emitted; burning changes nothing; nothing shrinks.
    function invariant_bucketsAreWhatWasEmitted() public view {
        uint256 total = _others() + _emission.generatedOf(BUSINESS) + _emission.generatedOf(ECO_FUND);
        assertEq(total, _token.emitted(), "sum of the buckets");
        assertEq(_token.totalSupply() + _handler.burnt(), _token.emitted(), "supply and burnt");
        assertEq(_handler.shrank() ? 1 : 0, 0, "a bucket shrank");
    }

    /// EMC-2: no bucket passes its cap, and all of them are within CUNP's.
    function invariant_noBucketOverItsCap() public view {
        for (uint8 i = 0; i < 5; i++) {
            Bucket bucket = Bucket.wrap(i);
            assertLe(_emission.generatedOf(bucket), _emission.capOf(bucket), "cap");
            assertEq(
                _emission.generatedOf(bucket) + _emission.remainingOf(bucket),
                _emission.capOf(bucket),
                "remaining"
            );
        }
        assertLe(_token.emitted(), _token.CAP(), "cap of all");
    }

    /// EMC-3: what was granted is what arrived, and never more than was asked. (That nothing reverts, the handler shows.)
    function invariant_grantsArrive() public view {
        assertEq(_handler.granted(), _handler.arrived(), "granted = arrived");
        assertEq(_handler.grantedTooMuch() ? 1 : 0, 0, "more than was asked");
    }

    /// EMC-4: the eco-fund is the larger of its genesis and floor(others / 9), to the wei, after every emission.
    function invariant_ecoFundFollows() public view {
        uint256 rule = _others() / 9;
        uint256 expected = rule > GENESIS_ECO_FUND ? rule : GENESIS_ECO_FUND;
        uint256 cap = _emission.capOf(ECO_FUND);
        assertEq(_emission.generatedOf(ECO_FUND), expected > cap ? cap : expected, "eco-fund");
        assertEq(_token.balanceOf(ECO_FUND_ACCOUNT), _emission.generatedOf(ECO_FUND), "at its address");
    }

    /// EMC-5: the team is never ahead of its line, and has nothing new before the listing.
    function invariant_teamWithinItsLine() public view {
        uint256 listed = _handler.lastListed();
        uint256 elapsed = listed == 0 ? 0 : block.timestamp - listed;
        if (elapsed > 365 days) elapsed = 365 days;
        uint256 line = GENESIS_TEAM + (142_500_000e18 * elapsed) / 365 days;
        assertLe(_emission.generatedOf(TEAM), line, "line");
        assertEq(_emission.generatedOf(TEAM) + _emission.releasable(), line, "releasable");
        assertEq(_emission.listedAt(), listed, "listing");
    }

    /// EMC-1: figure 6, exactly.
    function test_startsWithFigure6() public view {
        assertEq(_emission.generatedOf(NODES), 110_000e18, "nodes");
        assertEq(_emission.generatedOf(BUSINESS), 10_000_000e18, "business");
        assertEq(_emission.generatedOf(ECO_FUND), GENESIS_ECO_FUND, "eco-fund");
        assertEq(_emission.generatedOf(COMMUNITY), 750_000e18, "community");
        assertEq(_emission.generatedOf(TEAM), GENESIS_TEAM, "team");
        assertEq(_token.emitted(), GENESIS, "all");
    }

    /// EMC-3: no amount whatever reverts, once or again.
    function testFuzz_anyAmountIsAnswered(uint256 first, uint256 second, uint8 which) public {
        for (uint256 i = 0; i < 2; i++) {
            uint256 amount = i == 0 ? first : second;
            vm.prank(address(_handler));
            if (which % 4 == 0) _emission.emitBlockReward(address(1), amount);
            else if (which % 4 == 1) _emission.emitStakingReward(address(1), amount);
            else if (which % 4 == 2) _emission.emitBusinessReward(address(1), amount);
            else _emission.emitCommunity(address(1), amount);
        }
        invariant_bucketsAreWhatWasEmitted();
        invariant_noBucketOverItsCap();
        invariant_ecoFundFollows();
    }

    /// EMC-5: at every second of the release the team is exactly on its line.
    function testFuzz_teamAtAnyTime(uint256 time) public {
        vm.prank(address(_handler));
        _emission.recordListing();
        time = bound(time, 0, 500 days);
        vm.warp(block.timestamp + time);
        _emission.releaseTeam();
        uint256 elapsed = time > 365 days ? 365 days : time;
        assertEq(_emission.generatedOf(TEAM), GENESIS_TEAM + (142_500_000e18 * elapsed) / 365 days, "line");
    }
}
