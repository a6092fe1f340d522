// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {BLS12381} from "../../contracts/libraries/BLS12381.sol";
import {
    ACTIVE,
    CANDIDATE,
    EXITING,
    isLegalMove,
    UNREGISTERED,
    ValidatorState
} from "../../contracts/types/ValidatorState.sol";
import {IValidatorRegistry} from "../../contracts/validators/IValidatorRegistry.sol";
import {ValidatorRegistry} from "../../contracts/validators/ValidatorRegistry.sol";
import {Test} from "./Test.sol";

/// Signs with BLS12-381 by the precompiles themselves: key = secret · G1, signature = secret · H(message).
library BLSSigner {
    bytes private constant G1 =
        hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
        hex"6c55e83ff97a1aeffb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4"
        hex"fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";

    function publicKey(uint256 secret) internal view returns (bytes memory key) {
        (, key) = address(0x0c).staticcall(abi.encodePacked(G1, secret));
    }

    function sign(uint256 secret, bytes32 message) internal view returns (bytes memory signature) {
        (, signature) = address(0x0e).staticcall(abi.encodePacked(BLS12381.hashToG2(message), secret));
    }
}

/// Makes bytes that carry a P-256 key as a certificate does, and the key's signature of them.
abstract contract NodeSigner is Test {
    uint256 internal constant P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
    /// The key stands behind the certificate's number.
    uint16 private constant SPKI_OFFSET = 32;

    function spkiOf(uint256 secret) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(secret);
        return abi.encodePacked(hex"3059301306072a8648ce3d020106082a8648ce3d03010703420004", x, y);
    }

    function certify(
        ValidatorRegistry registry,
        address operator,
        uint256 secret,
        uint256 number
    ) internal view returns (IValidatorRegistry.NodeCertificate memory certificate) {
        certificate.der = abi.encodePacked(number, spkiOf(secret), "signature of its issuer");
        certificate.spkiOffset = SPKI_OFFSET;
        certificate.notAfter = type(uint64).max;
        certificate.signature = signLow(secret, registry.nodeKeyBindingDigest(operator, sha256(certificate.der)));
    }

    function signLow(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = vm.signP256(secret, digest);
        return abi.encodePacked(r, uint256(s) > P256_ORDER / 2 ? P256_ORDER - uint256(s) : uint256(s));
    }
}

/**
 * ValidatorRegistry under random histories of a few operators, keys and certificates, so that they collide often.
 *
 * Owns: the handler, which also keeps its own record of what must be true, and the invariants REG-1, REG-3, REG-4.
 */
contract RegistryHandler is NodeSigner {
    uint256 private constant OPERATORS = 8;
    uint256 private constant IDENTIFIERS = 12;
    uint256 private constant CERTIFICATES = 2;

    ValidatorRegistry public immutable REGISTRY;
    /// What was ever bound, by the handler's own account: identifier → operator.
    mapping(bytes32 identifier => address) public owners;
    mapping(address operator => ValidatorState) public states;
    mapping(address operator => bytes32) public peerKeys;
    address[] public seated;
    bool public broken;

    constructor(ValidatorRegistry registry) {
        REGISTRY = registry;
    }

    function operatorAt(uint256 index) public pure returns (address) {
        return address(uint160(0xB0000 + (index % OPERATORS)));
    }

    function seatedCount() external view returns (uint256) {
        return seated.length;
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
            peerKeys[operator] = identifiers[1];
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
        bool serving = states[operator] == CANDIDATE || states[operator] == ACTIVE;
        bool allowed = serving && owners[fingerprint] == address(0);
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
        bool allowed = states[operator] == CANDIDATE && seated.length < REGISTRY.seats();
        try REGISTRY.admit(operator) {
            if (!allowed) broken = true;
            seated.push(operator);
            states[operator] = ACTIVE;
        } catch {
            if (allowed) broken = true;
        }
    }

    function remove(uint256 who) external {
        address operator = operatorAt(who);
        bool allowed = states[operator] == CANDIDATE || states[operator] == ACTIVE;
        try REGISTRY.remove(operator) {
            if (!allowed) broken = true;
            _unseat(operator);
            states[operator] = EXITING;
        } catch {
            if (allowed) broken = true;
        }
    }

    function _unseat(address operator) private {
        for (uint256 i = 0; i < seated.length; i++) {
            if (seated[i] != operator) continue;
            for (; i + 1 < seated.length; i++) seated[i] = seated[i + 1];
            seated.pop();
        }
    }
}

