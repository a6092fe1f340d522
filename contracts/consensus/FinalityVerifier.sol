// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BLS12381} from "../libraries/BLS12381.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IFinalityVerifier} from "./IFinalityVerifier.sol";

/**
 * @title FinalityVerifier: see IFinalityVerifier
 * @dev Owns: validator sets and the check of certificates [CON-9, CON-7]. Immutable.
 * Does not own: who is in the set (ValidatorRegistry), what is signed otherwise (ValidatorCouncil).
 * Called by: anyone (view). Properties: FIN-1 … FIN-5.
 *
 * A set is stored as code: the sum of all keys (128 bytes), then key (128) and weight (16) of each validator. A
 * certificate's key is that sum minus the keys of those who are absent: at most a third of the set is ever added.
 * @custom:whitepaper §2.4.2
 */
contract FinalityVerifier is IFinalityVerifier {
    using BLS12381 for bytes;

    struct ValidatorSet {
        address holder;
        uint96 totalWeight;
        bytes32 setHash;
    }

    bytes32 private constant VOTE_DOMAIN = keccak256("CUN_CONSENSUS_VOTE_V1");
    uint8 private constant FINALIZE = 2;
    uint256 private constant KEY_BYTES = 128;
    uint256 private constant ENTRY_BYTES = 144;
    /// What fits into the code of one contract (24,576 bytes).
    uint256 private constant VALIDATORS_LIMIT = 169;

    /// @inheritdoc IFinalityVerifier
    uint256 public immutable CHAIN_ID;
    /// @inheritdoc IFinalityVerifier
    bytes32 public immutable GENESIS_HASH;
    /// The set of genesis; sets of later epochs come with the hand-off between epochs.
    uint64 private constant NEWEST_EPOCH = 0;

    mapping(uint64 epoch => ValidatorSet) private _sets;

    /// @param registry Whose present set becomes the set of epoch 0.
    /// @param chainId Of the chain whose blocks are proven.
    /// @param genesisHash Of that chain's block 0.
    /// @param setHash Hash of the set. The address depends on it (CREATE2), so nobody can create this contract at the
    /// planned address before the registry is complete.
    constructor(IValidatorRegistry registry, uint256 chainId, bytes32 genesisHash, bytes32 setHash) {
        CHAIN_ID = chainId;
        GENESIS_HASH = genesisHash;
        bytes32 stored = _store(NEWEST_EPOCH, registry.activeValidators());
        require(stored == setHash, FinalitySetMismatch(stored, setHash));
    }

    // ───────────────────────────────────────────────── PROOFS ────────────────────────────────────────────────

    /// @inheritdoc IFinalityVerifier
    function verify(Certificate calldata certificate) public view {
        (ValidatorSet storage set, bytes memory members) = _load(certificate.epoch);
        bytes memory signerKey = _signerKey(members, set.totalWeight, certificate.signers);
        bytes32 root = finalizeRoot(certificate.epoch, certificate.viewNumber, certificate.digest);
        require(signerKey.verify(root, certificate.signature), FinalitySignatureInvalid(root));
    }

    /// @inheritdoc IFinalityVerifier
    function verifyHeaders(
        bytes[] calldata headers,
        Certificate calldata certificate
    ) external view returns (Header memory header) {
        require(headers.length > 0, FinalityHeadersMissing());
        header = _readHeader(headers[0]);
        bytes32 blockHash = header.blockHash;
        for (uint256 i = 1; i < headers.length; i++) {
            bytes32 parentHash = BlockHeader.getParentHash(headers[i]);
            require(parentHash == blockHash, FinalityHeaderUnlinked(i, parentHash, blockHash));
            blockHash = keccak256(headers[i]);
        }
        require(blockHash == certificate.digest, FinalityHeaderUncertified(blockHash, certificate.digest));
        verify(certificate);
    }

    /// @inheritdoc IFinalityVerifier
    function verifyUnanimous(uint64 epoch, bytes32 message, bytes calldata signature) external view {
        (, bytes memory members) = _load(epoch);
        require(_sumOfAll(members).verify(message, signature), FinalitySignatureInvalid(message));
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IFinalityVerifier
    function currentEpoch() external pure returns (uint64) {
        return NEWEST_EPOCH;
    }

    /// @inheritdoc IFinalityVerifier
    function setHashOf(uint64 epoch) external view returns (bytes32) {
        _checkEpoch(epoch);
        return _sets[epoch].setHash;
    }

    /// @inheritdoc IFinalityVerifier
    function totalWeightOf(uint64 epoch) external view returns (uint256) {
        _checkEpoch(epoch);
        return _sets[epoch].totalWeight;
    }

    /// @inheritdoc IFinalityVerifier
    function validatorSetOf(uint64 epoch) external view returns (bytes memory set) {
        (, bytes memory members) = _load(epoch);
        set = new bytes(members.length - KEY_BYTES);
        assembly ("memory-safe") {
            mcopy(add(set, 32), add(members, 160), mload(set))
        }
    }

    /// @inheritdoc IFinalityVerifier
    function finalizeRoot(uint64 epoch, uint64 viewNumber, bytes32 digest) public view returns (bytes32) {
        return keccak256(abi.encode(VOTE_DOMAIN, CHAIN_ID, GENESIS_HASH, epoch, FINALIZE, viewNumber, digest));
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _checkEpoch(uint64 epoch) private pure {
        require(epoch <= NEWEST_EPOCH, FinalityEpochUnknown(epoch, NEWEST_EPOCH));
    }

    /// The set, and its members as they are stored.
    function _load(uint64 epoch) private view returns (ValidatorSet storage set, bytes memory members) {
        _checkEpoch(epoch);
        set = _sets[epoch];
        members = CodeStorage.read(set.holder);
    }

    function _sumOfAll(bytes memory members) private pure returns (bytes memory key) {
        key = new bytes(KEY_BYTES);
        assembly ("memory-safe") {
            mcopy(add(key, 32), add(members, 32), 128)
        }
    }

    /// The sum of the signers' keys; reverts when they are no quorum or the bitmap is not canonical.
    function _signerKey(
        bytes memory members,
        uint256 totalWeight,
        bytes calldata signers
    ) private view returns (bytes memory key) {
        uint256 count = (members.length - KEY_BYTES) / ENTRY_BYTES;
        require(signers.length == (count + 7) / 8, FinalityBitmapLength(signers.length, (count + 7) / 8));
        uint8 last = uint8(signers[signers.length - 1]);
        require(count % 8 == 0 || last >> (count % 8) == 0, FinalityBitmapTrailing(bytes1(last), count));

        (bytes memory absentKey, uint256 absentWeight) = _sumOfAbsent(members, signers, count);
        require(3 * absentWeight < totalWeight, FinalityQuorumMissing(totalWeight - absentWeight, totalWeight));
        key = _sumOfAll(members);
        if (absentWeight == 0) return key;
        absentKey.negateG1();
        uint256 term;
        assembly ("memory-safe") {
            term := add(absentKey, 32)
        }
        key.addG1(term);
    }

    /// Sum of keys and of weights of those whose bit is not set.
    function _sumOfAbsent(
        bytes memory members,
        bytes calldata signers,
        uint256 count
    ) private view returns (bytes memory key, uint256 weight) {
        key = new bytes(KEY_BYTES);
        uint256 entry;
        assembly ("memory-safe") {
            entry := add(members, 160)
        }
        for (uint256 start = 0; start < count; start += 8) {
            uint256 absent = ~uint256(uint8(signers[start / 8])) & 0xff;
            if (count - start < 8) absent &= (1 << (count - start)) - 1;
            for (uint256 member = entry; absent != 0; absent >>= 1) {
                if (absent & 1 == 1) {
                    key.addG1(member);
                    assembly ("memory-safe") {
                        weight := add(weight, shr(128, mload(add(member, 128))))
                    }
                }
                member += ENTRY_BYTES;
            }
            entry += 8 * ENTRY_BYTES;
        }
    }

    function _readHeader(bytes calldata rlp) private pure returns (Header memory header) {
        Memory.Slice[] memory fields = BlockHeader.parseHeader(rlp);
        header.number = BlockHeader.getNumber(fields);
        header.blockHash = keccak256(rlp);
        header.stateRoot = BlockHeader.getStateRoot(fields);
        header.receiptsRoot = BlockHeader.getReceiptsRoot(fields);
    }

    /// Writes the set of an epoch: once, from keys that have passed their proofs of possession.
    function _store(
        uint64 epoch,
        IValidatorRegistry.ActiveValidator[] memory validators
    ) private returns (bytes32 setHash) {
        uint256 count = validators.length;
        require(count > 0, FinalitySetEmpty());
        require(count <= VALIDATORS_LIMIT, FinalitySetTooLarge(count, VALIDATORS_LIMIT));
        bytes memory sum = new bytes(KEY_BYTES);
        bytes memory entries = new bytes(count * ENTRY_BYTES);
        uint256 totalWeight;
        for (uint256 i = 0; i < count; i++) {
            bytes memory key = validators[i].blsPublicKey;
            uint128 weight = validators[i].weight;
            require(weight > 0, FinalityWeightZero(i));
            require(key.length == KEY_BYTES, BLS12381.BLSPointLength(key.length, KEY_BYTES));
            // Whoever has this key would count as a signer of everything.
            require(!key.isInfinity(), BLS12381.BLSPointAtInfinity());
            totalWeight += weight;
            uint256 term;
            assembly ("memory-safe") {
                term := add(key, 32)
                let entry := add(add(entries, 32), mul(i, 144))
                mcopy(entry, term, 128)
                // 16 bytes of weight; the other 16 of this word are the next entry's, or beyond the last one.
                let tail := add(entry, 128)
                mstore(tail, or(shl(128, weight), shr(128, shl(128, mload(tail)))))
            }
            sum.addG1(term);
        }
        setHash = keccak256(entries);
        _sets[epoch] = ValidatorSet(
            CodeStorage.write(bytes.concat(sum, entries)),
            SafeCast.toUint96(totalWeight),
            setHash
        );
        emit ValidatorSetStored(epoch, setHash, count, totalWeight);
    }
}
