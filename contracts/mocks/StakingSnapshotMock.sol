// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IStakingPool} from "../staking/IStakingPool.sol";

/**
 * Stands in for the StakingPool where elections and epochs meet it: any tallies, any self-stake; it keeps what it is
 * told. Two slots for each candidate, as in the pool.
 *
 * Owns: nothing. Never deployed outside tests and benches.
 */
contract StakingSnapshotMock {
    struct Slash {
        address operator;
        uint16 slashBps;
    }

    error SnapshotMockPage(uint256 from, uint256 count);

    uint256[] private _words;
    uint256 private _stakeVoting;
    uint256 private _personsVoting;
    uint256 private _defaultSelfStake = type(uint256).max;
    mapping(address operator => uint256) private _selfStakes;
    mapping(address operator => bool) private _isSet;
    IStakingPool.Payout[] private _payouts;
    Slash[] private _slashes;
    uint64[] private _begun;
    address private _callback;
    bytes private _callbackData;

    /// Adds candidates as the words of {IStakingPool-snapshotPage}.
    function add(uint256[] calldata words) external {
        for (uint256 i = 0; i < words.length; i++) _words.push(words[i]);
    }

    function setTotals(uint256 stakeVoting, uint256 personsVoting) external {
        (_stakeVoting, _personsVoting) = (stakeVoting, personsVoting);
    }

    function setDefaultSelfStake(uint256 amount) external {
        _defaultSelfStake = amount;
    }

    function setSelfStake(address operator, uint256 amount) external {
        (_selfStakes[operator], _isSet[operator]) = (amount, true);
    }

    /// What {distribute} calls before it returns: a contract of the system gone mad.
    function setCallback(address target, bytes calldata data) external {
        (_callback, _callbackData) = (target, data);
    }

    function beginEpoch(uint64 epoch) external {
        _begun.push(epoch);
    }

    function distribute(IStakingPool.Payout[] calldata payouts) external {
        for (uint256 i = 0; i < payouts.length; i++) _payouts.push(payouts[i]);
        if (_callback != address(0)) Address.functionCall(_callback, _callbackData);
    }

    function slash(address operator, uint16 slashBps) external returns (uint256 burnt) {
        _slashes.push(Slash(operator, slashBps));
        return 1;
    }

    function selfStakeOf(address operator) external view returns (uint256) {
        return _isSet[operator] ? _selfStakes[operator] : _defaultSelfStake;
    }

    function candidateCount() external view returns (uint256) {
        return _words.length / 2;
    }

    function snapshotPage(uint256 from, uint256 count) external view returns (uint256[] memory words) {
        words = new uint256[](2 * count);
        require(2 * (from + count) <= _words.length, SnapshotMockPage(from, count));
        assembly ("memory-safe") {
            // What the pool's own packing costs beside its two slots is not measured here.
            mstore(0, _words.slot)
            let slot := add(keccak256(0, 32), mul(2, from))
            let place := add(words, 32)
            for {
                let end := add(place, mul(64, count))
            } lt(place, end) {
                place := add(place, 32)
            } {
                mstore(place, sload(slot))
                slot := add(slot, 1)
            }
        }
    }

    function snapshotTotals() external view returns (uint64 epoch, uint256 stakeVoting, uint256 personsVoting) {
        return (_begun.length == 0 ? 0 : _begun[_begun.length - 1], _stakeVoting, _personsVoting);
    }

    function paid() external view returns (IStakingPool.Payout[] memory) {
        return _payouts;
    }

    function slashes() external view returns (Slash[] memory) {
        return _slashes;
    }

    function begun() external view returns (uint64[] memory) {
        return _begun;
    }
}
