"""The session over its time: rates of the last half hour, gaps, the cursor and what it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.learning.estimators import wilson
from engine.snapshot import DayMark, DaySample, DayView, EngineSnapshot
from tests.support import sample_days as days
from tui.pane_numbers import TIME
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of, width_of
from tui.viewmodel import course, day
from tui.viewmodel.view import View


def view_of(found: EngineSnapshot) -> View:
    return View(found, ScreenState(), UNICODE)


def test_a_fill_rate_is_that_of_the_half_hour_before_with_its_interval():
    points = course.desk_points(view_of(days.over_its_day()))
    samples = days.samples()
    k, n = samples[60].fills - samples[30].fills, 300
    assert (points[60].k, points[60].n) == (k, n)
    assert (points[60].low, points[60].high) == wilson(k, n)
    early = points[10]
    assert (early.k, early.n) == (samples[10].fills, samples[10].attempts)
    assert points[0].rate is None


def test_this_moment_is_the_last_point_and_an_ended_desk_adds_none():
    found = days.over_its_day()
    last = course.desk_points(view_of(found))[-1]
    assert (last.at_s, last.floor_c) == (round(found.now_s, 3), found.totals.floor_c)
    assert last.loss_c == days.samples()[-1].loss_c
    lost = replace(found, day=replace(found.day, loss_c=98_700))
    assert course.desk_points(view_of(lost))[-1].loss_c == 98_700
    still = replace(found, now_s=days.samples()[-1].at_ms / 1000)
    assert len(course.desk_points(view_of(still))) == 73


def test_no_line_is_drawn_over_the_time_in_which_no_desk_ran():
    start = days.ms(10, 0)
    points = course.desk_points(view_of(days.over_its_day()))
    marks = (*days.MARKS, DayMark(start, "start", "went on"))
    runs = course.runs_of(points, marks, lambda p: p.floor_c)
    assert len(runs) == 2 and runs[1][0][0] == start / 1000
    assert sum(map(len, runs)) == len(points)


def test_the_cursor_follows_the_desk_until_it_is_moved_and_then_keeps_its_minute():
    view = view_of(days.over_its_day())
    points = course.desk_points(view)
    assert course.cursor(view, points) == points[-1]
    view.state.move_in(TIME, -3)
    here = course.cursor(view, points)
    assert here == points[-4]
    more = replace(
        view.snapshot,
        version=9,
        now_s=view.now_s + 120,
        day=DayView(days.samples(75), days.MARKS),
    )
    later = replace(view, snapshot=more)
    assert course.cursor(later, course.desk_points(later)) == here
    view.state.move_in(TIME, 99)
    grown = course.desk_points(later)
    assert course.cursor(later, grown) == grown[-1]


def test_the_cursor_reads_what_was_marked_since_the_point_before():
    view = view_of(days.over_its_day())
    points = course.desk_points(view)
    at = next(p for p in points if p.at_s == days.ms(10, 14) / 1000)
    text = text_of(day.read(at, points, days.MARKS, 90))
    assert text.startswith("10:14:00 ET  10:14:00 P1 UNHEDGED SPY 20DEC24/4 and 2 more")
    quiet = next(p for p in points if p.at_s == days.ms(10, 16) / 1000)
    assert "nothing marked" in text_of(day.read(quiet, points, days.MARKS, 90))


@pytest.mark.parametrize("size", [(74, 17), (74, 15), (114, 28), (194, 50)])
@pytest.mark.parametrize("make", [days.over_its_day, lambda: days.over_its_day(1)])
def test_the_session_fills_its_room_whatever_it_is(make, size):
    width, height = size
    lines = day.session_lines(view_of(make()), width, height)
    assert len(lines) <= height and all(width_of(line) <= width for line in lines)
    text = "\n".join(map(text_of, lines))
    for figure in day.OF_DESK:
        assert (figure.title if width >= day.GRID_WIDTH else figure.key) in text


@pytest.mark.parametrize("size", [(76, 17), (114, 28)])
def test_every_mark_is_named_whole_at_every_width(size):
    legend = text_of(day.session_lines(view_of(days.over_its_day()), *size)[-1])
    assert all(f"{letter} " in legend for kind, letter in day.LETTERS.items() if kind != "hold")
    assert legend.endswith("E end")


def test_without_a_session_it_says_so():
    view = view_of(replace(days.over_its_day(), day=DayView()))
    assert "nothing yet" in text_of(day.session_lines(view, 74, 17)[0])
    assert day.main_strips(view, 36) == []


def test_figures_that_a_desk_cannot_reach_are_told_apart_from_zero():
    unknown = course.Point(0.0, 0, 0, 0, None, None, None, 0, 0, None, 0, 0, 0)
    assert [f.told(unknown) for f in (day.RATE, day.LOSS, day.OPEN, day.ALARMS)] == [
        "?",
        "?",
        "0",
        "0",
    ]


def budgeted(found: EngineSnapshot) -> EngineSnapshot:
    return replace(
        found, totals=replace(found.totals, order_budget=900, order_budget_enforced=True)
    )


def test_orders_are_held_against_their_budget_where_one_is_enforced():
    free, bound = view_of(days.over_its_day()), view_of(budgeted(days.over_its_day()))
    assert day.ORDERS.limit(free) is None and day.ORDERS.limit(bound) == 900
    assert "of 900" in "\n".join(map(text_of, day.session_lines(bound, 194, 50)))


def test_a_point_of_a_late_fill_never_has_more_fills_than_attempts():
    a = DaySample(0, 0, 10, 2, 0, 0, 0, 0, 0, 0, 0)
    b = a._replace(at_ms=60_000_000, fills=4)
    found = replace(days.over_its_day(), now_s=60_000.0, day=DayView((a, b), ()))
    assert course.desk_points(view_of(found))[-1].rate is None


def stopped(last: int, *marks: DayMark) -> View:
    """A trader's detail at 10:42; its last attempt was in the stretch that ended then, minutes."""
    found = days.with_detail(days.over_its_day())
    row, detail = found.traders[0], found.detail
    assert detail is not None
    kept = [s for s in detail.day.samples if s.at_ms <= days.samples()[0].at_ms + 60_000 * last]
    end = kept[-1]
    row = replace(row, attempts=end.attempts, fills=end.fills, orders=end.orders,
        floor_c=end.floor_c, net_contracts=end.net, open_c=end.open_c)  # fmt: skip
    made = replace(detail, day=replace(detail.day, samples=tuple(kept)))
    desk = replace(found.day, marks=(*found.day.marks, *marks))
    return view_of(replace(found, traders=(row, *found.traders[1:]), detail=made, day=desk))


