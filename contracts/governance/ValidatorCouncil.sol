// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IEpochManager} from "../consensus/IEpochManager.sol";
import {IFinalityVerifier} from "../consensus/IFinalityVerifier.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {APPROVAL_THRESHOLD_BPS, ESCAPE_DELAY_SECONDS} from "../types/ParameterName.sol";
import {ACTIVE} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IContractDirectory} from "./IContractDirectory.sol";
import {IValidatorCouncil} from "./IValidatorCouncil.sol";

/**
 * @title ValidatorCouncil: see IValidatorCouncil
 * @dev Owns: the nonce, scheduled escapes, who counts, and carrying out what was approved [GOV-2]. Immutable.
 * Does not own: sets and the BLS check (FinalityVerifier), states (ValidatorRegistry), threshold and delay
 * (ParameterRegistry), the epoch (EpochManager): all found through the directory, because their addresses depend on
 * this one. Called by: anyone with an approval; ParameterRegistry (isUnanimous). Properties: COU-1 … COU-5.
 * @custom:whitepaper §3.2
 */
contract ValidatorCouncil is IValidatorCouncil, EIP712 {
    bytes32 private constant APPROVAL_DOMAIN = keccak256("CUN_COUNCIL_APPROVAL_V1");
    bytes32 private constant ESCAPE_DOMAIN = keccak256("CUN_COUNCIL_ESCAPE_V1");
    bytes32 private constant BATCH_TYPE = keccak256(
        "Batch(Call[] calls,uint256 nonce,uint64 deadline)Call(address target,uint256 value,bytes data)"
    );
    bytes32 private constant CALL_TYPE = keccak256("Call(address target,uint256 value,bytes data)");
    bytes32 private constant VERIFIER_NAME = "FinalityVerifier";
    bytes32 private constant REGISTRY_NAME = "ValidatorRegistry";
    bytes32 private constant PARAMETERS_NAME = "ParameterRegistry";
    bytes32 private constant EPOCHS_NAME = "EpochManager";
    uint256 private constant KEY_BYTES = 128;
    uint256 private constant ENTRY_BYTES = 144;
    uint256 private constant WHOLE_BPS = 10_000;
    /// How long an escape may be carried out: as long as AccessManager lets what it has scheduled wait.
    uint48 private constant ESCAPE_WINDOW_SECONDS = 1 weeks;

    IContractDirectory private immutable DIRECTORY;

    /// @inheritdoc IValidatorCouncil
    uint256 public nonce;
    /// @inheritdoc IValidatorCouncil
    mapping(bytes32 approval => uint48) public executableAt;

    /// What is being carried out; zero when nothing is.
    bytes32 private transient _current;
    /// @inheritdoc IValidatorCouncil
    bool public transient isUnanimous;

    /// @param directory Where the present contracts are found; they need not exist yet.
    constructor(IContractDirectory directory) EIP712("Coopunion ValidatorCouncil", "1") {
        DIRECTORY = directory;
    }

    /// Batches are brought one after the other, never by one of their own calls.
    modifier alone() {
        require(_current == 0, CouncilBatchNested(_current));
        _;
    }

    /// @inheritdoc IValidatorCouncil
    receive() external payable {}

    // ──────────────────────────────────────────────── APPROVED ───────────────────────────────────────────────

    /// @inheritdoc IValidatorCouncil
    function execute(
        Call[] calldata calls,
        uint64 deadline,
        uint256 absent,
        bytes calldata signature
    ) external alone returns (bytes[] memory results) {
        uint256 batchNonce = _useNonce(calls, deadline);
        bytes32 approval = approvalHash(calls, batchNonce, deadline);
        (uint256 approving, uint256 counted) = _verify(approval, absent, signature);
        results = _carryOut(approval, calls, _judge(approving, counted));
        emit BatchExecuted(batchNonce, approval, calls.length);
    }

    /// @inheritdoc IValidatorCouncil
    function executeBySignatures(
        Call[] calldata calls,
        uint64 deadline,
        bytes[] calldata signatures
    ) external alone returns (bytes[] memory results) {
        uint256 batchNonce = _useNonce(calls, deadline);
        bytes32 approval = approvalDigest(calls, batchNonce, deadline);
        address[] memory operators = _operators();
        require(signatures.length == operators.length, CouncilSignatureCount(signatures.length, operators.length));
        uint256 absent;
        for (uint256 i = 0; i < operators.length; i++) {
            if (signatures[i].length == 0) {
                absent |= 1 << i;
                continue;
            }
            bool valid = SignatureChecker.isValidSignatureNow(operators[i], approval, signatures[i]);
            require(valid, CouncilSignatureInvalid(i, operators[i]));
        }
        (uint256 approving, uint256 counted) = _tally(operators, absent);
        results = _carryOut(approval, calls, _judge(approving, counted));
        emit BatchExecuted(batchNonce, approval, calls.length);
    }

    // ───────────────────────────────────────────────── ESCAPE ────────────────────────────────────────────────

    /// @inheritdoc IValidatorCouncil
    function schedule(
        Call[] calldata calls,
        uint64 deadline,
        uint256 absent,
        bytes calldata signature
    ) external alone returns (bytes32 approval) {
        uint256 batchNonce = _useNonce(calls, deadline);
        approval = escapeHash(calls, batchNonce, deadline);
        (uint256 approving, uint256 counted) = _verify(approval, absent, signature);
        require(3 * approving > 2 * counted, CouncilEscapeMinority(approving, counted));
        uint48 ready = uint48(block.timestamp + _parameter(ESCAPE_DELAY_SECONDS));
        executableAt[approval] = ready;
        emit EscapeScheduled(batchNonce, approval, ready, deadline, calls);
    }

    /// @inheritdoc IValidatorCouncil
    function executeScheduled(
        Call[] calldata calls,
        uint256 batchNonce,
        uint64 deadline
    ) external alone returns (bytes[] memory results) {
        bytes32 approval = escapeHash(calls, batchNonce, deadline);
        uint48 ready = executableAt[approval];
        require(ready != 0, CouncilEscapeUnknown(approval));
        require(block.timestamp >= ready, CouncilEscapeEarly(approval, ready, block.timestamp));
        uint48 lapse = ready + ESCAPE_WINDOW_SECONDS;
        require(block.timestamp < lapse, CouncilEscapeLapsed(approval, lapse, block.timestamp));
        delete executableAt[approval];
        results = _carryOut(approval, calls, false);
        emit BatchExecuted(batchNonce, approval, calls.length);
    }

    /// @inheritdoc IValidatorCouncil
    function cancel(bytes32 approval) external {
        require(msg.sender == address(this), CouncilNotItself(msg.sender));
        require(executableAt[approval] != 0, CouncilEscapeUnknown(approval));
        delete executableAt[approval];
        emit EscapeCancelled(approval);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IValidatorCouncil
    function epoch() public view returns (uint64) {
        if (DIRECTORY.versionCount(EPOCHS_NAME) == 0) return 0;
        return IEpochManager(DIRECTORY.addressOf(EPOCHS_NAME)).epoch();
    }

    /// @inheritdoc IValidatorCouncil
    function validators() external view returns (address[] memory operators, bool[] memory counts) {
        operators = _operators();
        counts = new bool[](operators.length);
        IValidatorRegistry registry = IValidatorRegistry(DIRECTORY.addressOf(REGISTRY_NAME));
        for (uint256 i = 0; i < operators.length; i++) counts[i] = registry.stateOf(operators[i]) == ACTIVE;
    }

    /// @inheritdoc IValidatorCouncil
    function approvalHash(Call[] calldata calls, uint256 batchNonce, uint64 deadline) public view returns (bytes32) {
        return _hash(APPROVAL_DOMAIN, calls, batchNonce, deadline);
    }

    /// @inheritdoc IValidatorCouncil
    function escapeHash(Call[] calldata calls, uint256 batchNonce, uint64 deadline) public view returns (bytes32) {
        return _hash(ESCAPE_DOMAIN, calls, batchNonce, deadline);
    }

    /// @inheritdoc IValidatorCouncil
    function approvalDigest(Call[] calldata calls, uint256 batchNonce, uint64 deadline) public view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            hashes[i] = keccak256(abi.encode(CALL_TYPE, calls[i].target, calls[i].value, keccak256(calls[i].data)));
        }
        bytes32 batch = keccak256(abi.encodePacked(hashes));
        return _hashTypedDataV4(keccak256(abi.encode(BATCH_TYPE, batch, batchNonce, deadline)));
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _useNonce(Call[] calldata calls, uint64 deadline) private returns (uint256) {
        require(calls.length > 0, CouncilBatchEmpty());
        require(deadline >= block.timestamp, CouncilApprovalExpired(deadline, block.timestamp));
        return nonce++;
    }

    function _hash(
        bytes32 domain,
        Call[] calldata calls,
        uint256 batchNonce,
        uint64 deadline
    ) private view returns (bytes32) {
        bytes32 batch = keccak256(abi.encode(calls));
        return keccak256(abi.encode(domain, block.chainid, address(this), batchNonce, batch, deadline));
    }

    /// Checks the aggregate signature. When everybody signed, it does not matter who counts.
    function _verify(
        bytes32 approval,
        uint256 absent,
        bytes calldata signature
    ) private view returns (uint256 approving, uint256 counted) {
        IFinalityVerifier verifier = IFinalityVerifier(DIRECTORY.addressOf(VERIFIER_NAME));
        (approving, counted) = verifier.verifySigners(epoch(), approval, absent, signature);
        if (absent != 0) (approving, counted) = _tally(_operators(), absent);
    }

    /// True when all who count approve; reverts when fewer do than the threshold demands.
    function _judge(uint256 approving, uint256 counted) private view returns (bool) {
        if (approving == counted) return true;
        uint256 threshold = _parameter(APPROVAL_THRESHOLD_BPS);
        require(approving * WHOLE_BPS >= threshold * counted, CouncilThresholdMissed(approving, counted, threshold));
        return false;
    }

    /// How many of the set are active, and how many of those are not absent.
    function _tally(
        address[] memory operators,
        uint256 absent
    ) private view returns (uint256 approving, uint256 counted) {
        IValidatorRegistry registry = IValidatorRegistry(DIRECTORY.addressOf(REGISTRY_NAME));
        for (uint256 i = 0; i < operators.length; i++) {
            if (registry.stateOf(operators[i]) != ACTIVE) continue;
            counted++;
            if ((absent >> i) & 1 == 0) approving++;
        }
        require(counted > 0, CouncilNobodyCounts(operators.length));
    }

    /// Whose the keys of the present set are: the registry never gives a key to a second operator.
    function _operators() private view returns (address[] memory operators) {
        IValidatorRegistry registry = IValidatorRegistry(DIRECTORY.addressOf(REGISTRY_NAME));
        bytes memory set = IFinalityVerifier(DIRECTORY.addressOf(VERIFIER_NAME)).validatorSetOf(epoch());
        operators = new address[](set.length / ENTRY_BYTES);
        bytes memory key = new bytes(KEY_BYTES);
        for (uint256 i = 0; i < operators.length; i++) {
            uint256 offset = 32 + i * ENTRY_BYTES;
            assembly ("memory-safe") {
                mcopy(add(key, 32), add(set, offset), 128)
            }
            operators[i] = registry.operatorOfKey(key);
        }
    }

    function _parameter(bytes32 name) private view returns (uint256) {
        return IParameterRegistry(DIRECTORY.addressOf(PARAMETERS_NAME)).valueOf(name);
    }

    /// All or nothing, one batch at a time; what is said of unanimity ends with the batch.
    function _carryOut(
        bytes32 approval,
        Call[] calldata calls,
        bool unanimous
    ) private returns (bytes[] memory results) {
        (_current, isUnanimous) = (approval, unanimous);
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) results[i] = _perform(i, calls[i]);
        (_current, isUnanimous) = (0, false);
    }

    function _perform(uint256 index, Call calldata call) private returns (bytes memory result) {
        require(call.data.length == 0 || call.target.code.length > 0, CouncilTargetWithoutCode(index, call.target));
        bool done;
        (done, result) = call.target.call{value: call.value}(call.data);
        require(done, CouncilCallFailed(index, call.target, result));
    }
}
