// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IContractDirectory} from "../governance/IContractDirectory.sol";
import {IStageManager} from "../governance/IStageManager.sol";
import {RewardFormulas} from "../libraries/RewardFormulas.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {IStakingPool} from "../staking/IStakingPool.sol";
import {IEmissionController} from "../token/IEmissionController.sol";
import {
    CAPE_REWARD_BPS,
    DOWNTIME_JAIL_BPS,
    DOWNTIME_SLASH_BPS,
    EPOCH_SECONDS,
    GENERATION_REWARD_BPS,
    JAIL_SECONDS,
    PARTICIPATION_SAMPLES,
    VALIDATOR_REWARD_PER_DAY
} from "../types/ParameterName.sol";
import {NEW_GENERATION, Stage} from "../types/Stage.sol";
import {ACTIVE, CANDIDATE, EXITING, ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IEpochManager} from "./IEpochManager.sol";
import {IFinalityVerifier} from "./IFinalityVerifier.sol";
import {IValidatorElection} from "./IValidatorElection.sol";

/**
 * @title EpochManager: see IEpochManager
 * @dev Owns: when epochs begin and end, samples of participation, formula (4), who was down [NET-2, EMI-4, CON-8].
 * Does not own: who is elected (ValidatorElection), sets (FinalityVerifier), buckets (EmissionController), how a reward
 * is shared with voters (StakingPool), states (ValidatorRegistry), stages (StageManager).
 * Called by: anyone; the deployer (start). Upgradeable by governance with a delay. Properties: EPO-1 … EPO-5.
 *
 * All calls go to contracts of the system. What a call does once is marked before the first of them.
 * @custom:whitepaper §2.4.2, §2.4.3, §3.1 (formula 4)
 */
