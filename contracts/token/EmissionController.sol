// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {Bucket, BUSINESS, COMMUNITY, ECO_FUND, NODES, TEAM} from "../types/Bucket.sol";
import {ICUNP} from "./ICUNP.sol";
import {IEmissionController} from "./IEmissionController.sol";

/**
 * @title EmissionController: see IEmissionController
 * @dev Owns: what each bucket has generated, the eco-fund's rule, the team's release [EMI-1, EMI-2, EMI-5, EMI-6].
 * Immutable: no proxy, no owner, caps are code. Does not own: how much is asked for and when (EpochManager,
 * StakingPool, BusinessContributions, governance), the coins and the cap of all (CUNP).
 * Called by: the holders of its roles; anyone (releaseTeam). Properties: EMC-1 … EMC-5 (docs/PROPERTIES.md).
 * @custom:whitepaper §3.1, figure 6
 */
contract EmissionController is IEmissionController, AccessManaged {
    uint256 private constant BUCKETS = 5;
    uint256 private constant NODES_CAP = 450_000_000e18;
    uint256 private constant BUSINESS_CAP = 200_000_000e18;
    uint256 private constant ECO_FUND_CAP = 100_000_000e18;
    uint256 private constant COMMUNITY_CAP = 100_000_000e18;
    uint256 private constant TEAM_CAP = 150_000_000e18;

    /// Figure 6: what CUNP's constructor has given to each contributor already.
    uint96 private constant GENESIS_NODES = 110_000e18;
    uint96 private constant GENESIS_BUSINESS = 10_000_000e18;
    uint96 private constant GENESIS_ECO_FUND = 930_000e18;
    uint96 private constant GENESIS_COMMUNITY = 750_000e18;
    uint96 private constant GENESIS_TEAM = 7_500_000e18;
    uint256 private constant GENESIS = 19_290_000e18;

    /// The eco-fund's generated amount is one part for nine of the others': 1/10 of all four.
    uint256 private constant ECO_FUND_DIVISOR = 9;
    uint256 private constant TEAM_RELEASE_SECONDS = 365 days;

    /// The coin, and its own cap.
    ICUNP public immutable CUNP;
    /// The dedicated address of the foundation.
    address public immutable ECO_FUND_ACCOUNT;
    /// Where the team's release goes.
    address public immutable TEAM_ACCOUNT;
    uint256 private immutable SUPPLY_CAP;

    /// Two to a slot, by number of the bucket: caps are far below 2^96.
    uint96[BUCKETS] private _generated;
    /// @inheritdoc IEmissionController
    uint48 public listedAt;

    /**
     * @param manager The AccessManager that knows who may ask for emissions.
     * @param cunp The coin; it has emitted figure 6 and nothing else.
     * @param ecoFund The foundation's dedicated address.
     * @param team Where the team's release goes.
     */
    constructor(address manager, ICUNP cunp, address ecoFund, address team) AccessManaged(manager) {
        require(ecoFund != address(0) && team != address(0), EmissionRecipientZero());
        require(cunp.emitted() == GENESIS, EmissionGenesisMismatch(cunp.emitted(), GENESIS));
        CUNP = cunp;
        SUPPLY_CAP = cunp.CAP();
        ECO_FUND_ACCOUNT = ecoFund;
        TEAM_ACCOUNT = team;
        _generated = [GENESIS_NODES, GENESIS_BUSINESS, GENESIS_ECO_FUND, GENESIS_COMMUNITY, GENESIS_TEAM];
    }

    /*//////////////////////////////////////////////////////////////
                                EMISSIONS
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IEmissionController
    function emitBlockReward(address recipient, uint256 requested) external restricted returns (uint256) {
        return _emitFollowed(NODES, recipient, requested);
    }

    /// @inheritdoc IEmissionController
    function emitStakingReward(address recipient, uint256 requested) external restricted returns (uint256) {
        return _emitFollowed(NODES, recipient, requested);
    }

    /// @inheritdoc IEmissionController
    function emitBusinessReward(address recipient, uint256 requested) external restricted returns (uint256) {
        return _emit(BUSINESS, recipient, requested);
    }

    /// @inheritdoc IEmissionController
    function emitCommunity(address recipient, uint256 requested) external restricted returns (uint256) {
        return _emitFollowed(COMMUNITY, recipient, requested);
    }

    /// @inheritdoc IEmissionController
    function recordListing() external restricted {
        require(listedAt == 0, EmissionListingRecorded(listedAt));
        listedAt = Time.timestamp();
        emit ListingRecorded(listedAt);
    }

    /// @inheritdoc IEmissionController
    function releaseTeam() external returns (uint256) {
        require(listedAt != 0, EmissionListingMissing());
        return _emitFollowed(TEAM, TEAM_ACCOUNT, releasable());
    }

    /*//////////////////////////////////////////////////////////////
                                  VIEWS
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IEmissionController
    function remainingOf(Bucket bucket) external view returns (uint256) {
        return capOf(bucket) - generatedOf(bucket);
    }

    /// @inheritdoc IEmissionController
    function generatedOf(Bucket bucket) public view returns (uint256) {
        require(Bucket.unwrap(bucket) < BUCKETS, EmissionBucketUnknown(bucket));
        return _generated[Bucket.unwrap(bucket)];
    }

    /// @inheritdoc IEmissionController
    function releasable() public view returns (uint256) {
        if (listedAt == 0) return 0;
        uint256 elapsed = Math.min(block.timestamp - listedAt, TEAM_RELEASE_SECONDS);
        uint256 reached = GENESIS_TEAM + ((TEAM_CAP - GENESIS_TEAM) * elapsed) / TEAM_RELEASE_SECONDS;
        // Never negative: time only goes forward, and nothing else generates from this bucket.
        return reached - generatedOf(TEAM);
    }

    /// @inheritdoc IEmissionController
    function capOf(Bucket bucket) public pure returns (uint256) {
        uint256 number = Bucket.unwrap(bucket);
        require(number < BUCKETS, EmissionBucketUnknown(bucket));
        return [NODES_CAP, BUSINESS_CAP, ECO_FUND_CAP, COMMUNITY_CAP, TEAM_CAP][number];
    }

    /*//////////////////////////////////////////////////////////////
                                INTERNALS
    //////////////////////////////////////////////////////////////*/

    /// An emission that the eco-fund follows. What both ask for and cannot get is left out, never refused.
    function _emitFollowed(Bucket bucket, address recipient, uint256 requested) private returns (uint256 granted) {
        granted = _emit(bucket, recipient, requested);
        uint256 followed = generatedOf(NODES) + generatedOf(COMMUNITY) + generatedOf(TEAM);
        (, uint256 due) = Math.trySub(followed / ECO_FUND_DIVISOR, generatedOf(ECO_FUND));
        if (due > 0) _emit(ECO_FUND, ECO_FUND_ACCOUNT, due);
    }

    /// Counts before it mints. Rounds nothing: grants the whole request or all that is left.
    function _emit(Bucket bucket, address recipient, uint256 requested) private returns (uint256 granted) {
        require(recipient != address(0), EmissionRecipientZero());
        uint256 generated = generatedOf(bucket);
        uint256 left = Math.min(capOf(bucket) - generated, SUPPLY_CAP - CUNP.emitted());
        granted = Math.min(requested, left);
        generated += granted;
        // At most a cap, see above: it fits.
        _generated[Bucket.unwrap(bucket)] = uint96(generated);
        emit BucketEmitted(bucket, recipient, requested, granted, generated);
        if (granted > 0) CUNP.mint(recipient, granted);
    }
}
