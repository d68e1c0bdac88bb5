"""A study's findings as one HTML page that needs nothing else: no network, no script, no font."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Final

from engine.learning.estimators import Z95
from engine.learning.trials.calibration import FinishedTrial
from engine.report.plots.calibration import Predicted, calibration_plot
from engine.report.plots.page import standing_alone
from engine.report.plots.rows import days_plot, intervals_plot, shares_plot
from engine.study.findings import HELD_OUT, IN_SAMPLE, Figures, Findings, changes
from engine.study.metrics import METRICS, PRIMARY
from engine.study.statistics import Interval
from engine.study.text import days_text, difference, figure, tables, told_of, trial_sentences

TRIAL_UNIT: Final = "$ a trader-hour"
UNIT: Final = "floor $ a trader-hour, difference from the control"


def findings_page(found: Findings) -> str:
    """The page.

    Args:
        found: what a study found.
    """
    return standing_alone(f"Study {found.study.plan.name}", _body(found))


def _body(found: Findings) -> Iterator[str]:
    plan = found.study.plan
    yield f"<h1>Study {escape(plan.name)}</h1>"
    if plan.question:
        yield f"<p>{escape(plan.question)}</p>"
    yield "<h2>Answers</h2>"
    yield "<p>By floor dollars a trader-hour. An answer is one that every fill model gives,"
    yield "against the control and against the placebo, and that held-out days confirm.</p>"
    yield from _answers(found)
    for changed in (model for model in found.study.models.values() if model.changed):
        yield f'<p class="note">Fill model {escape(changed.text)}: {escape(changed.changed)}.</p>'
    yield f'<p class="note">{found.study.tried} arms tried beside control and placebo. '
    yield f"{escape(found.method)}. Each day ends at {escape(plan.until or 'the close')}. "
    yield f"Figures of version {escape(found.code)}.</p>"
    if found.differing:
        yield "<h2>Books that differ</h2><ul>"
        yield from (f"<li>{escape(each)}</li>" for each in found.differing)
        yield "</ul>"
    yield "<h2>Differences from the control</h2>"
    for kind in found.kinds:
        for sample in (IN_SAMPLE, HELD_OUT):
            yield from _differences(found, kind, sample)
    yield from _trials(found)
    yield "<h2>Figures</h2>"
    for kind in found.kinds:
        yield from _heat_map(found, kind)
    for rows in tables(found):
        yield from _figures(rows)


def _answers(found: Findings) -> Iterator[str]:
    yield "<table><tr><th>arm</th><th>what it changes</th><th>days</th><th>answer</th>"
    yield "<th>why</th></tr>"
    control = found.study.arms[0]
    for arm in found.study.arms:
        changed = ", ".join(f"{k} = {json.dumps(v)}" for k, v in changes(control, arm).items())
        told = [each for each in found.answers if each.arm == arm.name]
        itself = "control" if arm is control else "placebo"
        answers = [(each.days, each.answer, each.reason) for each in told] or [("", itself, "")]
        for answer in answers:
            cells = (arm.name, changed, *answer)
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def _differences(found: Findings, kind: str, sample: str) -> Iterator[str]:
    intervals: list[tuple[str, Interval]] = []
    days: list[tuple[str, list[tuple[str, float]]]] = []
    for arm in found.study.arms[1:]:
        for model in found.study.models:
            row = found.of(arm.name, model, kind, sample)
            control = found.of(found.study.arms[0].name, model, kind, sample)
            if row is None or control is None:
                continue
            label = f"{arm.name}, {model}"
            intervals.append((label, row.differences[PRIMARY]))
            pairs = zip(row.days, row.values[PRIMARY], control.values[PRIMARY], strict=True)
            known = [(d, v - c) for d, v, c in pairs if v is not None and c is not None]
            days.append((label, known))
    if not intervals:
        yield f'<p class="note">{kind} days, {sample}: none.</p>'
        return
    yield f"<h3>{kind} days, {sample}: means and intervals</h3>" + intervals_plot(intervals, UNIT)
    yield f"<h3>{kind} days, {sample}: day by day</h3>" + days_plot(days, UNIT)


def _trials(found: Findings) -> Iterator[str]:
    """What the trials of each arm came to, and how good predictions were."""
    told = [(row, row.trials) for row in found.figures if row.trials is not None]
    if told:
        yield "<h2>Trials</h2>"
    for row, sums in told:
        yield from (f"<p>{escape(sentence.strip())}</p>" for sentence in trial_sentences(row))
        held = [_predicted(lever, each) for lever, each in sums.finished]
        if held:
            yield calibration_plot(held, TRIAL_UNIT)
    chained = [row for row in found.figures if row.by_session]
    if chained:
        yield "<h2>Session by session</h2><p>Floor $ a trader-hour in the first, second ... session"
        yield "of a chain, the mean of the chains.</p><table><tr><th>arm</th>"
        count = max(len(row.by_session) for row in chained)
        yield "".join(f"<th>{number + 1}</th>" for number in range(count)) + "</tr>"
        for row in chained:
            label = told_of(row)
            cells = ("n/a" if each is None else f"{each:,.2f}" for each in row.by_session)
            yield f"<tr><td>{escape(label)}</td>"
            yield "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        yield "</table>"


def _predicted(lever: str, trial: FinishedTrial) -> Predicted:
    half = Z95 * trial.standard_error
    return Predicted(
        lever,
        trial.predicted,
        trial.low,
        trial.high,
        trial.measured,
        trial.measured - half,
        trial.measured + half,
        trial.inside,
    )


def _heat_map(found: Findings, kind: str) -> Iterator[str]:
    """The headline figure of every arm under every fill model, shaded from least to most."""
    columns = {
        rows[0].fill_model: rows
        for rows in tables(found)
        if (rows[0].kind, rows[0].sample) == (kind, IN_SAMPLE)
    }
    if not columns:
        return
    yield f"<h3>Floor $ a trader-hour, {kind} days, in-sample</h3><table><tr><th>arm</th>"
    yield "".join(f"<th>{escape(model)}</th>" for model in columns) + "</tr>"
    for index, arm in enumerate(found.study.arms):
        yield f"<tr><td>{escape(arm.name)}</td>"
        for rows in columns.values():
            means = [row.means[PRIMARY] for row in rows]
            share = _shade(means[index], [mean for mean in means if mean is not None])
            colour = f"color-mix(in srgb, var(--up) {share * 55:.0f}%, transparent)"
            text = figure(rows[index], PRIMARY)
            yield f'<td style="background: {colour}">{text}</td>'
        yield "</tr>"
    yield "</table>"


def _shade(mean: float | None, means: list[float]) -> float:
    """How far a mean lies from the least to the most, 0 to 1; unknown is not shaded."""
    if mean is None or max(means) == min(means):
        return 0.0
    return (mean - min(means)) / (max(means) - min(means))


def _figures(rows: list[Figures]) -> Iterator[str]:
    if not rows:
        return
    first = rows[0]
    title = f"Fill model {escape(first.fill_model)}, {first.kind} days, {first.sample}"
    yield f"<h3>{title}</h3><p>Means of {days_text(first)}; differences from the control.</p>"
    yield '<div class="wide"><table><tr><th>figure</th>'
    yield "".join(f"<th>{escape(row.arm)}</th>" for row in rows) + "</tr>"
    for metric in METRICS:
        yield f"<tr><td>{escape(metric.label)}</td>"
        for row in rows:
            told = difference(row.differences.get(metric.name), metric.decimals)
            note = f'<br><span class="note">{told}</span>' if told else ""
            yield f"<td>{figure(row, metric.name)}{note}</td>"
        yield "</tr>"
    yield "</table></div>"
    yield f"<h4>First closed gates, {title[0].lower()}{title[1:]}</h4>"
    yield shares_plot([(row.arm, row.gates) for row in rows], "share of the looks")
    yield "<details><summary>Floor $ a day by trader</summary><table><tr><th>trader</th>"
    yield "".join(f"<th>{escape(row.arm)}</th>" for row in rows) + "</tr>"
    for trader in sorted({trader for row in rows for trader in row.traders}):
        yield f"<tr><td>{escape(trader)}</td>"
        yield "".join(f"<td>{row.traders.get(trader, 0.0):,.2f}</td>" for row in rows) + "</tr>"
    yield "</table></details>"
