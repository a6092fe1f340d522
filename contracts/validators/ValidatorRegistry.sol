// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {BLS12381} from "../libraries/BLS12381.sol";
import {NodeKey} from "../libraries/NodeKey.sol";
import {
    CERTIFICATE_EXPIRED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_UNKNOWN,
    CERTIFICATE_VALID,
    CertificateStatus
} from "../types/CertificateStatus.sol";
import {
    ACTIVE,
    CANDIDATE,
    EXITING,
    isLegalMove,
    JAILED,
    UNREGISTERED,
    ValidatorState
} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "./IValidatorRegistry.sol";

/**
 * @title ValidatorRegistry: see IValidatorRegistry
 * @dev Owns: validators' keys, certificates and states [VAL-1, VAL-2, NET-3]. Does not own: stake, election, epochs.
 * Called by: operators and relayers, the authority (AccessManager), FinalityVerifier's constructor, nodes.
 * Upgradeable by governance with a delay. Properties: REG-1 … REG-6.
 * @custom:whitepaper §2.4.3, §3.2
 */
contract ValidatorRegistry is IValidatorRegistry, UUPSUpgradeable, AccessManagedUpgradeable, EIP712Upgradeable {
    /// A validator as it is stored.
    struct Record {
        ValidatorState state;
        uint16 commissionBps;
        uint64 registeredAt;
        bytes32[4] blsPublicKey;
        bytes32 peerKey;
        bytes32 certificateFingerprint;
        string metadataURI;
    }

    struct Certificate {
        address operator;
        uint64 notAfter;
        bool revoked;
    }

    /// @custom:storage-location erc7201:coopunion.storage.ValidatorRegistry
    struct RegistryStorage {
        uint256 seats;
        /// Operators in the order of admission.
        address[] active;
        mapping(address operator => Record) records;
        mapping(bytes32 keyHash => address operator) keyOwners;
        mapping(bytes32 peerKey => address operator) peerKeyOwners;
        mapping(bytes32 fingerprint => Certificate) certificates;
        mapping(address operator => uint256) nonces;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.ValidatorRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x90c07b761e292335b0bead94a58467fa9a9c490b4c4b930956aaa5682da21600;
    bytes32 private constant APPLICATION_TYPE = keccak256(
        "Application(address operator,bytes blsPublicKey,bytes proofOfPossession,NodeCertificate nodeCertificate,"
        "string metadataURI,uint16 commissionBps,uint64 deadline,uint256 nonce)"
        "NodeCertificate(bytes der,uint16 spkiOffset,uint64 notAfter,bytes signature)"
    );
    bytes32 private constant CERTIFICATE_TYPE = keccak256(
        "NodeCertificate(bytes der,uint16 spkiOffset,uint64 notAfter,bytes signature)"
    );
    bytes32 private constant PROOF_DOMAIN = keccak256("CUN_PROOF_OF_POSSESSION_V1");
    bytes32 private constant BINDING_DOMAIN = keccak256("CUN_NODE_KEY_BINDING_V1");
    uint16 private constant COMMISSION_LIMIT_BPS = 10_000;
    uint256 private constant METADATA_LIMIT_BYTES = 256;
    /// More than twice what a node's certificate takes.
    uint256 private constant CERTIFICATE_LIMIT_BYTES = 1024;
    /// In Origin every authority counts the same.
    uint128 private constant ORIGIN_WEIGHT = 1;

    /// The code behind the proxy is never set up itself.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the registry up behind its proxy.
    function initialize(address manager, uint256 originSeats) external initializer {
        require(originSeats > 0, ValidatorSeatsZero());
        __AccessManaged_init(manager);
        __EIP712_init("Coopunion ValidatorRegistry", "1");
        _storage().seats = originSeats;
    }

    // ─────────────────────────────────────────── WHAT OPERATORS DO ───────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function register(Application calldata application, bytes calldata operatorSignature) external {
        _checkApplication(application);
        // The table lets validators fall back to candidate, so "never registered" is asked for here.
        ValidatorState state = stateOf(application.operator);
        require(state == UNREGISTERED, ValidatorMoveIllegal(application.operator, state, CANDIDATE));
        _checkConsent(application, operatorSignature);
        _move(application.operator, CANDIDATE);
        bytes32 keyHash = _bindKey(application);
        (bytes32 fingerprint, bytes32 peerKey) = _proveNode(application.operator, application.nodeCertificate);
        _bindPeerKey(application.operator, peerKey);

        Record storage record = _storage().records[application.operator];
        record.commissionBps = application.commissionBps;
        record.registeredAt = uint64(block.timestamp);
        record.metadataURI = application.metadataURI;
        emit ValidatorRegistered(application.operator, keyHash, peerKey, application.metadataURI);
        _bindCertificate(application.operator, fingerprint, application.nodeCertificate.notAfter);
    }

    /// @inheritdoc IValidatorRegistry
    function renewCertificate(NodeCertificate calldata certificate) external {
        ValidatorState state = stateOf(msg.sender);
        require(state == CANDIDATE || state == ACTIVE || state == JAILED, ValidatorNotServing(msg.sender, state));
        (bytes32 fingerprint, bytes32 peerKey) = _proveNode(msg.sender, certificate);
        bytes32 former = _storage().records[msg.sender].peerKey;
        if (peerKey != former) {
            _bindPeerKey(msg.sender, peerKey);
            emit PeerKeyChanged(msg.sender, former, peerKey);
        }
        _bindCertificate(msg.sender, fingerprint, certificate.notAfter);
    }

    // ────────────────────────────────────────── WHAT THE AUTHORITY DOES ──────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function admit(address operator) external restricted {
        RegistryStorage storage $ = _storage();
        require($.active.length < $.seats, ValidatorSeatsTaken($.seats));
        _move(operator, ACTIVE);
        $.active.push(operator);
    }

    /// @inheritdoc IValidatorRegistry
    function remove(address operator) external restricted {
        if (stateOf(operator) == ACTIVE) _vacate(operator);
        _move(operator, EXITING);
    }

    /// @inheritdoc IValidatorRegistry
    function revokeCertificate(bytes32 fingerprint) external restricted {
        (CertificateStatus status, address operator) = certificateStatus(fingerprint);
        Certificate storage certificate = _storage().certificates[fingerprint];
        require(operator != address(0) && !certificate.revoked, ValidatorCertificateNotRevocable(fingerprint, status));
        certificate.revoked = true;
        emit CertificateRevoked(operator, fingerprint);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function seats() external view returns (uint256) {
        return _storage().seats;
    }

    /// @inheritdoc IValidatorRegistry
    function activeCount() external view returns (uint256) {
        return _storage().active.length;
    }

    /// @inheritdoc IValidatorRegistry
    function activeValidators() external view returns (ActiveValidator[] memory set) {
        RegistryStorage storage $ = _storage();
        set = new ActiveValidator[]($.active.length);
        for (uint256 i = 0; i < set.length; i++) {
            address operator = $.active[i];
            Record storage record = $.records[operator];
            set[i] = ActiveValidator({
                operator: operator,
                blsPublicKey: abi.encodePacked(record.blsPublicKey),
                weight: ORIGIN_WEIGHT,
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
                commissionBps: record.commissionBps,
                registeredAt: record.registeredAt,
                blsPublicKey: abi.encodePacked(record.blsPublicKey),
                peerKey: record.peerKey,
                certificateFingerprint: record.certificateFingerprint,
                metadataURI: record.metadataURI
            });
    }

    /// @inheritdoc IValidatorRegistry
    function operatorOfKey(bytes calldata blsPublicKey) external view returns (address) {
        return _storage().keyOwners[keccak256(blsPublicKey)];
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
    function stateOf(address operator) public view returns (ValidatorState) {
        return _storage().records[operator].state;
    }

    /// @inheritdoc IValidatorRegistry
    function certificateStatus(bytes32 fingerprint) public view returns (CertificateStatus status, address operator) {
        Certificate storage certificate = _storage().certificates[fingerprint];
        operator = certificate.operator;
        if (operator == address(0)) status = CERTIFICATE_UNKNOWN;
        else if (certificate.revoked) status = CERTIFICATE_REVOKED;
        else if (certificate.notAfter < block.timestamp) status = CERTIFICATE_EXPIRED;
        else status = CERTIFICATE_VALID;
    }

    /// @inheritdoc IValidatorRegistry
    function proofOfPossessionMessage(address operator, bytes calldata blsPublicKey) public view returns (bytes32) {
        return keccak256(abi.encode(PROOF_DOMAIN, block.chainid, address(this), operator, keccak256(blsPublicKey)));
    }

    /// @inheritdoc IValidatorRegistry
    function nodeKeyBindingDigest(address operator, bytes32 fingerprint) public view returns (bytes32) {
        return sha256(abi.encode(BINDING_DOMAIN, block.chainid, address(this), operator, fingerprint));
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _checkApplication(Application calldata application) private pure {
        require(application.operator != address(0), ValidatorOperatorZero());
        require(
            application.commissionBps <= COMMISSION_LIMIT_BPS,
            ValidatorCommissionTooHigh(application.commissionBps, COMMISSION_LIMIT_BPS)
        );
        uint256 metadataBytes = bytes(application.metadataURI).length;
        require(metadataBytes <= METADATA_LIMIT_BYTES, ValidatorMetadataTooLong(metadataBytes, METADATA_LIMIT_BYTES));
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

    /// The pairing inside `verify` also proves that the key is in the right subgroup, so it may be summed later.
    function _bindKey(Application calldata application) private returns (bytes32 keyHash) {
        RegistryStorage storage $ = _storage();
        address operator = application.operator;
        keyHash = keccak256(application.blsPublicKey);
        require($.keyOwners[keyHash] == address(0), ValidatorKeyTaken(keyHash, $.keyOwners[keyHash]));
        bytes32 message = proofOfPossessionMessage(operator, application.blsPublicKey);
        require(
            BLS12381.verify(application.blsPublicKey, message, application.proofOfPossession),
            ValidatorProofInvalid(operator)
        );
        $.keyOwners[keyHash] = operator;
        bytes calldata key = application.blsPublicKey;
        bytes32[4] storage stored = $.records[operator].blsPublicKey;
        for (uint256 i = 0; i < 4; i++) stored[i] = bytes32(key[32 * i:32 * i + 32]);
    }

    /// The signature names the operator and the very bytes of the certificate: neither can be exchanged by a copier.
    function _proveNode(
        address operator,
        NodeCertificate calldata certificate
    ) private view returns (bytes32 fingerprint, bytes32 peerKey) {
        uint256 certificateBytes = certificate.der.length;
        require(
            certificateBytes <= CERTIFICATE_LIMIT_BYTES,
            ValidatorCertificateTooLong(certificateBytes, CERTIFICATE_LIMIT_BYTES)
        );
        fingerprint = sha256(certificate.der);
        bytes calldata spki = NodeKey.readFrom(certificate.der, certificate.spkiOffset);
        require(
            NodeKey.verify(spki, nodeKeyBindingDigest(operator, fingerprint), certificate.signature),
            ValidatorNodeKeyProofInvalid(operator, fingerprint)
        );
        peerKey = sha256(spki);
    }

    function _bindPeerKey(address operator, bytes32 peerKey) private {
        RegistryStorage storage $ = _storage();
        require($.peerKeyOwners[peerKey] == address(0), ValidatorPeerKeyTaken(peerKey, $.peerKeyOwners[peerKey]));
        $.peerKeyOwners[peerKey] = operator;
        $.records[operator].peerKey = peerKey;
    }

    function _bindCertificate(address operator, bytes32 fingerprint, uint64 notAfter) private {
        RegistryStorage storage $ = _storage();
        Certificate storage certificate = $.certificates[fingerprint];
        require(certificate.operator == address(0), ValidatorCertificateTaken(fingerprint, certificate.operator));
        require(notAfter > block.timestamp, ValidatorCertificateExpired(notAfter, block.timestamp));
        certificate.operator = operator;
        certificate.notAfter = notAfter;
        $.records[operator].certificateFingerprint = fingerprint;
        emit CertificateBound(operator, fingerprint, notAfter);
    }

    /// The only place where a state changes.
    function _move(address operator, ValidatorState to) private {
        Record storage record = _storage().records[operator];
        ValidatorState from = record.state;
        require(isLegalMove(from, to), ValidatorMoveIllegal(operator, from, to));
        record.state = to;
        emit ValidatorStateChanged(operator, from, to);
    }

    /// Takes the operator out of the seats and keeps the order of the others. Bounded by the number of seats.
    function _vacate(address operator) private {
        address[] storage active = _storage().active;
        uint256 last = active.length - 1;
        uint256 i = 0;
        while (active[i] != operator) i++;
        for (; i < last; i++) active[i] = active[i + 1];
        active.pop();
    }

    /// Only governance, with its delay (AccessManager), replaces the code.
    function _authorizeUpgrade(address) internal override restricted {}

    function _storage() private pure returns (RegistryStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
