// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IContractDirectory} from "../governance/IContractDirectory.sol";
import {IStageManager} from "../governance/IStageManager.sol";
import {AddressList} from "../libraries/AddressList.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";
import {RankingHeap} from "../libraries/RankingHeap.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {IStakingPool} from "../staking/IStakingPool.sol";
import {
    AUTHORITY_SEATS,
    AUTHORITY_STAKE,
    CANDIDATE_STAKE,
    ELECTED_SEATS,
    GENERATION_SEATS,
    GENERATION_STAKE,
    MINIMUM_VALIDATORS,
    PERSON_WEIGHT_BPS
} from "../types/ParameterName.sol";
import {NEW_GENERATION, ORIGIN, Stage} from "../types/Stage.sol";
import {ACTIVE, CANDIDATE, ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IEpochManager} from "./IEpochManager.sol";
import {IFinalityVerifier} from "./IFinalityVerifier.sol";
import {IValidatorElection} from "./IValidatorElection.sol";

/**
 * @title ValidatorElection: see IValidatorElection
 * @dev Owns: scores, ranking, who is seated [VAL-4, NET-3, NET-4, NET-5]. Does not own: tallies (StakingPool), keys and
 * states (ValidatorRegistry), sets (FinalityVerifier), when an epoch ends (EpochManager).
 * Called by: anyone. Upgradeable by governance with a delay. Properties: ELE-1 … ELE-4.
 *
 * One candidate is two words. `key` is score · 2^96 + stake, `tie` is larger for the older one, then for the lower
 * address. The score is the numerator over the common denominator 10,000 · max(P, 1) · max(S, 1), so nothing is
 * rounded: weight · persons · max(S, 1) + (10,000 − weight) · stake · max(P, 1). With persons, P < 2^40, stake,
 * S < 2^96 (cast where they are read) and weight ≤ 10,000 it is at most
 * weight · 2^40 · 2^96 + (10,000 − weight) · 2^96 · 2^40 = 10,000 · 2^136 < 2^150, and the key stays below 2^246.
 * @custom:whitepaper §2.4.3, §3.2
 */
