"""Trials in a report: one row each, and how good advice was so far."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.report.calibration import calibration_text, finished_trial
from engine.report.plots.calibration import Predicted
from engine.report.records import TrialRow
from engine.state.trial_record import TrialRecord
from engine.state.trials import Trials

UNIT = "$ a trader-hour"


def trial_rows(trials: Trials) -> tuple[TrialRow, ...]:
    """Every trial of the run, in the order in which they were started."""
    return tuple(_row(trials, record) for record in trials.records.values())


def _row(trials: Trials, record: TrialRecord) -> TrialRow:
    started, ended = record.started, record.ended
    state, following = record.course.state(), record.next_session
    gap = state.interval
    measured = None if ended is None else trials.measured(record)
    next_usd_hour = None
    if following is not None and following.seconds > 0:
        next_usd_hour = round(following.dollars * 3600 / following.seconds, 4)
    return TrialRow(
        id=record.name,
        setting=started.lever,
        trader=started.trader,
        after=started.after,
        end="running" if ended is None else ended.end,
        pairs=state.pairs,
        effect=round(state.estimate, 4) if state.pairs else None,
        low=None if gap is None else round(gap.low, 4),
        high=None if gap is None else round(gap.high, 4),
        standard_error=_known(state.standard_error),
        reach=None if record.course.reach is None else round(record.course.reach, 4),
        ended_ms=None if ended is None else ended.at_ms,
        here=record.venue == trials.venue,
        shrunk=None if measured is None else round(measured[0], 4),
        promised=dict(started.predicted),
        cost_usd=round(record.cost_usd, 2),
        next_usd_hour=next_usd_hour,
        reasons=() if ended is None else tuple(ended.reasons),
    )


def predicted_of(rows: Sequence[TrialRow]) -> list[Predicted]:
    """The ended trials that were held to a prediction, for the plot of calibration."""
    return [
        Predicted.of(f"{row.id} {row.setting} {row.trader}", trial)
        for row in rows
        if (trial := finished_trial(row)) is not None
    ]


def calibration_sentence(trials: Trials) -> str:
    """How good promises were; "" before a trial that had one has finished."""
    found = trials.calibration()
    if not found.trials:
        return ""
    text = calibration_text(found)
    if found.slope is None:
        return f"{text}."
    return f"{text}, so the next promise is multiplied by {found.factor:.2f}."


def trial_sentence(row: TrialRow) -> str:
    """One trial in words."""
    parts = [f"{row.id} {row.setting} {row.trader} -> {_shown(row.after)}: {row.end}"]
    parts.append(f"{row.pairs:,} pairs, {_usd(row.effect)} {_interval(row.low, row.high)} {UNIT}")
    if row.shrunk is not None:
        parts.append(f"shrunk for having stopped {_usd(row.shrunk)}")
    if "effect" in row.promised:
        promised = row.promised
        parts.append(
            f"promised {_usd(promised['effect'])} "
            f"{_interval(promised.get('low'), promised.get('high'))}"
        )
    parts.append(f"cost {row.cost_usd:,.2f} $")
    if row.next_usd_hour is not None:
        parts.append(f"next session {row.next_usd_hour:,.2f} {UNIT}")
    return "; ".join(parts) + "." + "".join(f" {reason}" for reason in row.reasons)


def _known(error: float) -> float | None:
    return round(error, 4) if math.isfinite(error) else None


def _usd(value: float | None) -> str:
    return "n/a" if value is None else f"{value:+,.2f}"


def _interval(low: float | None, high: float | None) -> str:
    return "[n/a]" if low is None or high is None else f"[{_usd(low)}, {_usd(high)}]"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "the same" if value is None else str(value)
