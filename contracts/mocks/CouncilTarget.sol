// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IValidatorCouncil} from "../governance/IValidatorCouncil.sol";

/**
 * What a ValidatorCouncil may call in tests: a counter, a failure, and calls that try to come back in.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract CouncilTarget {
    error Refused(uint256 number);

    uint256 public total;
    /// What the council said of itself when it was asked in the middle of a batch.
    bool public wasUnanimous;
    bytes public failure;

    function add(uint256 number) external payable returns (uint256) {
        total += number;
        wasUnanimous = IValidatorCouncil(payable(msg.sender)).isUnanimous();
        return total;
    }

    function refuse(uint256 number) external pure {
        revert Refused(number);
    }

    /// Calls back into the council in the middle of a batch, and fails when that does.
    function meddle(bytes calldata data) external {
        (bool done, bytes memory result) = msg.sender.call{value: 0}(data);
        if (done) return;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }

    /// Brings batches one after the other in one transaction, and asks the council about itself afterwards.
    function bring(IValidatorCouncil council, bytes[] calldata batches) external {
        for (uint256 i = 0; i < batches.length; i++) {
            (bool done, ) = address(council).call{value: 0}(batches[i]);
            require(done, Refused(i));
        }
        wasUnanimous = council.isUnanimous();
    }

    /// As {meddle}, but swallows the failure and keeps it.
    function meddleQuietly(bytes calldata data) external {
        (, failure) = msg.sender.call{value: 0}(data);
    }
}
