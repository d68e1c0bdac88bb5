"""Pieces of the reports' pages: a title with what made the figure, and its plot or table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import accumulate
from typing import Final

from engine.learning.estimators import FIRST_LOOK
from engine.learning.survival import FillTimes, kaplan_meier
from engine.report.layout import EXCHANGE
from engine.report.plots.curves import Curve, Tick, curves_plot
from engine.report.plots.rows import bars_plot, intervals_plot, shares_plot
from engine.report.records import Rate
from engine.report.text import concentration
from engine.snapshot.dollars import Concentration

Counts = Sequence[tuple[float, int]]
Stretches = Sequence[tuple[int, int]]

MOST_HOURS: Final = 12
"""Hours written below an axis of times; of longer sessions every second, third and so on."""

LEAST_WATCHED: Final = 20
"""A curve of times to fill is shown while one attempt of so many still works."""

FEW: Final = 200
"""Results drawn one by one; of more traders the greatest and the least are."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A rate in percent with its interval; none speaks for or against anything by itself."""

    mean: float | None
    low: float | None
    high: float | None
    sign: int = 0


def titled(title: str, made_by: str) -> str:
    """A title, and beside it what made the figures below."""
    return f'<h3>{escape(title)} <span class="note">{escape(made_by)}</span></h3>'


def note(text: str) -> str:
    """A remark below a figure."""
    return f'<p class="note">{escape(text)}</p>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table whose first column is a name."""
    yield '<div class="wide"><table>'
    if heads:
        yield "<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</table></div>"


def results_over_day(results: Stretches, stretch_s: int, made_by: str) -> Iterator[str]:
    """Floor dollars of finished cycles, added up over the session."""
    yield titled("Floor dollars over the day, added up", made_by)
    if not results:
        yield note("no cycle has finished")
        return
    points = _added_up(results, stretch_s, 100)
    curve = Curve("floor dollars", points)
    yield curves_plot([curve], "exchange time", "$", ticks=_hours(points))
    text = "Payoff floors of finished cycles after fees, less what units sold back lost, and what"
    yield note(f"{text} units came to that expired open or were closed by others.")


def orders_over_day(
    orders: Stretches, stretch_s: int, budget: int | None, enforced: bool, made_by: str
) -> Iterator[str]:
    """Orders sent, added up over the session, against the day's budget where it is near."""
    yield titled("Orders sent, added up", made_by)
    if not orders:
        yield note("no order was sent")
        return
    points = _added_up(orders, stretch_s, 1)
    sent = sum(count for _, count in orders)
    # A budget far above what was sent would press the curve flat; the note tells it all the same.
    near = budget is not None and budget <= 4 * sent
    limit = ("a day's orders on a month's average", float(budget)) if near and budget else None
    yield curves_plot(
        [Curve("orders", points)], "exchange time", "orders", ticks=_hours(points), limit=limit
    )
    if budget is not None:
        kept = "enforced" if enforced else "not enforced here"
        yield note(f"{sent:,} of {budget:,} orders a day on a month's average, {kept}.")


def _added_up(stretches: Stretches, stretch_s: int, unit: int) -> list[tuple[float, float]]:
    """The running sum at the end of each stretch, from nothing at the beginning of the first."""
    sums = accumulate(figure for _, figure in stretches)
    points = [
        (float(at_ms + stretch_s * 1000), total / unit)
        for (at_ms, _), total in zip(stretches, sums, strict=True)
    ]
    return [(float(stretches[0][0]), 0.0), *points]


def _hours(points: Sequence[tuple[float, float]]) -> list[Tick]:
    """Whole hours of exchange time between the first point and the last."""
    first, last = (datetime.fromtimestamp(points[end][0] / 1000, EXCHANGE) for end in (0, -1))
    hour = first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = []
    while hour <= last:
        hours.append(hour)
        hour += timedelta(hours=1)
    every = 1 + len(hours) // MOST_HOURS
    shown = [each for each in hours if each.hour % every == 0] or [first, last]
    return [(each.timestamp() * 1000, f"{each:%H:%M}") for each in shown]


def fills_by_hour(hours: Sequence[Rate], made_by: str) -> Iterator[str]:
    """Fill rates by exchange hour with their 95 % intervals, and attempts and fills behind them."""
    yield titled("Attempts and fills by hour", made_by)
    if not hours:
        yield note("no attempt yet")
        return
    yield intervals_plot([(_hour(rate), _mark(rate)) for rate in hours], "% of attempts filled")
    yield note("95 % Wilson intervals; THIN below 50 attempts.")


