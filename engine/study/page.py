"""A study's findings as one HTML page that needs nothing else: no network, no script, no font."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Final

from engine.report.plots.calibration import Predicted, calibration_plot
from engine.report.plots.page import standing_alone
from engine.study import page_plots
from engine.study.findings import IN_SAMPLE, Figures, Findings, changes
from engine.study.metrics import METRICS
from engine.study.text import days_text, difference, figure, tables, told_of, trial_sentences

TRIAL_UNIT: Final = "$ a trader-hour"


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
        yield f'<p class="question">{escape(plan.question)}</p>'
    yield from _facts(found)
    yield "<h2>Answers</h2>"
    yield "<p>By floor dollars a trader-hour. An answer is one that every fill model gives,"
    yield "against the control and against the placebo, and that held-out days confirm.</p>"
    yield from _answers(found)
    if found.differing:
        yield "<h2>Books that differ</h2><ul>"
        yield from (f"<li>{escape(each)}</li>" for each in found.differing)
        yield "</ul>"
    for kind in found.kinds:
        yield f"<h2>{kind.capitalize()} days</h2>"
        yield from page_plots.differences(found, kind)
        yield from page_plots.levels(found, kind)
        yield from page_plots.by_day(found, kind)
        of_kind = [rows for rows in tables(found) if rows[0].kind == kind]
        compared = [rows for rows in of_kind if rows[0].sample == IN_SAMPLE] or of_kind
        for plot in (page_plots.by_hour, page_plots.waits, page_plots.gates):
            for rows in compared:
                yield from plot(rows)
        yield f"<h3>Every figure, {kind} days</h3>"
        for rows in of_kind:
            yield from _figures(rows)
    yield from _trials(found)


def _facts(found: Findings) -> Iterator[str]:
    """How much was tried, on what, and how it is judged."""
    plan = found.study.plan
    yield '<table class="facts">'
    for name, text in (
        ("arms tried", f"{found.study.tried}, beside control and placebo"),
        ("fill models", ", ".join(found.study.models)),
        ("days", "; ".join(_days_of(found))),
        ("each day ends at", plan.until or "the close"),
        ("intervals", found.method),
        ("figures of version", found.code),
    ):
        yield f"<tr><th>{name}</th><td>{escape(text)}</td></tr>"
    for model in found.study.models.values():
        if model.changed:
            name, text = f"fill model {model.text}", model.changed
            yield f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>"
    yield "</table>"


def _days_of(found: Findings) -> Iterator[str]:
    """How many days of each kind, and how many of them only confirm."""
    for kind in found.kinds:
        held_out = [day.held_out for day in found.study.days if day.kind == kind]
        compared, kept = held_out.count(False), held_out.count(True)
        yield f"{compared} {kind}" + (f" and {kept} held out" if kept else ", none held out")


def _answers(found: Findings) -> Iterator[str]:
    yield '<div class="wide"><table class="left"><tr><th>arm</th><th>what it changes</th>'
    yield "<th>days</th><th>answer</th><th>why</th></tr>"
    control = found.study.arms[0]
    for arm in found.study.arms:
        changed = ", ".join(f"{k} = {json.dumps(v)}" for k, v in changes(control, arm).items())
        told = [each for each in found.answers if each.arm == arm.name]
        itself = "control" if arm is control else "placebo"
        answers = [(each.days, each.answer, each.reason) for each in told] or [("", itself, "")]
        for days, answer, reason in answers:
            texts = (arm.name, changed, days)
            yield "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in texts)
            yield f'<td class="{answer}">{answer}</td><td>{escape(reason)}</td></tr>'
    yield "</table></div>"


def _trials(found: Findings) -> Iterator[str]:
    """What the trials of each arm came to, and how good predictions were."""
    told = [(row, row.trials) for row in found.figures if row.trials is not None]
    if told:
        yield "<h2>Trials</h2>"
    for row, sums in told:
        yield from (f"<p>{escape(sentence.strip())}</p>" for sentence in trial_sentences(row))
        held = [Predicted.of(lever, each) for lever, each in sums.finished]
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


def _figures(rows: list[Figures]) -> Iterator[str]:
    if not rows:
        return
    first = rows[0]
    title = f"Fill model {escape(first.fill_model)}, {first.kind} days, {first.sample}"
    yield f"<h4>{title}</h4><p>Means of {days_text(first)}; differences from the control.</p>"
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
    yield "<details><summary>Floor $ a day by trader</summary><table><tr><th>trader</th>"
    yield "".join(f"<th>{escape(row.arm)}</th>" for row in rows) + "</tr>"
    for trader in sorted({trader for row in rows for trader in row.traders}):
        yield f"<tr><td>{escape(trader)}</td>"
        yield "".join(f"<td>{row.traders.get(trader, 0.0):,.2f}</td>" for row in rows) + "</tr>"
    yield "</table></details>"
