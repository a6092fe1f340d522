// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {IStakingPool} from "../staking/IStakingPool.sol";
import {ICUNP} from "../token/ICUNP.sol";
import {
    CAPE_MINIMUM_COMMUNITY_HELD,
    CAPE_MINIMUM_VALIDATORS,
    GENERATION_MINIMUM_CANDIDATES,
    GENERATION_MINIMUM_VALIDATORS,
    GENERATION_MINIMUM_VOTED_STAKE
} from "../types/ParameterName.sol";
import {CAPE_OF_GOOD_HOPE, NEW_GENERATION, ORIGIN, Stage} from "../types/Stage.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IContractDirectory} from "./IContractDirectory.sol";
import {IStageManager} from "./IStageManager.sol";

/**
 * @title StageManager: see IStageManager
 * @dev Owns: the stage, its history, the preconditions of the next one [NET-1, NET-2]. Does not own: what a stage means
 * (its readers), when an epoch begins (EpochManager), the thresholds (ParameterRegistry).
 * Called by: everyone (view, proposals), EpochManager. Upgradeable by governance with a delay.
 * Properties: STG-1 … STG-3.
 * @custom:whitepaper §2.4.3
 */
contract StageManager is IStageManager, UUPSUpgradeable, AccessManagedUpgradeable {
    /// When a stage begins and began.
    struct Beginning {
        uint64 epoch;
        uint48 enteredAt;
    }

    /// @custom:storage-location erc7201:coopunion.storage.StageManager
    struct StageStorage {
        /// The newest stage that is decided: the present one, or the one that is pending.
        Stage decided;
        /// Epochs that have begun so far: the next one has this number.
        uint64 epochsBegun;
        mapping(Stage stage => Beginning) beginnings;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.StageManager")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x9c9fcbeee4aa799d70cdf20fd33a8b34c2d4bec9bc54287dc70a37e67a861000;
    /// The set of the next epoch may be elected already, by the rules of its stage.
    uint64 private constant EPOCHS_AHEAD = 2;

    IParameterRegistry private immutable PARAMETERS;
    ICUNP private immutable CUNP;
    IValidatorRegistry private immutable REGISTRY;
    IStakingPool private immutable STAKING;
    IContractDirectory private immutable DIRECTORY;

    /// The code behind the proxy is never set up itself.
    constructor(
        IParameterRegistry parameters,
        ICUNP cunp,
        IValidatorRegistry registry,
        IStakingPool staking,
        IContractDirectory directory
    ) {
        PARAMETERS = parameters;
        CUNP = cunp;
        REGISTRY = registry;
        STAKING = staking;
        DIRECTORY = directory;
        _disableInitializers();
    }

    /// @notice Starts the network in Origin.
    function initialize(address manager) external initializer {
        __AccessManaged_init(manager);
        _enter(ORIGIN);
    }

    /// @inheritdoc IStageManager
    function proposeNext() external {
        StageStorage storage $ = _storage();
        Stage newest = $.decided;
        uint64 present = _presentEpoch();
        uint64 since = $.beginnings[newest].epoch;
        require(since <= present, StagePending(newest, since));
        require(newest != NEW_GENERATION, StageLast());
        bool isOrigin = newest == ORIGIN;
        if (isOrigin) _requireForCape();
        else _requireForGeneration();

        Stage next = isOrigin ? CAPE_OF_GOOD_HOPE : NEW_GENERATION;
        uint64 begins = present + EPOCHS_AHEAD;
        $.decided = next;
        $.beginnings[next].epoch = begins;
        emit StageProposed(next, begins);
    }

    /// @inheritdoc IStageManager
    function beginEpoch(uint64 epoch) external restricted {
        StageStorage storage $ = _storage();
        require(epoch == $.epochsBegun, StageEpochOutOfOrder(epoch, $.epochsBegun));
        $.epochsBegun = epoch + 1;
        Stage decided = $.decided;
        // Origin was entered when the network was set up, before its first epoch.
        if (decided != ORIGIN && $.beginnings[decided].epoch == epoch) _enter(decided);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IStageManager
    function stage() external view returns (Stage) {
        return stageOf(_presentEpoch());
    }

    /// @inheritdoc IStageManager
    function enteredAt(Stage wanted) external view returns (uint48) {
        return _storage().beginnings[wanted].enteredAt;
    }

    /// @inheritdoc IStageManager
    function implementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    /// @inheritdoc IStageManager
    function stageOf(uint64 epoch) public view returns (Stage) {
        StageStorage storage $ = _storage();
        Stage decided = $.decided;
        if ($.beginnings[decided].epoch <= epoch) return decided;
        if (decided == NEW_GENERATION && $.beginnings[CAPE_OF_GOOD_HOPE].epoch <= epoch) return CAPE_OF_GOOD_HOPE;
        return ORIGIN;
    }

    /// @inheritdoc IStageManager
    function communityHeld() public view returns (uint256) {
        uint256 all = CUNP.totalSupply();
        bool isNative = CUNP.NATIVE();
        // Native coin is outside the reserve or inside it, and there is no more of it than the cap.
        if (isNative) all += CUNP.CAP() - address(CUNP).balance;
        bytes32[3] memory names = _institutions();
        uint256 held = 0;
        for (uint256 i = 0; i < names.length; i++) {
            address account = DIRECTORY.addressOf(names[i]);
            held += CUNP.balanceOf(account);
            if (isNative) held += account.balance;
        }
        return all - held;
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _requireForCape() private view {
        _requireAtLeast(CAPE_MINIMUM_VALIDATORS, REGISTRY.activeCount());
        _requireAtLeast(CAPE_MINIMUM_COMMUNITY_HELD, communityHeld());
    }

    /// Stake cannot be borrowed for one transaction: it leaves only after the unbonding time.
    function _requireForGeneration() private view {
        _requireAtLeast(GENERATION_MINIMUM_VALIDATORS, REGISTRY.activeCount());
        _requireAtLeast(GENERATION_MINIMUM_CANDIDATES, STAKING.candidateCount());
        _requireAtLeast(GENERATION_MINIMUM_VOTED_STAKE, STAKING.totalStake());
    }

    function _requireAtLeast(bytes32 parameter, uint256 value) private view {
        uint256 required = PARAMETERS.valueOf(parameter);
        require(value >= required, StagePreconditionUnmet(parameter, value, required));
    }

    /// Epoch 0 is the present one also before it is started.
    function _presentEpoch() private view returns (uint64) {
        uint64 begun = _storage().epochsBegun;
        return begun == 0 ? 0 : begun - 1;
    }

    function _enter(Stage next) private {
        _storage().beginnings[next].enteredAt = uint48(block.timestamp);
        emit StageEntered(next);
    }

    /// The system's own accounts that hold coins of contributors (figure 6), by their names in the directory.
    /// Not StakingPool and RewardVault: what lies there belongs to holders.
    function _institutions() private pure returns (bytes32[3] memory) {
        return [bytes32("ValidatorCouncil"), bytes32("NodesFund"), bytes32("BusinessContributions")];
    }

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}

    function _storage() private pure returns (StageStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
