// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Proof of finality: a light client of the CUN chain on any EVM with EIP-2537
 * @notice Knows the validator set of each epoch and accepts a certificate when validators of strictly more than two
 * thirds of the weight signed the finalisation of a block. From a certified block, headers lead back to any earlier
 * one, and its state and receipts roots prove everything else.
 *
 * @dev Assumes: the keys it was given had passed their proofs of possession (ValidatorRegistry checks them).
 * Safety: as long as faulty validators hold less than a third of the weight, no two certificates contradict.
 * All `verify…` functions return normally or revert; there is no "false".
 * @custom:whitepaper §2.4.2
 */
interface IFinalityVerifier {
    /// @notice A quorum's signature that a block is final.
    struct Certificate {
        uint64 epoch;
        uint64 viewNumber;
        /// Hash of the block.
        bytes32 digest;
        /// Bit i (lowest bit of byte 0 first) is validator i; exactly ⌈N/8⌉ bytes, no bit beyond N.
        bytes signers;
        /// Aggregate signature; G2, EIP-2537, 256 bytes.
        bytes signature;
    }

    /// @notice One validator of a set, in the order of the bits of its certificates.
    struct Member {
        /// G1, EIP-2537, 128 bytes; it must have passed its proof of possession.
        bytes blsPublicKey;
        /// In the unit of the stage's weights; not zero.
        uint128 weight;
    }

    /// @notice What a header says.
    struct Header {
        uint256 number;
        bytes32 blockHash;
        bytes32 stateRoot;
        bytes32 receiptsRoot;
    }

    error FinalityEpochUnknown(uint64 epoch, uint64 newestEpoch);
    error FinalityBitmapLength(uint256 bytesLength, uint256 expected);
    /// @notice The last byte of the bitmap names validators beyond the set.
    error FinalityBitmapTrailing(bytes1 lastByte, uint256 validators);
    /// @notice The signers' weight is not strictly more than two thirds.
    error FinalityQuorumMissing(uint256 weight, uint256 totalWeight);
    /// @notice The signature is not the signers' signature of this message.
    error FinalitySignatureInvalid(bytes32 message);
    error FinalityHeadersMissing();
    /// @notice The header before `index` is not the parent of the one at `index`.
    error FinalityHeaderUnlinked(uint256 index, bytes32 parentHash, bytes32 actual);
    /// @notice The last header is not the certified block.
    error FinalityHeaderUncertified(bytes32 blockHash, bytes32 digest);
    error FinalitySetEmpty();
    error FinalitySetTooLarge(uint256 validators, uint256 limit);
    error FinalityWeightZero(uint256 index);
    /// @notice The registry's present set is not the one that was announced.
    error FinalitySetMismatch(bytes32 setHash, bytes32 expected);

    /// @notice Sets are stored in the order of their epochs, each once.
    error FinalityEpochOutOfOrder(uint64 epoch, uint64 expected);
    /// @notice The bitmap of the absent names validators beyond the set.
    error FinalityAbsentUnknown(uint256 absent, uint256 validators);

    event ValidatorSetStored(uint64 indexed epoch, bytes32 setHash, uint256 validators, uint256 totalWeight);

    /**
     * @notice Stores the set of the epoch after the newest one, for ever. Only for the ValidatorElection.
     * @dev Reverts with FinalityEpochOutOfOrder, FinalitySetEmpty, FinalitySetTooLarge, FinalityWeightZero,
     * BLSPointLength, BLSPointAtInfinity. Warning: the keys are summed without another proof of possession.
     */
    function storeSet(uint64 epoch, Member[] calldata members) external;

    /// @notice Reverts unless the certificate proves that its block is final; of any epoch whose set is stored.
    function verify(Certificate calldata certificate) external view;

    /**
     * @notice Reverts unless the certificate proves the last header final and each header is the parent of the next.
     * @param headers RLP of block headers, from the wanted one to the certified one.
     * @return header What the first header says: it is final too.
     */
    function verifyHeaders(
        bytes[] calldata headers,
        Certificate calldata certificate
    ) external view returns (Header memory header);

    /**
     * @notice Reverts unless `signature` is the aggregate signature of `message` by every validator of the epoch but
     * those whose bit is set in `absent` (bit i, lowest first, is validator i).
     * @dev Warning: the message must be a hash with a domain of its own, and the caller judges who may be absent.
     * Neither the call's length nor its cost grows with the set, but for reading it; each absent one costs an addition.
     * @return present How many signed.
     * @return count How many the set has.
     */
    function verifySigners(
        uint64 epoch,
        bytes32 message,
        uint256 absent,
        bytes calldata signature
    ) external view returns (uint256 present, uint256 count);

    /// @notice What a validator signs to finalise the block with this hash.
    function finalizeRoot(uint64 epoch, uint64 viewNumber, bytes32 digest) external view returns (bytes32);

    /// @notice The newest epoch whose set is known.
    function newestEpoch() external view returns (uint64);

    /// @notice keccak256 of the epoch's set: 128 bytes of key and 16 bytes of weight for each validator.
    function setHashOf(uint64 epoch) external view returns (bytes32);

    /// @notice The epoch's set in the same form.
    function validatorSetOf(uint64 epoch) external view returns (bytes memory);

    /// @notice Sum of the weights of an epoch's set.
    function totalWeightOf(uint64 epoch) external view returns (uint256);

    /// @notice Chain id of the chain whose blocks are proven.
    function CHAIN_ID() external view returns (uint256);

    /// @notice Hash of block 0 of that chain.
    function GENESIS_HASH() external view returns (bytes32);
}
