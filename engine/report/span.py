"""Sessions of a range of days, added up where one thing made their figures, and nowhere else."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from statistics import fmean, stdev
from typing import Any, Final, NamedTuple

from engine.learning.student import t_quantile
from engine.report.calibration import PromisesKept, promises_kept
from engine.report.provenance import Provenance
from engine.report.records import (
    FORMAT,
    NOT_COMPARED,
    Course,
    Cycles,
    DollarTable,
    Rate,
    SessionReport,
)
from engine.report.session import rate_of
from engine.snapshot.dollars import Concentration

FEW_DAYS: Final = 8
"""Fewer days than this are thin evidence of what a day brings."""

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day, or the sum of all: cents, counts, and how often alarms of each priority were raised.

    runs are those with a session on the day; differing counts sessions whose books did not match.
    A cycle that was left overnight is of both days, and once in the sum of all.
    """

    day: str
    runs: int
    result_c: int
    orders: int
    trader_hours: float
    fill: Rate
    filled_cycles: int
    completions: int
    hung: int
    fees_c: int
    p1: int
    p2: int
    p3: int
    differing: int


@dataclass(frozen=True, slots=True)
class DayMean:
    """What a day brings, cents: the mean over days with Student's 95 % interval, from two days on.

    The days are taken for draws that do not depend on each other; few of them are thin.
    """

    days: int
    mean_c: float | None
    low_c: float | None
    high_c: float | None
    thin: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Sessions with one provenance, summed by day and over all.

    made_by has more than one where a session went on under another fill model: it is then alone.
    reason says what keeps it apart from the other blocks; "" where it is the only one. results of
    the course are by day, and it has no order budget: a budget is a day's. promises are those of
    trials that ended in these sessions, None where no such trial had one.
    """

    made_by: tuple[Provenance, ...]
    reason: str
    runs: tuple[str, ...]
    days: tuple[DayRow, ...]
    total: DayRow
    a_day: DayMean
    hours: tuple[Rate, ...]
    traders: tuple[tuple[str, int], ...]
    dollars: DollarTable
    course: Course
    promises: PromisesKept | None = None

    @property
    def fills(self) -> str:
        """How orders were filled, in words that go beside a figure."""
        return " and ".join(dict.fromkeys(each.fills for each in self.made_by))


@dataclass(frozen=True, slots=True)
class SpanReport:
    """Every session from one day to another; left_out are runs that could not be read, and why."""

    first: str
    last: str
    blocks: tuple[Block, ...]
    left_out: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values; money is whole cents, times name a unit."""
        return {"format": FORMAT, **asdict(self)}


def span_report(
    first: str,
    last: str,
    sessions: Iterable[SessionReport],
    left_out: Iterable[tuple[str, str]] = (),
) -> SpanReport:
    """Add sessions up.

    Args:
        first, last: ISO days of the range, for its title.
        sessions: their reports, all inside the range, those of a run by date.
        left_out: runs that are not among them, and why.
    """
    grouped: dict[tuple[Provenance, ...], list[SessionReport]] = {}
    twice: dict[tuple[Provenance, ...], _Twice] = {}
    before: dict[tuple[str, str], tuple[Provenance, ...]] = {}
    for report in sessions:
        made_by, run = report.made_by, (report.header.mode, report.header.run)
        grouped.setdefault(made_by, []).append(report)
        if before.get(run) == made_by:
            twice[made_by] = twice.get(made_by, _Twice()).plus(report.cycles)
        before[run] = made_by
    kinds = list(grouped)
    blocks = tuple(
        _block(made_by, _reason(made_by, kinds), reports, twice.get(made_by, _Twice()))
        for made_by, reports in grouped.items()
    )
    return SpanReport(first, last, blocks, tuple(left_out))


_NAMES: Final = {
    "mode": "mode",
    "account": "account",
    "venue": "venue",
    "fill_model": "fill model",
}


def _reason(made_by: tuple[Provenance, ...], kinds: Sequence[tuple[Provenance, ...]]) -> str:
    """What keeps a block apart from the others."""
    if len(made_by) > 1:
        texts = ", then ".join(each.text for each in made_by)
        return f"a session went on under another setting, so its figures are mixed: {texts}"
    others = [each for kind in kinds if kind != made_by for each in kind]
    differing = [
        _NAMES[field.name]
        for field in fields(Provenance)
        if made_by
        and any(getattr(other, field.name) != getattr(made_by[0], field.name) for other in others)
    ]
    if not differing:
        return ""
    return f"apart from the others by {' and '.join(differing)}: such figures never meet"


