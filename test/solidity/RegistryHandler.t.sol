// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ACTIVE,
    CANDIDATE,
    EXITING,
    JAILED,
    TOMBSTONED,
    UNREGISTERED,
    ValidatorState
} from "../../contracts/types/ValidatorState.sol";
import {IValidatorRegistry} from "../../contracts/validators/IValidatorRegistry.sol";
import {BLSSigner, NodeSigner} from "./KeySigners.sol";

/**
 * ValidatorRegistry under random histories of a few operators, persons, keys and certificates, so that they collide
 * often; epochs begin with random sets, also with members that were jailed or left since.
 *
 * Owns: the calls, and a record of its own of what must be true. Does not own: the comparison (ValidatorRegistry.t.sol).
 */
contract RegistryHandler is NodeSigner {
    uint256 public constant OPERATORS = 8;
    uint256 private constant IDENTIFIERS = 12;
    uint256 private constant CERTIFICATES = 2;
    uint256 private constant SEATS = 3;
    uint16 private constant DAILY_BPS = 100;

    IValidatorRegistry public immutable REGISTRY;
    /// What was ever bound, by the handler's own account: identifier → operator.
    mapping(bytes32 identifier => address) public owners;
    mapping(address operator => ValidatorState) public states;
    mapping(address operator => bytes32) public peerKeys;
    mapping(address operator => bytes32) public blsKeys;
    mapping(address operator => uint256) public jailedUntil;
    mapping(address operator => uint256) public commissions;
    mapping(address operator => uint256) public commissionTimes;
    mapping(address operator => bool) public seated;
    address[] public authorities;
    address[] public members;
    bool public begun;
    bool public broken;
    uint256 private _now = 1_000_000;

    constructor(IValidatorRegistry registry) {
        REGISTRY = registry;
    }

    function operatorAt(uint256 index) public pure returns (address) {
        return address(uint160(0xB0000 + (index % OPERATORS)));
    }

    /// Two operators for each person, and the last two for none.
    function personOf(address operator) public pure returns (uint256) {
        uint256 index = uint160(operator) - 0xB0000;
        return index >= OPERATORS - 2 ? 0 : 1 + index / 2;
    }

    function authorityCount() external view returns (uint256) {
        return authorities.length;
    }

    function memberCount() external view returns (uint256) {
        return members.length;
    }

    function register(uint256 who, uint256 key, uint256 peer, uint256 certificate) external {
        address operator = operatorAt(who);
        IValidatorRegistry.Application memory application;
        application.operator = operator;
        application.blsPublicKey = BLSSigner.publicKey(1 + (key % IDENTIFIERS));
        bytes32 message = REGISTRY.proofOfPossessionMessage(operator, application.blsPublicKey);
        application.proofOfPossession = BLSSigner.sign(1 + (key % IDENTIFIERS), message);
        uint256 node = 1 + (peer % IDENTIFIERS);
        application.nodeCertificate = certify(REGISTRY, operator, node, certificate % CERTIFICATES);
        application.deadline = type(uint64).max;
        bytes32[3] memory identifiers = [
            keccak256(application.blsPublicKey),
            sha256(spkiOf(node)),
            sha256(application.nodeCertificate.der)
        ];
        bool allowed = states[operator] == UNREGISTERED;
        for (uint256 i = 0; i < 3; i++) allowed = allowed && owners[identifiers[i]] == address(0);

        vm.prank(operator);
        try REGISTRY.register(application, "") {
            if (!allowed) broken = true;
            for (uint256 i = 0; i < 3; i++) owners[identifiers[i]] = operator;
            states[operator] = CANDIDATE;
            (blsKeys[operator], peerKeys[operator]) = (identifiers[0], identifiers[1]);
            commissionTimes[operator] = _now;
        } catch {
            if (allowed) broken = true;
        }
    }

    /// With the proof of a registration in every fourth attempt, which must never do.
    function rotate(uint256 who, uint256 key, uint256 proof) external {
        address operator = operatorAt(who);
        bytes memory blsPublicKey = BLSSigner.publicKey(1 + (key % IDENTIFIERS));
        bool rightDomain = proof % 4 != 0;
        bytes32 message =
            rightDomain
                ? REGISTRY.rotationMessage(operator, blsPublicKey)
                : REGISTRY.proofOfPossessionMessage(operator, blsPublicKey);
        bytes memory signature = BLSSigner.sign(1 + (key % IDENTIFIERS), message);
        bytes32 keyHash = keccak256(blsPublicKey);
        bool allowed = rightDomain && _isServing(operator) && owners[keyHash] == address(0);
        vm.prank(operator);
        try REGISTRY.rotateKey(blsPublicKey, signature) {
            if (!allowed) broken = true;
            owners[keyHash] = operator;
            blsKeys[operator] = keyHash;
        } catch {
            if (allowed) broken = true;
        }
    }

    function renew(uint256 who, uint256 peer, uint256 number) external {
        address operator = operatorAt(who);
        uint256 node = 1 + (peer % IDENTIFIERS);
        IValidatorRegistry.NodeCertificate memory certificate = certify(
            REGISTRY,
            operator,
            node,
            number % CERTIFICATES
        );
        (bytes32 peerKey, bytes32 fingerprint) = (sha256(spkiOf(node)), sha256(certificate.der));
        bool allowed = _isServing(operator) && owners[fingerprint] == address(0);
        allowed = allowed && (peerKey == peerKeys[operator] || owners[peerKey] == address(0));
        vm.prank(operator);
        try REGISTRY.renewCertificate(certificate) {
            if (!allowed) broken = true;
            owners[fingerprint] = operator;
            owners[peerKey] = operator;
            peerKeys[operator] = peerKey;
        } catch {
            if (allowed) broken = true;
        }
    }

    function admit(uint256 who) external {
        address operator = operatorAt(who);
        bool allowed = states[operator] == CANDIDATE || states[operator] == ACTIVE;
        allowed = allowed && authorities.length < SEATS && personOf(operator) != 0;
        for (uint256 i = 0; i < authorities.length; i++) {
            if (personOf(authorities[i]) == personOf(operator)) allowed = false;
        }
        try REGISTRY.admit(operator) {
            if (!allowed) broken = true;
            authorities.push(operator);
            seated[operator] = true;
            if (begun) return;
            states[operator] = ACTIVE;
            members.push(operator);
        } catch {
            if (allowed) broken = true;
        }
    }

    function remove(uint256 who) external {
        address operator = operatorAt(who);
        bool allowed = _isServing(operator);
        try REGISTRY.remove(operator) {
            _left(operator, allowed, EXITING);
        } catch {
            if (allowed) broken = true;
        }
    }

    function exit(uint256 who) external {
        address operator = operatorAt(who);
        bool allowed = _isServing(operator);
        vm.prank(operator);
        try REGISTRY.exit() {
            _left(operator, allowed, EXITING);
        } catch {
            if (allowed) broken = true;
        }
    }

    /// Rarely, or soon nobody would be left.
    function tombstone(uint256 who, uint256 rare) external {
        if (rare % 8 != 0) return;
        address operator = operatorAt(who);
        bool allowed = states[operator] != UNREGISTERED && states[operator] != TOMBSTONED;
        try REGISTRY.tombstone(operator) {
            _left(operator, allowed, TOMBSTONED);
        } catch {
            if (allowed) broken = true;
        }
    }

    function jail(uint256 who, uint256 length) external {
        address operator = operatorAt(who);
        uint48 until = uint48(_now + (length % 2 days));
        ValidatorState state = states[operator];
        try REGISTRY.jail(operator, until) {
            if (state == UNREGISTERED) broken = true;
            if (state == EXITING || state == TOMBSTONED) return;
            if (state != JAILED || until > jailedUntil[operator]) jailedUntil[operator] = until;
            states[operator] = JAILED;
        } catch {
            if (state != UNREGISTERED) broken = true;
        }
    }

    function unjail(uint256 who) external {
        address operator = operatorAt(who);
        bool allowed = states[operator] == JAILED && _now >= jailedUntil[operator];
        vm.prank(operator);
        try REGISTRY.unjail() {
            if (!allowed) broken = true;
            states[operator] = CANDIDATE;
        } catch {
            if (allowed) broken = true;
        }
    }

    function setCommission(uint256 who, uint256 commissionBps, bool free) external {
        address operator = operatorAt(who);
        uint256 present = commissions[operator];
        // Near the present one, or no step would ever be allowed.
        uint16 next = uint16(free ? commissionBps % 6000 : (present + (commissionBps % 220)) % 5100);
        uint256 step = next > present ? next - present : present - next;
        bool allowed = _isServing(operator) && _now >= commissionTimes[operator] + 24 hours;
        allowed = allowed && step <= DAILY_BPS && next <= 5000;
        vm.prank(operator);
        try REGISTRY.setCommission(next) {
            if (!allowed) broken = true;
            commissions[operator] = next;
            commissionTimes[operator] = _now;
        } catch {
            if (allowed) broken = true;
        }
    }

    /// A set of whom the mask names, in a random rotation, whatever became of them; never one that is not registered.
    function beginEpoch(uint256 mask, uint256 start) external {
        address[] memory set = new address[](OPERATORS);
        uint256 size = 0;
        for (uint256 i = 0; i < OPERATORS; i++) {
            address operator = operatorAt((start % OPERATORS) + i);
            if ((mask >> i) & 1 == 0 || states[operator] == UNREGISTERED) continue;
            set[size++] = operator;
        }
        assembly {
            mstore(set, size)
        }
        try REGISTRY.beginEpoch(set) {
            if (size == 0) broken = true;
            begun = true;
            for (uint256 i = 0; i < OPERATORS; i++) {
                if (states[operatorAt(i)] == ACTIVE) states[operatorAt(i)] = CANDIDATE;
            }
            for (uint256 i = 0; i < size; i++) if (states[set[i]] == CANDIDATE) states[set[i]] = ACTIVE;
            members = set;
        } catch {
            if (size > 0) broken = true;
        }
    }

    function pass(uint256 time) external {
        _now += time % 30 hours;
        vm.warp(_now);
    }

    function _isServing(address operator) private view returns (bool) {
        ValidatorState state = states[operator];
        return state == CANDIDATE || state == ACTIVE || state == JAILED;
    }

    function _left(address operator, bool allowed, ValidatorState to) private {
        if (!allowed) broken = true;
        if (!begun) _take(members, operator);
        _take(authorities, operator);
        seated[operator] = false;
        states[operator] = to;
    }

    function _take(address[] storage list, address operator) private {
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] != operator) continue;
            for (; i + 1 < list.length; i++) list[i] = list[i + 1];
            list.pop();
        }
    }
}
