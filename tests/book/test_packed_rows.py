"""Packed rows: a sequence of rows that reads as if none of them were packed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.book.packed_rows import CHUNKS_JOINED, ROWS_A_CHUNK, PackedRows

SIZE = 3
ROW = st.binary(min_size=SIZE, max_size=SIZE)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["insert", "insert", "replace", "delete"]), st.floats(0, 1), ROW),
    max_size=12,
)


@given(
    st.integers(0, 2 * CHUNKS_JOINED * ROWS_A_CHUNK + 100),
    st.lists(ROW, min_size=1, max_size=20),
    CHANGES,
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_packed_rows_read_as_a_list_of_rows(
    many: int,
    kinds: list[bytes],
    changes: list[tuple[str, float, bytes]],
    begins: float,
    ends: float,
) -> None:
    rows, plain = PackedRows(SIZE), list[bytes]()
    for number in range(many):
        row = kinds[number * number % len(kinds)]
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
    assert rows.read(low, low) == b""
    some = range(low % 7, len(plain), 7)
    assert [rows.read(at, at + 1) for at in some] == [plain[at] for at in some]


def test_chunks_are_joined_and_read_on() -> None:
    rows, plain = PackedRows(SIZE), [number.to_bytes(SIZE, "big") for number in range(1_000)]
    for row in plain:
        rows.insert(len(rows), row)
    assert (rows._joined, len(rows._chunks)) == (3, 3 + 3), "and 40 that are not packed"
    for at in (999, 970, 958, 800, 300, 255, 0):  # each takes apart all from its chunk on
        rows.delete(at)
        del plain[at]
        assert rows.read(0, 1_000) == b"".join(plain)
        rows.insert(at // 2, b"new")
        plain.insert(at // 2, b"new")
        assert rows.read(at // 2, len(plain)) == b"".join(plain[at // 2 :])
    assert len(rows) == 1_000 and rows._joined == 3