class _Twice(NamedTuple):
    """What sessions left to the next ones of a block, in which it is counted again."""

    left_over: int = 0
    hung_before: int = 0

    def plus(self, cycles: Cycles) -> _Twice:
        return _Twice(self.left_over + cycles.left_over, self.hung_before + cycles.hung_before)


def _block(
    made_by: tuple[Provenance, ...], reason: str, reports: Sequence[SessionReport], twice: _Twice
) -> Block:
    by_day: dict[str, list[SessionReport]] = {}
    for report in reports:
        by_day.setdefault(report.header.session_date, []).append(report)
    days = tuple(_day(day, by_day[day]) for day in sorted(by_day))
    total = _day("all", reports)
    traders: Counter[str] = Counter()
    symbols: Counter[str] = Counter()
    for report in reports:
        for row in report.traders:
            traders[row.trader] += row.result_c
            symbols[row.symbol] += row.result_c
    return Block(
        made_by=made_by,
        reason=reason,
        runs=tuple(dict.fromkeys(report.header.run for report in reports)),
        days=days,
        total=replace(
            total,
            filled_cycles=total.filled_cycles - twice.left_over,
            hung=total.hung - twice.hung_before,
        ),
        a_day=day_mean([day.result_c for day in days]),
        hours=_hours(reports),
        traders=tuple(traders.items()),
        dollars=DollarTable(
            tuple(symbols.items()), Concentration.of(traders), Concentration.of(symbols)
        ),
        course=_course(reports),
        promises=promises_kept(reports),
    )


def _day(day: str, reports: Sequence[SessionReport]) -> DayRow:
    def total(figure: Callable[[SessionReport], int]) -> int:
        return sum(map(figure, reports))

    return DayRow(
        day=day,
        runs=len({report.header.run for report in reports}),
        result_c=total(lambda r: r.money.result_c),
        orders=total(lambda r: r.orders.sent),
        trader_hours=sum(report.money.trader_hours for report in reports),
        fill=rate_of(day, total(lambda r: r.attempts.k), total(lambda r: r.attempts.n)),
        filled_cycles=total(lambda r: r.cycles.filled),
        completions=total(lambda r: r.cycles.completion.k),
        hung=total(lambda r: r.cycles.hung),
        fees_c=total(lambda r: r.money.session_fees_c),
        p1=total(lambda r: r.alarms.p1),
        p2=total(lambda r: r.alarms.p2),
        p3=total(lambda r: r.alarms.p3),
        differing=total(lambda r: r.books != "match" and not r.books.startswith(NOT_COMPARED)),
    )


def day_mean(results_c: Sequence[int]) -> DayMean:
    """The mean of days' results with its interval.

    Args:
        results_c: cents, one a day.
    """
    days = len(results_c)
    mean_c = fmean(results_c) if days else None
    if mean_c is None or days < 2:
        return DayMean(days, mean_c, None, None, True)
    quantile = t_quantile((1 + CONFIDENCE) / 2, days - 1)
    half_c = quantile * stdev(results_c) / math.sqrt(days)
    return DayMean(days, mean_c, mean_c - half_c, mean_c + half_c, days < FEW_DAYS)


def _hours(reports: Sequence[SessionReport]) -> tuple[Rate, ...]:
    filled: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for report in reports:
        for rate in report.hours:
            filled[rate.label] += rate.k
            tried[rate.label] += rate.n
    return tuple(rate_of(hour, filled[hour], tried[hour]) for hour in sorted(tried))


def _course(reports: Sequence[SessionReport]) -> Course:
    courses = [report.course for report in reports]
    gates: Counter[str] = Counter()
    alarms: Counter[tuple[int, str]] = Counter()
    for course in courses:
        gates.update(course.gates)
        for priority, code, count in course.alarms:
            alarms[priority, code] += count
    return Course(
        stretch_s=courses[0].stretch_s,
        results=(),
        orders=(),
        fill_times=_pooled(course.fill_times for course in courses),
        waits=_pooled(course.waits for course in courses),
        hedges=_pooled(course.hedges for course in courses),
        gates=dict(gates.most_common()),
        alarms=tuple((*key, count) for key, count in sorted(alarms.items())),
        order_budget=None,
        order_budget_enforced=False,
    )


def _pooled(histograms: Iterable[Iterable[tuple[float, int]]]) -> tuple[tuple[float, int], ...]:
    total: Counter[float] = Counter()
    for histogram in histograms:
        for took_s, count in histogram:
            total[took_s] += count
    return tuple(sorted(total.items()))
