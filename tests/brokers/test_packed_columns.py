"""Packed rows: found by name and by group, whatever their store takes and their hashes are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.block_store import MEMORY
from engine.brokers.packed_columns import PackedColumns
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
