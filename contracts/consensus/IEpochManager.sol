// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stage} from "../types/Stage.sol";
import {IFinalityVerifier} from "./IFinalityVerifier.sol";

/**
 * @title The clock of epochs, and what validators earn and lose in them
 * @notice Anyone may end an epoch whose time is over once the next set is stored. Participation is sampled: in each
 * part of the epoch a finality certificate of a recent block shows who signed; further certificates of the same block
 * add signers, so nobody can be left out by whoever brings the first.
 *
 * Length, number of parts and every rate of an epoch are the parameters of its beginning. An epoch that ends late earns
 * no more than its length.
 * @custom:whitepaper §2.4.2, §2.4.3, §3.1 (formula 4)
 */
interface IEpochManager {
    error EpochNotStarted();
    error EpochStartedAlready();
    /// @notice The registry's present set is not the one that the FinalityVerifier has for epoch 0.
    error EpochSetMismatch(bytes32 setHash, bytes32 expected);
    error EpochRunning(uint64 epoch, uint48 endsAt, uint256 timestamp);
    error EpochSetMissing(uint64 epoch);
    error EpochCertificateStale(uint64 certificateEpoch, uint64 epoch);
    /// @notice No block of the last 256 with this number has this hash.
    error EpochBlockUnknown(uint256 blockNumber, bytes32 digest);
    /// @notice The sample of this part of the epoch is of another block.
    error EpochSampleTaken(uint64 epoch, uint256 sample, bytes32 digest, bytes32 taken);
    error EpochSampleUnchanged(uint64 epoch, uint256 sample, uint256 signers);
    error EpochBlockOutOfOrder(uint256 blockNumber, uint256 newest);
    error EpochRewardedAlready(uint64 epoch);
    error EpochNotEnded(uint64 epoch, uint64 current);

    /// @notice The block with this event is the last of epoch − 1; the next block belongs to `epoch`.
    event EpochStarted(uint64 indexed epoch, bytes32 setHash, Stage stage, uint48 endsAt);
    event ParticipationRecorded(uint64 indexed epoch, uint256 indexed sample, bytes32 digest, uint256 signers);
    /// @notice `amount` is what the validator and its voters got, in wei of CUNP.
    event ValidatorRewarded(uint64 indexed epoch, address indexed operator, uint256 participationBps, uint256 amount);
    /// @notice The validator was down; zero `jailedUntil` when it is leaving: then only its stake answers for it.
    event ValidatorDown(uint64 indexed epoch, address indexed operator, uint256 participationBps, uint48 jailedUntil);
    event EpochRewarded(uint64 indexed epoch, uint256 requested, uint256 granted);

    /// @notice Begins epoch 0 with the present authorities. Once, only for the deployer before the hand-over.
    /// @dev Reverts with EpochStartedAlready, EpochSetMismatch.
    function start() external;

    /// @notice Ends the epoch whose time is over. Anyone may call.
    /// @dev Reverts with EpochNotStarted, EpochRunning, EpochSetMissing.
    function advance() external;

    /**
     * @notice Records who signed a block of the last 256 (its hash is the certificate's digest). Anyone may call.
     * @dev Reverts with EpochNotStarted, EpochCertificateStale, EpochBlockUnknown, EpochBlockOutOfOrder,
     * EpochSampleTaken, EpochSampleUnchanged, and with what {IFinalityVerifier-verify} reverts with.
     */
    function recordParticipation(IFinalityVerifier.Certificate calldata certificate, uint256 blockNumber) external;

    /**
     * @notice Pays the validators of an epoch that has ended and jails those who were down, 42 in the order of the set
     * with each call, each of them once. Anyone may call, at any later time, for any epoch.
     * @dev Reverts with EpochNotStarted, EpochNotEnded, EpochRewardedAlready. Who is neither candidate nor active now
     * gets nothing; leaving saves nobody from the slash. What a bucket that runs dry still grants is shared in proportion, each part rounded to the wei
     * above or below, and adds up to the wei.
     * @return granted What was minted for those of this call, in wei of CUNP.
     */
    function reward(uint64 epoch) external returns (uint256 granted);

    /// @notice The present epoch; zero also before the start.
    function epoch() external view returns (uint64);

    /// @notice When the present epoch began (seconds since 1970); zero before the start.
    function startedAt() external view returns (uint48);

    /// @notice From when on the present epoch can be ended (seconds since 1970).
    function endsAt() external view returns (uint48);

    /// @notice The validators of an epoch in the order of the bits of its certificates.
    function operatorsOf(uint64 epoch) external view returns (address[] memory);

    /// @notice Which part of the present epoch is being sampled, and what is recorded of it.
    function currentSample() external view returns (uint256 sample, bytes32 digest, uint256 signers);

    /// @notice Bit i is validator i; zero when nothing was recorded.
    function signersOf(uint64 epoch, uint256 sample) external view returns (uint256);

    /// @notice True when every validator of the epoch has been looked at.
    function isRewarded(uint64 epoch) external view returns (bool);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
