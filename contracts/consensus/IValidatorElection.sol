// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title The election of the next epoch's set
 * @notice During epoch e the set of e + 1 is elected from the tallies of the beginning of e, exactly:
 * score = 0.6 · persons for / persons voting + 0.4 · stake for / stake voting (the weight is governed); ties break by
 * stake, then by age, then by address. Origin: the authorities. Cape of Good Hope: the authorities and the first n.
 * New Generation: the first n, weighted by stake. When too few are left the former set goes on.
 *
 * Weight, seats and required stakes are the parameters of the beginning of e: no change in mid-epoch, and nobody's
 * choice of the moment, moves a result. Operators that were listed after the beginning of e have no tallies and are
 * passed over. Who is not candidate or active, or has not the stage's self-stake, when the set is stored gets no seat;
 * the next ones in the order do, from a reserve that is kept beyond the seats.
 * @custom:whitepaper §2.4.3, §3.2
 */
interface IValidatorElection {
    /// @notice A page of no candidates.
    error ElectionPageEmpty();
    error ElectionFinished(uint64 epoch);
    error ElectionUnfinished(uint64 epoch, uint256 scanned, uint256 candidates);
    error ElectionSetStored(uint64 epoch);

    event ElectionPageScanned(uint64 indexed epoch, uint256 scanned, uint256 candidates);
    event ValidatorsElected(uint64 indexed epoch, uint256 validators);
    /// @notice Too few could be seated: the former set goes on.
    event FormerSetKept(uint64 indexed epoch, uint256 eligible, uint256 minimum);

    /**
     * @notice Scans up to `maxCandidates` more candidates for the next epoch. Anyone may call. In Origin there is
     * nothing to scan: the first call finishes.
     * @dev Reverts with ElectionPageEmpty, ElectionFinished, EpochNotStarted.
     */
    function elect(uint256 maxCandidates) external returns (bool finished);

    /**
     * @notice Stores the elected set in the FinalityVerifier. Anyone may call once the election is finished.
     * @dev Reverts with ElectionUnfinished, ElectionSetStored, EpochNotStarted. Keys are those of the registry now, so a
     * rotated key enters here, also when the former set goes on.
     */
    function storeSet() external;

    /// @notice The epoch that is elected for now, and how far it is.
    function progress() external view returns (uint64 epoch, uint256 scanned, bool finished, bool stored);

    /// @notice True while pages of an election are missing: the list of candidates must not be compacted.
    function isOpen() external view returns (bool);

    /// @notice The validators of an epoch in the order of its set; empty when this contract has stored none (epoch 0 has
    /// its set from the registry: ask the EpochManager).
    function operatorsOf(uint64 epoch) external view returns (address[] memory);

    /// @notice Whom the election of an epoch ranked, best first: as many as there are seats, and the reserve.
    function rankingOf(uint64 epoch) external view returns (address[] memory operators, uint256[] memory stakes);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