contract ValidatorRegistryInvariants is NodeSigner {
    /// Few, so that random histories fill them.
    uint256 private constant SEATS = 2;

    ValidatorRegistry private _registry;
    RegistryHandler private _handler;

    function setUp() public {
        AccessManager manager = new AccessManager(address(this));
        bytes memory firstCall = abi.encodeCall(ValidatorRegistry.initialize, (address(manager), SEATS));
        _registry = ValidatorRegistry(address(new ERC1967Proxy(address(new ValidatorRegistry()), firstCall)));
        _handler = new RegistryHandler(_registry);
        manager.grantRole(0, address(_handler), 0);
        targetContract(address(_handler));
    }

    /// REG-1 REG-3: the registry took exactly what the handler's own record allows.
    function invariant_registryAgreesWithTheRecord() public view {
        assertEq(_handler.broken() ? 1 : 0, 0, "taken against the rules, or refused within them");
        for (uint256 i = 0; i < 8; i++) {
            address operator = _handler.operatorAt(i);
            uint256 expected = ValidatorState.unwrap(_handler.states(operator));
            assertEq(ValidatorState.unwrap(_registry.stateOf(operator)), expected, "state");
            uint256 peerKey = uint256(_registry.validatorOf(operator).peerKey);
            assertEq(peerKey, uint256(_handler.peerKeys(operator)), "peer key");
        }
    }

    /// REG-4: the set is the admitted ones in their order, within the seats.
    function invariant_setIsTheAdmittedInOrder() public view {
        IValidatorRegistry.ActiveValidator[] memory set = _registry.activeValidators();
        assertLe(set.length, SEATS, "seats");
        assertEq(set.length, _handler.seatedCount(), "count");
        for (uint256 i = 0; i < set.length; i++) {
            assertEq(uint160(set[i].operator), uint160(_handler.seated(i)), "order");
        }
    }

    /// REG-3: the table allows exactly the moves of the specification.
    function test_legalMovesAreExactlyTheTable() public pure {
        uint8[2][11] memory legal = [
            [0, 1],
            [1, 2],
            [1, 4],
            [1, 5],
            [2, 1],
            [2, 3],
            [2, 4],
            [2, 5],
            [3, 1],
            [3, 4],
            [3, 5]
        ];
        for (uint8 from = 0; from < 9; from++) {
            for (uint8 to = 0; to < 9; to++) {
                bool expected = from == 4 && to == 5;
                for (uint256 i = 0; i < legal.length; i++) {
                    if (legal[i][0] == from && legal[i][1] == to) expected = true;
                }
                bool actual = isLegalMove(ValidatorState.wrap(from), ValidatorState.wrap(to));
                assertEq(actual ? 1 : 0, expected ? 1 : 0, "move");
            }
        }
    }

    /// REG-2: a proof by any other secret, or for any other operator, is refused.
    function testFuzz_proofsOfOthersAreRefused(uint256 secret, uint256 other, uint256 who) public {
        uint256 order = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;
        secret = bound(secret, 1, order - 1);
        other = bound(other, 1, order - 1);
        address operator = address(uint160(bound(who, 1, type(uint160).max)));
        IValidatorRegistry.Application memory application;
        application.operator = operator;
        application.blsPublicKey = BLSSigner.publicKey(secret);
        bytes32 message = _registry.proofOfPossessionMessage(operator, application.blsPublicKey);
        application.proofOfPossession = BLSSigner.sign(other, message);
        application.nodeCertificate = certify(_registry, operator, 1, 1);
        application.deadline = type(uint64).max;
        vm.prank(operator);
        try _registry.register(application, "") {
            assertEq(secret, other, "registered with a stranger's proof");
        } catch {
            if (secret == other) revert("refused with its own proof");
        }
    }

    /// REG-6: a node certificate is refused unless its own key signed for exactly this operator.
    function testFuzz_nodeKeysOfOthersAreRefused(uint256 secret, uint256 other, uint256 who, uint256 signedFor) public {
        secret = bound(secret, 1, P256_ORDER - 1);
        other = bound(other, 0, 1) == 0 ? secret : bound(other, 1, P256_ORDER - 1);
        address operator = address(uint160(bound(who, 1, type(uint160).max)));
        address named = bound(signedFor, 0, 1) == 0 ? operator : address(uint160(signedFor));
        IValidatorRegistry.Application memory application;
        application.operator = operator;
        application.blsPublicKey = BLSSigner.publicKey(1);
        bytes32 message = _registry.proofOfPossessionMessage(operator, application.blsPublicKey);
        application.proofOfPossession = BLSSigner.sign(1, message);
        application.deadline = type(uint64).max;
        application.nodeCertificate = certify(_registry, operator, secret, 1);
        bytes32 digest = _registry.nodeKeyBindingDigest(named, sha256(application.nodeCertificate.der));
        application.nodeCertificate.signature = signLow(other, digest);
        bool allowed = secret == other && named == operator;
        vm.prank(operator);
        try _registry.register(application, "") {
            assertEq(allowed ? 1 : 0, 1, "registered with a stranger's node key");
        } catch {
            if (allowed) revert("refused with its own node key");
        }
    }
}
