// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BLS12381} from "../libraries/BLS12381.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";

/**
 * Opens the internal libraries to tests.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract BLS12381Harness {
    function verify(bytes memory publicKey, bytes32 message, bytes memory signature) external view returns (bool) {
        return BLS12381.verify(publicKey, message, signature);
    }

    function hashToG2(bytes32 message) external view returns (bytes memory) {
        return BLS12381.hashToG2(message);
    }

    function sum(bytes[] memory keys) public view returns (bytes memory total) {
        total = new bytes(BLS12381.G1_BYTES);
        for (uint256 i = 0; i < keys.length; i++) {
            bytes memory key = keys[i];
            uint256 term;
            assembly ("memory-safe") {
                term := add(key, 32)
            }
            BLS12381.addG1(total, term);
        }
    }

    function fastAggregateVerify(
        bytes[] memory keys,
        bytes32 message,
        bytes memory signature
    ) external view returns (bool) {
        return BLS12381.verify(sum(keys), message, signature);
    }

    function negate(bytes memory point) external pure returns (bytes memory) {
        BLS12381.negateG1(point);
        return point;
    }

    function store(bytes calldata data) external returns (bytes memory) {
        return CodeStorage.read(CodeStorage.write(data));
    }
}
