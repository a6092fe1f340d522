// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IPersonhood} from "../identity/IPersonhood.sol";
import {IParameterRegistry} from "../parameters/IParameterRegistry.sol";
import {AUTHORITY_SEATS} from "../types/ParameterName.sol";
import {
    ACTIVE,
    CANDIDATE,
    EXITING,
    isLegalMove,
    JAILED,
    TOMBSTONED,
    UNREGISTERED,
    ValidatorState
} from "../types/ValidatorState.sol";
import {IValidatorRegistry} from "./IValidatorRegistry.sol";

/**
 * @title The states of validators, authority seats and the present set: a part of ValidatorRegistry
 * @dev Owns: the registry's storage, every change of a state, who holds an authority seat, who is in the set [VAL-2,
 * VAL-5, VAL-6, NET-3]. Does not own: keys and certificates (ValidatorKeys), registration and commission
 * (ValidatorRegistry), who is elected (ValidatorElection). Called by: see ValidatorRegistry.
 * Properties: REG-3, REG-4, REG-7, REG-8.
 * @custom:whitepaper §2.4.3, §3.2
 */
abstract contract ValidatorStates is IValidatorRegistry, AccessManagedUpgradeable {
    /// A validator as it is stored. The first seven fields share a slot.
    struct Record {
        ValidatorState state;
        uint16 commissionBps;
        uint64 registeredAt;
        uint48 commissionChangedAt;
        uint48 jailedUntil;
        /// The newest set it is a member of, as {epochsBegun} counted then.
        uint64 memberSince;
        bytes32[4] blsPublicKey;
        bytes32 peerKey;
        bytes32 certificateFingerprint;
        string metadataURI;
        /// Whose authority seat it holds; zero when it holds none.
        bytes32 person;
    }

    struct Certificate {
        address operator;
        uint64 notAfter;
        bool revoked;
    }

    /// @custom:storage-location erc7201:coopunion.storage.ValidatorRegistry
    struct RegistryStorage {
        uint64 epochsBegun;
        uint64 activeCount;
        /// Operators of the present set, in its order.
        address[] set;
        /// Operators with an authority seat, in the order of admission.
        address[] authorities;
        mapping(address operator => Record) records;
        mapping(bytes32 keyHash => address operator) keyOwners;
        mapping(bytes32 peerKey => address operator) peerKeyOwners;
        mapping(bytes32 fingerprint => Certificate) certificates;
        mapping(address operator => uint256) nonces;
        mapping(bytes32 person => address operator) authorityOf;
    }

    /// keccak256(abi.encode(uint256(keccak256("coopunion.storage.ValidatorRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x90c07b761e292335b0bead94a58467fa9a9c490b4c4b930956aaa5682da21600;

    /// @inheritdoc IValidatorRegistry
    IParameterRegistry public immutable PARAMETERS;
    /// @inheritdoc IValidatorRegistry
    IPersonhood public immutable PERSONHOOD;

    constructor(IParameterRegistry parameters, IPersonhood personhood) {
        PARAMETERS = parameters;
        PERSONHOOD = personhood;
    }

    // ─────────────────────────────────────────── WHAT OPERATORS DO ───────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function exit() external {
        _leave(msg.sender, EXITING);
    }

    /// @inheritdoc IValidatorRegistry
    function unjail() external {
        Record storage record = _storage().records[msg.sender];
        require(record.state == JAILED, ValidatorMoveIllegal(msg.sender, record.state, CANDIDATE));
        uint48 until = record.jailedUntil;
        require(block.timestamp >= until, ValidatorStillJailed(msg.sender, until, block.timestamp));
        _move(msg.sender, CANDIDATE);
    }

    // ────────────────────────────────────────── WHAT THE AUTHORITY DOES ──────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function admit(address operator) external restricted {
        RegistryStorage storage $ = _storage();
        Record storage record = $.records[operator];
        require(record.person == 0, ValidatorAuthorityAlready(operator));
        ValidatorState state = record.state;
        require(state == CANDIDATE || state == ACTIVE, ValidatorMoveIllegal(operator, state, ACTIVE));
        uint256 limit = seats();
        require($.authorities.length < limit, ValidatorSeatsTaken(limit));
        bytes32 person = PERSONHOOD.personOf(operator);
        require(person != 0, ValidatorNotAPerson(operator));
        require($.authorityOf[person] == address(0), ValidatorPersonSeated(person, $.authorityOf[person]));

        record.person = person;
        $.authorityOf[person] = operator;
        $.authorities.push(operator);
        emit AuthorityAdmitted(operator, person);
        // The genesis set is made of admissions: only later ones wait for an election.
        if ($.epochsBegun > 0) return;
        _move(operator, ACTIVE);
        $.set.push(operator);
    }

    /// @inheritdoc IValidatorRegistry
    function remove(address operator) external restricted {
        _leave(operator, EXITING);
    }

    // ─────────────────────────────────────────── WHAT THE SYSTEM DOES ────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function beginEpoch(address[] calldata set) external restricted {
        require(set.length > 0, ValidatorSetEmpty());
        RegistryStorage storage $ = _storage();
        uint64 epoch = ++$.epochsBegun;
        for (uint256 i = 0; i < set.length; i++) _seat(set[i], epoch);
        uint256 former = $.set.length;
        for (uint256 i = 0; i < former; i++) {
            address operator = $.set[i];
            Record storage record = $.records[operator];
            if (record.memberSince != epoch && record.state == ACTIVE) _move(operator, CANDIDATE);
        }
        $.set = set;
        emit ValidatorSetBegun(epoch, set);
    }

    /// @inheritdoc IValidatorRegistry
    function jail(address operator, uint48 until) external restricted {
        Record storage record = _storage().records[operator];
        ValidatorState state = record.state;
        if (state == EXITING || state == TOMBSTONED) return;
        if (state != JAILED)
            _move(operator, JAILED);
            // A second fault in jail must not shorten it.
        else if (until <= record.jailedUntil) return;
        record.jailedUntil = until;
        emit ValidatorJailed(operator, until);
    }

    /// @inheritdoc IValidatorRegistry
    function tombstone(address operator) external restricted {
        _leave(operator, TOMBSTONED);
    }

    // ───────────────────────────────────────────────── VIEWS ─────────────────────────────────────────────────

    /// @inheritdoc IValidatorRegistry
    function authorities() external view returns (address[] memory) {
        return _storage().authorities;
    }

    /// @inheritdoc IValidatorRegistry
    function isAuthority(address operator) external view returns (bool) {
        return _storage().records[operator].person != 0;
    }

    /// @inheritdoc IValidatorRegistry
    function authorityOf(bytes32 person) external view returns (address) {
        return _storage().authorityOf[person];
    }

    /// @inheritdoc IValidatorRegistry
    function activeCount() external view returns (uint256) {
        return _storage().activeCount;
    }

    /// @inheritdoc IValidatorRegistry
    function epochsBegun() external view returns (uint64) {
        return _storage().epochsBegun;
    }

    /// @inheritdoc IValidatorRegistry
    function seats() public view returns (uint256) {
        return PARAMETERS.valueOf(AUTHORITY_SEATS);
    }

    /// @inheritdoc IValidatorRegistry
    function stateOf(address operator) public view returns (ValidatorState) {
        return _storage().records[operator].state;
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    /// The only place where a state changes.
    function _move(address operator, ValidatorState to) internal {
        RegistryStorage storage $ = _storage();
        Record storage record = $.records[operator];
        ValidatorState from = record.state;
        require(isLegalMove(from, to), ValidatorMoveIllegal(operator, from, to));
        record.state = to;
        if (from == ACTIVE) $.activeCount--;
        if (to == ACTIVE) $.activeCount++;
        emit ValidatorStateChanged(operator, from, to);
    }

    /// Makes an operator a member of the set that begins. Who was jailed or left after the set had been stored is a
    /// member all the same (its key counts in certificates), but does not become active.
    function _seat(address operator, uint64 epoch) private {
        Record storage record = _storage().records[operator];
        require(record.memberSince != epoch, ValidatorSetRepeats(operator));
        record.memberSince = epoch;
        ValidatorState state = record.state;
        // Nobody who never registered has a key to be a member with.
        if (state == CANDIDATE || state == UNREGISTERED) _move(operator, ACTIVE);
    }

    /// Ends a validator for ever and frees its authority seat; before the first epoch its place in the set as well.
    function _leave(address operator, ValidatorState to) private {
        RegistryStorage storage $ = _storage();
        _move(operator, to);
        Record storage record = $.records[operator];
        bytes32 person = record.person;
        if (person == 0) return;
        delete record.person;
        delete $.authorityOf[person];
        _take($.authorities, operator);
        // Until the first epoch the set is made of the authorities.
        if ($.epochsBegun == 0) _take($.set, operator);
        emit AuthorityLeft(operator, person);
    }

    /// Takes an operator that is in the list out of it and keeps the order of the others. Bounded by the seats.
    function _take(address[] storage list, address operator) private {
        uint256 last = list.length - 1;
        uint256 i = 0;
        while (list[i] != operator) i++;
        for (; i < last; i++) list[i] = list[i + 1];
        list.pop();
    }

    function _requireServing(address operator) internal view {
        ValidatorState state = stateOf(operator);
        require(state == CANDIDATE || state == ACTIVE || state == JAILED, ValidatorNotServing(operator, state));
    }

    function _storage() internal pure returns (RegistryStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
