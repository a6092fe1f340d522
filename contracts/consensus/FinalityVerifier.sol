// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BLS12381} from "../libraries/BLS12381.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {IFinalityVerifier} from "./IFinalityVerifier.sol";

/**
 * @title FinalityVerifier: see IFinalityVerifier
 * @dev Owns: the history of validator sets and the check of certificates [CON-9, CON-7, VAL-5]. Immutable.
 * Does not own: who is in a set (ValidatorRegistry, ValidatorElection), what is signed otherwise (ValidatorCouncil).
 * Called by: anyone (view); ValidatorElection (storeSet). Properties: FIN-1 … FIN-7.
 *
 * A set is stored as code: the sum of all keys (128 bytes), then key (128) and weight (16) of each validator. A
 * certificate's key is that sum minus the keys of those who are absent: at most a third of the set is ever added.
 * @custom:whitepaper §2.4.2
 */
contract FinalityVerifier is IFinalityVerifier, AccessManaged {
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
    /// @inheritdoc IFinalityVerifier
    uint64 public newestEpoch;

    mapping(uint64 epoch => ValidatorSet) private _sets;

    /// @param manager The AccessManager that knows who stores sets.
    /// @param registry Whose present set becomes the set of epoch 0.
    /// @param chainId Of the chain whose blocks are proven.
    /// @param genesisHash Of that chain's block 0.
    /// @param setHash Hash of the set. The address depends on it (CREATE2), so nobody can create this contract at the
    /// planned address before the registry is complete.
    constructor(
        address manager,
        IValidatorRegistry registry,
        uint256 chainId,
        bytes32 genesisHash,
        bytes32 setHash
    ) AccessManaged(manager) {
        CHAIN_ID = chainId;
        GENESIS_HASH = genesisHash;
        IValidatorRegistry.ActiveValidator[] memory validators = registry.activeValidators();
        Member[] memory members = new Member[](validators.length);
        for (uint256 i = 0; i < validators.length; i++) {
            members[i] = Member(validators[i].blsPublicKey, validators[i].weight);
        }
        bytes32 stored = _store(0, members);
        require(stored == setHash, FinalitySetMismatch(stored, setHash));
    }

    // ────────────────────────────────────────────────── SETS ─────────────────────────────────────────────────

    /// @inheritdoc IFinalityVerifier
    function storeSet(uint64 epoch, Member[] calldata members) external restricted {
        uint64 next = newestEpoch + 1;
        require(epoch == next, FinalityEpochOutOfOrder(epoch, next));
        newestEpoch = epoch;
        _store(epoch, members);
    }

    // ───────────────────────────────────────────────── PROOFS ────────────────────────────────────────────────

    /// @inheritdoc IFinalityVerifier
    function verify(Certificate calldata certificate) public view {
        (ValidatorSet storage set, bytes memory members) = _load(certificate.epoch);
        uint256 totalWeight = set.totalWeight;
        uint256 absent = _absentOf(certificate.signers, _countOf(members));
        (bytes memory key, uint256 absentWeight) = _withoutAbsent(members, absent);
        require(3 * absentWeight < totalWeight, FinalityQuorumMissing(totalWeight - absentWeight, totalWeight));
        bytes32 root = finalizeRoot(certificate.epoch, certificate.viewNumber, certificate.digest);
        require(key.verify(root, certificate.signature), FinalitySignatureInvalid(root));
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
    function verifySigners(
        uint64 epoch,
        bytes32 message,
        uint256 absent,
        bytes calldata signature
    ) external view returns (uint256 present, uint256 count) {
        (, bytes memory members) = _load(epoch);
        count = _countOf(members);
        require(absent >> count == 0, FinalityAbsentUnknown(absent, count));
        present = count;
        for (uint256 bits = absent; bits != 0; bits &= bits - 1) present--;
        (bytes memory key, ) = _withoutAbsent(members, absent);
        require(key.verify(message, signature), FinalitySignatureInvalid(message));
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IFinalityVerifier
    function setHashOf(uint64 epoch) external view returns (bytes32) {
        return _setOf(epoch).setHash;
    }

    /// @inheritdoc IFinalityVerifier
    function totalWeightOf(uint64 epoch) external view returns (uint256) {
        return _setOf(epoch).totalWeight;
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

    /// The set of an epoch that is known.
    function _setOf(uint64 epoch) private view returns (ValidatorSet storage set) {
        set = _sets[epoch];
        require(set.holder != address(0), FinalityEpochUnknown(epoch, newestEpoch));
    }

    /// The set, and its members as they are stored.
    function _load(uint64 epoch) private view returns (ValidatorSet storage set, bytes memory members) {
        set = _setOf(epoch);
        members = CodeStorage.read(set.holder);
    }

    function _countOf(bytes memory members) private pure returns (uint256) {
        return (members.length - KEY_BYTES) / ENTRY_BYTES;
    }

    /// Bit i is set when validator i did not sign; reverts when the bitmap is not canonical.
    function _absentOf(bytes calldata signers, uint256 count) private pure returns (uint256 absent) {
        require(signers.length == (count + 7) / 8, FinalityBitmapLength(signers.length, (count + 7) / 8));
        uint8 last = uint8(signers[signers.length - 1]);
        require(count % 8 == 0 || last >> (count % 8) == 0, FinalityBitmapTrailing(bytes1(last), count));
        uint256 present;
        for (uint256 i = 0; i < signers.length; i++) present |= uint256(uint8(signers[i])) << (8 * i);
        absent = ~present & ((1 << count) - 1);
    }

    /// The sum of all keys minus those of the absent, and the weight of the absent.
    function _withoutAbsent(
        bytes memory members,
        uint256 absent
    ) private view returns (bytes memory key, uint256 absentWeight) {
        key = _sumOfAll(members);
        if (absent == 0) return (key, 0);
        bytes memory absentKey = new bytes(KEY_BYTES);
        uint256 member;
        assembly ("memory-safe") {
            member := add(members, 160)
        }
        for (; absent != 0; absent >>= 1) {
            // Eight who are present at once.
            for (; absent & 0xff == 0; absent >>= 8) member += 8 * ENTRY_BYTES;
            if (absent & 1 == 1) {
                absentKey.addG1(member);
                assembly ("memory-safe") {
                    absentWeight := add(absentWeight, shr(128, mload(add(member, 128))))
                }
            }
            member += ENTRY_BYTES;
        }
        absentKey.negateG1();
        uint256 term;
        assembly ("memory-safe") {
            term := add(absentKey, 32)
        }
        key.addG1(term);
    }

    function _sumOfAll(bytes memory members) private pure returns (bytes memory key) {
        key = new bytes(KEY_BYTES);
        assembly ("memory-safe") {
            mcopy(add(key, 32), add(members, 32), 128)
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
    function _store(uint64 epoch, Member[] memory validators) private returns (bytes32 setHash) {
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
