"""Attempts as a test writes them down, and what an observer gathers of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.learning.attempt_results import AttemptResult, AttemptSettings
from engine.learning.evidence.answers import Answers
from engine.learning.evidence.gathering import Evidence
from tests.support.operator_steps import Operated

SETTINGS = AttemptSettings(1, 2500, 0.35, 0.65, 0.0, "credit", 3.0, 15.0)


class AttemptRow(NamedTuple):
    """An attempt in short; `arm` is its size."""

    session: int
    minute: int
    trader: str
    phase: str
    width_c: float
    arm: int
    dollars: float
    seconds: float


def result(row: AttemptRow, **more: Any) -> AttemptResult:
    """An attempt of the venue "SIM test": one that made dollars filled, and completed."""
    filled = bool(row.dollars)
    fields: dict[str, Any] = {
        "venue": "SIM test",
        "session": row.session,
        "at_ms": 1,
        "minute": row.minute,
        "trader": row.trader,
        "cycle": 1,
        "order": "S1",
        "phase": row.phase,
        "settings": SETTINGS._replace(contracts=row.arm),
        "arm": "",
        "width_c": row.width_c,
        "floor": 0.12,
        "mid_floor": None,
        "estimate": None,
        "other_pair": "",
        "other_floor": None,
        "other_net_c": None,
        "result": "FILLED" if filled else "TIMEOUT",
        "filled": row.arm if filled else 0,
        "fill_time_ms": 800 if filled else None,
        "worked_ms": None if filled else 2500,
        "waited_s": max(0.0, row.seconds - 2.5),
        "seconds": row.seconds,
        "outcome": "COMPLETE" if filled else "",
        "hedge_s": 1.0 if filled else 0.0,
        "dollars": row.dollars,
    }
    return AttemptResult(**fields | more)


def gathered(rows: Iterable[AttemptRow]) -> Evidence:
    """What is known of these attempts."""
    evidence = Evidence()
    for row in rows:
        evidence.observe(result(row), 1)
    return evidence


def answers_of(rows: Iterable[AttemptRow]) -> Answers:
    """What these attempts tell."""
    return gathered(rows).answers()


def teach_size(desk: Operated, quarters: int = 9) -> None:
    """Let a desk have seen, in so many quarter hours, two lots earn twice what one does."""
    advice = desk.executor.advice
    venue, session = (
        advice.tallies.evidence.venue,
        desk.context.session.phase.session_date.toordinal(),
    )
    settings = SETTINGS._replace(objective=desk.context.config.spreads.objective)
    for quarter in range(quarters):
        for number in range(12):
            for key in desk.context.traders:
                size = 1 + number % 2
                dollars = 9.0 * size if number // 2 % 3 == 0 else 0.0
                row = AttemptRow(
                    session, 600 + 15 * quarter, key, "MORNING", 77.0, size, dollars, 10
                )
                given = settings._replace(contracts=size)
                advice.tallies.evidence.observe(result(row, venue=venue, settings=given), 1)
    advice.consider()
