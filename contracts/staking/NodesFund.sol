// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IContractDirectory} from "../governance/IContractDirectory.sol";
import {ICUNP} from "../token/ICUNP.sol";
import {IValidatorRegistry} from "../validators/IValidatorRegistry.sol";
import {INodesFund} from "./INodesFund.sol";
import {IStakingPool} from "./IStakingPool.sol";

/**
 * @title NodesFund: see INodesFund
 * @dev Owns: the coins of the nodes until they are staked [NET-3, EMI-1]. Does not own: stake (StakingPool), who holds
 * a seat (ValidatorRegistry). Called by: the authority (AccessManager). Immutable: no proxy, no owner.
 * It stands before CUNP in the order of construction (CUNP is created with its address), so it finds the others in
 * the ContractDirectory. Property: NOD-1.
 * @custom:whitepaper §3.1, figure 6
 */
contract NodesFund is INodesFund, AccessManaged {
    using SafeERC20 for ICUNP;

    IContractDirectory private immutable DIRECTORY;

    constructor(address manager, IContractDirectory directory) AccessManaged(manager) {
        DIRECTORY = directory;
    }

    /// @inheritdoc INodesFund
    function stakeFor(address operator, uint256 amount) external restricted {
        bool isAuthority = IValidatorRegistry(DIRECTORY.addressOf("ValidatorRegistry")).isAuthority(operator);
        require(isAuthority, NodesFundNotAnAuthority(operator));
        uint256 available = balance();
        require(amount <= available, NodesFundTooSmall(amount, available));
        IStakingPool staking = IStakingPool(DIRECTORY.addressOf("StakingPool"));
        emit NodeStaked(operator, amount);
        _token().forceApprove(address(staking), amount);
        staking.stakeFor(operator, operator, amount);
    }

    /// @inheritdoc INodesFund
    function balance() public view returns (uint256) {
        return _token().balanceOf(address(this));
    }

    function _token() private view returns (ICUNP) {
        return ICUNP(DIRECTORY.addressOf("CUNP"));
    }
}