contract ValidatorElection is IValidatorElection, UUPSUpgradeable, AccessManagedUpgradeable {
    using RankingHeap for RankingHeap.Heap;

    /// @custom:storage-location erc7201:coopunion.storage.ValidatorElection
    struct ElectionStorage {
        /// The epoch that pages were last scanned for.
        uint64 epoch;
        uint32 scanned;
        /// How many stood in the list when the first page was scanned.
        uint32 candidates;
        bool finished;
        /// CodeStorage: the heap between two pages.
        address pages;
        /// CodeStorage: operator << 96 | stake, best first.
        mapping(uint64 epoch => address holder) rankings;
        /// CodeStorage of an AddressList: operators in the order of the set.
        mapping(uint64 epoch => address holder) sets;
    }

    /// What an election counts with: parameters and sums of the beginning of the epoch.
    struct Rules {
        uint64 epoch;
        Stage stage;
        uint256 authoritySeats;
        uint256 electedSeats;
        uint256 authorityStake;
        uint256 requiredStake;
        uint256 minimumValidators;
        uint256 personWeightBps;
    }

    /// A set that is being filled.
    struct Seating {
        address[] operators;
        uint256[] weights;
        uint256 count;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.ValidatorElection")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x4e5564e396abc2d5e532c8b907cbf61686d4b76dc9412c920aa2de7cb383fc00;
    bytes32 private constant EPOCH_MANAGER = "EpochManager";
    bytes32 private constant FINALITY_VERIFIER = "FinalityVerifier";
    uint256 private constant BPS = 10_000;
    /// What the FinalityVerifier stores at most.
    uint256 private constant VALIDATORS_LIMIT = 169;
    /// Ranked beyond the seats: they follow when somebody is no longer eligible when the set is stored.
    uint256 private constant RESERVE = 21;
    /// In Origin and Cape of Good Hope every validator counts the same.
    uint256 private constant EQUAL_WEIGHT = 1;
    /// An array that is returned alone begins with its offset and its length.
    uint256 private constant PAGE_HEAD = 64;

    IParameterRegistry private immutable PARAMETERS;
    IValidatorRegistry private immutable REGISTRY;
    IStakingPool private immutable STAKING;
    IStageManager private immutable STAGES;
    IContractDirectory private immutable DIRECTORY;

    /// The code behind the proxy is never set up itself.
    constructor(
        IContractDirectory directory,
        IParameterRegistry parameters,
        IValidatorRegistry registry,
        IStakingPool staking,
        IStageManager stages
    ) {
        DIRECTORY = directory;
        PARAMETERS = parameters;
        REGISTRY = registry;
        STAKING = staking;
        STAGES = stages;
        _disableInitializers();
    }

    /// @notice Sets the election up behind its proxy.
    function initialize(address manager) external initializer {
        __AccessManaged_init(manager);
    }

    // ─────────────────────────────────────────────── ELECTION ────────────────────────────────────────────────

    /// @inheritdoc IValidatorElection
    function elect(uint256 maxCandidates) external returns (bool finished) {
        require(maxCandidates > 0, ElectionPageEmpty());
        ElectionStorage storage $ = _storage();
        Rules memory rules = _rules();
        bool isFirst = $.epoch != rules.epoch;
        require(isFirst || !$.finished, ElectionFinished(rules.epoch));
        if (isFirst) {
            $.epoch = rules.epoch;
            $.scanned = 0;
            $.finished = false;
            $.candidates = rules.stage == ORIGIN ? 0 : SafeCast.toUint32(STAKING.candidateCount());
        }
        uint256 scanned = $.scanned;
        uint256 candidates = $.candidates;
        RankingHeap.Heap memory heap =
            scanned == 0
                ? RankingHeap.create(_capacityOf(rules))
                : RankingHeap.fromBytes(CodeStorage.read($.pages), _capacityOf(rules));
        uint256 count = Math.min(maxCandidates, candidates - scanned);
        if (count > 0) _scan(heap, rules, scanned, count);
        scanned += count;
        finished = scanned == candidates;
        $.scanned = uint32(scanned);
        emit ElectionPageScanned(rules.epoch, scanned, candidates);
        if (finished) {
            $.finished = true;
            $.rankings[rules.epoch] = CodeStorage.write(_ranked(heap));
        } else {
            $.pages = CodeStorage.write(heap.toBytes());
        }
    }

    /// @inheritdoc IValidatorElection
    function storeSet() external {
        ElectionStorage storage $ = _storage();
        Rules memory rules = _rules();
        bool isCurrent = $.epoch == rules.epoch;
        require(
            isCurrent && $.finished,
            ElectionUnfinished(rules.epoch, isCurrent ? $.scanned : 0, STAKING.candidateCount())
        );
        require($.sets[rules.epoch] == address(0), ElectionSetStored(rules.epoch));
        IFinalityVerifier verifier = IFinalityVerifier(DIRECTORY.addressOf(FINALITY_VERIFIER));
        Seating memory seating = _seat(rules, CodeStorage.read($.rankings[rules.epoch]));
        if (seating.count < rules.minimumValidators) {
            emit FormerSetKept(rules.epoch, seating.count, rules.minimumValidators);
            seating = _former(rules.epoch - 1, verifier);
        }
        $.sets[rules.epoch] = CodeStorage.write(AddressList.pack(seating.operators, seating.count));
        emit ValidatorsElected(rules.epoch, seating.count);
        verifier.storeSet(rules.epoch, _members(seating));
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IValidatorElection
    function progress() external view returns (uint64 epoch, uint256 scanned, bool finished, bool stored) {
        ElectionStorage storage $ = _storage();
        epoch = _epochManager().epoch() + 1;
        if ($.epoch == epoch) (scanned, finished) = ($.scanned, $.finished);
        stored = $.sets[epoch] != address(0);
    }

    /// @inheritdoc IValidatorElection
    function isOpen() external view returns (bool) {
        // An epoch does not end before its election is finished, so what is unfinished is the present one.
        return _storage().scanned > 0 && !_storage().finished;
    }

    /// @inheritdoc IValidatorElection
    function operatorsOf(uint64 epoch) external view returns (address[] memory operators) {
        address holder = _storage().sets[epoch];
        if (holder != address(0)) operators = AddressList.unpack(CodeStorage.read(holder));
    }

    /// @inheritdoc IValidatorElection
    function rankingOf(uint64 epoch) external view returns (address[] memory operators, uint256[] memory stakes) {
        address holder = _storage().rankings[epoch];
        if (holder == address(0)) return (operators, stakes);
        bytes memory ranking = CodeStorage.read(holder);
        operators = new address[](ranking.length / 32);
        stakes = new uint256[](operators.length);
        for (uint256 i = 0; i < operators.length; i++) {
            uint256 word = _wordAt(ranking, 32 * i);
            operators[i] = address(uint160(word >> 96));
            stakes[i] = uint96(word);
        }
    }

    /// @inheritdoc IValidatorElection
    function implementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    // ──────────────────────────────────────────────── RANKING ────────────────────────────────────────────────

    /// Parameters and stage of the election for the epoch after the present one.
    function _rules() private view returns (Rules memory rules) {
        IEpochManager epochs = _epochManager();
        uint48 startedAt = epochs.startedAt();
        require(startedAt > 0, IEpochManager.EpochNotStarted());
        rules.epoch = epochs.epoch() + 1;
        rules.stage = STAGES.stageOf(rules.epoch);
        bool isGeneration = rules.stage == NEW_GENERATION;
        bytes32[] memory names = new bytes32[](6);
        names[0] = AUTHORITY_SEATS;
        names[1] = isGeneration ? GENERATION_SEATS : ELECTED_SEATS;
        names[2] = AUTHORITY_STAKE;
        names[3] = isGeneration ? GENERATION_STAKE : CANDIDATE_STAKE;
        names[4] = MINIMUM_VALIDATORS;
        names[5] = PERSON_WEIGHT_BPS;
        (uint256[] memory values, ) = PARAMETERS.valuesAt(names, startedAt);
        rules.authoritySeats = isGeneration ? 0 : Math.min(values[0], VALIDATORS_LIMIT);
        rules.electedSeats = rules.stage == ORIGIN ? 0 : Math.min(values[1], VALIDATORS_LIMIT);
        rules.authorityStake = values[2];
        rules.requiredStake = values[3];
        rules.minimumValidators = values[4];
        rules.personWeightBps = Math.min(values[5], BPS);
    }

    /// Authorities may stand in the list too: each of them takes the place of somebody who needs one.
    function _capacityOf(Rules memory rules) private pure returns (uint256) {
        return rules.electedSeats == 0 ? 0 : rules.electedSeats + rules.authoritySeats + RESERVE;
    }

    /// Ranks one page of candidates.
    function _scan(RankingHeap.Heap memory heap, Rules memory rules, uint256 from, uint256 count) private view {
        (, uint256 stakeVoting, uint256 personsVoting) = STAKING.snapshotTotals();
        // Factors of persons and of stake in the numerator of the score: see the title.
        uint256 perPerson = rules.personWeightBps * Math.max(SafeCast.toUint96(stakeVoting), 1);
        uint256 perStake = (BPS - rules.personWeightBps) * Math.max(SafeCast.toUint40(personsVoting), 1);
        bytes memory page = _pageOf(from, count);
        uint256 end = page.length;
        unchecked {
            for (uint256 offset = PAGE_HEAD; offset + 64 <= end; offset += 64) {
                _offer(heap, _wordAt(page, offset), _wordAt(page, offset + 32), perPerson, perStake);
            }
        }
    }

    /// Ranks one candidate: nothing here can overflow, as the title proves.
    function _offer(
        RankingHeap.Heap memory heap,
        uint256 first,
        uint256 second,
        uint256 perPerson,
        uint256 perStake
    ) private pure {
        uint256 stake = uint96(first);
        // Listed since, or with nothing left to lose.
        if (stake == 0) return;
        unchecked {
            uint256 score = perPerson * uint40(second) + perStake * stake;
            uint256 age = uint64(second >> 40);
            heap.offer((score << 96) | stake, type(uint224).max ^ ((age << 160) | (first >> 96)));
        }
    }

    /// What snapshotPage returns as it came: copying thousands of words into an array costs as much as the heap.
    function _pageOf(uint256 from, uint256 count) private view returns (bytes memory) {
        return Address.functionStaticCall(address(STAKING), abi.encodeCall(STAKING.snapshotPage, (from, count)));
    }

    /// operator << 96 | stake of everyone in the heap, best first.
    function _ranked(RankingHeap.Heap memory heap) private pure returns (bytes memory ranking) {
        heap.sort();
        uint256 count = heap.size;
        ranking = new bytes(32 * count);
        for (uint256 i = 0; i < count; i++) {
            (uint256 key, uint256 tie) = heap.entryAt(i);
            uint256 word = (uint256(~uint160(tie)) << 96) | uint96(key);
            assembly ("memory-safe") {
                mstore(add(add(ranking, 32), shl(5, i)), word)
            }
        }
    }

    // ──────────────────────────────────────────────── SEATS ──────────────────────────────────────────────────

    /// The authorities and then the ranked, as far as there are seats and they are eligible now.
    function _seat(Rules memory rules, bytes memory ranking) private view returns (Seating memory seating) {
        seating.operators = new address[](VALIDATORS_LIMIT);
        seating.weights = new uint256[](VALIDATORS_LIMIT);
        if (rules.authoritySeats > 0) _seatAuthorities(rules, seating);
        uint256 limit = Math.min(seating.count + rules.electedSeats, VALIDATORS_LIMIT);
        bool isWeighted = rules.stage == NEW_GENERATION;
        for (uint256 offset = 0; offset < ranking.length && seating.count < limit; offset += 32) {
            uint256 word = _wordAt(ranking, offset);
            address operator = address(uint160(word >> 96));
            if (_isSeated(seating, operator)) continue;
            if (!_isEligible(operator, rules.requiredStake)) continue;
            _add(seating, operator, isWeighted ? uint96(word) : EQUAL_WEIGHT);
        }
    }

    function _seatAuthorities(Rules memory rules, Seating memory seating) private view {
        address[] memory authorities = REGISTRY.authorities();
        for (uint256 i = 0; i < authorities.length && seating.count < rules.authoritySeats; i++) {
            if (_isEligible(authorities[i], rules.authorityStake)) _add(seating, authorities[i], EQUAL_WEIGHT);
        }
    }

    /// The set of an epoch with its weights: also of those who are no longer eligible, for a network needs a set.
    function _former(uint64 epoch, IFinalityVerifier verifier) private view returns (Seating memory seating) {
        seating.operators = _epochManager().operatorsOf(epoch);
        seating.count = seating.operators.length;
        seating.weights = new uint256[](seating.count);
        bytes memory set = verifier.validatorSetOf(epoch);
        // 144 bytes for each: a key of 128, then the weight.
        for (uint256 i = 0; i < seating.count; i++) seating.weights[i] = _wordAt(set, 144 * i + 128) >> 128;
    }

    function _isEligible(address operator, uint256 requiredStake) private view returns (bool) {
        ValidatorState state = REGISTRY.stateOf(operator);
        return (state == CANDIDATE || state == ACTIVE) && STAKING.selfStakeOf(operator) >= requiredStake;
    }

    /// Nobody holds two seats: neither an authority that was ranked too, nor whoever a page showed twice.
    function _isSeated(Seating memory seating, address operator) private pure returns (bool) {
        address[] memory operators = seating.operators;
        uint256 count = seating.count;
        for (uint256 i = 0; i < count; i++) if (operators[i] == operator) return true;
        return false;
    }

    function _add(Seating memory seating, address operator, uint256 weight) private pure {
        seating.operators[seating.count] = operator;
        seating.weights[seating.count++] = weight;
    }

    function _members(Seating memory seating) private view returns (IFinalityVerifier.Member[] memory members) {
        members = new IFinalityVerifier.Member[](seating.count);
        for (uint256 i = 0; i < seating.count; i++) {
            bytes memory key = REGISTRY.blsPublicKeyOf(seating.operators[i]);
            members[i] = IFinalityVerifier.Member(key, uint128(seating.weights[i]));
        }
    }

    /// The word that begins at a byte of `data`.
    function _wordAt(bytes memory data, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _epochManager() private view returns (IEpochManager) {
        return IEpochManager(DIRECTORY.addressOf(EPOCH_MANAGER));
    }

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}

    function _storage() private pure returns (ElectionStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
