// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title The coins that the nodes receive at the genesis of Origin
 * @notice Holds the 110,000 CUNP of figure 6 that belong to the nodes. They become the self-stake of authorities
 * (5,000 for each of the 21 seats), and leave in no other way.
 *
 * @dev What is staked is the operator's: it earns, is slashed, and is the operator's to withdraw after it has left and
 * the unbonding time has passed.
 * @custom:whitepaper §3.1, figure 6, §2.4.3
 */
interface INodesFund {
    /// @notice Only operators with an authority seat are staked for.
    error NodesFundNotAnAuthority(address operator);
    /// @notice In wei of CUNP.
    error NodesFundTooSmall(uint256 amount, uint256 balance);

    event NodeStaked(address indexed operator, uint256 amount);

    /// @notice Stakes `amount` (wei of CUNP) as an authority's self-stake. Only for governance.
    function stakeFor(address operator, uint256 amount) external;

    /// @notice The CUNP that is left, in wei.
    function balance() external view returns (uint256);
}
