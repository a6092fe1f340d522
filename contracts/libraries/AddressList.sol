// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Addresses as bytes, 20 for each
 * @notice What is kept as code costs 200 gas a byte: twelve of each word would be zero.
 * @dev Owns: packing. Does not own: where the bytes are kept (CodeStorage). Called by: ValidatorElection.
 * @custom:whitepaper §2.4
 */
library AddressList {
    uint256 private constant ADDRESS_BYTES = 20;

    /// @notice The first `count` of the list.
    function pack(address[] memory list, uint256 count) internal pure returns (bytes memory packed) {
        packed = new bytes(ADDRESS_BYTES * count);
        for (uint256 i = 0; i < count; i++) {
            address entry = list[i];
            uint256 offset = ADDRESS_BYTES * i;
            assembly ("memory-safe") {
                let place := add(add(packed, 32), offset)
                // Twelve bytes behind belong to the next one, or lie beyond the last and stay as they are.
                mstore(place, or(shl(96, entry), shr(160, shl(160, mload(place)))))
            }
        }
    }

    /// @notice All of them again.
    function unpack(bytes memory packed) internal pure returns (address[] memory list) {
        list = new address[](packed.length / ADDRESS_BYTES);
        for (uint256 i = 0; i < list.length; i++) {
            uint256 offset = ADDRESS_BYTES * i;
            address entry;
            assembly ("memory-safe") {
                entry := shr(96, mload(add(add(packed, 32), offset)))
            }
            list[i] = entry;
        }
    }
}
