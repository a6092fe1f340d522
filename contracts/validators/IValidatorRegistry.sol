// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPersonhood} from "../identity/IPersonhood.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
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
 * Anyone may become a candidate; who is elected is not decided here. The authority (the DAO multisig) gives authority
 * seats to candidates that are verified persons, one for each person. The set changes only when an epoch begins: who
 * is jailed or leaves meanwhile stays in it until then, and its state says so at once. The registry knows no stake.
 *
 * @custom:whitepaper §2.4.3, §3.2, spec VAL-1, VAL-2, VAL-5, VAL-6
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
        /// As {commissionOf}.
        uint16 commissionBps;
        /// Block timestamp, in seconds.
        uint64 registeredAt;
        /// When the commission was fixed last, in seconds since 1970; another change must be 24 hours away.
        uint48 commissionChangedAt;
        /// Seconds since 1970 until which a jailed validator stays jailed; what is past says nothing.
        uint48 jailedUntil;
        /// The newest key. The key a set counts with is the one that FinalityVerifier stored for its epoch.
        bytes blsPublicKey;
        /// SHA-256 of the node key (SubjectPublicKeyInfo) in the newest certificate.
        bytes32 peerKey;
        /// SHA-256 of the node certificate (DER). The newest certificate; earlier ones stay valid until they expire or are revoked.
        bytes32 certificateFingerprint;
        string metadataURI;
    }

    /// @notice One member of the present set.
    struct ActiveValidator {
        address operator;
        /// The newest key: the set's own keys are those that FinalityVerifier stored for the epoch.
        bytes blsPublicKey;
        /// One, as at genesis: the weights of elected sets are those that FinalityVerifier stored.
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
    /// @notice A commission above the governed maximum.
    error ValidatorCommissionTooHigh(uint16 commissionBps, uint256 limitBps);
    /// @notice A change of the commission, up or down, by more than a day allows.
    error ValidatorCommissionStepTooLarge(uint16 from, uint16 to, uint256 limitBps);
    /// @notice The commission was fixed less than 24 hours ago.
    error ValidatorCommissionTooSoon(address operator, uint48 changedAt, uint256 timestamp);
    /// @notice The metadata URI is longer than the registry keeps.
    error ValidatorMetadataTooLong(uint256 bytesLength, uint256 limit);
    /// @notice The validator cannot go from one state to the other.
    error ValidatorMoveIllegal(address operator, ValidatorState from, ValidatorState to);
    /// @notice Nobody has registered, or the validator has left: its keys, certificates and commission stay.
    error ValidatorNotServing(address operator, ValidatorState state);
    /// @notice All authority seats are taken.
    error ValidatorSeatsTaken(uint256 seats);
    /// @notice The operator holds an authority seat.
    error ValidatorAuthorityAlready(address operator);
    /// @notice No verified person stands behind the operator.
    error ValidatorNotAPerson(address operator);
    /// @notice The person behind the operator holds an authority seat through another operator.
    error ValidatorPersonSeated(bytes32 person, address operator);
    /// @notice The time in jail is not over. Seconds since 1970.
    error ValidatorStillJailed(address operator, uint48 until, uint256 timestamp);
    /// @notice A network needs a set.
    error ValidatorSetEmpty();
    /// @notice An operator stands in the set twice.
    error ValidatorSetRepeats(address operator);

    event ValidatorRegistered(
        address indexed operator,
        bytes32 indexed blsKeyHash,
        bytes32 peerKey,
        string metadataURI
    );
    event ValidatorStateChanged(address indexed operator, ValidatorState from, ValidatorState to);
    event AuthorityAdmitted(address indexed operator, bytes32 indexed person);
    event AuthorityLeft(address indexed operator, bytes32 indexed person);
    /// @notice Seconds since 1970. Also when a jailed validator stays longer.
    event ValidatorJailed(address indexed operator, uint48 until);
    event CommissionChanged(address indexed operator, uint16 from, uint16 to);
    /// @notice A new BLS key: it counts from the next set that is stored. The former one stays taken.
    event KeyRotated(address indexed operator, bytes32 indexed from, bytes32 indexed to);
    /// @notice `epoch` counts the calls of {beginEpoch}.
    event ValidatorSetBegun(uint64 indexed epoch, address[] operators);
    /// @notice A renewed certificate came with another node key. The former one stays taken.
    event PeerKeyChanged(address indexed operator, bytes32 from, bytes32 to);
    event CertificateBound(address indexed operator, bytes32 indexed fingerprint, uint64 notAfter);
    event CertificateRevoked(address indexed operator, bytes32 indexed fingerprint);

    /**
     * @notice Makes the operator a candidate. Anyone may bring the application; when it is not the operator,
     * `operatorSignature` is the operator's EIP-712 signature (or ERC-1271) with the nonce from {nonces}.
     */
    function register(Application calldata application, bytes calldata operatorSignature) external;

    /**
     * @notice Gives a candidate or elected validator an authority seat. Only for the authority.
     * @dev Before the first epoch it is in the set at once; later it enters with the next election.
     * Reverts with ValidatorNotAPerson and ValidatorPersonSeated.
     */
    function admit(address operator) external;

    /// @notice Takes a validator or candidate out for ever. Only for the authority.
    /// @dev Its certificates are not touched: revoke them in the same batch to refuse its connections at once.
    function remove(address operator) external;

    /// @notice The caller's validator leaves for ever. Its stake stays bound for the unbonding time (StakingPool).
    function exit() external;

    /// @notice The caller's validator becomes a candidate again when its time in jail is over.
    function unjail() external;

    /**
     * @notice Replaces the BLS key of the caller's validator, from the next set that is stored on.
     * @param blsPublicKey BLS12-381 G1, EIP-2537 encoding, 128 bytes: a key that was never bound.
     * @param proof BLS12-381 G2, 256 bytes: the new key's signature of {rotationMessage}.
     */
    function rotateKey(bytes calldata blsPublicKey, bytes calldata proof) external;

    /**
     * @notice Fixes what the caller's validator keeps of its voters' rewards, in 1/10,000: at most once in 24 hours (the
     * first time 24 hours after registration), so that no row of small steps passes the daily change.
     * @dev The step is counted from the commission that holds: a lowered maximum holds at once and without a call.
     */
    function setCommission(uint16 commissionBps) external;

    /**
     * @notice Replaces the set. Members that are candidates become active; active validators that are no members become
     * candidates; whoever is jailed or has left keeps its state, also as a member. Only for the EpochManager.
     * @dev Never reverts because of what a member did meanwhile: an epoch must be able to begin.
     */
    function beginEpoch(address[] calldata set) external;

    /**
     * @notice Jails a validator until a time (seconds since 1970), or keeps it in jail longer. Who has left is left
     * alone, so that leaving never stops the rewards of others. Only for the EpochManager (later SlashingManager).
     */
    function jail(address operator, uint48 until) external;

    /// @notice Strikes a validator for ever, whatever it did to escape. Only for the SlashingManager.
    function tombstone(address operator) external;

    /**
     * @notice Binds a new certificate to the caller's validator. The old one stays valid until it ends.
     * It may be for the validator's present node key or for one that nobody ever had.
     */
    function renewCertificate(NodeCertificate calldata certificate) external;

    /// @notice Makes a certificate void for ever. Only for the authority.
    function revokeCertificate(bytes32 fingerprint) external;

    /// @notice Number of authority seats (parameter authoritySeats).
    function seats() external view returns (uint256);

    /// @notice Operators with an authority seat, in the order of admission.
    function authorities() external view returns (address[] memory);

    function isAuthority(address operator) external view returns (bool);

    /// @notice The operator through which a person holds an authority seat; zero when it holds none.
    function authorityOf(bytes32 person) external view returns (address);

    /// @notice Number of validators in state ACTIVE: members of the set that are neither jailed nor leaving.
    function activeCount() external view returns (uint256);

    /// @notice The members of the present set in its order, whatever their state is now.
    function activeValidators() external view returns (ActiveValidator[] memory);

    /// @notice Calls of {beginEpoch} so far.
    function epochsBegun() external view returns (uint64);

    /// @notice What is known of the operator's validator; state UNREGISTERED when there is none.
    function validatorOf(address operator) external view returns (Validator memory);

    /// @notice The operator's state alone.
    function stateOf(address operator) external view returns (ValidatorState);

    /// @notice The newest BLS key alone; empty when nobody has registered.
    function blsPublicKeyOf(address operator) external view returns (bytes memory);

    /// @notice What an operator keeps of its voters' rewards, in 1/10,000: never above the present maximum.
    function commissionOf(address operator) external view returns (uint16);

    /// @notice The same for several operators.
    function commissionsOf(address[] calldata operators) external view returns (uint16[] memory);

    /// @notice Whether a node with this certificate may connect, and whose it is.
    function certificateStatus(bytes32 fingerprint) external view returns (CertificateStatus status, address operator);

    /// @notice The operator that a BLS key was ever bound to; zero when it is free.
    function operatorOfKey(bytes calldata blsPublicKey) external view returns (address);

    /// @notice The nonce that the operator's next application must be signed with.
    function nonces(address operator) external view returns (uint256);

    /// @notice What the BLS key signs to prove that the operator has it: bound to this chain, registry and operator.
    function proofOfPossessionMessage(address operator, bytes calldata blsPublicKey) external view returns (bytes32);

    /**
     * @notice What a new BLS key signs to replace the operator's present one. A domain of its own: no proof made for
     * {register} rotates a key, and none made for {rotateKey} registers one:
     * keccak256(abi.encode(keccak256("CUN_KEY_ROTATION_V1"), chain id, registry, operator, keccak256(key))).
     */
    function rotationMessage(address operator, bytes calldata blsPublicKey) external view returns (bytes32);

    /**
     * @notice What the node key signs to prove that the operator has it: bound to this chain, registry, operator and
     * certificate. It is a SHA-256, so that common tools make the signature:
     * SHA-256(abi.encode(keccak256("CUN_NODE_KEY_BINDING_V1"), chain id, registry, operator, fingerprint)).
     */
    function nodeKeyBindingDigest(address operator, bytes32 fingerprint) external view returns (bytes32);

    /// @notice The ParameterRegistry.
    function PARAMETERS() external view returns (IParameterRegistry);

    /// @notice Who knows persons.
    function PERSONHOOD() external view returns (IPersonhood);

    /// @notice Address of the code behind this proxy.
    function implementation() external view returns (address);
}