def test_the_fill_rate_of_a_trader_that_stopped_is_unknown_half_an_hour_later():
    view = stopped(30)
    points = course.trader_points(view.snapshot.traders[0], view)
    rates = {round((p.at_s - days.OPEN_S) / 60): p.rate for p in points}
    assert rates[30] is not None and rates[35] is not None and rates[55] is not None
    assert rates[60] is None and points[-1].rate is None
    assert len({p.floor_c for p in points if p.at_s >= days.OPEN_S + 1_800}) == 1
    fills = next(
        text_of(line) for line in day.trader_strips(view.snapshot.traders[0], view, 90)
        if text_of(line).startswith("fills")
    )  # fmt: skip
    bars = fills[day.STRIP_NAME :].rstrip(" ?")
    assert bars and len(bars) <= (90 - day.STRIP_NAME) * 61 // 390


def test_nothing_is_known_of_a_trader_over_the_time_in_which_no_desk_ran():
    start = DayMark(days.ms(10, 40), "start", "went on")
    view = stopped(30, start)
    points = course.trader_points(view.snapshot.traders[0], view)
    assert not [p for p in points if 30 < (p.at_s - days.OPEN_S) / 60 < 70]


def test_a_traders_detail_has_the_figures_of_the_session():
    view = view_of(days.with_detail(days.over_its_day()))
    row = view.snapshot.traders[0]
    assert view.snapshot.detail is not None
    lost = replace(view.snapshot.detail.day, loss_c=12_300, alarms=2)
    snapshot = replace(view.snapshot, detail=replace(view.snapshot.detail, day=lost))
    lines = [text_of(line) for line in day.trader_strips(row, view_of(snapshot), 90)]
    assert [line[: day.STRIP_NAME].strip() for line in lines[1:]] == [f.key for f in day.OF_DESK]
    told = {line[: day.STRIP_NAME].strip(): line.split()[-1] for line in lines[1:]}
    assert (told["day loss"], told["alarms"]) == ("123", "2")


@pytest.mark.parametrize(
    ("loss_c", "limit", "follows"),
    [(0, 1_666.66, "no entries"), (166_700, 3_333.33, "all sold back")],
)
@pytest.mark.parametrize("width", [56, 80, 114])
def test_the_days_loss_is_drawn_with_the_limit_that_it_meets_next_named(
    loss_c: int, limit: float, follows: str, width: int
) -> None:
    found = days.over_its_day()
    totals = replace(
        found.totals, day_loss_c=loss_c, day_loss_exit_c=166_666, day_loss_limit_c=333_333
    )
    view = view_of(replace(found, totals=totals))
    drawn = day.Course.of_desk(view)
    assert drawn.plot(day.LOSS, view, marked=False).limit == limit
    title = text_of(day.figure_lines(drawn, day.LOSS, view, width, 8, marked=False)[0])
    assert title.startswith("day loss") and f" of {limit:,.2f}: {follows}" in title


def test_a_days_loss_without_limits_is_drawn_without_one() -> None:
    found = days.over_its_day()
    view = view_of(replace(found, totals=replace(found.totals, day_loss_limit_c=0)))
    assert day.LOSS.limit(view) is None and day.LOSS.named(view) == ""
