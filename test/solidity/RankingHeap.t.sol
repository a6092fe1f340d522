// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RankingHeap} from "../../contracts/libraries/RankingHeap.sol";
import {Test} from "./Test.sol";

/**
 * RankingHeap against insertion into a sorted list, with many equal keys, broken into pages anywhere.
 *
 * Owns: the property ELE-2 of the library. Does not own: what keys mean.
 */
contract RankingHeapTest is Test {
    using RankingHeap for RankingHeap.Heap;

    /// Called from outside, so that its revert can be seen.
    function restore(bytes memory data, uint256 limit) external pure returns (uint256) {
        return RankingHeap.fromBytes(data, limit).size;
    }

    /// ELE-2: what is kept are the best, in order, whatever the order of arrival and the pages.
    function testFuzz_ELE2_KeepsTheBestInOrder(
        uint256 seed,
        uint256 limit,
        uint256 count,
        uint256 pageSize
    ) external pure {
        limit = bound(limit, 0, 40);
        count = bound(count, 0, 120);
        pageSize = bound(pageSize, 1, 60);
        uint256[2][] memory expected = new uint256[2][](count);
        RankingHeap.Heap memory heap = RankingHeap.create(limit);
        for (uint256 i = 0; i < count; i++) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            // Few keys and few ties, at both ends of what fits.
            uint256 key = random % 7 == 0 ? type(uint256).max : (random >> 8) % 6;
            uint256 tie = (random >> 64) % 11 == 0 ? type(uint256).max : (random >> 128) % 5;
            _insert(expected, i, key, tie);
            heap.offer(key, tie);
            if (i % pageSize == 0) heap = RankingHeap.fromBytes(heap.toBytes(), limit);
        }
        heap.sort();
        assertEq(heap.size, count < limit ? count : limit, "size");
        for (uint256 i = 0; i < heap.size; i++) {
            (uint256 key, uint256 tie) = heap.entryAt(i);
            assertEq(key, expected[i][0], "key");
            assertEq(tie, expected[i][1], "tie");
        }
    }

    /// Memory that others allocate around a heap is not touched.
    function testFuzz_StaysInItsMemory(uint256 seed, uint256 limit) external pure {
        limit = bound(limit, 1, 20);
        bytes32[] memory before = new bytes32[](3);
        RankingHeap.Heap memory heap = RankingHeap.create(limit);
        bytes32[] memory behind = new bytes32[](3);
        for (uint256 i = 0; i < 60; i++) heap.offer(uint256(keccak256(abi.encode(seed, i))) | 1, i);
        heap.sort();
        for (uint256 i = 0; i < 3; i++) {
            assertEq(uint256(before[i]), 0, "before");
            assertEq(uint256(behind[i]), 0, "behind");
        }
    }

    /// Bytes that are no heap, or a larger one, are refused with RankingHeapBytes.
    function test_RefusesForeignBytes() external view {
        assertEq(this.restore(new bytes(128), 2), 2, "two entries");
        try this.restore(new bytes(128), 1) returns (uint256) {
            revert("too many entries were taken");
        } catch (bytes memory reason) {
            assertEq(uint32(bytes4(reason)), uint32(RankingHeap.RankingHeapBytes.selector), "RankingHeapBytes");
        }
        try this.restore(new bytes(65), 2) returns (uint256) {
            revert("half an entry was taken");
        } catch (bytes memory reason) {
            assertEq(uint32(bytes4(reason)), uint32(RankingHeap.RankingHeapBytes.selector), "RankingHeapBytes");
        }
    }

    /// Puts an entry into its place among the first `length`, best first.
    function _insert(uint256[2][] memory list, uint256 length, uint256 key, uint256 tie) private pure {
        uint256 place = length;
        while (place > 0 && (list[place - 1][0] < key || (list[place - 1][0] == key && list[place - 1][1] < tie))) {
            list[place] = list[place - 1];
            place--;
        }
        list[place] = [key, tie];
    }
}
