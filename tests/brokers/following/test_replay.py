"""Fills since a cursor name orders to ask about, once each, and end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.following.replay import (
    MOST_REMEMBERED,
    EndlessPagesError,
    FillRow,
    Pages,
    Replay,
)
from engine.brokers.following.symbols import Contract
from tests.support.order_at_broker import DAY

CONTRACT = Contract("AAPL", DAY, "call", 100.0)


def row(number: int, order: str = "B1", at_s: float | None = None) -> FillRow:
    at_s = float(number) if at_s is None else at_s
    return FillRow(f"A{number:05}", order, at_s, CONTRACT, "buy", 1, 150)


@settings(max_examples=30)
@given(st.permutations([row(n, f"B{n % 3}") for n in range(8)]), st.data())
def test_pages_that_overlap_or_come_in_any_order_name_each_order(rows, data):
    cut = data.draw(st.integers(0, len(rows)))
    again = data.draw(st.lists(st.sampled_from(rows), max_size=5))
    first = Replay().read(rows[:cut], {"B0", "B1"})
    second = first.replay.read([*again, *rows[cut:]], {"B0", "B1"})
    assert {*first.touched, *second.touched} == {"B0", "B1"}
    foreign = [each.name for part in (first, second) for each in part.foreign]
    assert sorted(foreign) == ["A00002", "A00005"]
    assert second.replay.cursor == "A00007"
    assert second.replay.read(rows, {"B0"}) == (second.replay, (), ())


def test_a_fill_that_is_told_late_does_not_move_the_cursor_back():
    replay = Replay().read([row(5)], {"B1"}).replay
    after = replay.read([row(3)], {"B1"})
    assert (after.replay.cursor, after.touched) == ("A00005", ("B1",))


def test_what_is_remembered_is_bounded():
    replay = Replay().read([row(n) for n in range(MOST_REMEMBERED + 5)], {"B1"}).replay
    assert len(replay.seen) == MOST_REMEMBERED


def test_pages_end():
    pages = Pages(most=4)
    assert [pages.next(token) for token in ("a", "b", None, "")] == ["a", "b", None, None]
    with pytest.raises(EndlessPagesError, match="leads back"):
        pages.next("a")
    assert pages.next("c") == "c"
    with pytest.raises(EndlessPagesError, match="more than 4 pages"):
        pages.next("d")
