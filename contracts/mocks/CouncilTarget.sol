// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IValidatorCouncil} from "../governance/IValidatorCouncil.sol";

/**
 * What a ValidatorCouncil may call in tests: a counter, a failure, and a call that tries to come back in.
 *
 * Owns: nothing. Never deployed outside tests.
 */
contract CouncilTarget {
    error Refused(uint256 number);

    uint256 public total;

    function add(uint256 number) external payable returns (uint256) {
        total += number;
        return total;
    }

    function refuse(uint256 number) external pure {
        revert Refused(number);
    }

    /// Runs the same approval a second time from inside its own execution.
    function replay(
        IValidatorCouncil council,
        IValidatorCouncil.Call[] calldata calls,
        uint64 deadline,
        bytes calldata signature
    ) external {
        council.execute(calls, deadline, signature);
    }
}
