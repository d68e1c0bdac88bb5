"""The figures of a run that a study compares, each with its name, label and unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.runtime.watch.gate_looks import LOOK_S
from engine.study.running import Row

PRIMARY: Final = "usd_per_trader_hour"
"""What answers are about."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a run.

    Args:
        name: in the JSON.
        label: for people, with its unit.
        of: the figure of a desk's row; None where it is unknown.
        decimals: shown.
    """

    name: str
    label: str
    of: Callable[[Row], float | None]
    decimals: int = 0


def _per(cents: int, count: float) -> float | None:
    return cents / 100 / count if count else None


def _suspect_share(row: Row) -> float | None:
    """Percent of the attempts whose pair's floor at mid is known."""
    known = row.attempts - row.mid_unknown
    return 100 * row.suspect / known if known else None


FLOORS: Final = (
    Metric("limit_floor_usd", "promised at limit $", lambda row: row.limit_floor_c / 100),
    Metric("mid_limit_usd", "of it, mid known $", lambda row: row.mid_limit_c / 100),
    Metric("mid_floor_usd", "the same pairs at mid $", lambda row: row.mid_floor_c / 100),
    Metric("suspect_share", "suspect pairs %", _suspect_share, 1),
    Metric("suspect_usd", "floor $ on suspect pairs", lambda row: row.suspect_floor_c / 100),
    Metric("plain_usd", "floor $ on other pairs", lambda row: row.plain_floor_c / 100),
    Metric("mid_unknown_usd", "floor $, mid unknown", lambda row: row.mid_unknown_floor_c / 100),
    Metric("mid_unknown", "attempts, mid unknown", lambda row: row.mid_unknown),
)
"""What was promised at limit and at mid, and what the result owes to suspect pairs."""

METRICS: Final = (
    Metric(
        PRIMARY,
        "floor $ a trader-hour",
        lambda row: _per(row.floor_c, row.looks * LOOK_S / 3600),
        2,
    ),
    Metric("floor_usd", "floor $ a day", lambda row: row.floor_c / 100),
    *FLOORS,
    Metric(
        "open_worst_usd",
        "open at worst $",
        lambda row: None if row.open_worst_c is None else row.open_worst_c / 100,
    ),
    Metric("usd_per_order", "$ an order", lambda row: _per(row.floor_c, row.orders), 2),
    Metric("orders", "orders", lambda row: row.orders),
    Metric("attempts", "attempts", lambda row: row.attempts),
    Metric("fills", "fills", lambda row: row.fills),
    Metric("completions", "completed", lambda row: row.completions),
    Metric("scratched", "scratched", lambda row: row.scratched),
    Metric("below_zero", "cycles below zero", lambda row: row.below_zero),
    Metric("below_zero_usd", "below zero $", lambda row: row.below_zero_c / 100),
    Metric("hung", "hung", lambda row: row.hung),
    Metric("legged_s", "legged s", lambda row: row.legged_ms / 1000),
)
