// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ParameterRegistryMock} from "../../contracts/mocks/ParameterRegistryMock.sol";
import {PersonhoodMock} from "../../contracts/mocks/PersonhoodMock.sol";
import {IParameterRegistry} from "../../contracts/parameters/IParameterRegistry.sol";
import {
    AUTHORITY_SEATS,
    COMMISSION_DAILY_CHANGE_BPS,
    COMMISSION_MAXIMUM_BPS
} from "../../contracts/types/ParameterName.sol";
import {ACTIVE, isLegalMove, ValidatorState} from "../../contracts/types/ValidatorState.sol";
import {IValidatorRegistry} from "../../contracts/validators/IValidatorRegistry.sol";
import {ValidatorRegistry} from "../../contracts/validators/ValidatorRegistry.sol";
import {BLSSigner, NodeSigner} from "./KeySigners.sol";
import {RegistryHandler} from "./RegistryHandler.t.sol";

/**
 * ValidatorRegistry after random histories, compared with the record of the handler that made them; and proofs of
 * random keys. Owns: the invariants REG-1, REG-3, REG-4, REG-7, REG-8, REG-9, and the fuzz tests of REG-2, REG-6.
 */
contract ValidatorRegistryInvariants is NodeSigner {
    /// Few, so that random histories fill them.
    uint256 private constant SEATS = 3;

    ValidatorRegistry private _registry;
    RegistryHandler private _handler;

    function setUp() public {
        vm.warp(1_000_000);
        AccessManager manager = new AccessManager(address(this));
        ParameterRegistryMock parameters = new ParameterRegistryMock();
        parameters.set(AUTHORITY_SEATS, SEATS, 0);
        parameters.set(COMMISSION_MAXIMUM_BPS, 5000, 0);
        parameters.set(COMMISSION_DAILY_CHANGE_BPS, 100, 0);
        PersonhoodMock personhood = new PersonhoodMock();
        bytes memory firstCall = abi.encodeCall(ValidatorRegistry.initialize, (address(manager)));
        address code = address(new ValidatorRegistry(IParameterRegistry(address(parameters)), personhood));
        _registry = ValidatorRegistry(address(new ERC1967Proxy(code, firstCall)));
        _handler = new RegistryHandler(_registry);
        for (uint256 i = 0; i < _handler.OPERATORS(); i++) {
            address operator = _handler.operatorAt(i);
            personhood.set(operator, bytes32(_handler.personOf(operator)));
        }
        manager.grantRole(0, address(_handler), 0);
        targetContract(address(_handler));
    }

    /// REG-1 REG-3 REG-8 REG-9: the registry took exactly what the handler's own record allows.
    function invariant_registryAgreesWithTheRecord() public view {
        assertEq(_handler.broken() ? 1 : 0, 0, "taken against the rules, or refused within them");
        for (uint256 i = 0; i < _handler.OPERATORS(); i++) {
            address operator = _handler.operatorAt(i);
            uint256 expected = ValidatorState.unwrap(_handler.states(operator));
            assertEq(ValidatorState.unwrap(_registry.stateOf(operator)), expected, "state");
            IValidatorRegistry.Validator memory validator = _registry.validatorOf(operator);
            assertEq(uint256(validator.peerKey), uint256(_handler.peerKeys(operator)), "peer key");
            assertEq(validator.commissionBps, _handler.commissions(operator), "commission");
            if (expected == 0) continue;
            assertEq(uint256(keccak256(validator.blsPublicKey)), uint256(_handler.blsKeys(operator)), "key");
            assertEq(uint160(_registry.operatorOfKey(validator.blsPublicKey)), uint160(operator), "owner of the key");
        }
    }

    /// REG-4: the set is what the newest epoch began with, in its order, and every active validator is a member.
    function invariant_setIsThatOfTheNewestEpoch() public view {
        IValidatorRegistry.ActiveValidator[] memory set = _registry.activeValidators();
        assertEq(set.length, _handler.memberCount(), "members");
        uint256 activeMembers = 0;
        for (uint256 i = 0; i < set.length; i++) {
            assertEq(uint160(set[i].operator), uint160(_handler.members(i)), "order");
            if (_registry.stateOf(set[i].operator) == ACTIVE) activeMembers++;
        }
        uint256 active = 0;
        for (uint256 i = 0; i < _handler.OPERATORS(); i++) {
            if (_registry.stateOf(_handler.operatorAt(i)) == ACTIVE) active++;
        }
        assertEq(activeMembers, active, "active without a place in the set");
        assertEq(_registry.activeCount(), active, "count of the active");
    }

    /// REG-7: authority seats are within their number, in the order of admission, and one for each person.
    function invariant_onePersonHoldsOneSeat() public view {
        address[] memory authorities = _registry.authorities();
        assertLe(authorities.length, SEATS, "seats");
        assertEq(authorities.length, _handler.authorityCount(), "count");
        for (uint256 i = 0; i < authorities.length; i++) {
            assertEq(uint160(authorities[i]), uint160(_handler.authorities(i)), "order");
            for (uint256 j = 0; j < i; j++) {
                if (_handler.personOf(authorities[i]) == _handler.personOf(authorities[j])) revert("two seats");
            }
        }
        for (uint256 i = 0; i < _handler.OPERATORS(); i++) {
            address operator = _handler.operatorAt(i);
            bool seated = _handler.seated(operator);
            assertEq(_registry.isAuthority(operator) ? 1 : 0, seated ? 1 : 0, "authority");
            if (!seated) continue;
            bytes32 person = bytes32(_handler.personOf(operator));
            assertEq(uint160(_registry.authorityOf(person)), uint160(operator), "operator of the person");
        }
    }

    /// REG-3: the table allows exactly the moves of the specification.
    function test_legalMovesAreExactlyTheTable() public pure {
        uint8[2][12] memory legal = [
            [0, 1],
            [1, 2],
            [1, 3],
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
