"""In which blocks a name may be: by parts of hashes, of which old ones are on the disk."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.block_store import MEMORY, BlockInMemory, BlockStore, StoredBlock

BLOCKS_A_PAGE: Final = 64
"""So many blocks share a sorted page of the index, which is copied whenever one is added."""

_BLOCK_BITS: Final = 6
_HASH: Final = (1 << 32 - _BLOCK_BITS) - 1

_KEYS_A_PIECE: Final = 2_048
"""Keys of a full page that the store keeps, and reads, together: 8 KiB."""

_FILTER_BITS: Final = 6
"""Bits of a full page's filter for each of its names; one in 18 others passes it."""

_PROBES: Final = 4
_MIXING: Final = 0x9E3779B97F4A7C15
"""Spreads a hash over 64 bits: 2**64 over the golden ratio, as in Fibonacci hashing (Knuth)."""

_WORD: Final = (1 << 64) - 1
_HALF: Final = 32


class _OpenPage:
    """A page in memory, which takes more names while it has fewer than 64 blocks."""

    __slots__ = ("_keys",)

    def __init__(self, keys: NDArray[np.uint32]) -> None:
        self._keys = keys.data

    def keys(self, first: int, mixed: int) -> memoryview[int]:
        """Its sorted keys."""
        return self._keys

    def with_more(self, fresh: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Its keys and those of another block."""
        keys = np.asarray(self._keys)
        return np.insert(keys, keys.searchsorted(fresh), fresh)


class _FullPage:
    """A page that takes no more: its keys in a store, the first of each piece in memory.

    Args:
        keys: sorted.
        pieces: the same, _KEYS_A_PIECE together.
    """

    __slots__ = ("_firsts", "_pieces")

    def __init__(self, keys: NDArray[np.uint32], pieces: list[StoredBlock]) -> None:
        self._pieces = tuple(pieces)
        self._firsts = array("I", keys[::_KEYS_A_PIECE].tobytes())

    def keys(self, first: int, mixed: int) -> memoryview[int] | None:
        """Sorted keys, all of one hash among them: those of its piece, seldom of two.

        Args:
            first: the least key that a name of the hash may have.
            mixed: the hash, spread over 64 bits.
        """
        firsts = self._firsts
        at = bisect_left(firsts, first)
        read = self._pieces[at - 1].read() if at else b""
        while at < len(firsts) and firsts[at] < first + BLOCKS_A_PAGE:
            read += self._pieces[at].read()
            at += 1
        return memoryview(read).cast("I")


class _FilteredPage(_FullPage):
    """A full page with a Bloom filter of its keys in memory.

    Bloom, 1970: of n names in m bits with k probes (1 - exp(-k n / m)) ** k others pass.
    """

    __slots__ = ("_bits", "_filter")

    def __init__(self, keys: NDArray[np.uint32], pieces: list[StoredBlock]) -> None:
        super().__init__(keys, pieces)
        mixed = (keys >> _BLOCK_BITS).astype(np.uint64) * np.uint64(_MIXING)
        self._bits = bits = max(8, _FILTER_BITS * len(keys))
        passing = np.zeros(bits // 8 + 1, np.uint8)
        first, step = mixed >> np.uint64(_HALF), mixed & np.uint64((1 << _HALF) - 1)
        for probe in range(_PROBES):
            at = (first + np.uint64(probe) * step) % np.uint64(bits)
            np.bitwise_or.at(passing, at >> np.uint64(3), 1 << (at & np.uint64(7)).astype(np.uint8))
        self._filter = passing.tobytes()

    def keys(self, first: int, mixed: int) -> memoryview[int] | None:
        """As without a filter; None where no key has the hash."""
        bits, passing = self._bits, self._filter
        at, step = mixed >> _HALF, mixed & (1 << _HALF) - 1
        for _ in range(_PROBES):
            place = at % bits
            if not passing[place >> 3] >> (place & 7) & 1:
                return None
            at += step
        return super().keys(first, mixed)


class NameIndex:
    """In which blocks a name may be.

    A name of a block has a key of four bytes: 26 bits of its hash, and the number of the block
    among the 64 of its page. Where hashes collide other blocks are told too; where a name is, is
    always told. A page of 64 blocks is put in the store, and six bits a name of it are left.

    Args:
        store: keeps full pages; one that it does not take stays in memory.
        filtered: whether many are asked for that are nowhere; else nothing of a page is left, and
            one piece of each is read for every name.
    """

    __slots__ = ("_filtered", "_pages", "_store")

    def __init__(self, store: BlockStore = MEMORY, *, filtered: bool = True) -> None:
        self._store, self._filtered = store, filtered
        self._pages: list[_OpenPage | _FullPage] = []

    def add(self, block: int, names: Collection[Any]) -> None:
        """Take the names of a block.

        Args:
            block: its number, which comes after those of all before.
            names: they.
        """
        page, at = divmod(block, BLOCKS_A_PAGE)
        hashes = np.fromiter(map(hash, names), np.int64, len(names)) & _HASH
        keys = np.sort(hashes << _BLOCK_BITS | at).astype(np.uint32)
        last = self._pages[page] if page < len(self._pages) else None
        if isinstance(last, _OpenPage):
            keys = last.with_more(keys)
        full = at == BLOCKS_A_PAGE - 1
        self._pages[page:] = [self._full(keys) if full else _OpenPage(keys)]

    def _full(self, keys: NDArray[np.uint32]) -> _OpenPage | _FullPage:
        """A page that takes no more; as it was where it would stay in memory anyway."""
        pieces: list[StoredBlock] = []
        for begins in range(0, len(keys), _KEYS_A_PIECE):
            try:
                piece = self._store.put(keys[begins : begins + _KEYS_A_PIECE].tobytes())
            except OSError:  # a full disk, or none
                return _OpenPage(keys)
            if isinstance(piece, BlockInMemory):
                return _OpenPage(keys)
            pieces.append(piece)
        return (_FilteredPage if self._filtered else _FullPage)(keys, pieces)

    def blocks_of(self, name: Any) -> list[int]:
        """Numbers of the blocks in which a name may be, ascending.

        Raises:
            OSError: the store does not give a page back.
        """
        found: list[int] = []
        hashed = hash(name) & _HASH
        first = hashed << _BLOCK_BITS
        end = first + BLOCKS_A_PAGE
        mixed = hashed * _MIXING & _WORD
        for page, each in enumerate(self._pages):
            keys = each.keys(first, mixed)
            if keys is None:
                continue
            at = bisect_left(keys, first)
            while at < len(keys) and keys[at] < end:
                number = page * BLOCKS_A_PAGE + keys[at] - first
                if not found or found[-1] != number:
                    found.append(number)
                at += 1
        return found
