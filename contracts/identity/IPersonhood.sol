// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Who is one person
 * @notice Answers whether an account belongs to exactly one verified person now. A CDID answers later; until then an
 * allow-list that governance keeps. Readers ask through this door only.
 * @custom:whitepaper §2.6, §3.2
 */
interface IPersonhood {
    /**
     * @notice The person behind an account: the same value for all accounts of one person, zero when it is none (or
     * its verification has ended).
     */
    function personOf(address account) external view returns (bytes32 person);
}
