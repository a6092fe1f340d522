// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bucket} from "../types/Bucket.sol";

/**
 * @title The only way CUNP comes into being after genesis
 * @notice Five buckets with caps that nobody can raise (450, 200, 100, 100, 150 million). What is asked beyond a
 * bucket's rest is paid as far as it reaches: an emission never reverts because a bucket is empty.
 *
 * The eco-fund follows by itself. After each emission for nodes, community or team its generated amount is the larger
 * of what it was and floor((nodes + community + team) / 9), up to its cap; the difference goes to its address. The
 * rule looks at totals, so rounding never adds up. Figure 6 gives it 930,000 where the rule gives 928,888.9: it gets
 * nothing until the three others have generated 8,370,000 together, and exactly 1/9 of them, rounded down, from then
 * on. 1/9 of the others is 1/10 of all four. When the three others are complete (700 million) the rule has given
 * 77,777,777.8: the rest of the eco-fund's 100 million is never generated.
 *
 * @dev Amounts in wei of CUNP, 18 decimals. Assumes: this contract alone holds CUNP's emission role. Were another ever
 * given it, what CUNP itself has left of its cap bounds an emission too, and still nothing reverts.
 * @custom:whitepaper §3.1, figure 6, formula (4)
 */
interface IEmissionController {
    /// @notice There are five buckets, numbered from zero.
    error EmissionBucketUnknown(Bucket bucket);
    /// @notice CUNP has emitted something else than figure 6 before this contract was there to count it.
    error EmissionGenesisMismatch(uint256 emitted, uint256 genesis);
    /// @notice The listing was recorded at `listedAt` (seconds since 1970) already.
    error EmissionListingRecorded(uint48 listedAt);
    /// @notice The team gets nothing before the listing is recorded.
    error EmissionListingMissing();
    /// @notice Coins to the zero address would be lost.
    error EmissionRecipientZero();

    /// @notice `generated` is what the bucket has generated since genesis, this emission included.
    event BucketEmitted(
        Bucket indexed bucket,
        address indexed recipient,
        uint256 requested,
        uint256 granted,
        uint256 generated
    );
    /// @notice The team's release runs from `listedAt` (seconds since 1970) on.
    event ListingRecorded(uint48 listedAt);

    /**
     * @notice Rewards of validating nodes, from the nodes' bucket. Only for the EpochManager.
     * @dev Reverts with EmissionRecipientZero; the same holds for the emissions below.
     * @return granted What was minted to `recipient`: `requested`, or what the bucket has left.
     */
    function emitBlockReward(address recipient, uint256 requested) external returns (uint256 granted);

    /// @notice The incentive pool, from the nodes' bucket. Only for the StakingPool.
    function emitStakingReward(address recipient, uint256 requested) external returns (uint256 granted);

    /// @notice Rewards of applications, from the business bucket. Only for BusinessContributions.
    /// @dev Not part of what the eco-fund follows.
    function emitBusinessReward(address recipient, uint256 requested) external returns (uint256 granted);

    /// @notice From the community's bucket. Only for governance.
    function emitCommunity(address recipient, uint256 requested) external returns (uint256 granted);

    /// @notice Starts the team's release: linear over 365 days from now. Once, only for governance.
    /// @dev Reverts with EmissionListingRecorded.
    function recordListing() external;

    /// @notice Mints what the team's release has reached to the team's address. Anyone may call, at any time: coming
    /// late, often or seldom changes nothing. @dev Reverts with EmissionListingMissing.
    function releaseTeam() external returns (uint256 granted);

    /// @notice The most a bucket may ever generate, genesis included. @dev Reverts with EmissionBucketUnknown.
    function capOf(Bucket bucket) external pure returns (uint256);

    /// @notice All that a bucket has generated, genesis included, burnt coins included.
    /// @dev Reverts with EmissionBucketUnknown.
    function generatedOf(Bucket bucket) external view returns (uint256);

    /// @notice What a bucket may still generate. @dev Reverts with EmissionBucketUnknown.
    function remainingOf(Bucket bucket) external view returns (uint256);

    /// @notice Seconds since 1970; zero before the listing.
    function listedAt() external view returns (uint48);

    /// @notice What {releaseTeam} would mint now; zero before the listing.
    function releasable() external view returns (uint256);
}