contract EpochManager is IEpochManager, UUPSUpgradeable, AccessManagedUpgradeable {
    struct Epoch {
        uint48 startedAt;
        uint48 endsAt;
        /// Parts of equal length, each of which is sampled once.
        uint8 samples;
        Stage stage;
        /// How many validators, in the order of the set, have been rewarded.
        uint16 rewarded;
        bool isRewarded;
    }

    /// The newest sample.
    struct Sample {
        bytes32 digest;
        uint64 blockNumber;
    }

    /// @custom:storage-location erc7201:coopunion.storage.EpochManager
    struct EpochStorage {
        uint64 epoch;
        Sample sample;
        mapping(uint64 epoch => Epoch) epochs;
        mapping(uint64 epoch => mapping(uint256 sample => uint256 signers)) signers;
        /// Of epoch 0; the ValidatorElection has those of all others.
        address[] firstOperators;
    }

    /// What a reward is counted with: state, samples and parameters of the epoch.
    struct Terms {
        uint64 epoch;
        Stage stage;
        /// Reward of a validator that signed every sample, times the seconds of a day.
        uint256 rewardNumerator;
        /// Parts of the epoch that were sampled: so many of `signers` are set.
        uint256 recorded;
        uint256 jailBps;
        uint256 jailSeconds;
        uint16 slashBps;
        uint256[] signers;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.EpochManager")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x3868499e4b67375588bc0e21f64ba907be57ce45378eb233f95a8d7a3532b400;
    bytes32 private constant FINALITY_VERIFIER = "FinalityVerifier";
    uint256 private constant BPS = 10_000;
    /// Rewarding, jailing and slashing so many fits into one transaction with room to spare.
    uint256 private constant REWARDED_PER_CALL = 42;

    IContractDirectory private immutable DIRECTORY;
    IParameterRegistry private immutable PARAMETERS;
    IEmissionController private immutable EMISSION;
    IValidatorRegistry private immutable REGISTRY;
    IStakingPool private immutable STAKING;
    IStageManager private immutable STAGES;
    IValidatorElection private immutable ELECTION;

    /// The code behind the proxy is never set up itself.
    constructor(
        IContractDirectory directory,
        IParameterRegistry parameters,
        IEmissionController emission,
        IValidatorRegistry registry,
        IStakingPool staking,
        IStageManager stages,
        IValidatorElection election
    ) {
        DIRECTORY = directory;
        PARAMETERS = parameters;
        EMISSION = emission;
        REGISTRY = registry;
        STAKING = staking;
        STAGES = stages;
        ELECTION = election;
        _disableInitializers();
    }

    /// @notice Sets the clock up behind its proxy; it runs from {start} on.
    function initialize(address manager) external initializer {
        __AccessManaged_init(manager);
    }

    // ──────────────────────────────────────────────── EPOCHS ─────────────────────────────────────────────────

    /// @inheritdoc IEpochManager
    function start() external restricted {
        EpochStorage storage $ = _storage();
        require($.epochs[0].startedAt == 0, EpochStartedAlready());
        IValidatorRegistry.ActiveValidator[] memory validators = REGISTRY.activeValidators();
        address[] memory operators = new address[](validators.length);
        bytes memory set;
        for (uint256 i = 0; i < validators.length; i++) {
            operators[i] = validators[i].operator;
            set = bytes.concat(set, validators[i].blsPublicKey, bytes16(validators[i].weight));
        }
        bytes32 expected = _verifier().setHashOf(0);
        require(keccak256(set) == expected, EpochSetMismatch(keccak256(set), expected));
        $.firstOperators = operators;
        _begin(0, operators, expected);
    }

    /// @inheritdoc IEpochManager
    function advance() external {
        (uint64 present, Epoch storage ending) = _present();
        require(block.timestamp >= ending.endsAt, EpochRunning(present, ending.endsAt, block.timestamp));
        uint64 next = present + 1;
        IFinalityVerifier verifier = _verifier();
        require(verifier.newestEpoch() >= next, EpochSetMissing(next));
        _begin(next, ELECTION.operatorsOf(next), verifier.setHashOf(next));
    }

    // ───────────────────────────────────────────── PARTICIPATION ─────────────────────────────────────────────

    /// @inheritdoc IEpochManager
    function recordParticipation(IFinalityVerifier.Certificate calldata certificate, uint256 blockNumber) external {
        (uint64 present, Epoch storage running) = _present();
        require(certificate.epoch == present, EpochCertificateStale(certificate.epoch, present));
        bytes32 digest = certificate.digest;
        require(digest != 0 && blockhash(blockNumber) == digest, EpochBlockUnknown(blockNumber, digest));
        EpochStorage storage $ = _storage();
        Sample memory newest = $.sample;
        uint256 index = _sampleAt(running);
        uint256 known = $.signers[present][index];
        if (known == 0) {
            require(blockNumber > newest.blockNumber, EpochBlockOutOfOrder(blockNumber, newest.blockNumber));
            $.sample = Sample(digest, uint64(blockNumber));
        } else {
            require(newest.digest == digest, EpochSampleTaken(present, index, digest, newest.digest));
        }
        uint256 signers = known | _bitsOf(certificate.signers);
        require(signers != known, EpochSampleUnchanged(present, index, known));
        $.signers[present][index] = signers;
        emit ParticipationRecorded(present, index, digest, signers);
        // Last, because it is the dear one of the checks.
        _verifier().verify(certificate);
    }

    // ──────────────────────────────────────────────── REWARDS ────────────────────────────────────────────────

    /// @inheritdoc IEpochManager
    function reward(uint64 epoch_) external returns (uint256 granted) {
        (uint64 present, ) = _present();
        require(epoch_ < present, EpochNotEnded(epoch_, present));
        Epoch storage ended = _storage().epochs[epoch_];
        require(!ended.isRewarded, EpochRewardedAlready(epoch_));
        Terms memory terms = _termsOf(epoch_, ended);
        address[] memory operators = operatorsOf(epoch_);
        uint256 from = ended.rewarded;
        uint256 to = operators.length;
        // Without a sample nobody earns and nobody was down.
        if (terms.recorded > 0) to = Math.min(to, from + REWARDED_PER_CALL);
        ended.rewarded = uint16(to);
        ended.isRewarded = to == operators.length;
        if (terms.recorded == 0) from = to;
        return _reward(terms, operators, from, to);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IEpochManager
    function epoch() external view returns (uint64) {
        return _storage().epoch;
    }

    /// @inheritdoc IEpochManager
    function startedAt() external view returns (uint48) {
        return _storage().epochs[_storage().epoch].startedAt;
    }

    /// @inheritdoc IEpochManager
    function endsAt() external view returns (uint48) {
        return _storage().epochs[_storage().epoch].endsAt;
    }

    /// @inheritdoc IEpochManager
    function currentSample() external view returns (uint256 sample, bytes32 digest, uint256 signers) {
        (uint64 present, Epoch storage running) = _present();
        sample = _sampleAt(running);
        signers = _storage().signers[present][sample];
        if (signers != 0) digest = _storage().sample.digest;
    }

    /// @inheritdoc IEpochManager
    function signersOf(uint64 epoch_, uint256 sample) external view returns (uint256) {
        return _storage().signers[epoch_][sample];
    }

    /// @inheritdoc IEpochManager
    function isRewarded(uint64 epoch_) external view returns (bool) {
        return _storage().epochs[epoch_].isRewarded;
    }

    /// @inheritdoc IEpochManager
    function implementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    /// @inheritdoc IEpochManager
    function operatorsOf(uint64 epoch_) public view returns (address[] memory) {
        return epoch_ == 0 ? _storage().firstOperators : ELECTION.operatorsOf(epoch_);
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    /// The present epoch, which has been started.
    function _present() private view returns (uint64 present, Epoch storage running) {
        present = _storage().epoch;
        running = _storage().epochs[present];
        require(running.startedAt > 0, EpochNotStarted());
    }

    /// Begins an epoch now and tells everyone who counts in epochs.
    function _begin(uint64 next, address[] memory operators, bytes32 setHash) private {
        EpochStorage storage $ = _storage();
        $.epoch = next;
        Epoch storage begun = $.epochs[next];
        begun.startedAt = uint48(block.timestamp);
        begun.endsAt = uint48(block.timestamp + PARAMETERS.valueOf(EPOCH_SECONDS));
        begun.samples = uint8(PARAMETERS.valueOf(PARTICIPATION_SAMPLES));
        REGISTRY.beginEpoch(operators);
        STAKING.beginEpoch(next);
        STAGES.beginEpoch(next);
        begun.stage = STAGES.stageOf(next);
        emit EpochStarted(next, setHash, begun.stage, begun.endsAt);
    }

    /// The part of the epoch that it is now; the last one goes on until the epoch is ended.
    function _sampleAt(Epoch storage running) private view returns (uint256) {
        uint256 length = running.endsAt - running.startedAt;
        uint256 samples = running.samples;
        return Math.min(((block.timestamp - running.startedAt) * samples) / length, samples - 1);
    }

    /// A certificate's bitmap as a number; what is not canonical the FinalityVerifier refuses.
    function _bitsOf(bytes calldata bitmap) private pure returns (uint256 bits) {
        for (uint256 i = 0; i < bitmap.length; i++) bits |= uint256(uint8(bitmap[i])) << (8 * i);
    }

    function _termsOf(uint64 epoch_, Epoch storage ended) private view returns (Terms memory terms) {
        uint256 samples = ended.samples;
        terms.epoch = epoch_;
        terms.stage = ended.stage;
        terms.signers = new uint256[](samples);
        for (uint256 i = 0; i < samples; i++) {
            uint256 signers = _storage().signers[epoch_][i];
            if (signers != 0) terms.signers[terms.recorded++] = signers;
        }
        bytes32[] memory names = new bytes32[](6);
        names[0] = VALIDATOR_REWARD_PER_DAY;
        names[1] = CAPE_REWARD_BPS;
        names[2] = GENERATION_REWARD_BPS;
        names[3] = DOWNTIME_JAIL_BPS;
        names[4] = JAIL_SECONDS;
        names[5] = DOWNTIME_SLASH_BPS;
        (uint256[] memory values, ) = PARAMETERS.valuesAt(names, ended.startedAt);
        uint256 inOrigin = values[0] * (ended.endsAt - ended.startedAt);
        terms.rewardNumerator = RewardFormulas.validatorReward(terms.stage, inOrigin, values[1], values[2]);
        terms.jailBps = values[3];
        terms.jailSeconds = values[4];
        terms.slashBps = uint16(values[5]);
    }

    /// Pays the validators at the places from … to − 1 of the set, then punishes who was down.
    function _reward(
        Terms memory terms,
        address[] memory operators,
        uint256 from,
        uint256 to
    ) private returns (uint256 granted) {
        IStakingPool.Payout[] memory payouts = new IStakingPool.Payout[](to - from);
        uint256[] memory signed = new uint256[](to - from);
        uint256 requested;
        uint256 count;
        for (uint256 place = from; place < to; place++) {
            address operator = operators[place];
            ValidatorState state = REGISTRY.stateOf(operator);
            // Who is leaving earns nothing, and answers for the seat that it had.
            if (!_isServing(state) && state != EXITING) continue;
            signed[count] = _signedBy(terms, place);
            uint256 earned = (terms.rewardNumerator * signed[count]) / (1 days * terms.recorded);
            uint256 amount = state == EXITING ? 0 : earned;
            payouts[count++] = IStakingPool.Payout(operator, amount, REGISTRY.commissionOf(operator));
            requested += amount;
        }
        assembly ("memory-safe") {
            mstore(payouts, count)
        }
        if (requested > 0) granted = EMISSION.emitBlockReward(address(STAKING), requested);
        _scale(payouts, requested, granted);
        emit EpochRewarded(terms.epoch, requested, granted);
        _distribute(payouts, granted);
        for (uint256 i = 0; i < count; i++) _conclude(terms, payouts[i], signed[i]);
    }

    /// Reduces payouts to what was granted. Sums are rounded, not parts: nothing is left over, nothing is missing.
    function _scale(IStakingPool.Payout[] memory payouts, uint256 requested, uint256 granted) private pure {
        if (granted == requested) return;
        uint256 sum;
        uint256 shared;
        for (uint256 i = 0; i < payouts.length; i++) {
            sum += payouts[i].amount;
            uint256 upToHere = Math.mulDiv(sum, granted, requested);
            payouts[i].amount = upToHere - shared;
            shared = upToHere;
        }
    }

    /// Hands out what was minted to the StakingPool; whoever gets nothing costs nothing there.
    function _distribute(IStakingPool.Payout[] memory payouts, uint256 granted) private {
        if (granted == 0) return;
        IStakingPool.Payout[] memory paid = new IStakingPool.Payout[](payouts.length);
        uint256 count;
        for (uint256 i = 0; i < payouts.length; i++) if (payouts[i].amount > 0) paid[count++] = payouts[i];
        assembly ("memory-safe") {
            mstore(paid, count)
        }
        STAKING.distribute(paid);
    }

    /// Reports what a validator got, and punishes it when it was down.
    function _conclude(Terms memory terms, IStakingPool.Payout memory payout, uint256 signed) private {
        uint256 participationBps = (signed * BPS) / terms.recorded;
        emit ValidatorRewarded(terms.epoch, payout.operator, participationBps, payout.amount);
        if (signed * BPS >= terms.jailBps * terms.recorded) return;
        // Also a candidate, which has lost its seat since: the next election must not give it another one at once.
        bool isServing = _isServing(REGISTRY.stateOf(payout.operator));
        uint48 until = isServing ? uint48(block.timestamp + terms.jailSeconds) : 0;
        emit ValidatorDown(terms.epoch, payout.operator, participationBps, until);
        if (isServing) REGISTRY.jail(payout.operator, until);
        if (terms.stage == NEW_GENERATION) STAKING.slash(payout.operator, terms.slashBps);
    }

    /// How many samples the validator at this place of the set signed.
    function _signedBy(Terms memory terms, uint256 place) private pure returns (uint256 signed) {
        for (uint256 i = 0; i < terms.recorded; i++) signed += (terms.signers[i] >> place) & 1;
    }

    function _isServing(ValidatorState state) private pure returns (bool) {
        return state == CANDIDATE || state == ACTIVE;
    }

    function _verifier() private view returns (IFinalityVerifier) {
        return IFinalityVerifier(DIRECTORY.addressOf(FINALITY_VERIFIER));
    }

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}

    function _storage() private pure returns (EpochStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
