// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEpochManager} from "../consensus/IEpochManager.sol";
import {IContractDirectory} from "../governance/IContractDirectory.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {ICUNP} from "../token/ICUNP.sol";
import {IEmissionController} from "../token/IEmissionController.sol";
import {
    BUSINESS_APPLICATION_CAP_BPS,
    BUSINESS_EPOCH_BUDGET,
    BUSINESS_VALUE_WEIGHT_BPS
} from "../types/ParameterName.sol";
import {CallForwarder} from "./CallForwarder.sol";
import {IBusinessContributions} from "./IBusinessContributions.sol";

/**
 * @title BusinessContributions: see IBusinessContributions
 * @dev Owns: applications, what they recorded in each epoch, what was claimed [EMI-7]. Immutable.
 * Does not own: coins (it never holds any), the business bucket (EmissionController), epochs, parameters.
 * Called by: governance (register, remove); users (meter), attesters' relayers (attest), anyone (claim).
 * Properties: BUS-1 … BUS-5 (docs/PROPERTIES.md).
 * @custom:whitepaper §3.1 (business contribution)
 */
contract BusinessContributions is IBusinessContributions, AccessManaged, EIP712, ReentrancyGuardTransient {
    /// One slot for each application and epoch.
    struct Record {
        uint120 cost;
        uint96 value;
        bool claimed;
    }

    struct Epoch {
        uint128 cost;
        uint128 value;
        uint128 budget;
        uint16 applicationCapBps;
        uint16 valueWeightBps;
        /// True once the three parameters above are fixed.
        bool opened;
    }

    uint256 private constant BPS = 10_000;
    /// EIP-3529: a transaction gets at most a fifth of its gas back, so at least four fifths were paid for.
    uint256 private constant PAID_FIFTHS = 4;
    /// Wei. A block's base fee never falls below it (EIP-1559 sticks at 7); it stands for the zero of simulations, so
    /// that eth_estimateGas writes what the transaction will write and gives it enough gas.
    uint256 private constant LEAST_BASE_FEE = 1;
    bytes32 private constant EPOCH_MANAGER_NAME = "EpochManager";
    bytes32 private constant PARAMETERS_NAME = "ParameterRegistry";
    bytes32 private constant ATTESTATION_TYPE = keccak256(
        "ValueAttestation(uint256 application,uint64 epoch,uint96 value,uint256 nonce)"
    );

    /// Where EpochManager and ParameterRegistry are found: they need not exist yet when this contract is created.
    IContractDirectory public immutable DIRECTORY;
    /// What generates the rewards.
    IEmissionController public immutable EMISSION;
    /// True when this network's gas is paid in CUNP.
    bool public immutable NATIVE;
    CallForwarder private immutable CALLER;

    /// @inheritdoc IBusinessContributions
    uint256 public applicationCount;
    mapping(uint256 application => Application) private _applications;
    mapping(address account => uint256 application) private _applicationsByAccount;
    mapping(uint64 epoch => Epoch) private _epochs;
    mapping(uint64 epoch => mapping(uint256 application => Record)) private _records;
    /// @inheritdoc IBusinessContributions
    mapping(uint256 application => uint256) public attestationNonce;

    /**
     * @param manager The AccessManager that knows who registers applications.
     * @param directory Where epochs and parameters are found.
     * @param cunp The coin: it knows whether this network's gas is paid in it.
     * @param emission What generates the rewards.
     */
    constructor(
        address manager,
        IContractDirectory directory,
        ICUNP cunp,
        IEmissionController emission
    ) AccessManaged(manager) EIP712("Coopunion BusinessContributions", "1") {
        DIRECTORY = directory;
        EMISSION = emission;
        NATIVE = cunp.NATIVE();
        CALLER = new CallForwarder();
    }

    /*//////////////////////////////////////////////////////////////
                               GOVERNANCE
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IBusinessContributions
    function register(Application calldata terms) external restricted returns (uint256 application) {
        address account = terms.account;
        require(terms.payee != address(0), BusinessPayeeZero());
        require(terms.attester != address(0) || account != address(0), BusinessNothingCounts());
        application = ++applicationCount;
        if (account != address(0)) {
            require(account.code.length > 0, BusinessAccountWithoutCode(account));
            uint256 owner = _applicationsByAccount[account];
            require(owner == 0, BusinessAccountTaken(account, owner));
            _applicationsByAccount[account] = application;
        }
        _applications[application] = terms;
        emit ApplicationRegistered(application, terms.payee, account, terms.attester, terms.valueCap);
    }

    /// @inheritdoc IBusinessContributions
    function remove(uint256 application) external restricted {
        delete _applicationsByAccount[_registered(application).account];
        delete _applications[application];
        emit ApplicationRemoved(application);
    }

    /*//////////////////////////////////////////////////////////////
                               RECORDING
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IBusinessContributions
    function meter(uint256 application, bytes calldata data) external payable nonReentrant returns (bytes memory) {
        require(NATIVE, BusinessCostForeign());
        address account = _registered(application).account;
        require(account != address(0), BusinessAccountMissing(application));
        bytes memory input = abi.encodePacked(data, msg.sender);
        uint256 before = gasleft();
        (bool succeeded, bytes memory result) = CALLER.forward{value: msg.value}(account, input);
        uint256 spent = before - gasleft();
        require(succeeded, BusinessCallFailed(account, result));
        _recordCost(application, ((spent * PAID_FIFTHS) / 5) * Math.max(block.basefee, LEAST_BASE_FEE));
        return result;
    }

    /// @inheritdoc IBusinessContributions
    function attest(uint256 application, uint64 epoch, uint96 value, uint256 nonce, bytes calldata signature) external {
        Application memory terms = _registered(application);
        (IEpochManager epochs, uint64 current) = _currentEpoch();
        require(epoch == current, BusinessEpochNotCurrent(epoch, current));
        uint256 expected = attestationNonce[application]++;
        require(nonce == expected, BusinessNonceUnexpected(application, nonce, expected));
        bytes32 digest = attestationDigest(application, epoch, value, nonce);
        require(_isSigned(terms.attester, digest, signature), BusinessAttestationInvalid(application, terms.attester));
        _recordValue(application, epochs, epoch, value, terms.valueCap);
        emit ValueRecorded(application, epoch, value, nonce);
    }

    /*//////////////////////////////////////////////////////////////
                                REWARDS
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IBusinessContributions
    function claim(uint256 application, uint64 epoch) external returns (uint256 granted) {
        address payee = _registered(application).payee;
        (, uint64 current) = _currentEpoch();
        require(epoch < current, BusinessEpochRunning(epoch, current));
        Record storage record = _records[epoch][application];
        require(!record.claimed, BusinessClaimedAlready(application, epoch));
        record.claimed = true;
        uint256 reward = rewardOf(application, epoch);
        if (reward > 0) granted = EMISSION.emitBusinessReward(payee, reward);
        emit RewardClaimed(application, epoch, reward, granted);
    }

    /*//////////////////////////////////////////////////////////////
                                  VIEWS
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IBusinessContributions
    function applicationOf(uint256 application) external view returns (Application memory) {
        return _registered(application);
    }

    /// @inheritdoc IBusinessContributions
    function contributionOf(uint256 application, uint64 epoch) external view returns (Contribution memory) {
        Record memory record = _records[epoch][application];
        return Contribution({cost: record.cost, value: record.value, claimed: record.claimed});
    }

    /// @inheritdoc IBusinessContributions
    function totalsOf(uint64 epoch) external view returns (EpochTotals memory) {
        Epoch memory totals = _epochs[epoch];
        return
            EpochTotals({
                cost: totals.cost,
                value: totals.value,
                budget: totals.budget,
                applicationCapBps: totals.applicationCapBps,
                valueWeightBps: totals.valueWeightBps
            });
    }

    /// @inheritdoc IBusinessContributions
    function FORWARDER() external view returns (address) {
        return address(CALLER);
    }

    /// @inheritdoc IBusinessContributions
    function rewardOf(uint256 application, uint64 epoch) public view returns (uint256) {
        Record memory record = _records[epoch][application];
        Epoch memory totals = _epochs[epoch];
        uint256 valueBudget = (uint256(totals.budget) * totals.valueWeightBps) / BPS;
        uint256 reward = Math.min(_share(totals.budget - valueBudget, record.cost, totals.cost), record.cost);
        reward += _share(valueBudget, record.value, totals.value);
        return Math.min(reward, (uint256(totals.budget) * totals.applicationCapBps) / BPS);
    }

    /// @inheritdoc IBusinessContributions
    function attestationDigest(
        uint256 application,
        uint64 epoch,
        uint96 value,
        uint256 nonce
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPE, application, epoch, value, nonce)));
    }

    /*//////////////////////////////////////////////////////////////
                                INTERNALS
    //////////////////////////////////////////////////////////////*/

    /**
     * Runs after the call that was measured, and reads the epoch only now: the call may have ended the former one, whose
     * rewards may have been claimed since, and may have removed the application.
     */
    function _recordCost(uint256 application, uint256 cost) private {
        _registered(application);
        (IEpochManager epochs, uint64 epoch) = _currentEpoch();
        Record storage record = _records[epoch][application];
        record.cost = SafeCast.toUint120(record.cost + cost);
        _opened(epochs, epoch).cost += SafeCast.toUint128(cost);
        emit CostRecorded(application, epoch, msg.sender, cost);
    }

    function _recordValue(uint256 application, IEpochManager epochs, uint64 epoch, uint96 value, uint256 cap) private {
        Record storage record = _records[epoch][application];
        uint256 total = uint256(record.value) + value;
        require(total <= cap, BusinessValueCapExceeded(application, total, cap));
        record.value = uint96(total);
        _opened(epochs, epoch).value += value;
    }

    /// An epoch with its parameters fixed: those of its beginning, whoever records first, and whenever.
    function _opened(IEpochManager epochs, uint64 epoch) private returns (Epoch storage totals) {
        totals = _epochs[epoch];
        if (totals.opened) return totals;
        bytes32[] memory names = new bytes32[](3);
        (names[0], names[1], names[2]) = (
            BUSINESS_EPOCH_BUDGET,
            BUSINESS_APPLICATION_CAP_BPS,
            BUSINESS_VALUE_WEIGHT_BPS
        );
        IParameterRegistry parameters = IParameterRegistry(DIRECTORY.addressOf(PARAMETERS_NAME));
        (uint256[] memory values, ) = parameters.valuesAt(names, epochs.startedAt());
        totals.budget = SafeCast.toUint128(values[0]);
        totals.applicationCapBps = SafeCast.toUint16(values[1]);
        totals.valueWeightBps = SafeCast.toUint16(values[2]);
        totals.opened = true;
        emit EpochOpened(epoch, values[0], values[1], values[2]);
    }

    /// Without an attester nothing is signed: the zero address must not be asked.
    function _isSigned(address attester, bytes32 digest, bytes calldata signature) private view returns (bool) {
        return attester != address(0) && SignatureChecker.isValidSignatureNowCalldata(attester, digest, signature);
    }

    function _registered(uint256 application) private view returns (Application storage terms) {
        terms = _applications[application];
        require(terms.payee != address(0), BusinessApplicationUnknown(application));
    }

    function _currentEpoch() private view returns (IEpochManager epochs, uint64 epoch) {
        epochs = IEpochManager(DIRECTORY.addressOf(EPOCH_MANAGER_NAME));
        require(epochs.startedAt() != 0, BusinessEpochNotStarted());
        epoch = epochs.epoch();
    }

    /// Rounded down. At most 2^128 · 2^120: no overflow.
    function _share(uint256 budget, uint256 part, uint256 whole) private pure returns (uint256) {
        return whole == 0 ? 0 : (budget * part) / whole;
    }
}
