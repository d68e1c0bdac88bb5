"""Studies for tests: a plan of small days, and rows made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.config import DeskConfig
from engine.runtime.watch.gate_looks import LOOK_S
from engine.study.plan import Study, study_of
from engine.study.running import Row
from engine.study.work import Place

ARMS: dict[str, Any] = {name: {"spreads": {"objective": name}} for name in ("credit", "floor")}
"""Pairs by net credit, which is the control, and by payoff floor."""

PLAN: dict[str, Any] = {
    "name": "small",
    "control": "credit",
    "until": "09:33",
    "fill_models": ["assumed"],
    "sessions": {"seeds": [1, 2]},
    "config": {"simulation": {"symbols": ["SPY"], "expirations_per_symbol": 2}},
    "arms": ARMS,
}
"""Eight points of three minutes without the placebo's: two days, two arms."""


def plan(**changes: Any) -> dict[str, Any]:
    """The small plan with keys changed; None takes one out."""
    return {key: value for key, value in {**PLAN, **changes}.items() if value is not None}


def study(folder: Path, base: DeskConfig | None = None, **changes: Any) -> Study:
    """The study of the small plan."""
    return study_of(plan(**changes), base or DeskConfig(), "PLAN", folder)


BLANK = Row(
    seed=1, session="", fill_model="assumed", trader="", floor_c=0, limit_floor_c=0, open_worst_c=0,
    orders=10, attempts=5, fills=2, cycles=2, completions=2, scratched=0, parked=0, hung=0,
    below_zero=0, below_zero_c=0, legged_ms=2_000, looks=3_600 // LOOK_S, gates={"OPEN": 360},
)  # fmt: skip
"""A desk of one trader that was open for an hour and earned nothing."""


def rows_of(study: Study, usd: dict[tuple[str, str], list[float]]) -> dict[Place, list[list[Row]]]:
    """Rows of a study by hand.

    Args:
        study: the plan.
        usd: floor dollars of the trader-hour by arm and fill model, one a day.
    """
    return {
        (arm.name, day.name, model): [
            [
                replace(BLANK, fill_model=model, floor_c=round(usd[arm.name, model][index] * 100)),
                replace(
                    BLANK,
                    fill_model=model,
                    trader="SPY 2026-12-04",
                    floor_c=round(usd[arm.name, model][index] * 100),
                ),
            ]
        ]
        for arm in study.arms
        for model in study.models
        for index, day in enumerate(study.days)
    }
