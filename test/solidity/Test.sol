// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * The little that Solidity tests need: cheatcodes, bounded numbers, comparisons, and the invariant runner's questions.
 *
 * Owns: nothing of the system. Called by: test/solidity/*.t.sol. Works under Hardhat and Forge.
 */
interface Vm {
    function deal(address account, uint256 balance) external;

    function prank(address caller) external;

    function startPrank(address caller) external;

    function stopPrank() external;

    function warp(uint256 timestamp) external;

    function addr(uint256 secret) external pure returns (address);

    function sign(uint256 secret, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function publicKeyP256(uint256 secret) external pure returns (uint256 x, uint256 y);

    function signP256(uint256 secret, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
}

abstract contract Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    error Unequal(string what, uint256 left, uint256 right);
    error NotAtMost(string what, uint256 left, uint256 right);

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    /// The test library convention that marks a contract as a test.
    bool public IS_TEST = true;

    address[] private _targets;

    /// The contracts whose functions the invariant runner calls.
    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function targetContract(address target) internal {
        _targets.push(target);
    }

    function assertEq(uint256 left, uint256 right, string memory what) internal pure {
        if (left != right) revert Unequal(what, left, right);
    }

    function assertLe(uint256 left, uint256 right, string memory what) internal pure {
        if (left > right) revert NotAtMost(what, left, right);
    }

    /// A number from `low` to `high`, both included, from any number.
    function bound(uint256 number, uint256 low, uint256 high) internal pure returns (uint256) {
        uint256 span = high - low + 1;
        return span == 0 ? number : low + (number % span);
    }
}
