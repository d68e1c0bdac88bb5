"""A range of days as one HTML page: one block for each thing that made figures."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from engine.report import figures
from engine.report.calibration import span_calibration
from engine.report.plots.calibration import calibration_plot
from engine.report.plots.page import standing_alone
from engine.report.plots.rows import bars_plot
from engine.report.span import Block, SpanReport
from engine.report.span_text import HEADS, day_cells, day_mean_text, remarks
from engine.report.trials import UNIT, predicted_of


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
    yield from _promises(block, made_by)
    yield figures.note(f"runs: {', '.join(block.runs)}")


def _promises(block: Block, made_by: str) -> Iterator[str]:
    """How good advice was: what finished trials promised against what they measured."""
    found = block.promises
    if found is None:
        return
    yield figures.titled("Advice: measured against promised", made_by)
    yield calibration_plot(predicted_of(found.trials), UNIT)
    yield figures.note(
        f"{span_calibration(found)}. Full where both agree, as far as their 95 % intervals tell, "
        "hollow where not; on the broken line what was promised was measured."
    )
    heads = ("trial", "setting", "promised", "95 %", "measured", "95 %", "agree", "end")
    rows = []
    for row, each in zip(found.trials, predicted_of(found.trials), strict=True):
        rows.append(
            (
                row.id,
                f"{row.setting} {row.trader}",
                f"{each.predicted:+,.2f}",
                f"[{each.low:+,.2f}, {each.high:+,.2f}]",
                f"{each.measured:+,.2f}",
                f"[{each.measured_low:+,.2f}, {each.measured_high:+,.2f}]",
                "yes" if each.inside else "no",
                row.end,
            )
        )
    yield from figures.table(heads, rows)
    yield figures.note(f"In {UNIT}.")
