"""The session's points in time: the desk's or a trader's figures, and where the cursor stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from engine.snapshot import (
    DayMark,
    DaySample,
    EngineSnapshot,
    TraderSample,
    TraderView,
    rate_of,
)
from tui.pane_numbers import TIME
from tui.viewmodel.alarms import active_alarms
from tui.viewmodel.view import View

NOW: Final = "now"
"""Key of the cursor's place that follows the desk."""

TRADER_MS: Final = 300_000
"""Milliseconds from one sample of a trader to the next; one without a change is not kept."""

WINDOW_S: Final = 1_800.0
"""The fill rate at a moment is that of the half hour before it."""


class Point(NamedTuple):
    """The figures of a desk or a trader at one moment; None is unknown or does not apply.

    rate is the fill rate of the half hour before, low and high its 95 % interval; k and n what it
    counts. alarms are those active of every priority.
    """

    at_s: float
    floor_c: int
    k: int
    n: int
    rate: float | None
    low: float | None
    high: float | None
    unhedged: int
    open_c: int
    loss_c: int | None
    orders: int
    alarms: int
    p1: int


def _with_unchanged(
    samples: Sequence[TraderSample], starts_ms: Sequence[int]
) -> list[TraderSample]:
    """A trader's samples with those that were not kept, as nothing had changed.

    In the half hour after its last attempt the fill rate changes from one to the next, and is
    unknown at its end.

    Args:
        samples: the oldest first.
        starts_ms: when a desk began or went on, epoch milliseconds: none ran just before.
    """
    result = []
    window_ms = round(WINDOW_S * 1000)
    for sample, after in pairwise(samples):
        result.append(sample)
        if not any(sample.at_ms < start_ms <= after.at_ms for start_ms in starts_ms):
            first = (sample.at_ms // TRADER_MS + 1) * TRADER_MS
            most = min(after.at_ms, sample.at_ms + window_ms + TRADER_MS)
            result += [sample._replace(at_ms=at_ms) for at_ms in range(first, most, TRADER_MS)]
    return [*result, *samples[-1:]]


def _points(samples: Sequence[DaySample | TraderSample], first: int = 0) -> tuple[Point, ...]:
    """The points of samples from one of them on."""
    points = []
    for sample in samples[first:]:
        since_s = sample.at_ms / 1000 - WINDOW_S
        before = bisect_right(samples, since_s, key=_at_s) - 1
        since = samples[before] if before >= 0 else samples[0]
        k, n = sample.fills - since.fills, sample.attempts - since.attempts
        if before < 0:
            k, n = sample.fills, sample.attempts
        found = rate_of(k, n)
        rate, low, high = (None, None, None) if found is None else found
        held: tuple[int, int, int | None, int, int, int]
        known = (sample.at_ms / 1000, sample.floor_c, min(k, n), n, rate, low, high)
        if isinstance(sample, DaySample):
            active = sample.p1 + sample.p2 + sample.p3
            held = (sample.unhedged, sample.open_c, sample.loss_c, sample.orders, active, sample.p1)
        else:
            held = (sample.net, sample.open_c, sample.loss_c, sample.orders, sample.alarms, 0)
        points.append(Point(*known, *held))
    return tuple(points)


def _at_s(sample: DaySample | TraderSample) -> float:
    return sample.at_ms / 1000


def _now(snapshot: EngineSnapshot) -> tuple[DaySample, ...]:
    """The figures of this moment behind the last sample."""
    samples, at_ms = snapshot.day.samples, round(snapshot.now_s * 1000)
    if not samples or at_ms <= samples[-1].at_ms:
        return samples
    t, active = snapshot.totals, [alarm.priority for alarm in active_alarms(snapshot)]
    now = DaySample(
        at_ms,
        t.floor_c,
        t.attempts,
        t.fills,
        t.unhedged,
        t.open_c,
        snapshot.day.loss_c,
        t.orders_today,
        *(active.count(priority) for priority in (1, 2, 3)),
    )
    return (*samples, now)


def desk_points(view: View) -> tuple[Point, ...]:
    """The desk's course with this moment at its end; made once a snapshot.

    Only this moment is: what was sampled before stays as it is.
    """
    s, samples = view.snapshot, view.snapshot.day.samples
    sampled = view.state.once("sampled", samples, None, lambda: _points(samples))
    return view.state.once("day", s, None, lambda: (*sampled, *_points(_now(s), len(samples))))


def trader_points(row: TraderView, view: View) -> tuple[Point, ...]:
    """The course of the watched trader with this moment at its end; empty until it is known."""
    detail = view.snapshot.detail
    if detail is None or detail.key != row.key:
        return ()

    def make() -> tuple[Point, ...]:
        day, at_ms = detail.day, round(view.now_s * 1000)
        samples = day.samples
        if not samples or at_ms > samples[-1].at_ms:
            now = TraderSample(
                at_ms,
                row.floor_c,
                row.attempts,
                row.fills,
                row.net_contracts,
                row.open_c,
                row.orders,
                day.loss_c,
                day.alarms,
            )
            samples = (*samples, now)
        starts = [mark.at_ms for mark in view.snapshot.day.marks if mark.kind == "start"]
        return _points(_with_unchanged(samples, starts))

    return view.state.once("trader day", view.snapshot, row.key, make)


def bounds(view: View, points: Sequence[Point]) -> tuple[float, float]:
    """The times at both ends of a plot: the session's, or as far as its points reach."""
    phase = view.snapshot.phase
    start_s = points[0].at_s if points else view.now_s
    end_s = max(points[-1].at_s if points else view.now_s, start_s + 60.0)
    if phase.opens_s is not None and phase.closes_s is not None and end_s >= phase.opens_s:
        return min(phase.opens_s, start_s), max(phase.closes_s, end_s)
    return start_s, end_s


def runs_of(
    points: Sequence[Point],
    marks: Sequence[DayMark],
    value: Callable[[Point], float | None],
) -> list[list[tuple[float, float]]]:
    """The values over time; no line where nothing is known, or while no desk ran."""
    starts = [mark.at_ms / 1000 for mark in marks if mark.kind == "start"]
    runs: list[list[tuple[float, float]]] = [[]]
    before_s = float("-inf")
    for point in points:
        known = value(point)
        stopped = any(before_s < start_s <= point.at_s for start_s in starts)
        if known is None or stopped:
            runs.append([])
        if known is not None:
            runs[-1].append((point.at_s, known))
        before_s = point.at_s
    return [run for run in runs if run]


def cursor(view: View, points: Sequence[Point]) -> Point | None:
    """The point that the cursor stands on; the last where nobody moved it."""
    if not points:
        return None
    keys = [str(round(point.at_s)) for point in points[:-1]] + [NOW]
    selection = view.state.selection(TIME)
    if not selection.key:
        selection.select(NOW)
    at = view.state.follow(TIME, keys, len(keys))
    return points[at]


def marks_near(point: Point, points: Sequence[Point], marks: Sequence[DayMark]) -> list[DayMark]:
    """What happened from the point before up to this one."""
    at = points.index(point)
    since_s = points[at - 1].at_s if at else float("-inf")
    return [mark for mark in marks if since_s < mark.at_ms / 1000 <= point.at_s]
