"""Packed rows: a sequence of rows that reads as if none of them were packed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.book.packed_rows import ROWS_A_CHUNK, PackedRows

SIZE = 3
ROW = st.binary(min_size=SIZE, max_size=SIZE)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["insert", "insert", "replace", "delete"]), st.floats(0, 1), ROW),
    max_size=12,
)


@given(st.lists(ROW, max_size=4 * ROWS_A_CHUNK), CHANGES, st.floats(0, 1), st.floats(0, 1))
def test_packed_rows_read_as_a_list_of_rows(
    first: list[bytes], changes: list[tuple[str, float, bytes]], begins: float, ends: float
) -> None:
    rows, plain = PackedRows(SIZE), list[bytes]()
    for row in first:
        rows.insert(len(rows), row)
        plain.append(row)
    for change, where, row in changes:
        at = int(where * len(plain))
        if change == "insert":
            rows.insert(at, row)
            plain.insert(at, row)
        elif at < len(plain) and change == "replace":
            rows.replace(at, row)
            plain[at] = row
        elif at < len(plain):
            rows.delete(at)
            del plain[at]
        assert rows.read(0, len(plain)) == b"".join(plain)
    assert len(rows) == len(plain)
    low, high = sorted((int(begins * len(plain)), int(ends * len(plain))))
    assert rows.read(low, high) == b"".join(plain[low:high])
    assert [rows.read(at, at + 1) for at in range(len(plain))] == plain
