// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BLS12381} from "../../contracts/libraries/BLS12381.sol";
import {IValidatorRegistry} from "../../contracts/validators/IValidatorRegistry.sol";
import {Test} from "./Test.sol";

/**
 * Keys of validators that sign what the registry asks for.
 *
 * Owns: nothing of the system. Called by: test/solidity.
 */

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
        IValidatorRegistry registry,
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
