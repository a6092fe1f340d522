// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPersonhood} from "../identity/IPersonhood.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {COMMISSION_DAILY_CHANGE_BPS, COMMISSION_MAXIMUM_BPS} from "../types/ParameterName.sol";
import {CANDIDATE, UNREGISTERED, ValidatorState} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "./IValidatorRegistry.sol";
import {ValidatorKeys} from "./ValidatorKeys.sol";
import {ValidatorStates} from "./ValidatorStates.sol";

/**
 * @title ValidatorRegistry: see IValidatorRegistry
 * @dev Owns: registration, metadata and commission [VAL-1, VAL-3]; through its parts keys and certificates
 * (ValidatorKeys), states, authority seats and the set (ValidatorStates). Does not own: stake, election, epochs.
 * Called by: operators and relayers, the authority and the EpochManager (AccessManager), FinalityVerifier's
 * constructor, ValidatorElection, StageManager, nodes. Upgradeable by governance with a delay.
 * Properties: REG-1 … REG-9.
 * @custom:whitepaper §2.4.3, §3.2
 */
contract ValidatorRegistry is ValidatorKeys, UUPSUpgradeable, EIP712Upgradeable {
    bytes32 private constant APPLICATION_TYPE = keccak256(
        "Application(address operator,bytes blsPublicKey,bytes proofOfPossession,NodeCertificate nodeCertificate,"
        "string metadataURI,uint16 commissionBps,uint64 deadline,uint256 nonce)"
        "NodeCertificate(bytes der,uint16 spkiOffset,uint64 notAfter,bytes signature)"
    );
    bytes32 private constant CERTIFICATE_TYPE = keccak256(
        "NodeCertificate(bytes der,uint16 spkiOffset,uint64 notAfter,bytes signature)"
    );
    uint256 private constant METADATA_LIMIT_BYTES = 256;
    uint256 private constant COMMISSION_PAUSE_SECONDS = 24 hours;
    uint128 private constant GENESIS_WEIGHT = 1;

    /// The code behind the proxy is never set up itself.
    constructor(IParameterRegistry parameters, IPersonhood personhood) ValidatorStates(parameters, personhood) {
        _disableInitializers();
    }

    /// @notice Sets the registry up behind its proxy.
    function initialize(address manager) external initializer {
        __AccessManaged_init(manager);
        __EIP712_init("Coopunion ValidatorRegistry", "1");
    }

    // ─────────────────────────────────────────── WHAT OPERATORS DO ───────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function register(Application calldata application, bytes calldata operatorSignature) external {
        _checkApplication(application);
        address operator = application.operator;
        // The table lets validators fall back to candidate, so "never registered" is asked for here.
        ValidatorState state = stateOf(operator);
        require(state == UNREGISTERED, ValidatorMoveIllegal(operator, state, CANDIDATE));
        _checkConsent(application, operatorSignature);
        _move(operator, CANDIDATE);
        bytes calldata key = application.blsPublicKey;
        bytes32 message = proofOfPossessionMessage(operator, key);
        bytes32 keyHash = _bindKey(operator, key, application.proofOfPossession, message);
        (bytes32 fingerprint, bytes32 peerKey) = _proveNode(operator, application.nodeCertificate);
        _bindPeerKey(operator, peerKey);

        Record storage record = _storage().records[operator];
        record.commissionBps = application.commissionBps;
        record.registeredAt = uint64(block.timestamp);
        record.commissionChangedAt = uint48(block.timestamp);
        record.metadataURI = application.metadataURI;
        emit ValidatorRegistered(operator, keyHash, peerKey, application.metadataURI);
        _bindCertificate(operator, fingerprint, application.nodeCertificate.notAfter);
    }

    /// @inheritdoc IValidatorRegistry
    function setCommission(uint16 commissionBps) external {
        _requireServing(msg.sender);
        _checkCommission(commissionBps);
        Record storage record = _storage().records[msg.sender];
        // One change a day, whatever its size: a row of small ones, or one on each side of midnight, is none more.
        uint48 changedAt = record.commissionChangedAt;
        require(
            block.timestamp >= changedAt + COMMISSION_PAUSE_SECONDS,
            ValidatorCommissionTooSoon(msg.sender, changedAt, block.timestamp)
        );
        uint16 from = commissionOf(msg.sender);
        uint256 step = from > commissionBps ? from - commissionBps : commissionBps - from;
        uint256 limit = PARAMETERS.valueOf(COMMISSION_DAILY_CHANGE_BPS);
        require(step <= limit, ValidatorCommissionStepTooLarge(from, commissionBps, limit));
        record.commissionBps = commissionBps;
        record.commissionChangedAt = uint48(block.timestamp);
        emit CommissionChanged(msg.sender, from, commissionBps);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function activeValidators() external view returns (ActiveValidator[] memory set) {
        RegistryStorage storage $ = _storage();
        set = new ActiveValidator[]($.set.length);
        for (uint256 i = 0; i < set.length; i++) {
            address operator = $.set[i];
            Record storage record = $.records[operator];
            set[i] = ActiveValidator({
                operator: operator,
                blsPublicKey: abi.encodePacked(record.blsPublicKey),
                weight: GENESIS_WEIGHT,
                certificateFingerprint: record.certificateFingerprint
            });
        }
    }

    /// @inheritdoc IValidatorRegistry
    function validatorOf(address operator) external view returns (Validator memory) {
        Record storage record = _storage().records[operator];
        return
            Validator({
                state: record.state,
                commissionBps: commissionOf(operator),
                registeredAt: record.registeredAt,
                commissionChangedAt: record.commissionChangedAt,
                jailedUntil: record.jailedUntil,
                blsPublicKey: abi.encodePacked(record.blsPublicKey),
                peerKey: record.peerKey,
                certificateFingerprint: record.certificateFingerprint,
                metadataURI: record.metadataURI
            });
    }

    /// @inheritdoc IValidatorRegistry
    function commissionsOf(address[] calldata operators) external view returns (uint16[] memory commissions) {
        uint256 maximum = PARAMETERS.valueOf(COMMISSION_MAXIMUM_BPS);
        commissions = new uint16[](operators.length);
        for (uint256 i = 0; i < operators.length; i++) commissions[i] = _commissionWithin(operators[i], maximum);
    }

    /// @inheritdoc IValidatorRegistry
    function nonces(address operator) external view returns (uint256) {
        return _storage().nonces[operator];
    }

    /// @inheritdoc IValidatorRegistry
    function implementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    /// @inheritdoc IValidatorRegistry
    function commissionOf(address operator) public view returns (uint16) {
        return _commissionWithin(operator, PARAMETERS.valueOf(COMMISSION_MAXIMUM_BPS));
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _checkApplication(Application calldata application) private view {
        require(application.operator != address(0), ValidatorOperatorZero());
        _checkCommission(application.commissionBps);
        uint256 metadataBytes = bytes(application.metadataURI).length;
        require(metadataBytes <= METADATA_LIMIT_BYTES, ValidatorMetadataTooLong(metadataBytes, METADATA_LIMIT_BYTES));
    }

    function _checkCommission(uint16 commissionBps) private view {
        uint256 maximum = PARAMETERS.valueOf(COMMISSION_MAXIMUM_BPS);
        require(commissionBps <= maximum, ValidatorCommissionTooHigh(commissionBps, maximum));
    }

    /// A maximum that governance lowers holds for everyone at once.
    function _commissionWithin(address operator, uint256 maximum) private view returns (uint16) {
        uint16 stored = _storage().records[operator].commissionBps;
        // Below `stored` it fits its type.
        return stored <= maximum ? stored : uint16(maximum);
    }

    /// The operator calls, or has signed exactly this application for this registry and chain.
    function _checkConsent(Application calldata application, bytes calldata signature) private {
        require(
            application.deadline >= block.timestamp,
            ValidatorApplicationExpired(application.deadline, block.timestamp)
        );
        uint256 nonce = _storage().nonces[application.operator]++;
        if (msg.sender == application.operator && signature.length == 0) return;
        bytes32 digest = _hashTypedDataV4(_structHash(application, nonce));
        require(
            SignatureChecker.isValidSignatureNowCalldata(application.operator, digest, signature),
            ValidatorSignatureInvalid(application.operator, nonce)
        );
    }

    function _structHash(Application calldata application, uint256 nonce) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    APPLICATION_TYPE,
                    application.operator,
                    keccak256(application.blsPublicKey),
                    keccak256(application.proofOfPossession),
                    _structHash(application.nodeCertificate),
                    keccak256(bytes(application.metadataURI)),
                    application.commissionBps,
                    application.deadline,
                    nonce
                )
            );
    }

    function _structHash(NodeCertificate calldata certificate) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    CERTIFICATE_TYPE,
                    keccak256(certificate.der),
                    certificate.spkiOffset,
                    certificate.notAfter,
                    keccak256(certificate.signature)
                )
            );
    }

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}
}
