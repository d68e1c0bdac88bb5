"""A range of days as one HTML page: one block for each thing that made figures."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from engine.report import figures
from engine.report.plots.page import standing_alone
from engine.report.plots.rows import bars_plot
from engine.report.span import Block, SpanReport
from engine.report.span_text import HEADS, day_cells, day_mean_text, remarks


def span_page(report: SpanReport) -> str:
    """The page: no figure holds sessions of two venues, modes or fill models."""
    return standing_alone(f"Sessions {report.first} to {report.last}", _body(report))


def _body(report: SpanReport) -> Iterator[str]:
    yield f"<h1>Sessions from {escape(report.first)} to {escape(report.last)}</h1>"
    if len(report.blocks) > 1:
        yield figures.note(
            f"{len(report.blocks)} blocks: figures of different venues, modes or fill models are "
            "never added up."
        )
    for block in report.blocks:
        yield from _block(block)
    if report.left_out:
        yield "<h2>Left out</h2>"
        yield from figures.table(("run", "why"), report.left_out)


def _block(block: Block) -> Iterator[str]:
    made_by = block.fills
    yield "<hr>" + "".join(f"<h2>{escape(each.text)}</h2>" for each in block.made_by)
    if any(each.mode == "SIM" for each in block.made_by):
        yield "<p><strong>SIMULATED</strong>: fills were simulated, not traded.</p>"
    if block.reason:
        yield figures.note(f"{block.reason}.")
    yield figures.titled("Days", made_by)
    rows = [day_cells(day) for day in block.days]
    if len(rows) > 1:
        rows.append(day_cells(block.total))
    yield from figures.table([head.lower() for head in HEADS], rows)
    yield figures.note(f"{day_mean_text(block.a_day)}.")
    for line in remarks(block.days):
        yield figures.note(f"{line}.")
    yield figures.titled("Floor dollars by day", made_by)
    yield bars_plot([(day.day, day.result_c / 100) for day in block.days], "$")
    yield from figures.fills_by_hour(block.hours, made_by)
    course = block.course
    yield from figures.time_to_fill(course.fill_times, course.waits, made_by)
    yield from figures.hedge_times(course.hedges, made_by)
    found = block.dollars
    yield from figures.results_of("trader", block.traders, found.by_trader, made_by)
    yield from figures.results_of("symbol", found.symbols, found.by_symbol, made_by)
    yield from figures.gates_seen(course.gates, made_by)
    yield from figures.alarms_raised(course.alarms, made_by)
    yield figures.note(f"runs: {', '.join(block.runs)}")
