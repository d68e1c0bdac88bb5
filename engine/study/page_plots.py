"""The plots of a study's page: every one under a title that names fill model and kind of days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Final

from engine.report.plots.heat import heat_table
from engine.report.plots.panels import Panel, panels
from engine.report.plots.rows import days_plot, intervals_plot, shares_plot
from engine.study.courses import LEAST_WATCHED, WaitCurve
from engine.study.findings import HELD_OUT, IN_SAMPLE, Figures, Findings
from engine.study.metrics import PRIMARY
from engine.study.statistics import Interval
from engine.study.text import days_text, difference

UNIT: Final = "floor $ a trader-hour"
DIFFERENCE: Final = f"{UNIT}, difference from the control"
MOST_COLUMNS: Final = 60
"""Days of a heat map; of more, the first are shown."""

Curve = Callable[[Figures], WaitCurve | None]
Rows = Sequence[Figures]


def differences(found: Findings, kind: str) -> Iterator[str]:
    """Paired differences with intervals: in-sample beside held-out, a plot for each fill model."""
    yield f"<h3>Differences from the control, {kind} days</h3>"
    for model in found.study.models:
        rows: list[tuple[str, Interval]] = []
        texts: list[str] = []
        for arm in found.study.arms[1:]:
            for sample in (IN_SAMPLE, HELD_OUT):
                of = found.of(arm.name, model, kind, sample)
                if of is None:
                    continue
                interval = of.differences[PRIMARY]
                texts.append(difference(interval, 2))
                if sample == HELD_OUT:  # by the sign of its mean it confirms, or does not
                    interval = replace(interval, low=None, high=None)
                rows.append((arm.name if sample == IN_SAMPLE else sample, interval))
        if rows:
            yield _named(model, _samples(found, model, kind))
            yield intervals_plot(rows, DIFFERENCE, texts)
    yield (
        '<p class="note">A full dot: the interval lies on one side of zero; a hollow one speaks '
        "for nothing by itself. Below it the mean of the held-out days, which must point the same "
        "way.</p>"
    )


def levels(found: Findings, kind: str) -> Iterator[str]:
    """The headline figure of every arm: in-sample beside held-out, under each fill model."""
    shown: list[tuple[str, list[Figures]]] = []
    for model in found.study.models:
        for sample in (IN_SAMPLE, HELD_OUT):
            column = [found.of(arm.name, model, kind, sample) for arm in found.study.arms]
            known = [of for of in column if of is not None]
            if known:
                shown.append((f"{model}, {sample}", known))
    yield f"<h3>{UNIT[0].upper()}{UNIT[1:]}, {kind} days</h3>"
    rows = [
        (arm.name, [column[index].means[PRIMARY] for _, column in shown])
        for index, arm in enumerate(found.study.arms)
    ]
    yield from heat_table("arm", [head for head, _ in shown], rows, 2, by_column=True)
    yield '<p class="note">Each column is shaded by itself.</p>'


def by_day(found: Findings, kind: str) -> Iterator[str]:
    """Each arm's difference on each day, held-out days behind a line; dots for their spread."""
    for model in found.study.models:
        days: list[str] = []
        cells: dict[str, list[float | None]] = {arm.name: [] for arm in found.study.arms[1:]}
        apart = None
        for sample in (IN_SAMPLE, HELD_OUT):
            control = found.of(found.study.arms[0].name, model, kind, sample)
            if control is None:
                continue
            apart = len(days) if sample == HELD_OUT and days else None
            days += control.days
            for name in cells:
                of = found.of(name, model, kind, sample)
                assert of is not None
                cells[name] += _paired(of.values[PRIMARY], control.values[PRIMARY])
        yield f"<h3>Difference by day, {kind} days</h3>"
        yield _named(
            model, f"{len(days)} days{'' if apart is None else ', held-out behind the line'}"
        )
        heads = [day.removeprefix("seed ") for day in days[:MOST_COLUMNS]]
        rows = [(name, row[:MOST_COLUMNS]) for name, row in cells.items()]
        yield from heat_table("arm", heads, rows, signed=True, apart=apart)
        if len(days) > MOST_COLUMNS:
            yield f'<p class="note">The first {MOST_COLUMNS} of {len(days):,} days.</p>'
        dots = []
        for name, row in cells.items():
            pairs = zip(days, row, strict=True)
            dots.append((name, [(day, value) for day, value in pairs if value is not None]))
        yield days_plot(dots, DIFFERENCE)


