// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title BLS signatures over BLS12-381 with the precompiles of EIP-2537
 * @notice Public keys are G1 points (128 bytes), signatures are G2 points (256 bytes), both in EIP-2537 encoding.
 * Suite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_ (RFC 9380 hash to curve), messages are 32 bytes.
 * @dev Owns: hashing to G2, adding keys, the pairing check. Does not own: who signs what, quorums, who may register.
 * Called by: FinalityVerifier, ValidatorRegistry. Property: BLS-1. Whitepaper §2.4.
 *
 * Security: the pairing precompile checks that its points are canonical, on the curve and in the right subgroup;
 * G1ADD checks no subgroup. So a key may be summed only if it passed {verify} once before: through its proof of
 * possession, which also stops rogue keys. Each precompile's result and length is checked, so that a chain
 * without EIP-2537 is refused and never mistaken for a valid signature.
 */
library BLS12381 {
    /// @notice A precompile refused its input, or this chain does not have it.
    error BLSPrecompileFailed(address precompile);
    /// @notice A point has another length than its encoding demands.
    error BLSPointLength(uint256 length, uint256 expected);
    /// @notice The point at infinity is neither a key nor a signature.
    error BLSPointAtInfinity();

    uint256 internal constant G1_BYTES = 128;
    uint256 internal constant G2_BYTES = 256;

    address private constant SHA256 = address(0x02);
    address private constant MODEXP = address(0x05);
    address private constant G1ADD = address(0x0b);
    address private constant G2ADD = address(0x0d);
    address private constant PAIRING = address(0x0f);
    address private constant MAP_FP2_TO_G2 = address(0x11);

    /// The field's modulus in 64 bytes.
    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    /// The generator of G1, negated: e(key, H(m)) = e(G, signature) becomes a product that must be one.
    uint256 private constant NEGATED_G1_X_HIGH = 0x17f1d3a73197d7942695638c4fa9ac0f;
    uint256 private constant NEGATED_G1_X_LOW = 0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb;
    uint256 private constant NEGATED_G1_Y_HIGH = 0x114d1d6855d545a8aa7d76c8cf2e21f2;
    uint256 private constant NEGATED_G1_Y_LOW = 0x67816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca;

    /// The suite's name, 43 bytes, followed by its length: DST_prime of RFC 9380 §5.3.1 in 32 + 12 bytes.
    bytes32 private constant DST_HEAD = "BLS_SIG_BLS12381G2_XMD:SHA-256_S";
    bytes32 private constant DST_TAIL = "SWU_RO_POP_+"; // "+" is 0x2b = 43

    /**
     * @notice True when `signature` is the key's signature of `message`.
     * @dev Reverts with BLSPointLength, BLSPointAtInfinity, or BLSPrecompileFailed for what is no point at all.
     */
    function verify(
        bytes memory publicKey,
        bytes32 message,
        bytes memory signature
    ) internal view returns (bool valid) {
        require(publicKey.length == G1_BYTES, BLSPointLength(publicKey.length, G1_BYTES));
        require(signature.length == G2_BYTES, BLSPointLength(signature.length, G2_BYTES));
        require(!isInfinity(publicKey) && !isInfinity(signature), BLSPointAtInfinity());
        uint256 input = _allocate(768);
        assembly ("memory-safe") {
            mcopy(input, add(publicKey, 32), 128)
            mstore(add(input, 384), NEGATED_G1_X_HIGH)
            mstore(add(input, 416), NEGATED_G1_X_LOW)
            mstore(add(input, 448), NEGATED_G1_Y_HIGH)
            mstore(add(input, 480), NEGATED_G1_Y_LOW)
            mcopy(add(input, 512), add(signature, 32), 256)
        }
        _hashToG2(message, input + 128);
        _call(PAIRING, input, 768, input, 32);
        assembly ("memory-safe") {
            valid := eq(mload(input), 1)
        }
    }

    /// @notice The message as a point of G2 (RFC 9380, random oracle variant).
    function hashToG2(bytes32 message) internal view returns (bytes memory point) {
        point = new bytes(G2_BYTES);
        uint256 output;
        assembly ("memory-safe") {
            output := add(point, 32)
        }
        _hashToG2(message, output);
    }

    /// @notice Adds the point at memory address `term` (128 bytes) to `sum`, in place.
    /// @dev The caller vouches that both passed {verify} once; see the note on subgroups above.
    function addG1(bytes memory sum, uint256 term) internal view {
        uint256 input = _allocate(256);
        uint256 output;
        assembly ("memory-safe") {
            output := add(sum, 32)
            mcopy(input, output, 128)
            mcopy(add(input, 128), term, 128)
        }
        _call(G1ADD, input, 256, output, 128);
        _release(input);
    }

    /// @notice Replaces a point of G1 by its opposite; infinity stays infinity.
    function negateG1(bytes memory point) internal pure {
        assembly ("memory-safe") {
            let high := mload(add(point, 96))
            let low := mload(add(point, 128))
            if or(high, low) {
                mstore(add(point, 96), sub(sub(P_HIGH, high), gt(low, P_LOW)))
                mstore(add(point, 128), sub(P_LOW, low))
            }
        }
    }

    /// @notice True when all bytes are zero: how EIP-2537 writes the point at infinity.
    function isInfinity(bytes memory point) internal pure returns (bool) {
        uint256 bits;
        assembly ("memory-safe") {
            let end := add(add(point, 32), mload(point))
            for {
                let word := add(point, 32)
            } lt(word, end) {
                word := add(word, 32)
            } {
                bits := or(bits, mload(word))
            }
        }
        return bits == 0;
    }

    /// Writes the hashed message to 256 bytes at `output`.
    function _hashToG2(bytes32 message, uint256 output) private view {
        // Two field elements of Fp2 (256 bytes), then room for two points.
        uint256 fields = _allocate(768);
        uint256 points = fields + 256;
        _expandMessage(message, fields);
        _reduce(fields);
        _call(MAP_FP2_TO_G2, fields, 128, points, 256);
        _call(MAP_FP2_TO_G2, fields + 128, 128, points + 256, 256);
        _call(G2ADD, points, 512, output, 256);
        _release(fields);
    }

    /// expand_message_xmd (RFC 9380 §5.3.1) with SHA-256: 256 uniform bytes at `output`.
    function _expandMessage(bytes32 message, uint256 output) private view {
        uint256 buffer = _allocate(192);
        assembly ("memory-safe") {
            mstore(buffer, 0) // Z_pad: one SHA-256 block of zeros
            mstore(add(buffer, 32), 0)
            mstore(add(buffer, 64), message)
            mstore(add(buffer, 96), shl(240, 256)) // two bytes of length, one byte 0
            mstore(add(buffer, 99), DST_HEAD)
            mstore(add(buffer, 131), DST_TAIL)
        }
        _call(SHA256, buffer, 143, buffer, 32);
        uint256 input = buffer + 64;
        uint256 first;
        assembly ("memory-safe") {
            first := mload(buffer)
            mstore(add(input, 33), DST_HEAD)
            mstore(add(input, 65), DST_TAIL)
        }
        for (uint256 i = 1; i <= 8; i++) {
            uint256 target = output + 32 * (i - 1);
            assembly ("memory-safe") {
                // b_i = H((b_0 xor b_(i-1)) ‖ i ‖ DST'), where b_1 hashes b_0 itself
                let previous := mul(gt(i, 1), mload(sub(target, 32)))
                mstore(input, xor(first, previous))
                mstore8(add(input, 32), i)
            }
            _call(SHA256, input, 77, target, 32);
        }
        _release(buffer);
    }

    /// Reduces four 64-byte numbers at `fields` modulo p, in place, with MODEXP (exponent one).
    function _reduce(uint256 fields) private view {
        uint256 input = _allocate(256);
        assembly ("memory-safe") {
            mstore(input, 64) // bytes of the base, of the exponent, of the modulus
            mstore(add(input, 32), 1)
            mstore(add(input, 64), 64)
            mstore8(add(input, 160), 1)
            mstore(add(input, 161), P_HIGH)
            mstore(add(input, 193), P_LOW)
        }
        for (uint256 i = 0; i < 4; i++) {
            uint256 element = fields + 64 * i;
            assembly ("memory-safe") {
                mcopy(add(input, 96), element, 64)
            }
            _call(MODEXP, input, 225, element, 64);
        }
        _release(input);
    }

    /// Calls a precompile on memory; the result must have exactly the expected length.
    function _call(
        address precompile,
        uint256 input,
        uint256 inputBytes,
        uint256 output,
        uint256 outputBytes
    ) private view {
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gas(), precompile, input, inputBytes, output, outputBytes)
            done := and(done, eq(returndatasize(), outputBytes))
        }
        require(done, BLSPrecompileFailed(precompile));
    }

    /// Takes memory from the free pointer, uninitialised.
    function _allocate(uint256 size) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := mload(0x40)
            mstore(0x40, add(pointer, size))
        }
    }

    /// Gives memory back: only the newest allocation, at the end of its use.
    function _release(uint256 pointer) private pure {
        assembly ("memory-safe") {
            mstore(0x40, pointer)
        }
    }
}
