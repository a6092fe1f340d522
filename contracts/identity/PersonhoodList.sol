// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IPersonhood} from "./IPersonhood.sol";
import {IPersonhoodList} from "./IPersonhoodList.sol";

/**
 * @title PersonhoodList: see IPersonhoodList
 * @dev Owns: which account is which person's and until when [VAL-2, VAL-4]. Does not own: how a person is verified,
 * votes and seats of persons (StakingPool, ValidatorRegistry). Called by: the authority (AccessManager); readers.
 * Immutable: no proxy, no owner. Property: PER-1.
 * @custom:whitepaper §2.6, §3.2
 */
contract PersonhoodList is IPersonhoodList, AccessManaged {
    struct Binding {
        bytes32 person;
        uint48 expiresAt;
    }

    mapping(address account => Binding) private _bindings;

    constructor(address manager) AccessManaged(manager) {}

    /// @inheritdoc IPersonhoodList
    function add(address account, bytes32 person, uint48 expiresAt) external restricted {
        require(account != address(0), PersonhoodAccountZero());
        require(person != 0, PersonhoodPersonZero(account));
        require(expiresAt >= block.timestamp, PersonhoodExpired(account, expiresAt, block.timestamp));
        Binding storage binding = _bindings[account];
        bytes32 former = binding.person;
        // A silent change of person would let one account vote and hold a seat for two.
        require(former == 0 || former == person, PersonhoodAccountTaken(account, person, former));
        binding.person = person;
        binding.expiresAt = expiresAt;
        emit PersonAdded(account, person, expiresAt);
    }

    /// @inheritdoc IPersonhoodList
    function remove(address account) external restricted {
        bytes32 person = _bindings[account].person;
        require(person != 0, PersonhoodAccountUnknown(account));
        delete _bindings[account];
        emit PersonRemoved(account, person);
    }

    /// @inheritdoc IPersonhoodList
    function bindingOf(address account) external view returns (bytes32 person, uint48 expiresAt) {
        Binding storage binding = _bindings[account];
        return (binding.person, binding.expiresAt);
    }

    /// @inheritdoc IPersonhood
    function personOf(address account) external view returns (bytes32 person) {
        Binding storage binding = _bindings[account];
        return binding.expiresAt < block.timestamp ? bytes32(0) : binding.person;
    }
}