def _paired(values: Sequence[float | None], controls: Sequence[float | None]) -> list[float | None]:
    return [
        None if value is None or control is None else value - control
        for value, control in zip(values, controls, strict=True)
    ]


def by_hour(rows: Rows) -> Iterator[str]:
    """Every arm by exchange hour."""
    hours = sorted({hour for of in rows for hour in of.hours})
    if not hours:
        return
    yield from _title(f"{UNIT[0].upper()}{UNIT[1:]} by hour", rows)
    heads = [f"{hour}:00" for hour in hours]
    cells = [(of.arm, [of.hours.get(hour) for hour in hours]) for of in rows]
    yield from heat_table("arm", heads, cells, 0)
    yield '<p class="note">By the exchange hour in which the debit was sent; means over days.</p>'


def waits(rows: Rows) -> Iterator[str]:
    """Kaplan-Meier curves of debit fills and of hedges, each arm over the control's."""
    for title, of, x_unit, given_up in (
        ("Time to fill", _filling, "seconds from WORKING", "cancelled"),
        ("Time to the hedge", _hedging, "seconds from the first fill", "not hedged"),
    ):
        curves = [(row.arm, curve) for row in rows if (curve := of(row)) is not None]
        if not any(curve.ended for _, curve in curves):
            continue
        yield from _title(title, rows)
        reference = curves[0][1]
        shown = [_panel(arm, curve) for arm, curve in curves]
        yield from panels(shown, _points(reference), x_unit, "% by then")
        yield (
            '<p class="note">Kaplan-Meier: what was '
            f"{given_up} counts as not yet until then. Each the mean over days with Student's 95 % "
            f"band over days, at each time by itself; broken: {escape(curves[0][0])}. Shown while "
            f"one wait of {LEAST_WATCHED} still lasts.</p>"
        )


def _filling(row: Figures) -> WaitCurve | None:
    return row.filling


def _hedging(row: Figures) -> WaitCurve | None:
    return row.hedging


def _panel(arm: str, curve: WaitCurve) -> Panel:
    band: list[tuple[float, float, float]] = []
    if curve.low is not None and curve.high is not None:
        ends = zip(curve.times_s, curve.low, curve.high, strict=True)
        band = [(took_s, 100 * low, 100 * high) for took_s, low, high in ends]
    return Panel(arm, _points(curve), band, f"{curve.ended:,} of {curve.waits:,}")


def _points(curve: WaitCurve) -> list[tuple[float, float]]:
    steps = zip(curve.times_s, curve.share, strict=True)
    return [(took_s, 100 * share) for took_s, share in steps]


def gates(rows: Rows) -> Iterator[str]:
    """What kept traders from debits, as shares of the looks."""
    if any(of.gates for of in rows):
        yield from _title("First closed gates", rows)
        yield shares_plot([(of.arm, of.gates) for of in rows], "share of the looks")


def _title(text: str, rows: Rows) -> Iterator[str]:
    first = rows[0]
    yield f"<h3>{text}, {first.kind} days, {first.sample}</h3>"
    yield _named(first.fill_model, days_text(first))


def _named(model: str, days: str) -> str:
    """What is shown below: under which fill model, and of which days."""
    return f'<p class="model">Fill model <strong>{escape(model)}</strong>; {escape(days)}</p>'


def _samples(found: Findings, model: str, kind: str) -> str:
    """How many days of either sample."""
    control = found.study.arms[0].name
    counts = [(sample, found.of(control, model, kind, sample)) for sample in (IN_SAMPLE, HELD_OUT)]
    return ", ".join(f"{len(of.days)} {sample}" for sample, of in counts if of is not None)
