"""JSON from outside is read within bounds, with clean texts."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.http.bounded_json import (
    DEEPEST,
    LONGEST,
    LONGEST_TEXT,
    MOST_ROWS,
    UnreadableError,
    read_json,
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("abc é√", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30)
@given(plain)
def test_what_is_within_bounds_is_read_as_it_is(value):
    assert read_json(json.dumps(value).encode()) == value


def test_texts_are_made_printable_and_short():
    told = read_json(json.dumps({"a\n": "x\x1b[2J\u202ey", "long": "z" * 9999}).encode())
    assert told == {"a": "x [2J y", "long": "z" * LONGEST_TEXT}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html>busy</html>", "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b"[Infinity]", "Infinity is not a number"),
        (b"[-Infinity]", "Infinity is not a number"),
        (b"[1e400]", "too large"),
        (b"[9007199254740994]", "too large"),
        (b"[" + b"9" * 5000 + b"]", "too large"),
        (b"[0." + b"1" * 50 + b"]", "too large"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested more than 32 deep"),
        (b"[" * 100_000, "not JSON"),
        (b"[" + b"1," * MOST_ROWS + b"1]", "10,001 rows"),
        (b" " * (LONGEST + 1), "bytes; at most"),
    ],
)
def test_what_is_beyond_bounds_is_refused(data, reason):
    with pytest.raises(UnreadableError, match=reason):
        read_json(data)


def test_what_is_just_within_bounds_is_taken():
    assert len(read_json(b"[" + b"1," * (MOST_ROWS - 1) + b"1]")) == MOST_ROWS
    assert read_json(b"[" * DEEPEST + b"]" * DEEPEST) is not None
    assert read_json(b"[-7, 1.25e2, -0.5]") == [-7, 125.0, -0.5]
