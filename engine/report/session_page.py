"""The session report as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from engine.report import figures
from engine.report.layout import clock, dollar_days, dollars, interval, rate_text, seconds, share
from engine.report.plots.calibration import calibration_plot
from engine.report.plots.page import standing_alone
from engine.report.records import SessionReport
from engine.report.text import money_figures, order_figures, trading_figures
from engine.report.trials import UNIT, predicted_of, trial_sentence
from engine.snapshot.dollars import LEAST_TRADER_HOURS


def session_page(report: SessionReport) -> str:
    """The page: every plot names the fill model that made its figures."""
    head = report.header
    return standing_alone(f"Session {head.session_date} {head.account}", _body(report))


def made_by_text(report: SessionReport) -> str:
    """What filled the session's orders, in words that go beside a figure."""
    texts = dict.fromkeys(each.fills for each in report.made_by)
    return " and ".join(texts) if texts else "nothing ran"


def _body(report: SessionReport) -> Iterator[str]:
    made_by = made_by_text(report)
    yield from _head(report)
    yield figures.titled("Money, US dollars", made_by)
    yield from figures.table((), money_figures(report))
    course = report.course
    yield from figures.results_over_day(course.results, course.stretch_s, made_by)
    yield figures.titled("Trading", made_by)
    yield from figures.table((), trading_figures(report))
    yield from figures.fills_by_hour(report.hours, made_by)
    yield from figures.time_to_fill(course.fill_times, course.waits, made_by)
    yield from figures.hedge_times(course.hedges, made_by)
    found = report.dollars
    by_trader = [(row.trader, row.result_c) for row in report.traders]
    yield from figures.results_of("trader", by_trader, found.by_trader, made_by)
    yield from figures.results_of("symbol", found.symbols, found.by_symbol, made_by)
    yield from _traders(report, made_by)
    yield from _capital(report, made_by)
    yield from figures.gates_seen(course.gates, made_by)
    yield from figures.orders_over_day(
        course.orders,
        course.stretch_s,
        course.order_budget,
        course.order_budget_enforced,
        made_by,
    )
    yield from figures.table((), order_figures(report))
    yield from figures.alarms_raised(course.alarms, made_by)
    if report.alarms.standing:
        yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in report.alarms.standing)
        yield "</ul>"
    yield from _recommendations(report, made_by)
    yield from _afterwards(report, made_by)


def _head(report: SessionReport) -> Iterator[str]:
    head = report.header
    yield f"<h1>[{escape(head.mode)}] {escape(head.account)} {escape(head.session_date)}</h1>"
    if head.mode == "SIM":
        yield (
            f"<p><strong>SIMULATED: {escape(made_by_text(report))}</strong>, source "
            f"{escape(head.source)}; fills were simulated, not traded.</p>"
        )
    else:
        yield f"<p>source {escape(head.source)}</p>"
    if len(report.made_by) > 1:
        texts = "; ".join(each.text for each in report.made_by)
        yield f'<p class="thin">Figures of this session are mixed: {escape(texts)}.</p>'
    asked = f", asked by {head.ended_by}" if head.ended_by else ""
    end = f"ended {clock(head.ended_ms)}: {head.end_reason}{asked}"
    end = end if head.ended else f"not ended, as of {clock(head.ended_ms)}"
    again = f", started {head.starts} times" if head.starts > 1 else ""
    yield figures.note(
        f"run {head.run or '-'}{again}; started {clock(head.started_ms)}, {end}; "
        f"books: {report.books}"
    )


def _traders(report: SessionReport, made_by: str) -> Iterator[str]:
    yield figures.titled("Traders", made_by)
    heads = (
        "trader", "result $", "$ an order", "$ an hour", "attempts", "filled", "95 %", "completed",
        "hedge p50", "capital $", "$-days a $", "",
    )  # fmt: skip
    rows = [
        (
            row.trader,
            dollars(row.result_c),
            share(row.result_c, row.orders, 1),
            share(row.result_c, row.trader_hours, LEAST_TRADER_HOURS),
            f"{row.fill.n:,}",
            "n/a" if row.fill.rate is None else f"{row.fill.rate:.1%}",
            interval(row.fill),
            f"{row.completions}/{row.filled_cycles}",
            seconds(row.hedge_p50_s),
            dollars(row.capital.capital_c, ""),
            dollar_days(row.capital.dollar_days),
            "THIN" if row.fill.thin else "",
        )
        for row in report.traders
    ]
    yield from figures.table(heads, rows)
    sizes = [
        (f"{rate.label} contracts", f"{rate.k:,} of {rate.n:,}", rate_text(rate))
        for rate in report.sizes
    ]
    delays = [
        (f"{rate.label} delay", f"{rate.k:,} of {rate.n:,}", rate_text(rate))
        for rate in report.delays
    ]
    yield from figures.table(("fill rate of", "filled", "95 % interval"), [*sizes, *delays])


def _capital(report: SessionReport, made_by: str) -> Iterator[str]:
    yield figures.titled("Capital until expiration", made_by)
    rows = [
        (
            row.label,
            str(row.pairs),
            dollars(row.floor_c),
            dollars(row.capital_c, ""),
            dollar_days(row.dollar_days),
        )
        for row in report.capital
    ]
    yield from figures.table(
        ("expiration", "pairs held", "floor $", "capital $", "$-days a floor $"), rows
    )
    yield figures.note(
        "Capital is the most that a pair could lose at expiration at any time of its life; no "
        "broker's margin. Days from its first fill to its expiration, one at least."
    )


def _recommendations(report: SessionReport, made_by: str) -> Iterator[str]:
    if report.recommendations:
        yield figures.titled("Recommendations", made_by)
        rows = [
            (each.id, each.kind, each.trader, each.verdict, each.state, each.reason)
            for each in report.recommendations
        ]
        yield from figures.table(("id", "kind", "trader", "verdict", "state", "reason"), rows)
    for notice in report.notices:
        yield figures.note(notice)
    if report.trials:
        yield figures.titled("Trials", made_by)
        for trial in report.trials:
            yield figures.note(trial_sentence(trial))
        if report.calibration:
            yield figures.note(report.calibration)
        held = predicted_of(report.trials)
        if held:
            yield calibration_plot(held, UNIT)


def _afterwards(report: SessionReport, made_by: str) -> Iterator[str]:
    if report.afterwards:
        yield figures.titled("Afterwards, at quotes that came anyway", made_by)
        for sentence in report.afterwards:
            yield figures.note(sentence)
