"""How good advice was over several sessions: what finished trials promised and measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from engine.learning.trials.calibration import Calibration, FinishedTrial, calibrate
from engine.report.records import SessionReport, TrialRow

FEW_TRIALS: Final = 20
"""Fewer finished trials than this are thin evidence of how good promises are."""


@dataclass(frozen=True, slots=True)
class PromisesKept:
    """Finished trials that had a promise, the greatest first, and how good those promises were.

    share_low and share_high are the 95 % Wilson interval of the share inside; the slope is measured
    by promised with its 95 % interval, None where nothing but 0 was promised.
    """

    trials: tuple[TrialRow, ...]
    inside: int
    share_low: float
    share_high: float
    slope: float | None
    slope_low: float | None
    slope_high: float | None
    thin: bool


def promises_kept(sessions: Iterable[SessionReport]) -> PromisesKept | None:
    """Of the trials that ended in these sessions; None where none of them had a promise.

    Args:
        sessions: of one provenance.
    """
    rows = [row for report in sessions for row in _ended_in(report)]
    finished = [(row, trial) for row in rows if (trial := finished_trial(row)) is not None]
    if not finished:
        return None
    found = calibrate([trial for _, trial in finished])
    finished.sort(key=lambda each: -each[1].predicted)
    return PromisesKept(
        tuple(row for row, _ in finished),
        found.inside,
        found.share_low,
        found.share_high,
        found.slope,
        found.slope_low,
        found.slope_high,
        len(finished) < FEW_TRIALS,
    )


def _ended_in(report: SessionReport) -> Iterator[TrialRow]:
    """A run remembers the trials of its earlier sessions, too: not these."""
    head = report.header
    for row in report.trials:
        if row.ended_ms is not None and head.started_ms <= row.ended_ms <= head.ended_ms:
            yield row


def finished_trial(row: TrialRow) -> FinishedTrial | None:
    """An ended trial that promised and measured something, for a plot or a sum; None of others.

    One that ended after so few pairs that nothing is excluded measured nothing, and those of
    another venue or fill model are in no figure of this one.
    """
    promised = row.promised
    if row.end == "running" or "effect" not in promised or not row.here:
        return None
    if row.effect is None or row.standard_error is None or row.reach is None:
        return None
    held = promised["effect"], promised["low"], promised["high"]
    return FinishedTrial(*held, row.effect, row.standard_error, row.reach)


def calibration_text(found: Calibration | PromisesKept) -> str:
    """How good promises were, in a clause."""
    trials = found.trials if isinstance(found, Calibration) else len(found.trials)
    text = (
        f"{found.inside} of {trials} trials measured what was promised "
        f"({found.share_low:.0%} to {found.share_high:.0%})"
    )
    if found.slope is None or found.slope_low is None or found.slope_high is None:
        return text
    return (
        f"{text}; measured by promised {found.slope:.2f} ({found.slope_low:.2f} to "
        f"{found.slope_high:.2f})"
    )


def span_calibration(found: PromisesKept) -> str:
    """The clause for a range of days, called thin where it is."""
    trials = len(found.trials)
    return f"{calibration_text(found)}{f', THIN: {trials} trials' if found.thin else ''}"
