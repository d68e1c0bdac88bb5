"""A study's findings as text: a table for each fill model and kind of days, and the answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.study.findings import HELD_OUT, IN_SAMPLE, Figures, Findings, changes
from engine.study.metrics import METRICS, PRIMARY
from engine.study.statistics import Interval
from engine.study.trial_rows import TrialEnds

_COLUMNS: Final = (
    ("floor_usd", "$ a day"),
    ("usd_per_order", "$ an order"),
    ("orders", "orders"),
    ("fills", "fills"),
    ("below_zero", "below 0"),
    ("hung", "hung"),
    ("legged_s", "legged s"),
    ("open_worst_usd", "open worst"),
)
_FLOORS: Final = (
    ("limit_floor_usd", "promised at limit"),
    ("mid_limit_usd", "of it, mid known"),
    ("mid_floor_usd", "same pairs at mid"),
    ("suspect_share", "suspect pairs %"),
    ("suspect_usd", "$ on suspect"),
    ("plain_usd", "$ on others"),
    ("mid_unknown_usd", "$ mid unknown"),
)
_MID_UNKNOWN: Final = ("mid_limit_usd", "mid_unknown_usd")
"""Shown where the floor at mid of some pairs is not known."""

_DECIMALS: Final = {metric.name: metric.decimals for metric in METRICS}
_MOST_GATES: Final = 4


def findings_text(found: Findings) -> str:
    """The findings for people, in at most 120 columns where names are short."""
    return "\n".join(_lines(found))


def _lines(found: Findings) -> Iterator[str]:
    study = found.study
    yield f"STUDY {study.plan.name}" + (f": {study.plan.question}" if study.plan.question else "")
    yield ""
    for arm in study.arms:
        told = ", ".join(f"{key} = {value}" for key, value in changes(study.arms[0], arm).items())
        yield f"  {arm.name}: {told or 'the control'}"
    for model in study.models.values():
        if model.changed:
            yield f"  fill model {model.text}: {model.changed}"
    yield ""
    yield f"{study.tried} arms tried beside control and placebo; {found.method}."
    for rows in tables(found):
        yield ""
        yield from _table(rows)
    tried = [row for row in found.figures if row.trials is not None]
    if tried:
        yield ""
        yield "TRIALS"
        yield from (f"  {sentence}" for row in tried for sentence in trial_sentences(row))
    chained = [row for row in found.figures if row.by_session]
    if chained:
        yield ""
        yield "FLOOR $ A TRADER-HOUR BY SESSION OF A CHAIN"
        for row in chained:
            figures = ", ".join("n/a" if f is None else f"{f:,.2f}" for f in row.by_session)
            yield f"  {told_of(row)}: {figures}"
    if not any(day.held_out for day in study.days):
        yield ""
        yield "No day was held out."
    yield ""
    yield "ANSWERS, by floor $ a trader-hour"
    for each in found.answers:
        yield f"  {each.arm}, {each.days} days: {each.answer}: {each.reason}"
    for sentence in found.differing:
        yield f"  book != broker: {sentence}"


def tables(found: Findings) -> Iterator[list[Figures]]:
    """Figures that may stand side by side: every arm's, of one fill model and kind of days."""
    for kind in found.kinds:
        for sample in (IN_SAMPLE, HELD_OUT):
            for model in found.study.models:
                rows = [found.of(arm.name, model, kind, sample) for arm in found.study.arms]
                known = [row for row in rows if row is not None]
                if known:
                    yield known


def days_text(row: Figures) -> str:
    """How many days figures are of, and of which kind."""
    return f"{len(row.days)} {row.kind} {'day' if len(row.days) == 1 else 'days'}"


def _table(rows: list[Figures]) -> Iterator[str]:
    first = rows[0]
    yield f"FILL MODEL {first.fill_model}, {first.sample}: {days_text(first)}"
    heads = ["arm", "$ a trader-hour", "difference [interval]", *(head for _, head in _COLUMNS)]
    table = [heads]
    for row in rows:
        cells = [row.arm, figure(row, PRIMARY), difference(row.differences.get(PRIMARY), 2)]
        table.append([*cells, *(figure(row, name) for name, _ in _COLUMNS)])
    yield from _aligned(table)
    yield "  floors a day when chosen, and what the result owes to suspect pairs:"
    unknown = any(row.means["mid_unknown"] for row in rows)
    shown = [each for each in _FLOORS if unknown or each[0] not in _MID_UNKNOWN]
    floors = [["arm", *(head for _, head in shown)]]
    floors += [[row.arm, *(figure(row, name) for name, _ in shown)] for row in rows]
    yield from _aligned(floors)
    for row in rows:
        shares = list(row.gates.items())[:_MOST_GATES]
        yield f"  gates of {row.arm}: " + ", ".join(f"{gate} {of:.1%}" for gate, of in shares)


def _aligned(table: list[list[str]]) -> Iterator[str]:
    """Columns as wide as they must be, the first to the left, the others to the right."""
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        padded = [line[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        yield "  " + "  ".join(padded).rstrip()


def told_of(row: Figures) -> str:
    """Of which arm, fill model and days figures are."""
    return f"{row.arm}, {row.fill_model}, {row.kind} days, {row.sample}"


def trial_sentences(row: Figures) -> Iterator[str]:
    """What the trials of an arm came to, in words."""
    sums = row.trials
    if sums is None:
        return
    own, again, found = sums.own, sums.redealt, sums.calibration
    low, high = sums.kept_share
    yield f"{told_of(row)}: {_ended(own)}"
    yield f"  KEPT {own.kept} of {own.started:,} [{low:.1%}, {high:.1%}], {_allowed(own)}"
    if again is not None:
        yield f"  dealt again by other coins, from the same attempts: {_ended(again)}"
        yield f"  KEPT {again.kept} of {again.started:,}{_share(again)}, {_allowed(again)}"
    if found.trials and found.slope is not None:
        yield (
            f"  predicted: {found.inside} of {found.trials} inside [{found.share_low:.1%}, "
            f"{found.share_high:.1%}]; measured by predicted {found.slope:.2f} "
            f"[{found.slope_low:.2f}, {found.slope_high:.2f}]"
        )


def _ended(ends: TrialEnds) -> str:
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in ends.ended.items()) or "none"
    return f"{ends.started:,} started, {ends.over:,} ended ({kinds})"


def _share(ends: TrialEnds) -> str:
    if not ends.started:
        return ""
    return f" ({ends.kept / ends.started:.1%}; no interval, they share their attempts)"


def _allowed(ends: TrialEnds) -> str:
    return (
        f"without an effect at most {ends.allowed:.1f}; on {ends.days_kept} of {ends.days} days "
        "with an end"
    )


def figure(row: Figures, metric: str) -> str:
    """A mean over the days as it is shown; n/a where it is unknown."""
    mean = row.means[metric]
    return "n/a" if mean is None else f"{mean:,.{_DECIMALS[metric]}f}"


def difference(interval: Interval | None, decimals: int) -> str:
    """A difference with its interval; "" for the control."""
    if interval is None:
        return ""
    if interval.mean is None:
        return "n/a"
    text = f"{interval.mean:+,.{decimals}f}"
    if interval.low is None or interval.high is None:
        return f"{text} [n/a]"
    return f"{text} [{interval.low:+,.{decimals}f}, {interval.high:+,.{decimals}f}]"
