// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFinalityVerifier} from "../consensus/IFinalityVerifier.sol";
import {IContractDirectory} from "./IContractDirectory.sol";
import {IValidatorCouncil} from "./IValidatorCouncil.sol";

/**
 * @title ValidatorCouncil: see IValidatorCouncil
 * @dev Owns: the nonce, and carrying out what all validators approved [GOV-2]. Immutable.
 * Does not own: the set and the signature check (FinalityVerifier, found through the directory because its address
 * depends on the genesis hash, which depends on this address).
 * Called by: anyone with an approval. Properties: COU-1, COU-2.
 * @custom:whitepaper §3.2
 */
contract ValidatorCouncil is IValidatorCouncil {
    bytes32 private constant APPROVAL_DOMAIN = keccak256("CUN_COUNCIL_APPROVAL_V1");
    bytes32 private constant VERIFIER_NAME = "FinalityVerifier";

    IContractDirectory private immutable DIRECTORY;

    /// @inheritdoc IValidatorCouncil
    uint256 public nonce;

    /// @param directory Where the present "FinalityVerifier" is found; it need not exist yet.
    constructor(IContractDirectory directory) {
        DIRECTORY = directory;
    }

    /// @inheritdoc IValidatorCouncil
    receive() external payable {}

    /// @inheritdoc IValidatorCouncil
    function execute(
        Call[] calldata calls,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes[] memory results) {
        require(calls.length > 0, CouncilBatchEmpty());
        require(deadline >= block.timestamp, CouncilApprovalExpired(deadline, block.timestamp));
        uint256 batchNonce = nonce++;
        bytes32 approval = approvalHash(calls, batchNonce, deadline);
        IFinalityVerifier verifier = IFinalityVerifier(DIRECTORY.addressOf(VERIFIER_NAME));
        verifier.verifyUnanimous(verifier.currentEpoch(), approval, signature);

        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) results[i] = _perform(i, calls[i]);
        // A call that brought the next approved batch would have mixed it into this one.
        require(nonce == batchNonce + 1, CouncilBatchNested(batchNonce, nonce));
        emit BatchExecuted(batchNonce, approval, calls.length);
    }

    /// @inheritdoc IValidatorCouncil
    function approvalHash(Call[] calldata calls, uint256 batchNonce, uint64 deadline) public view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    APPROVAL_DOMAIN,
                    block.chainid,
                    address(this),
                    batchNonce,
                    keccak256(abi.encode(calls)),
                    deadline
                )
            );
    }

    function _perform(uint256 index, Call calldata call) private returns (bytes memory result) {
        require(call.data.length == 0 || call.target.code.length > 0, CouncilTargetWithoutCode(index, call.target));
        bool done;
        (done, result) = call.target.call{value: call.value}(call.data);
        require(done, CouncilCallFailed(index, call.target, result));
    }
}
