// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CertificateStatus} from "../types/CertificateStatus.sol";
import {ValidatorState} from "../types/ValidatorState.sol";

/**
 * @title Registry of validators: who they are and with which keys
 * @notice Binds an operator's account to its BLS key (with proof of possession), its network key, its node
 * certificate, its metadata and its commission. No key and no certificate is ever bound twice, not even after
 * its validator has left.
 *
 * Only the BLS key is proven. Node keys and certificates are bound to whoever names them first, so an application
 * that waits in a public pool can be robbed of them by a copy; its operator then applies with others, and the
 * authority revokes the copied certificate. Nodes trust a certificate only together with its private key.
 *
 * In Origin the authority (the DAO multisig) admits candidates to the seats, and removes them.
 * The registry knows no stake.
 *
 * @custom:whitepaper §2.4.3, §3.2
 */
interface IValidatorRegistry {
    /// @notice What an operator signs (EIP-712) to become a candidate.
    struct Application {
        /// The account that answers for the validator.
        address operator;
        /// BLS12-381 G1, EIP-2537 encoding, 128 bytes.
        bytes blsPublicKey;
        /// BLS12-381 G2, EIP-2537 encoding, 256 bytes: signature of {proofOfPossessionMessage}.
        bytes proofOfPossession;
        /// SHA-256 of the node key (SubjectPublicKeyInfo).
        bytes32 peerKey;
        /// SHA-256 of the node certificate (DER).
        bytes32 certificateFingerprint;
        /// Seconds since 1970: when the certificate ends.
        uint64 certificateNotAfter;
        string metadataURI;
        /// What the validator keeps of its voters' rewards, in 1/10,000.
        uint16 commissionBps;
        /// Seconds since 1970: the signature is void afterwards.
        uint64 deadline;
    }

    /// @notice What is known of a validator.
    struct Validator {
        ValidatorState state;
        uint16 commissionBps;
        /// Block timestamp, in seconds.
        uint64 registeredAt;
        bytes blsPublicKey;
        bytes32 peerKey;
        /// The newest certificate; earlier ones stay valid until they expire or are revoked.
        bytes32 certificateFingerprint;
        string metadataURI;
    }

    /// @notice One seat of the present set.
    struct ActiveValidator {
        address operator;
        bytes blsPublicKey;
        uint128 weight;
        bytes32 certificateFingerprint;
    }

    error ValidatorOperatorZero();
    /// @notice The deadline of the application has passed.
    error ValidatorApplicationExpired(uint64 deadline, uint256 timestamp);
    /// @notice Neither is the caller the operator, nor did the operator sign this application for this registry.
    error ValidatorSignatureInvalid(address operator, uint256 nonce);
    /// @notice The proof does not show that the operator has the secret key.
    error ValidatorProofInvalid(address operator);
    /// @notice This BLS key has been bound before.
    error ValidatorKeyTaken(bytes32 keyHash, address operator);
    /// @notice This network key has been bound before.
    error ValidatorPeerKeyTaken(bytes32 peerKey, address operator);
    /// @notice This certificate has been bound before.
    error ValidatorCertificateTaken(bytes32 fingerprint, address operator);
    /// @notice A network key or certificate fingerprint is zero.
    error ValidatorIdentifierZero();
    /// @notice The certificate has ended already.
    error ValidatorCertificateExpired(uint64 notAfter, uint256 timestamp);
    /// @notice No such certificate, or it was revoked before.
    error ValidatorCertificateNotRevocable(bytes32 fingerprint, CertificateStatus status);
    /// @notice A commission above the whole.
    error ValidatorCommissionTooHigh(uint16 commissionBps, uint16 limitBps);
    /// @notice The metadata URI is longer than the registry keeps.
    error ValidatorMetadataTooLong(uint256 bytesLength, uint256 limit);
    /// @notice The validator cannot go from one state to the other.
    error ValidatorMoveIllegal(address operator, ValidatorState from, ValidatorState to);
    /// @notice The validator has left, so its certificates are not renewed.
    error ValidatorNotServing(address operator, ValidatorState state);
    /// @notice All seats are taken.
    error ValidatorSeatsTaken(uint256 seats);
    /// @notice A registry needs at least one seat.
    error ValidatorSeatsZero();

    event ValidatorRegistered(
        address indexed operator,
        bytes32 indexed blsKeyHash,
        bytes32 peerKey,
        string metadataURI
    );
    event ValidatorStateChanged(address indexed operator, ValidatorState from, ValidatorState to);
    event CertificateBound(address indexed operator, bytes32 indexed fingerprint, uint64 notAfter);
    event CertificateRevoked(address indexed operator, bytes32 indexed fingerprint);

    /**
     * @notice Makes the operator a candidate. Anyone may bring the application; when it is not the operator,
     * `operatorSignature` is the operator's EIP-712 signature (or ERC-1271) with the nonce from {nonces}.
     */
    function register(Application calldata application, bytes calldata operatorSignature) external;

    /// @notice Gives a candidate a seat. Only for the authority.
    function admit(address operator) external;

    /// @notice Takes a validator or candidate out for ever. Only for the authority.
    /// @dev Its certificates are not touched: revoke them in the same batch to refuse its connections at once.
    function remove(address operator) external;

    /// @notice Binds a new certificate to the caller's validator. The old one stays valid until it ends.
    function renewCertificate(bytes32 fingerprint, uint64 notAfter) external;

    /// @notice Makes a certificate void for ever. Only for the authority.
    function revokeCertificate(bytes32 fingerprint) external;

    /// @notice Number of seats in Origin.
    function seats() external view returns (uint256);

    /// @notice Number of seats that are taken.
    function activeCount() external view returns (uint256);

    /// @notice The set in the order of admission: at most {seats} entries, each of weight one.
    function activeValidators() external view returns (ActiveValidator[] memory);

    /// @notice What is known of the operator's validator; state UNREGISTERED when there is none.
    function validatorOf(address operator) external view returns (Validator memory);

    /// @notice The operator's state alone.
    function stateOf(address operator) external view returns (ValidatorState);

    /// @notice Whether a node with this certificate may connect, and whose it is.
    function certificateStatus(bytes32 fingerprint) external view returns (CertificateStatus status, address operator);

    /// @notice The operator that a BLS key was ever bound to; zero when it is free.
    function operatorOfKey(bytes calldata blsPublicKey) external view returns (address);

    /// @notice The nonce that the operator's next application must be signed with.
    function nonces(address operator) external view returns (uint256);

    /// @notice What the BLS key signs to prove that the operator has it: bound to this chain, registry and operator.
    function proofOfPossessionMessage(address operator, bytes calldata blsPublicKey) external view returns (bytes32);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
