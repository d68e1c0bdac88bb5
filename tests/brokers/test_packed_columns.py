"""Packed rows: found by name and by group, whatever their store takes and their hashes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers import packed_columns
from engine.brokers.block_store import MEMORY
from engine.brokers.packed_columns import BLOCKS_A_PAGE, NameIndex, PackedColumns
from tests.support.block_stores import RefusingStore

groups = st.sampled_from("abc")


@given(
    st.lists(st.lists(groups, min_size=1, max_size=3), max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3))),
    st.lists(st.booleans()),
)
def test_no_row_is_lost_to_a_store_that_refuses(
    added: list[list[str]], cut: list[tuple[int, int]], refuses: list[bool]
) -> None:
    store = RefusingStore(MEMORY, refuses)
    packed = PackedColumns(group=1, store=store)
    kept: list[list[tuple[str, str]]] = []
    for number, block in enumerate(added):
        rows = [(f"{number}.{at}", group) for at, group in enumerate(block)]
        packed.add(list(zip(*rows, strict=True)))
        kept.append(rows)
    replaced = [(at, left) for at, left in cut if at < len(kept)]
    for at, left in replaced:
        kept[at] = kept[at][:left]
        packed.replace(at, list(zip(*kept[at], strict=True)))
    assert store.offered == len(kept) + len(replaced), "each block is offered, whatever was refused"
    assert [each.rows for each in packed.blocks] == [len(rows) for rows in kept]
    assert [list(zip(*each.columns(), strict=True)) for each in packed.blocks] == kept
    for number, rows in enumerate(kept):
        for name, group in rows:
            assert number in packed.blocks_of(name)
            assert number in packed.blocks_of_group(group)


@given(st.lists(st.lists(st.integers(0, 99), max_size=3), max_size=80), st.integers(1, 100))
def test_an_index_tells_every_block_of_a_name_whatever_collides(
    blocks: list[list[int]], differing: int
) -> None:
    index = NameIndex()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packed_columns, "hash", lambda name: name % differing - 1, raising=False)
        for number, names in enumerate(blocks):
            index.add(number, set(names))
        for name in range(100):
            colliding = [
                number
                for number, names in enumerate(blocks)
                if any(each % differing == name % differing for each in names)
            ]
            assert index.blocks_of(name) == colliding


def test_an_index_of_many_blocks_hardly_tells_another() -> None:
    index = NameIndex()
    for block in range(3 * BLOCKS_A_PAGE):
        index.add(block, [f"S0-FUWD-{block}-{row}D1.1" for row in range(200)])
    told = [index.blocks_of(f"S0-FUWD-{block}-{7}D1.1") for block in range(3 * BLOCKS_A_PAGE)]
    assert all(block in found for block, found in enumerate(told))
    others = sum(map(len, told)) - len(told)
    for other in range(1_000):
        others += len(index.blocks_of(f"S0-FUWD-{other}-7D2.1"))
    assert others < 10, "one in some 1,700"
