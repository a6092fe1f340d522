// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";

/**
 * A contract account that tries to change the registry while it is asked for its signature (ERC-1271), and then
 * accepts whatever it was asked, for tests of ValidatorRegistry.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract ReentrantAccount {
    IValidatorRegistry private immutable REGISTRY;

    constructor(IValidatorRegistry registry) {
        REGISTRY = registry;
    }

    function isValidSignature(bytes32, bytes calldata second) external returns (bytes4) {
        IValidatorRegistry.Application memory application = abi.decode(second, (IValidatorRegistry.Application));
        try REGISTRY.register(application, "") {} catch {}
        return this.isValidSignature.selector;
    }
}
