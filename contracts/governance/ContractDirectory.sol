// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IContractDirectory, IUpgradeable} from "./IContractDirectory.sol";

/**
 * @title ContractDirectory: see IContractDirectory
 * @dev Owns: names, versions, code hashes [VAL-9]. Immutable; history is only added to. Does not own: upgrades.
 * Called by: ValidatorCouncil, nodes, tools (view); governance (publish). Property: DIR-1.
 * @custom:whitepaper §3.2
 */
contract ContractDirectory is IContractDirectory, AccessManaged {
    bytes32[] private _names;
    mapping(bytes32 name => Version[]) private _versions;

    /// @param manager The AccessManager that knows who governs.
    constructor(address manager) AccessManaged(manager) {}

    /// @inheritdoc IContractDirectory
    function publish(bytes32 name, address account, address proxied) external restricted {
        require(name != 0, DirectoryNameEmpty());
        require(account.code.length > 0, DirectoryCodeMissing(account));
        if (proxied != address(0)) {
            address actual = IUpgradeable(account).implementation();
            require(actual == proxied, DirectoryImplementationMismatch(proxied, actual));
        }
        Version memory version = Version({
            account: account,
            implementation: proxied,
            codeHash: account.codehash,
            implementationCodeHash: proxied == address(0) ? bytes32(0) : proxied.codehash,
            publishedAt: uint64(block.timestamp)
        });
        _append(name, version);
    }

    /// @inheritdoc IContractDirectory
    function addressOf(bytes32 name) external view returns (address) {
        uint256 count = _versions[name].length;
        require(count > 0, DirectoryNameUnknown(name));
        return _versions[name][count - 1].account;
    }

    /// @inheritdoc IContractDirectory
    function names() external view returns (bytes32[] memory) {
        return _names;
    }

    /// @inheritdoc IContractDirectory
    function versionCount(bytes32 name) external view returns (uint256) {
        return _versions[name].length;
    }

    /// @inheritdoc IContractDirectory
    function versionOf(bytes32 name, uint256 version) external view returns (Version memory) {
        uint256 count = _versions[name].length;
        require(version < count, DirectoryVersionUnknown(name, version, count));
        return _versions[name][version];
    }

    function _append(bytes32 name, Version memory version) private {
        Version[] storage history = _versions[name];
        uint256 count = history.length;
        if (count == 0) {
            _names.push(name);
        } else {
            Version storage newest = history[count - 1];
            require(
                newest.account != version.account ||
                    newest.implementation != version.implementation ||
                    newest.codeHash != version.codeHash ||
                    newest.implementationCodeHash != version.implementationCodeHash,
                DirectoryVersionUnchanged(name, version.account)
            );
        }
        history.push(version);
        emit ContractPublished(
            name,
            version.account,
            version.implementation,
            count,
            version.codeHash,
            version.implementationCodeHash
        );
    }
}
