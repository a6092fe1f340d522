// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * A contract account that accepts one owner's signatures (ERC-1271), for tests of ValidatorRegistry.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract ContractAccount {
    address private immutable OWNER;

    constructor(address owner) {
        OWNER = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (bytes32 r, bytes32 s) = abi.decode(signature[:64], (bytes32, bytes32));
        return ecrecover(hash, uint8(signature[64]), r, s) == OWNER ? this.isValidSignature.selector : bytes4(0);
    }
}