def _hour(rate: Rate) -> str:
    thin = " THIN" if rate.thin else ""
    return f"{rate.label}:00  {rate.k:,} of {rate.n:,}{thin}"


def _mark(rate: Rate) -> Mark:
    mean, low, high = (
        None if each is None else 100 * each for each in (rate.rate, rate.low, rate.high)
    )
    return Mark(mean, low, high)


def time_to_fill(fills: Counts, waits: Counts, made_by: str) -> Iterator[str]:
    """The Kaplan-Meier estimate of the time to a fill."""
    yield titled("Time to fill", made_by)
    curve = kaplan_meier(FillTimes(_in_ms(fills), _in_ms(waits)))
    until_s = _watched_until([*fills, *waits])
    steps = zip(curve.times_s, curve.filled, strict=True)
    points = [(took_s, 100 * share) for took_s, share in steps if took_s <= until_s]
    if len(points) < 2:
        yield note("no attempt filled at a known time")
        return
    points.append((until_s, points[-1][1]))
    yield curves_plot([Curve("filled", points)], "seconds from WORKING", "% filled by then")
    thin = " THIN: few attempts." if curve.attempts < FIRST_LOOK else ""
    yield note(
        f"Kaplan-Meier of {curve.attempts:,} timed attempts, {curve.censored:,} of them cancelled: "
        f"those count as not filled until then. Shown while one of {LEAST_WATCHED} still works."
        f"{thin}"
    )


def _watched_until(counts: Counts) -> float:
    """The second until which enough attempts still work: few of them make the curve leap."""
    left = sum(count for _, count in counts)
    least = left / LEAST_WATCHED
    until_s = 0.0
    for took_s, count in sorted(counts):
        if left < least:
            break
        until_s, left = took_s, left - count
    return until_s


def hedge_times(hedges: Counts, made_by: str) -> Iterator[str]:
    """How long completed cycles were legged: the share that was hedged by each second."""
    yield titled("Time to the hedge", made_by)
    total = sum(count for _, count in hedges)
    if not total:
        yield note("no cycle was completed")
        return
    points, done = [(0.0, 0.0)], 0
    for took_s, count in sorted(hedges):
        done += count
        points.append((took_s, 100 * done / total))
    shown = next(index for index, (_, share) in enumerate(points) if share >= 99) + 1
    yield curves_plot(
        [Curve("hedged", points[:shown])], "seconds from the first debit fill", "% hedged by then"
    )
    beyond = "" if shown == len(points) else f" The slowest took {points[-1][0]:,.0f} s."
    yield note(f"{total:,} hedges.{beyond}")


def results_of(
    what: str, results_c: Sequence[tuple[str, int]], spread: Concentration, made_by: str
) -> Iterator[str]:
    """Floor dollars by trader or symbol, and how concentrated the gains are.

    Args:
        what: "trader" or "symbol".
        results_c: cents by name.
        spread: their concentration.
        made_by: what made the figures.
    """
    yield titled(f"Floor dollars by {what}", made_by)
    ranked = sorted(results_c, key=lambda each: -each[1])
    if not any(result_c for _, result_c in ranked):
        yield note("nobody gained or lost")
        return
    shown = ranked if len(ranked) <= FEW else [*ranked[: FEW // 2], *ranked[-FEW // 2 :]]
    yield bars_plot([(name, result_c / 100) for name, result_c in shown], "$")
    left = "" if len(shown) == len(ranked) else f" {len(ranked) - len(shown)} between are left out."
    yield note(f"{concentration(spread)}.{left}")


def gates_seen(gates: dict[str, int], made_by: str) -> Iterator[str]:
    """What kept traders from debits, as shares of the time in which the exchange traded."""
    yield titled("What kept traders from debits", made_by)
    total = sum(gates.values())
    if not total:
        yield note("not recorded: no look at the gates is in the journal")
        return
    shares = {gate: count / total for gate, count in gates.items()}
    yield shares_plot([("all traders", shares)], "share of the looks")
    yield note(
        f"The first closed gate of each trader at {total:,} looks ten seconds apart; OPEN: none."
    )


def alarms_raised(alarms: Sequence[tuple[int, str, int]], made_by: str) -> Iterator[str]:
    """Alarms by priority and code, and how often each wanted an answer."""
    yield titled("Alarms", made_by)
    if not alarms:
        yield note("none was raised")
        return
    rows = [(f"P{priority} {code}", f"{count:,}") for priority, code, count in alarms]
    yield from table(("alarm", "raised"), rows)


def _in_ms(counts: Counts) -> dict[int, int]:
    return {round(1000 * took_s): count for took_s, count in counts}
