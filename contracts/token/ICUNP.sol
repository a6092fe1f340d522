// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/**
 * @title CUNP, the coin of the Coopunion Network
 * @notice ERC-20 with permit and votes (clock: block timestamp). Never more than 1,000,000,000 CUNP are made.
 *
 * On a CUN chain the native coin is CUNP too: this contract holds the native reserve from genesis on and exchanges
 * both forms 1:1. Native coin outside the reserve and the ERC-20 supply together never pass what was emitted.
 * On a foreign EVM network there is no reserve, and the native functions refuse.
 *
 * @dev Assumes: on a CUN chain no native coin exists at genesis but `nativePrefund` outside this contract, and
 * 1,000,000,000 CUNP − `nativePrefund` inside it. Nothing else on that chain makes native coin.
 * @custom:whitepaper §3.1, figure 6
 */
interface ICUNP is IERC20 {
    /// @notice Who receives what figure 6 gives to each contributor at genesis.
    struct GenesisRecipients {
        address nodes;
        address business;
        address ecoFund;
        address community;
        address team;
    }

    /// @notice New CUNP would pass the cap; `emitted` counts burnt coins too.
    error CUNPCapExceeded(uint256 emitted, uint256 amount, uint256 cap);
    /// @notice The native coin of this network is not CUNP.
    error CUNPNativeUnsupported();
    /// @notice More native coin was given out at genesis than the community receives.
    error CUNPPrefundTooLarge(uint256 nativePrefund, uint256 community);
    /// @notice Native coin was given out at genesis on a network whose native coin is not CUNP.
    error CUNPPrefundUnsupported(uint256 nativePrefund);
    /// @notice This address holds less native coin than can ever be unwrapped.
    error CUNPReserveTooSmall(uint256 reserve, uint256 required);
    /// @notice Native coin cannot go to this address.
    error CUNPRecipientInvalid(address recipient);
    /// @notice The recipient of native coin refused it.
    error CUNPNativeTransferFailed(address recipient, uint256 amount);

    /// @notice Native coin came in and as much ERC-20 was made.
    event Wrapped(address indexed account, uint256 amount);
    /// @notice ERC-20 was taken in and as much native coin went out.
    event Unwrapped(address indexed account, address indexed recipient, uint256 amount);
    /// @notice New coins were emitted; `emittedTotal` counts all that ever were.
    event Emitted(address indexed recipient, uint256 amount, uint256 emittedTotal);

    /// @notice The most that may ever be emitted, in wei of CUNP.
    function CAP() external view returns (uint256);

    /// @notice True when this network's native coin is CUNP.
    function NATIVE() external view returns (bool);

    /// @notice All coins ever made, in both forms, burnt ones included. Only grows.
    function emitted() external view returns (uint256);

    /// @notice Emits new coins. Only for the holder of the emission role.
    /// @dev Reverts with CUNPCapExceeded. Warning: what was burnt is not made again.
    function mint(address recipient, uint256 amount) external;

    /// @notice Turns the native coin sent along into ERC-20 of the caller. Sending native coin does the same.
    function wrap() external payable;

    /// @notice Turns the caller's ERC-20 into native coin for the caller.
    function unwrap(uint256 amount) external;

    /// @notice Turns the caller's ERC-20 into native coin for `recipient`.
    /// @dev Warning: calls the recipient with all gas, after every effect.
    function unwrapTo(address recipient, uint256 amount) external;
}
