// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title The best n of any number of entries, in memory
 * @notice An entry is two words: the larger `key` is better, the larger `tie` among equal keys. A bounded min-heap: its
 * root is the worst that is kept, so what is worse than the root costs one comparison.
 * @dev Owns: the order and the bound. Does not own: what a key means (ValidatorElection). Called by: ValidatorElection.
 * Written in assembly because each of a thousand candidates may sink through all levels. Property: ELE-2.
 *
 * Memory: `Heap.entries` points at `limit` entries of 64 bytes; entry i has the children 2i + 1 and 2i + 2.
 * @custom:whitepaper §3.2
 */
library RankingHeap {
    struct Heap {
        /// Where the entries begin.
        uint256 entries;
        uint256 size;
        uint256 limit;
    }

    /// @notice The bytes are not a whole number of entries, or more than the heap takes.
    error RankingHeapBytes(uint256 bytesLength, uint256 limit);

    uint256 private constant ENTRY_BYTES = 64;

    /// @notice A heap for up to `limit` entries.
    function create(uint256 limit) internal pure returns (Heap memory heap) {
        heap.entries = _allocate(limit);
        heap.limit = limit;
    }

    /// @notice Takes the entry in if it is among the best `limit` so far.
    function offer(Heap memory heap, uint256 key, uint256 tie) internal pure {
        uint256 size = heap.size;
        uint256 entries = heap.entries;
        if (size < heap.limit) {
            heap.size = size + 1;
            _rise(entries, entries + ENTRY_BYTES * size, key, tie);
        } else if (size > 0 && _isWorse(entries, key, tie)) {
            _replaceRoot(entries, size, key, tie);
        }
    }

    /// @notice Puts the entries into the order from the best to the worst. Afterwards it is no heap any more.
    function sort(Heap memory heap) internal pure {
        uint256 entries = heap.entries;
        for (uint256 size = heap.size; size > 1;) {
            unchecked {
                size--;
            }
            uint256 last = entries + ENTRY_BYTES * size;
            (uint256 key, uint256 tie) = _entry(last);
            // The worst of those that are left goes behind them.
            assembly ("memory-safe") {
                mcopy(last, entries, 64)
            }
            _replaceRoot(entries, size, key, tie);
        }
    }

    /// @notice The entry at a place, counted from zero.
    function entryAt(Heap memory heap, uint256 index) internal pure returns (uint256 key, uint256 tie) {
        return _entry(heap.entries + ENTRY_BYTES * index);
    }

    /// @notice The entries as bytes, in the order in which they lie.
    function toBytes(Heap memory heap) internal pure returns (bytes memory data) {
        uint256 entries = heap.entries;
        data = new bytes(ENTRY_BYTES * heap.size);
        assembly ("memory-safe") {
            mcopy(add(data, 32), entries, mload(data))
        }
    }

    /// @notice The heap whose bytes these are.
    function fromBytes(bytes memory data, uint256 limit) internal pure returns (Heap memory heap) {
        uint256 size = data.length / ENTRY_BYTES;
        require(size * ENTRY_BYTES == data.length && size <= limit, RankingHeapBytes(data.length, limit));
        heap = create(limit);
        heap.size = size;
        uint256 entries = heap.entries;
        assembly ("memory-safe") {
            mcopy(entries, add(data, 32), mload(data))
        }
    }

    // ──────────────────────────────────────────────── INSIDE ─────────────────────────────────────────────────

    function _allocate(uint256 limit) private pure returns (uint256 entries) {
        assembly ("memory-safe") {
            entries := mload(0x40)
            mstore(0x40, add(entries, mul(limit, 64)))
        }
    }

    function _entry(uint256 place) private pure returns (uint256 key, uint256 tie) {
        assembly ("memory-safe") {
            key := mload(place)
            tie := mload(add(place, 32))
        }
    }

    /// True when the entry at `place` is worse than (key, tie).
    function _isWorse(uint256 place, uint256 key, uint256 tie) private pure returns (bool worse) {
        assembly ("memory-safe") {
            let other := mload(place)
            worse := lt(other, key)
            if eq(other, key) {
                worse := lt(mload(add(place, 32)), tie)
            }
        }
    }

    /// Puts an entry into an empty place, or above it: where no parent is better.
    function _rise(uint256 entries, uint256 place, uint256 key, uint256 tie) private pure {
        assembly ("memory-safe") {
            for {} gt(place, entries) {} {
                // (index − 1) / 2, in steps of 64 bytes.
                let parent := add(entries, shl(6, shr(7, sub(sub(place, entries), 64))))
                let other := mload(parent)
                if lt(other, key) {
                    break
                }
                if eq(other, key) {
                    if iszero(gt(mload(add(parent, 32)), tie)) {
                        break
                    }
                }
                mcopy(place, parent, 64)
                place := parent
            }
            mstore(place, key)
            mstore(add(place, 32), tie)
        }
    }

    /// Replaces the root by an entry. The place of the root sinks to the bottom first, without looking at the entry,
    /// and the entry rises from there: whoever is better than the root usually belongs near the bottom.
    function _replaceRoot(uint256 entries, uint256 size, uint256 key, uint256 tie) private pure {
        uint256 place = entries;
        assembly ("memory-safe") {
            let end := add(entries, shl(6, size))
            // Children of the place at `entries` + x are at 2x + 64 and 2x + 128.
            let child := add(entries, 64)
            // As long as both children are there.
            for {} lt(add(child, 64), end) {} {
                let left := mload(child)
                let right := mload(add(child, 64))
                let isRight := lt(right, left)
                if eq(right, left) {
                    isRight := lt(mload(add(child, 96)), mload(add(child, 32)))
                }
                child := add(child, shl(6, isRight))
                mcopy(place, child, 64)
                place := child
                child := add(sub(add(child, child), entries), 64)
            }
            // The last one of all may be an only child.
            if lt(child, end) {
                mcopy(place, child, 64)
                place := child
            }
        }
        _rise(entries, place, key, tie);
    }
}
