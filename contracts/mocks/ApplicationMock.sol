// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EpochClockMock} from "./EpochClockMock.sol";

/**
 * An application's own contract: useful, expensive, hostile.
 *
 * Owns: nothing of the system. Never deployed outside tests.
 */
contract ApplicationMock {
    error OutOfStock(uint256 wanted);

    address public lastCaller;
    address public lastUser;
    uint256 public received;
    mapping(uint256 slot => uint256) private _filled;

    /// @notice Remembers who used it: the last 20 bytes of the data, when it trusts its caller (ERC-2771).
    function use() external payable returns (uint256) {
        lastCaller = msg.sender;
        lastUser = address(bytes20(msg.data[msg.data.length - 20:]));
        received += msg.value;
        return 42;
    }

    /// @notice Fills storage and clears it again, for the gas that comes back (EIP-3529).
    function churn(uint256 slots) external {
        for (uint256 i = 0; i < slots; i++) _filled[i] = 1;
        for (uint256 i = 0; i < slots; i++) delete _filled[i];
    }

    function refuse(uint256 wanted) external pure {
        revert OutOfStock(wanted);
    }

    /// @notice Calls back while it is being measured.
    function callBack(address target, bytes calldata data) external {
        Address.functionCall(target, data);
    }

    /// @notice Ends the epoch while it is being measured, and calls back.
    function endEpoch(EpochClockMock clock, uint64 next, address target, bytes calldata data) external {
        clock.begin(next);
        Address.functionCall(target, data);
    }
}
