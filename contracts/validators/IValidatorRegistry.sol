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
 * Both keys are proven for exactly this chain, registry and operator, so an application that waits in a public pool
 * is of no use to a copier. The certificate comes along as bytes; the registry takes its fingerprint and its key from
 * them. It does not parse X.509: nodes check the certificate's form and its own dates at every connection, and trust
 * it only together with its private key. `notAfter` is the operator's word and can only end it earlier.
 *
 * In Origin the authority (the DAO multisig) admits candidates to the seats, and removes them.
 * The registry knows no stake.
 *
 * @custom:whitepaper §2.4.3, §3.2
 */
interface IValidatorRegistry {
    /// @notice A node certificate and the proof that its key is the operator's.
    struct NodeCertificate {
        /// X.509, DER, at most 1024 bytes. Its SHA-256 is the fingerprint.
        bytes der;
        /// Where in `der` the node key stands (SubjectPublicKeyInfo, P-256, 91 bytes). The key's SHA-256 is the peer key.
        uint16 spkiOffset;
        /// Seconds since 1970: when the certificate ends for the registry. Nodes check the date in `der` themselves.
        uint64 notAfter;
        /// The node key's signature (r, then s, with low s) of {nodeKeyBindingDigest}, 64 bytes.
        bytes signature;
    }

    /// @notice What an operator signs (EIP-712) to become a candidate.
    struct Application {
        /// The account that answers for the validator.
        address operator;
        /// BLS12-381 G1, EIP-2537 encoding, 128 bytes.
        bytes blsPublicKey;
        /// BLS12-381 G2, EIP-2537 encoding, 256 bytes: signature of {proofOfPossessionMessage}.
        bytes proofOfPossession;
        NodeCertificate nodeCertificate;
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
        /// SHA-256 of the node key (SubjectPublicKeyInfo) in the newest certificate.
        bytes32 peerKey;
        /// SHA-256 of the node certificate (DER). The newest certificate; earlier ones stay valid until they expire or are revoked.
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
    /// @notice The node key did not sign for this chain, registry, operator and certificate.
    error ValidatorNodeKeyProofInvalid(address operator, bytes32 fingerprint);
    /// @notice The certificate is longer than the registry reads.
    error ValidatorCertificateTooLong(uint256 bytesLength, uint256 limit);
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
    /// @notice A renewed certificate came with another node key. The former one stays taken.
    event PeerKeyChanged(address indexed operator, bytes32 from, bytes32 to);
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

    /**
     * @notice Binds a new certificate to the caller's validator. The old one stays valid until it ends.
     * It may be for the validator's present node key or for one that nobody ever had.
     */
    function renewCertificate(NodeCertificate calldata certificate) external;

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

    /**
     * @notice What the node key signs to prove that the operator has it: bound to this chain, registry, operator and
     * certificate. It is a SHA-256, so that common tools make the signature:
     * SHA-256(abi.encode(keccak256("CUN_NODE_KEY_BINDING_V1"), chain id, registry, operator, fingerprint)).
     */
    function nodeKeyBindingDigest(address operator, bytes32 fingerprint) external view returns (bytes32);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
