"""An index of names: every block of a name is told, wherever the pages of the index are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers import name_index
from engine.brokers.block_store import MEMORY, BlockStore, StoredBlock
from engine.brokers.name_index import BLOCKS_A_PAGE, NameIndex
from tests.support.block_stores import refusing_spill
from tests.support.retained import retained_bytes


class CountedBlock:
    """A block that counts how often it is read."""

    def __init__(self, block: bytes) -> None:
        self.block, self.reads = block, 0

    def read(self) -> bytes:
        self.reads += 1
        return self.block


class CountingStore:
    """Keeps blocks as a store elsewhere does, and the looks at them."""

    def __init__(self) -> None:
        self.blocks: list[CountedBlock] = []

    def put(self, block: bytes) -> StoredBlock:
        self.blocks.append(CountedBlock(block))
        return self.blocks[-1]

    @property
    def reads(self) -> int:
        return sum(block.reads for block in self.blocks)


def names_of(block: int, rows: int = 200) -> list[str]:
    return [f"S0-FUWD-{block}-{row}D1.1" for row in range(rows)]


def index_of(
    blocks: int, store: BlockStore = MEMORY, rows: int = 200, filtered: bool = True
) -> NameIndex:
    index = NameIndex(store, filtered=filtered)
    for block in range(blocks):
        index.add(block, names_of(block, rows))
    return index


@given(
    st.lists(st.lists(st.integers(0, 99), max_size=3), max_size=140),
    st.integers(1, 100),
    st.lists(st.booleans(), max_size=9),
    st.integers(1, 40),
    st.booleans(),
)
def test_every_block_of_a_name_is_told_whatever_collides_and_is_refused(
    blocks: list[list[int]], differing: int, refuses: list[bool], piece: int, filtered: bool
) -> None:
    with pytest.MonkeyPatch.context() as patched, refusing_spill(refuses) as store:
        patched.setattr(name_index, "hash", lambda name: name % differing - 1, raising=False)
        patched.setattr(name_index, "_KEYS_A_PIECE", piece)
        index = NameIndex(store, filtered=filtered)
        for number, names in enumerate(blocks):
            index.add(number, set(names))
        for name in range(100):
            colliding = [
                number
                for number, names in enumerate(blocks)
                if any(each % differing == name % differing for each in names)
            ]
            assert index.blocks_of(name) == colliding


@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_index_of_many_blocks_hardly_tells_another(elsewhere: bool) -> None:
    blocks = 3 * BLOCKS_A_PAGE
    index = index_of(blocks, CountingStore() if elsewhere else MEMORY)
    told = [index.blocks_of(f"S0-FUWD-{block}-7D1.1") for block in range(blocks)]
    assert all(block in found for block, found in enumerate(told))
    others = sum(map(len, told)) - len(told)
    for other in range(1_000):
        others += len(index.blocks_of(f"S0-FUWD-{other}-7D2.1"))
    assert others < 10, "one in some 1,700"


PIECES = -(-200 * BLOCKS_A_PAGE // 2_048)
"""Of a full page of `index_of`."""


def test_a_piece_of_a_full_page_is_read_for_its_own_names_and_one_in_18_others() -> None:
    store = CountingStore()
    index = index_of(2 * BLOCKS_A_PAGE + 1, store)
    assert len(store.blocks) == 2 * PIECES
    for row in range(100):
        assert 5 in index.blocks_of(f"S0-FUWD-5-{row}D1.1")
    first, second = store.blocks[:PIECES], store.blocks[PIECES:]
    assert sum(each.reads for each in first) <= 105, "two where a hash is at a piece's end"
    assert sum(each.reads for each in second) < 20
    before = store.reads
    for row in range(10_000):
        index.blocks_of(f"S0-FUWD-{row}-other")
    assert store.reads - before < 2 * 10_000 / 15


def test_a_piece_of_each_page_without_filter_is_read_for_any_name() -> None:
    store = CountingStore()
    index = index_of(2 * BLOCKS_A_PAGE + 1, store, filtered=False)
    for row in range(1_000):
        index.blocks_of(f"S0-FUWD-{row}-other")
    assert 1_990 <= store.reads <= 2_010


@pytest.mark.parametrize("refused", range(PIECES))
def test_a_page_of_which_a_piece_is_refused_stays_in_memory(refused: int) -> None:
    with refusing_spill([at == refused for at in range(PIECES)]) as store:
        index = index_of(2 * BLOCKS_A_PAGE, store)
        assert store.offered == refused + 1 + PIECES, "the next page is tried again"
    for block in range(0, 2 * BLOCKS_A_PAGE, 7):
        assert block in index.blocks_of(names_of(block)[11])


@pytest.mark.parametrize(("filtered", "most"), [(True, 1.1), (False, 0.3)])
def test_what_the_store_takes_leaves_about_a_byte_a_name(filtered: bool, most: float) -> None:
    names = 200 * BLOCKS_A_PAGE
    in_memory = retained_bytes(lambda: index_of(BLOCKS_A_PAGE)) / names
    with refusing_spill([]) as store:
        elsewhere = (
            retained_bytes(lambda: index_of(BLOCKS_A_PAGE, store, filtered=filtered)) / names
        )
    assert in_memory < 4.5 and elsewhere < most


def test_a_page_that_is_not_given_back_is_an_error_for_who_asks_for_its_names() -> None:
    store = CountingStore()
    index = index_of(BLOCKS_A_PAGE, store)

    def broken() -> bytes:
        raise OSError(5, "Input/output error")

    for each in store.blocks:
        each.read = broken  # type: ignore[method-assign]
    with pytest.raises(OSError, match="Input/output"):
        index.blocks_of(names_of(3)[0])
