"""Laws of every list: what filter, sort, search and marks may do to rows and cursor."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import DeskConfig
from tests.support import sample_snapshots as desks
from tests.support.every_list import BY_NAME, everything
from tui.lists.choices import ListChoices
from tui.lists.declared import DeskList, arranged, found, marked
from tui.lists.table import said
from tui.state import ScreenState
from tui.text.columns import OPTIONAL, Column, choose
from tui.text.glyphs import UNICODE
from tui.viewmodel.view import View


@dataclass(frozen=True)
class Thing:
    key: str
    weight: int
    word: str


COLUMNS: tuple[Column[Thing, View], ...] = (
    Column("KEY", 4, lambda t, v: t.key, sort=lambda t: t.key, value=lambda t: t.key),
    Column("WEIGHT", 6, lambda t, v: str(t.weight), sort=lambda t: -t.weight),
    Column("WORD", 6, lambda t, v: t.word, sort=lambda t: t.word, priority=1),
)

words = st.sampled_from(["spy", "qqq", "spy call", "iwm put", "", "tsla"])
things = st.lists(
    st.builds(Thing, st.text("abcdef", min_size=1, max_size=3), st.integers(-3, 3), words),
    unique_by=lambda t: t.key,
    max_size=12,
).map(tuple)
filters = st.sampled_from(["", "!", "spy", "!spy", "SPY call", "none such", "p"])
choices = st.builds(
    ListChoices,
    filter=filters,
    find=st.sampled_from(["", "spy", "q"]),
    sort=st.sampled_from(["", "key", "weight", "word"]),
    inverted=st.booleans(),
    marks=st.sets(st.text("abcdef", min_size=1, max_size=2), max_size=4),
)


def seen(rows: tuple[Thing, ...], chosen: ListChoices) -> tuple[DeskList[Thing], View]:
    declared: DeskList[Thing] = DeskList(
        name="things",
        title="things",
        pane=31,
        source=lambda view: rows,
        key=lambda t: t.key,
        text=lambda t: f"{t.key} {t.word}",
        columns=COLUMNS,
        native="as they came",
    )
    return declared, View(desks.normal(), ScreenState(lists={"things": chosen}), UNICODE)


@given(things, choices)
def test_rows_are_neither_lost_nor_made_and_the_filter_says_which_are_shown(rows, chosen):
    declared, view = seen(rows, chosen)
    shown = arranged(declared, view)
    assert shown.total == len(rows)
    assert shown.keys == [row.key for row in shown.rows]
    wanted = chosen.filter.lstrip("!").upper().split()
    for row in rows:
        has = all(word in f"{row.key} {row.word}".upper() for word in wanted)
        passes = not wanted or has != chosen.filter.startswith("!")
        assert (row.key in shown.keys) == passes


@given(things, choices)
def test_a_sort_is_a_permutation_in_order_and_inverting_turns_it_round(rows, chosen):
    declared, view = seen(rows, chosen)
    forward = list(arranged(declared, view).keys)
    chosen.invert_sort()
    assert arranged(declared, view).keys == forward[::-1]
    by = declared.sorted_by(chosen.sort)
    if by is not None:
        ranks = [(by(row), row.key) for row in arranged(declared, view).rows]
        assert ranks == sorted(ranks, reverse=chosen.inverted)


@given(things, things, choices, choices, st.integers(1, 4))
def test_the_cursor_follows_its_row_under_any_filter_sort_and_new_rows(
    before, after, first, then, height
):
    declared, view = seen(before, first)
    state = view.state
    keys = arranged(declared, view).keys
    state.follow(declared.pane, keys, height)
    state.selection(declared.pane).move(keys, 2)
    chosen = state.selected(declared.pane)
    declared, other = seen(after, then)
    keys = arranged(declared, View(view.snapshot, other.state, UNICODE)).keys
    at = state.follow(declared.pane, keys, height)
    if chosen in keys:
        assert keys[at] == chosen == state.selected(declared.pane)
    elif keys:
        assert keys[at] == state.selected(declared.pane)
    else:
        assert at == -1
    top = state.selection(declared.pane).top
    assert not keys or top <= at < top + height


@given(things, choices)
def test_the_search_finds_exactly_the_shown_rows_that_have_the_words(rows, chosen):
    declared, view = seen(rows, chosen)
    shown = arranged(declared, view)
    places = found(declared, view)
    words = chosen.find.upper().split()
    has = [all(w in f"{row.key} {row.word}".upper() for w in words) for row in shown.rows]
    assert places == [n for n, each in enumerate(has) if each and words]


@given(things, choices)
def test_marks_are_those_of_rows_that_there_are_whether_they_are_shown_or_not(rows, chosen):
    declared, view = seen(rows, chosen)
    assert set(marked(declared, view)) == chosen.marks & {row.key for row in rows}
    if hidden := len(rows) - len(arranged(declared, view).rows):
        assert f"{len(rows) - hidden} of {len(rows)}" in said(declared, view)


@given(things, choices)
def test_nothing_is_arranged_again_for_a_key_that_only_moves_the_cursor(rows, chosen):
    declared, view = seen(rows, chosen)
    shown, places = arranged(declared, view), found(declared, view)
    view.state.follow(declared.pane, shown.keys, 5)
    view.state.selection(declared.pane).move(shown.keys, 1)
    assert arranged(declared, view) is shown
    assert found(declared, view) is places


@given(
    st.lists(st.sampled_from(["key", "weight", "word", "gone"]), unique=True), st.integers(0, 30)
)
def test_chosen_columns_come_in_their_order_and_never_take_more_than_there_is(names, width):
    got = choose(COLUMNS, width, names)
    assert sum(cells for _, cells in got) + max(0, len(got) - 1) <= max(width, 0)
    known = [name for name in names if name != "gone"]
    shown = [column.called for column, _ in got]
    if names:
        assert shown == [name for name in known if name in shown]
    if names and width >= 18:
        assert shown == known


def test_where_room_is_scarce_chosen_columns_keep_what_is_needed_most():
    orders = BY_NAME["orders"].columns
    usual = {column.called for column, _ in choose(orders, 77)}
    hidden = [c.called for c in orders if c.priority != OPTIONAL and c.called != "symbol"]
    assert "status" in usual
    assert usual - {"symbol"} <= {column.called for column, _ in choose(orders, 77, hidden)}
    assert "cycle" in {column.called for column, _ in choose(orders, 77, [*hidden, "cycle"])}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_list_has_keys_texts_and_sorts_of_its_own(name):
    view = View(everything(), ScreenState(reading=False), UNICODE, DeskConfig())
    declared = BY_NAME[name]
    shown = arranged(declared, view)
    assert len(shown.rows) >= 2
    assert len(set(shown.keys)) == len(shown.keys)
    called = [column.called for column in declared.columns]
    assert len(set(called)) == len(called) and all(called)
    for sort in declared.sorts:
        declared.choices(view).sort_by(sort)
        forward = list(arranged(declared, view).keys)
        assert sorted(forward) == sorted(shown.keys)
        declared.choices(view).invert_sort()
        assert arranged(declared, view).keys == forward[::-1]
    for row in shown.rows:
        assert declared.text(row).strip()


def test_an_alarm_that_wants_an_answer_now_passes_every_filter():
    view = View(everything(), ScreenState(), UNICODE)
    alarms = BY_NAME["alarms"]
    alarms.choices(view).filter_by("no such word")
    rows = arranged(alarms, view).rows
    assert rows and {(a.priority, a.state) for a in rows} == {(1, "unacked")}
