"""What is kept from one snapshot to the next is what would be made anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.every_list import BY_NAME, everything
from tui.lists.drawn_rows import DrawnRows
from tui.lists.memo import Memo
from tui.state import ScreenState
from tui.text.columns import Column, row
from tui.text.glyphs import UNICODE
from tui.viewmodel.view import View


@dataclass(frozen=True)
class Thing:
    key: str
    weight: int


things = st.lists(st.builds(Thing, st.sampled_from("abcdef"), st.integers(-2, 2)), max_size=8)


def named(choice: str, t: Thing) -> str:
    return f"{choice}{t.key}{t.weight}"


@given(st.lists(st.tuples(things, st.sampled_from(["x", "y"]), st.booleans()), max_size=6))
def test_what_is_kept_of_each_row_is_what_would_be_made_of_it(snapshots):
    memo = Memo()
    for rows, choice, inverted in snapshots:
        made = memo.each("named", tuple(rows), choice, partial(named, choice))
        assert made == [f"{choice}{t.key}{t.weight}" for t in rows]
        places = memo.order("named order", made, inverted)
        assert [made[at] for at in places] == sorted(made, reverse=inverted)


def test_only_rows_that_changed_are_asked_and_equal_values_stay_the_same_list():
    rows = tuple(Thing(str(n), n) for n in range(100))
    memo, asked = Memo(), []

    def weight(t: Thing) -> int:
        asked.append(t.key)
        return t.weight

    first = memo.each("weights", rows, None, weight)
    asked.clear()
    again = (*rows[:50], Thing("50", 50), *rows[51:])
    assert memo.each("weights", again, None, weight) is first
    assert asked == ["50"]
    heavier = (*again[:7], replace(again[7], weight=1_000), *again[8:])
    second = memo.each("weights", heavier, None, weight)
    assert (second[7], first[7]) == (1_000, 7), "who holds the former list still has its values"
    assert asked == ["50", "7"]


COLUMNS: list[tuple[Column[Thing, int], int]] = [
    (Column("KEY", 3, lambda t, now: t.key, is_text=True, pure=True), 3),
    (Column("AGE", 4, lambda t, now: (str(now - t.weight), "dim" if now % 2 else "title")), 4),
    (Column("W", 3, lambda t, now: str(t.weight), pure=True), 3),
]


@given(st.lists(st.tuples(things, st.integers(0, 3), st.sampled_from(["value", "dim"]))))
def test_a_row_drawn_again_says_what_a_fresh_one_would(tables):
    drawn = DrawnRows(COLUMNS)
    for rows, now, style in tables:
        drawn.begin()
        for t in {each.key: each for each in rows}.values():
            assert drawn.line(t.key, t, now, style) == row(COLUMNS, t, now, style)


class NothingBeside:
    """Stands for time, glyphs and everything else beside a row."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"a pure cell looked at {name}")

    def __getitem__(self, at: int) -> Any:
        raise AssertionError("a pure cell looked beside its row")


@pytest.mark.parametrize("name", BY_NAME)
def test_a_cell_that_is_called_pure_looks_at_nothing_but_its_row(name):
    declared = BY_NAME[name]
    view = View(everything(), ScreenState(), UNICODE)
    rows = declared.source(view)
    for column in declared.columns:
        if column.pure:
            assert rows
            for each in rows:
                shown = column.cell(each, declared.context(view))
                assert column.cell(each, NothingBeside()) == shown


def test_the_tables_of_many_rows_have_cells_that_are_pure():
    for name in ("traders", "chains"):
        assert sum(column.pure for column in BY_NAME[name].columns) > 8
