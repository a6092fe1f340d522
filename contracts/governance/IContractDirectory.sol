// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a proxy tells the directory about itself.
interface IUpgradeable {
    /// @notice Address of the code behind the proxy.
    function implementation() external view returns (address);
}

/**
 * @title Directory of the system's contracts
 * @notice Says which contract has a name now, and which had it before, with the hashes of their code: the code
 * history of the system is readable on chain.
 * @custom:whitepaper §3.2 (contract management)
 */
interface IContractDirectory {
    /// @notice One entry of a name's history.
    struct Version {
        address account;
        /// Code behind the proxy; zero when the contract is no proxy.
        address implementation;
        bytes32 codeHash;
        /// Zero when the contract is no proxy.
        bytes32 implementationCodeHash;
        /// Block timestamp, in seconds.
        uint64 publishedAt;
    }

    error DirectoryNameUnknown(bytes32 name);
    error DirectoryNameEmpty();
    error DirectoryVersionUnknown(bytes32 name, uint256 version, uint256 count);
    /// @notice There is no code at this address.
    error DirectoryCodeMissing(address account);
    /// @notice The proxy runs other code than stated.
    error DirectoryImplementationMismatch(address stated, address actual);
    /// @notice Name, account and code are what the newest version says already.
    error DirectoryVersionUnchanged(bytes32 name, address account);

    event ContractPublished(
        bytes32 indexed name,
        address indexed account,
        address implementation,
        uint256 version,
        bytes32 codeHash,
        bytes32 implementationCodeHash
    );

    /**
     * @notice Adds a version to a name's history and makes it the present one. Only for governance.
     * @param proxied The code behind `account` when that is a proxy, else zero. Checked against the proxy's answer.
     */
    function publish(bytes32 name, address account, address proxied) external;

    /// @notice The contract that has the name now. Reverts with DirectoryNameUnknown when none has.
    function addressOf(bytes32 name) external view returns (address);

    /// @notice All names ever published, in the order of their first version.
    function names() external view returns (bytes32[] memory);

    /// @notice Number of versions of a name; zero when unknown.
    function versionCount(bytes32 name) external view returns (uint256);

    /// @notice A version of a name, counted from zero.
    function versionOf(bytes32 name, uint256 version) external view returns (Version memory);
}
