"""A whole list put together from pages: nothing is missed, what is gone goes, order is no matter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.snapshot import EventLine, ListPage
from tui.lists import whole
from tui.lists.whole import WholeLists


def line(number: int, text: str = "x") -> EventLine:
    return EventLine(float(number), "eng", text, number)


def walk(rows: list[EventLine], size: int, serial: int) -> list[ListPage]:
    starts = range(0, max(len(rows), 1), size)
    return [
        ListPage(serial + n, "events", "", start, len(rows), 0.0, tuple(rows[start : start + size]))
        for n, start in enumerate(starts)
    ]


@given(st.integers(0, 40), st.integers(1, 7), st.integers(0, 10), st.integers(0, 12))
def test_after_two_rounds_the_list_is_what_the_engine_has(first, size, grown, dropped):
    before = [line(n) for n in range(first, 0, -1)]
    now = [line(n) for n in range(first + grown, dropped, -1)]
    lists = WholeLists()
    assert lists.look_at("events")
    assert not lists.look_at("events")
    serial = 1
    for rows in (before, now, now):
        for page in walk(rows, size, serial):
            lists.take((page,))
            serial = page.serial + 1
    tail = tuple(now[:3])
    assert {row.number for row in lists.rows("events", tail)} == {row.number for row in now}
    assert lists.complete and lists.missing("events") == ""


def test_a_page_that_comes_again_changes_nothing_and_one_that_is_missed_comes_in_the_next_round():
    rows = [line(n) for n in range(9, 0, -1)]
    pages = walk(rows, 3, 1)
    lists = WholeLists()
    lists.look_at("events")
    lists.take((pages[0],))
    lists.take((pages[0], pages[1]))
    assert lists.missing("events") == "6 of 9 so far"
    once = lists.rows("events", ())
    lists.take((pages[0], pages[1]))
    assert lists.rows("events", ()) is once
    lists.take((pages[2],))
    assert len(lists.rows("events", ())) == 9


def test_a_row_that_did_not_change_stays_the_same_object_and_so_does_the_list():
    rows = [line(n) for n in range(4, 0, -1)]
    lists = WholeLists()
    lists.look_at("events")
    lists.take(tuple(walk(rows, 10, 1)))
    once = lists.rows("events", tuple(rows[:2]))
    again = [EventLine(row.at_s, row.source, row.text, row.number) for row in rows]
    lists.take(tuple(walk(again, 10, 2)))
    assert lists.rows("events", tuple(again[:2])) is once
    changed = [line(4, "other"), *again[1:]]
    lists.take(tuple(walk(changed, 10, 3)))
    assert lists.rows("events", ()) is not once


def test_pages_of_another_request_are_not_put_in():
    lists = WholeLists()
    lists.look_at("orders@SPY 2026-12-04/7")
    lists.take((ListPage(1, "orders", "", 0, 1, 0.0, (line(1),)),))
    assert lists.rows("orders", ()) == ()
    assert lists.rows("events", (line(3),)) == (line(3),)


def test_the_second_list_of_a_name_has_fresher_rows_of_the_first():
    rows = [line(n) for n in range(9, 0, -1)]
    lists = WholeLists()
    lists.look_at("events,events@changed")
    for page in walk(rows, 3, 1):
        lists.take((page,))
    fresh = line(4, "other"), line(10)
    lists.take((ListPage(20, "events", "changed", 0, 2, 0.0, fresh),))
    shown = {row.number: row.text for row in lists.rows("events", ())}
    assert shown == {**dict.fromkeys(range(1, 10), "x"), 4: "other", 10: "x"}
    assert lists.complete and lists.missing("events") == ""


def test_a_long_list_is_put_together_at_some_looks_only_and_always_when_a_round_has_ended(
    monkeypatch,
):
    monkeypatch.setattr(whole, "AT_ONCE", 10)
    lists = WholeLists()
    lists.look_at("events")
    rows = [line(n) for n in range(60, 0, -1)]
    lists.take(tuple(walk(rows, 60, 1)))
    once = lists.rows("events", ())
    assert len(once) == 60
    seen = []
    for number in range(30):
        fresh = line(60, f"other {number}")
        seen.append(lists.rows("events", (fresh,)))
    assert len({id(each) for each in seen}) == 1 + 30 // 7
    lists.take(tuple(walk([line(61), *rows], 61, 9)))
    assert len(lists.rows("events", ())) == 61


def test_what_a_search_has_found_is_shown_alone_once_it_is_whole_and_the_list_stays():
    rows = [line(n, "a" if n % 3 else "b") for n in range(90, 0, -1)]
    lists = WholeLists()
    lists.look_at("events")
    lists.take((ListPage(1, "events", "", 0, 90, 0.0, tuple(rows[:30])),))
    assert lists.look_at("events,events@:B")
    assert lists.missing("events", ":B") == "30 of 90 so far", "the search has not begun"
    found = [row for row in rows if row.text == "b"]
    pages = [
        ListPage(2, "events", ":B", 0, 80, 1.0, ()),
        ListPage(3, "events", ":B", 0, 60, 2.0, tuple(found[:20])),
        ListPage(4, "events", ":B", 20, 31, 3.0, tuple(found[20:])),
    ]
    lists.take(tuple(pages[:2]))
    assert not lists.has_found("events", ":B")
    assert lists.missing("events", ":B") == "20 found, 40 to look through"
    assert len(lists.rows("events", (), ":B")) == 40, "all that have come may pass"
    lists.take(tuple(pages[:3]))
    assert not lists.has_found("events", ":B"), "there may be one in ten to look through"
    lists.take((ListPage(5, "events", ":B", 30, 30, 3.0, ()),))
    assert lists.complete and lists.has_found("events", ":B")
    assert lists.missing("events", ":B") == "" != lists.missing("events", ":A")
    assert {row.number for row in lists.rows("events", (), ":B")} == {row.number for row in found}
    marked = lists.rows("events", (), ":B", ["89", "90"])
    assert {row.number for row in marked} == {89, *(row.number for row in found)}
    assert not lists.look_at("events,events@:B")
    lists.look_at("events")
    assert len(lists.rows("events", ())) == 50 and lists.missing("events") == "50 of 90 so far"


def test_a_search_that_goes_on_says_how_much_is_left_where_it_is_ahead_of_the_list():
    lists = WholeLists()
    lists.look_at("events,events@:X")
    lists.take((ListPage(1, "events", "", 0, 9_000, 0.0, (line(1),)),))
    lists.take((ListPage(2, "events", ":X", 0, 8_000, 0.0, tuple(line(n) for n in range(2, 12))),))
    assert lists.missing("events", ":X") == "10 found, 7,990 to look through"
    assert lists.missing("events") == "11 of 9,000 so far"


@given(st.integers(0, 30), st.integers(1, 5), st.integers(0, 30), st.integers(0, 3))
def test_a_row_that_two_rounds_of_a_search_did_not_bring_is_gone(held, size, gone, blank):
    rows = [line(n) for n in range(1, held + 1)]
    left = [row for row in rows if row.number > gone]
    lists = WholeLists()
    lists.look_at("events,events@:X")
    serial = 0
    for found in (rows, left, left):
        for _ in range(blank):
            serial += 1
            lists.take((ListPage(serial, "events", ":X", 0, len(found) + 1, 0.0, ()),))
        for start in range(0, max(len(found), 1), size):
            serial += 1
            piece = tuple(found[start : start + size])
            lists.take((ListPage(serial, "events", ":X", start, len(found), 0.0, piece),))
    shown = {row.number for row in lists.rows("events", (), ":X")}
    assert shown == {row.number for row in left}


def test_a_round_of_which_a_page_was_missed_is_not_said_to_be_all():
    rows = [line(n) for n in range(9, 0, -1)]
    pages = walk(rows, 3, 1)
    lists = WholeLists()
    lists.look_at("events")
    lists.take((pages[0],))
    lists.take((pages[2],))
    assert lists.missing("events") == "6 of 9 so far"
    lists.take(tuple(walk(rows, 3, 4)[:2]))
    assert lists.missing("events")
    lists.take(tuple(walk(rows, 3, 4)))
    assert len(lists.rows("events", ())) == 9 and lists.missing("events") == ""
