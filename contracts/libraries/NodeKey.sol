// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/**
 * @title Node keys (P-256) in certificates, and what they sign
 * @notice A key is the 91-byte SubjectPublicKeyInfo of RFC 5480: id-ecPublicKey, prime256v1, uncompressed point.
 * @dev Owns: reading the key out of a certificate, checking its signatures. Does not own: what is signed, whose the
 * key is, and the certificate itself: X.509 is not parsed here, the bytes only have to carry the key.
 * Called by: ValidatorRegistry. Property: REG-6. Whitepaper §2.3; EIP-7951.
 *
 * Security: a key has exactly one such form, so its hash names it. Only signatures with s in the lower half of the
 * order are taken. A chain without the precompile of EIP-7951 is refused and never mistaken for a valid signature.
 */
library NodeKey {
    /// @notice The certificate does not carry a P-256 key at this place.
    error NodeKeyNotFound(uint256 offset, uint256 certificateBytes);
    /// @notice A signature is r and s, 32 bytes each.
    error NodeKeySignatureLength(uint256 length, uint256 expected);

    uint256 internal constant SPKI_BYTES = 91;
    uint256 internal constant SIGNATURE_BYTES = 64;

    /// What stands before the coordinates: 26 bytes of DER, and 0x04 for an uncompressed point.
    bytes27 private constant HEAD = hex"3059301306072a8648ce3d020106082a8648ce3d03010703420004";

    /// @notice The SubjectPublicKeyInfo that stands in the certificate at `offset`.
    function readFrom(bytes calldata certificate, uint256 offset) internal pure returns (bytes calldata spki) {
        uint256 end = offset + SPKI_BYTES;
        require(
            end <= certificate.length && bytes27(certificate[offset:end]) == HEAD,
            NodeKeyNotFound(offset, certificate.length)
        );
        return certificate[offset:end];
    }

    /// @notice True when `signature` is the key's ECDSA signature of `digest`, with low s. `spki` is from {readFrom}.
    function verify(bytes calldata spki, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        require(signature.length == SIGNATURE_BYTES, NodeKeySignatureLength(signature.length, SIGNATURE_BYTES));
        (bytes32 r, bytes32 s) = (bytes32(signature[:32]), bytes32(signature[32:]));
        return P256.verifyNative(digest, r, s, bytes32(spki[27:59]), bytes32(spki[59:]));
    }
}
