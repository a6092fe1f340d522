// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BLS12381} from "../libraries/BLS12381.sol";
import {NodeKey} from "../libraries/NodeKey.sol";
import {
    CERTIFICATE_EXPIRED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_UNKNOWN,
    CERTIFICATE_VALID,
    CertificateStatus
} from "../types/CertificateStatus.sol";
import {UNREGISTERED} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "./IValidatorRegistry.sol";
import {ValidatorStates} from "./ValidatorStates.sol";

/**
 * @title Keys and certificates of validators: a part of ValidatorRegistry
 * @dev Owns: which BLS key, node key and certificate was ever whose, their proofs, rotation and renewal [VAL-1, VAL-8].
 * Does not own: states and the storage itself (ValidatorStates), registration (ValidatorRegistry). Called by: see
 * ValidatorRegistry. Properties: REG-1, REG-2, REG-6.
 * @custom:whitepaper §2.4.3, §3.2
 */
abstract contract ValidatorKeys is ValidatorStates {
    bytes32 private constant PROOF_DOMAIN = keccak256("CUN_PROOF_OF_POSSESSION_V1");
    bytes32 private constant ROTATION_DOMAIN = keccak256("CUN_KEY_ROTATION_V1");
    bytes32 private constant BINDING_DOMAIN = keccak256("CUN_NODE_KEY_BINDING_V1");
    /// More than twice what a node's certificate takes.
    uint256 private constant CERTIFICATE_LIMIT_BYTES = 1024;

    // ─────────────────────────────────────────── WHAT OPERATORS DO ───────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function rotateKey(bytes calldata blsPublicKey, bytes calldata proof) external {
        _requireServing(msg.sender);
        bytes32 former = keccak256(abi.encodePacked(_storage().records[msg.sender].blsPublicKey));
        bytes32 keyHash = _bindKey(msg.sender, blsPublicKey, proof, rotationMessage(msg.sender, blsPublicKey));
        emit KeyRotated(msg.sender, former, keyHash);
    }

    /// @inheritdoc IValidatorRegistry
    function renewCertificate(NodeCertificate calldata certificate) external {
        _requireServing(msg.sender);
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
    function revokeCertificate(bytes32 fingerprint) external restricted {
        (CertificateStatus status, address operator) = certificateStatus(fingerprint);
        Certificate storage certificate = _storage().certificates[fingerprint];
        require(operator != address(0) && !certificate.revoked, ValidatorCertificateNotRevocable(fingerprint, status));
        certificate.revoked = true;
        emit CertificateRevoked(operator, fingerprint);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function operatorOfKey(bytes calldata blsPublicKey) external view returns (address) {
        return _storage().keyOwners[keccak256(blsPublicKey)];
    }

    /// @inheritdoc IValidatorRegistry
    function blsPublicKeyOf(address operator) external view returns (bytes memory) {
        if (stateOf(operator) == UNREGISTERED) return "";
        return abi.encodePacked(_storage().records[operator].blsPublicKey);
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
    function rotationMessage(address operator, bytes calldata blsPublicKey) public view returns (bytes32) {
        return keccak256(abi.encode(ROTATION_DOMAIN, block.chainid, address(this), operator, keccak256(blsPublicKey)));
    }

    /// @inheritdoc IValidatorRegistry
    function nodeKeyBindingDigest(address operator, bytes32 fingerprint) public view returns (bytes32) {
        return sha256(abi.encode(BINDING_DOMAIN, block.chainid, address(this), operator, fingerprint));
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    /// The pairing inside `verify` also proves that the key is in the right subgroup, so it may be summed later.
    function _bindKey(
        address operator,
        bytes calldata key,
        bytes calldata proof,
        bytes32 message
    ) internal returns (bytes32 keyHash) {
        RegistryStorage storage $ = _storage();
        keyHash = keccak256(key);
        require($.keyOwners[keyHash] == address(0), ValidatorKeyTaken(keyHash, $.keyOwners[keyHash]));
        require(BLS12381.verify(key, message, proof), ValidatorProofInvalid(operator));
        $.keyOwners[keyHash] = operator;
        bytes32[4] storage stored = $.records[operator].blsPublicKey;
        for (uint256 i = 0; i < 4; i++) stored[i] = bytes32(key[32 * i:32 * i + 32]);
    }

    /// The signature names the operator and the very bytes of the certificate: neither can be exchanged by a copier.
    function _proveNode(
        address operator,
        NodeCertificate calldata certificate
    ) internal view returns (bytes32 fingerprint, bytes32 peerKey) {
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

    function _bindPeerKey(address operator, bytes32 peerKey) internal {
        RegistryStorage storage $ = _storage();
        require($.peerKeyOwners[peerKey] == address(0), ValidatorPeerKeyTaken(peerKey, $.peerKeyOwners[peerKey]));
        $.peerKeyOwners[peerKey] = operator;
        $.records[operator].peerKey = peerKey;
    }

    function _bindCertificate(address operator, bytes32 fingerprint, uint64 notAfter) internal {
        RegistryStorage storage $ = _storage();
        Certificate storage certificate = $.certificates[fingerprint];
        require(certificate.operator == address(0), ValidatorCertificateTaken(fingerprint, certificate.operator));
        require(notAfter > block.timestamp, ValidatorCertificateExpired(notAfter, block.timestamp));
        certificate.operator = operator;
        certificate.notAfter = notAfter;
        $.records[operator].certificateFingerprint = fingerprint;
        emit CertificateBound(operator, fingerprint, notAfter);
    }
}
