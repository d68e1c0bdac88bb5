"""A range of days laid out as plain text: one block for each thing that made figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.report.calibration import span_calibration
from engine.report.layout import dollars, interval, printable, section, share, table, wrapped
from engine.report.span import Block, DayMean, DayRow, SpanReport
from engine.report.text import NARROWEST, concentration
from engine.snapshot.dollars import LEAST_TRADER_HOURS

HEADS: Final = (
    "DAY", "RUNS", "RESULT", "$/Ord", "$/TrH", "ORDERS", "ATTEMPTS", "FILL%", "95%INT", "DONE",
    "HUNG", "FEES", "P1", "",
)  # fmt: skip
_LEAST: Final = (11, 8, 5, 10, 12, 6, 4, 1)
"""Columns that go where there is little room: fees first, then intervals, orders, hung, alarms."""


def span_text(report: SpanReport, width: int = 100) -> str:
    """Lay the report out in at most `width` columns, NARROWEST or more."""
    return "\n".join(map(printable, _lines(report, max(width, NARROWEST)))) + "\n"


def _lines(report: SpanReport, width: int) -> Iterator[str]:
    yield from wrapped(f"SESSIONS FROM {report.first} TO {report.last}", width, 0)
    for block in report.blocks:
        yield from _block(block, width)
    if report.left_out:
        yield from section("LEFT OUT", width)
        for run, reason in report.left_out:
            yield from wrapped(f"{run}: {reason}", width)


def _block(block: Block, width: int) -> Iterator[str]:
    yield ""
    for made_by in block.made_by:
        yield from wrapped(made_by.text, width, 0)
    if block.reason:
        yield from wrapped(block.reason, width, 0)
    rows = [HEADS, *map(day_cells, block.days)]
    if len(block.days) > 1:
        rows.append(day_cells(block.total))
    yield from table(rows, width, _LEAST)
    yield from wrapped(day_mean_text(block.a_day), width)
    for line in remarks(block.days):
        yield from wrapped(line, width)
    for word, spread in (
        ("trader", block.dollars.by_trader),
        ("symbol", block.dollars.by_symbol),
    ):
        yield from wrapped(f"by {word}: {concentration(spread)}", width)
    if block.promises is not None:
        yield from wrapped(f"advice: {span_calibration(block.promises)}", width)
    texts = (f"{symbol} {dollars(result_c)}" for symbol, result_c in block.dollars.symbols)
    yield from wrapped(", ".join(texts), width)


def day_cells(row: DayRow) -> tuple[str, ...]:
    """A day's figures in the order of HEADS."""
    return (
        row.day,
        str(row.runs),
        dollars(row.result_c),
        share(row.result_c, row.orders, 1),
        share(row.result_c, row.trader_hours, LEAST_TRADER_HOURS),
        f"{row.orders:,}",
        f"{row.fill.n:,}",
        "n/a" if row.fill.rate is None else f"{100 * row.fill.rate:.1f}",
        interval(row.fill),
        f"{row.completions}/{row.filled_cycles}",
        str(row.hung),
        dollars(row.fees_c, ""),
        str(row.p1),
        "THIN" if row.fill.thin else "",
    )


def day_mean_text(mean: DayMean) -> str:
    """What a day brings, in words."""
    if mean.low_c is None or mean.high_c is None:
        return "what a day brings: n/a from one day"
    thin = f", THIN: {mean.days} days" if mean.thin else f" over {mean.days} days"
    return (
        f"what a day brings: {dollars(mean.mean_c)} [{dollars(mean.low_c)}, "
        f"{dollars(mean.high_c)}]{thin}"
    )


def remarks(days: Sequence[DayRow]) -> Iterator[str]:
    """What a reader of the days must know beside their figures."""
    several = [day.day for day in days if day.runs > 1]
    if several:
        yield f"more than one run, all of them summed: {', '.join(several)}"
    differing = [day.day for day in days if day.differing]
    if differing:
        yield f"books that did not match: {', '.join(differing)}; `legdesk runs` says which"
