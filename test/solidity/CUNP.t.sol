// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CUNP} from "../../contracts/token/CUNP.sol";
import {ICUNP} from "../../contracts/token/ICUNP.sol";
import {Test} from "./Test.sol";

/**
 * CUNP under random histories: supply, reserve, votes.
 *
 * Owns: the handler that acts for five holders, and the invariants CUNP-1 to CUNP-5. The handler may not revert.
 */
contract CUNPHandler is Test {
    CUNP public immutable TOKEN;
    address[5] public holders;
    /// Native coin that base fees or mistakes destroyed.
    uint256 public nativeBurnt;
    uint256 public tokensBurnt;
    uint256 public minted;
    uint256 public lastEmitted;
    bool public shrank;

    constructor(CUNP token, address[5] memory accounts) {
        TOKEN = token;
        holders = accounts;
        lastEmitted = token.emitted();
    }

    modifier watched() {
        _;
        if (TOKEN.emitted() < lastEmitted) shrank = true;
        lastEmitted = TOKEN.emitted();
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external watched {
        address sender = holders[from % 5];
        vm.prank(sender);
        TOKEN.transfer(holders[to % 5], bound(amount, 0, TOKEN.balanceOf(sender)));
    }

    function unwrap(uint256 from, uint256 to, uint256 amount) external watched {
        address sender = holders[from % 5];
        vm.prank(sender);
        TOKEN.unwrapTo(holders[to % 5], bound(amount, 0, TOKEN.balanceOf(sender)));
    }

    function wrap(uint256 from, uint256 amount, bool plainly) external watched {
        address sender = holders[from % 5];
        amount = bound(amount, 0, sender.balance);
        vm.prank(sender);
        if (plainly) {
            (bool done, ) = address(TOKEN).call{value: amount}("");
            require(done);
        } else {
            TOKEN.wrap{value: amount}();
        }
    }

    function burn(uint256 from, uint256 amount) external watched {
        address sender = holders[from % 5];
        amount = bound(amount, 0, TOKEN.balanceOf(sender));
        vm.prank(sender);
        TOKEN.burn(amount);
        tokensBurnt += amount;
    }

    function payBaseFee(uint256 from, uint256 amount) external watched {
        address sender = holders[from % 5];
        amount = bound(amount, 0, sender.balance);
        vm.deal(sender, sender.balance - amount);
        nativeBurnt += amount;
    }

    /// This contract holds the emission role: it mints within what is left of the cap.
    function mint(uint256 to, uint256 amount) external watched {
        amount = bound(amount, 0, TOKEN.CAP() - TOKEN.emitted());
        TOKEN.mint(holders[to % 5], amount);
        minted += amount;
    }

    function mintTooMuch(uint256 to, uint256 amount) external watched {
        amount = bound(amount, TOKEN.CAP() - TOKEN.emitted() + 1, type(uint256).max);
        try TOKEN.mint(holders[to % 5], amount) {
            shrank = true;
        } catch {}
    }

    function delegate(uint256 from, uint256 to) external watched {
        vm.prank(holders[from % 5]);
        TOKEN.delegate(holders[to % 5]);
    }
}

contract CUNPInvariants is Test {
    uint256 private constant CAP = 1_000_000_000e18;
    uint256 private constant PREFUND = 200_400e18;
    bytes32 private constant SALT = "cunp";

    CUNP private _token;
    CUNPHandler private _handler;
    address[5] private _holders;

    function setUp() public {
        AccessManager manager = new AccessManager(address(this));
        for (uint256 i = 0; i < 5; i++) _holders[i] = address(uint160(0xA0000 + i));
        ICUNP.GenesisRecipients memory recipients = ICUNP.GenesisRecipients(
            _holders[0],
            _holders[1],
            _holders[2],
            _holders[3],
            _holders[4]
        );
        bytes memory code = abi.encodePacked(
            type(CUNP).creationCode,
            abi.encode(address(manager), recipients, true, PREFUND)
        );
        address predicted = address(
            uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), SALT, keccak256(code)))))
        );
        vm.deal(predicted, CAP - PREFUND);
        vm.deal(_holders[0], PREFUND);
        _token = new CUNP{salt: SALT}(address(manager), recipients, true, PREFUND);
        _handler = new CUNPHandler(_token, _holders);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = CUNP.mint.selector;
        manager.setTargetFunctionRole(address(_token), selectors, 2);
        manager.grantRole(2, address(_handler), 0);
        targetContract(address(_handler));
    }

    function _sums() private view returns (uint256 tokens, uint256 native) {
        for (uint256 i = 0; i < 5; i++) {
            tokens += _token.balanceOf(_holders[i]);
            native += _holders[i].balance;
        }
    }

    /// CUNP-1 CUNP-3: emitted only grows, never passes the cap, and counts what was burnt.
    function invariant_emittedGrowsToTheCapOnly() public view {
        assertLe(_token.emitted(), CAP, "emitted");
        assertEq(_token.emitted(), 19_290_000e18 + _handler.minted(), "emitted = genesis + minted");
        assertEq(_handler.shrank() ? 1 : 0, 0, "emitted shrank, or a mint passed the cap");
    }

    /// CUNP-2: both forms together are what was emitted, less what was burnt.
    function invariant_bothFormsAreWhatWasEmitted() public view {
        (uint256 tokens, uint256 native) = _sums();
        assertEq(tokens, _token.totalSupply(), "every token has a holder");
        uint256 burnt = _handler.tokensBurnt() + _handler.nativeBurnt();
        assertEq(tokens + native + burnt, _token.emitted(), "tokens + native + burnt = emitted");
    }

    /// CUNP-4: every token can be unwrapped.
    function invariant_reserveCoversTheSupply() public view {
        assertLe(_token.totalSupply(), address(_token).balance, "supply within the reserve");
    }

    /// CUNP-5: votes are the balances of those who delegate.
    function invariant_votesAreDelegatedBalances() public view {
        for (uint256 i = 0; i < 5; i++) {
            uint256 expected;
            for (uint256 j = 0; j < 5; j++) {
                if (_token.delegates(_holders[j]) == _holders[i]) expected += _token.balanceOf(_holders[j]);
            }
            assertEq(_token.getVotes(_holders[i]), expected, "votes");
        }
    }
}
