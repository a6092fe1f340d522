// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {ICUNP} from "./ICUNP.sol";

/**
 * @title CUNP: see ICUNP
 * @dev Owns: the supply in both forms and its cap [EMI-1, EMI-3, EMI-8, EMI-9]. Immutable: no proxy, no owner.
 * Does not own: who may emit how much when (EmissionController, which alone holds that role).
 * Called by: holders. Properties: CUNP-1 … CUNP-6 (docs/PROPERTIES.md).
 * @custom:whitepaper §3.1
 */
contract CUNP is ICUNP, ERC20Burnable, ERC20Permit, ERC20Votes, AccessManaged {
    /// @inheritdoc ICUNP
    uint256 public constant CAP = 1_000_000_000e18;

    /// Figure 6: what each contributor receives at the genesis of Origin.
    uint256 private constant GENESIS_NODES = 110_000e18;
    uint256 private constant GENESIS_BUSINESS = 10_000_000e18;
    uint256 private constant GENESIS_ECO_FUND = 930_000e18;
    uint256 private constant GENESIS_COMMUNITY = 750_000e18;
    uint256 private constant GENESIS_TEAM = 7_500_000e18;

    /// @inheritdoc ICUNP
    bool public immutable NATIVE;
    /// @inheritdoc ICUNP
    uint256 public emitted;

    modifier onlyNative() {
        require(NATIVE, CUNPNativeUnsupported());
        _;
    }

    /**
     * @param manager The AccessManager that knows who may emit.
     * @param recipients Who receives the coins of figure 6.
     * @param native True on a CUN chain: this address then holds the reserve already.
     * @param nativePrefund Native coin given out by the genesis block: the first part of the community's coins.
     */
    constructor(
        address manager,
        GenesisRecipients memory recipients,
        bool native,
        uint256 nativePrefund
    ) ERC20("Coopunion", "CUNP") ERC20Permit("Coopunion") AccessManaged(manager) {
        require(native || nativePrefund == 0, CUNPPrefundUnsupported(nativePrefund));
        require(nativePrefund <= GENESIS_COMMUNITY, CUNPPrefundTooLarge(nativePrefund, GENESIS_COMMUNITY));
        uint256 required = native ? CAP - nativePrefund : 0;
        // Not "equal": whoever sends a wei here before the deployment must not be able to stop it.
        require(address(this).balance >= required, CUNPReserveTooSmall(address(this).balance, required));
        NATIVE = native;

        emitted = nativePrefund;
        _emit(recipients.nodes, GENESIS_NODES);
        _emit(recipients.business, GENESIS_BUSINESS);
        _emit(recipients.ecoFund, GENESIS_ECO_FUND);
        _emit(recipients.community, GENESIS_COMMUNITY - nativePrefund);
        _emit(recipients.team, GENESIS_TEAM);
    }

    /// @notice Native coin that is simply sent is wrapped for the sender.
    receive() external payable {
        wrap();
    }

    /// @inheritdoc ICUNP
    function mint(address recipient, uint256 amount) external restricted {
        _emit(recipient, amount);
    }

    /// @inheritdoc ICUNP
    function unwrap(uint256 amount) external {
        unwrapTo(msg.sender, amount);
    }

    /// @inheritdoc ICUNP
    function wrap() public payable onlyNative {
        _mint(msg.sender, msg.value);
        emit Wrapped(msg.sender, msg.value);
    }

    /// @inheritdoc ICUNP
    function unwrapTo(address recipient, uint256 amount) public onlyNative {
        // To this address the coins would be lost in the reserve; to zero they would be burnt by mistake.
        require(recipient != address(this) && recipient != address(0), CUNPRecipientInvalid(recipient));
        _burn(msg.sender, amount);
        emit Unwrapped(msg.sender, recipient, amount);
        (bool accepted, ) = recipient.call{value: amount}("");
        require(accepted, CUNPNativeTransferFailed(recipient, amount));
    }

    /// @notice Votes are counted at block timestamps (ERC-6372).
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @notice Machine-readable description of the clock (ERC-6372).
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice The next nonce of `owner` for permits and delegations by signature.
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _emit(address recipient, uint256 amount) private {
        require(amount <= CAP - emitted, CUNPCapExceeded(emitted, amount, CAP));
        emitted += amount;
        _mint(recipient, amount);
        emit Emitted(recipient, amount, emitted);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }

    /// The second guard of the cap, inside the token itself: wrapping cannot pass it either.
    function _maxSupply() internal pure override returns (uint256) {
        return CAP;
    }
}
