// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {EpochManager} from "../consensus/EpochManager.sol";
import {ValidatorElection} from "../consensus/ValidatorElection.sol";
import {StageManager} from "../governance/StageManager.sol";
import {ParameterRegistry} from "../parameters/ParameterRegistry.sol";
import {StakingStorage} from "../staking/StakingStorage.sol";
import {ValidatorRegistry} from "../validators/ValidatorRegistry.sol";

/**
 * Makes the compiler print the layout of storage that lies in ERC-7201 namespaces: it lists state variables only,
 * so each namespace's structure is one here. The member's name is the namespace, with underscores.
 *
 * Owns: nothing. Never deployed. Read by: test/contracts/snapshots/layout.test.ts.
 */
contract StorageLayouts {
    EpochManager.EpochStorage internal coopunion_storage_EpochManager;
    ParameterRegistry.ParameterStorage internal coopunion_storage_ParameterRegistry;
    StageManager.StageStorage internal coopunion_storage_StageManager;
    StakingStorage.Layout internal coopunion_storage_StakingPool;
    ValidatorElection.ElectionStorage internal coopunion_storage_ValidatorElection;
    ValidatorRegistry.RegistryStorage internal coopunion_storage_ValidatorRegistry;
    AccessManagedUpgradeable.AccessManagedStorage internal openzeppelin_storage_AccessManaged;
    EIP712Upgradeable.EIP712Storage internal openzeppelin_storage_EIP712;
}
