"""Narrow arrays: the numbers of a list, whatever their size, in as few bytes as they need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders.narrow_arrays import increased, inserted, narrow

NUMBERS = st.integers(0, 300) | st.integers(0, 70_000) | st.integers(0, 2**63)


@given(st.lists(st.tuples(st.integers(0, 30), NUMBERS, st.booleans()), max_size=30))
def test_numbers_are_those_of_a_list(changes: list[tuple[int, int, bool]]) -> None:
    numbers, plain = narrow(), list[int]()
    for place, number, insert in changes:
        if insert or not plain:
            at = min(place, len(plain))
            numbers = inserted(numbers, at, number)
            plain.insert(at, number)
        elif plain[place % len(plain)] + number < 2**64:
            numbers = increased(numbers, place % len(plain), number)
            plain[place % len(plain)] += number
        assert list(numbers) == plain


def test_what_does_not_fit_changes_nothing() -> None:
    numbers = inserted(narrow(), 0, 200)
    for wrong in (-1, 2**64):
        with pytest.raises(OverflowError, match=str(wrong)):
            inserted(numbers, 0, wrong)
        with pytest.raises(OverflowError):
            increased(numbers, 0, wrong - 200)
    assert list(numbers) == [200] and numbers.itemsize == 1
