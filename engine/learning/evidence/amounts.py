"""What an attempt adds to the sums of its cell."""

from __future__ import annotations

from typing import Final

from engine.learning.attempt_results import AttemptResult

N, FILLS, LOTS, UNITS, COMPLETED, HUNG, ASKED = range(7)
DOLLARS, SECONDS, LOST, OTHER, PROMISED, PROMISED2, BOTH = range(7, 14)
"""Columns of sums. Attempts, those that filled, contracts filled, units begun, completed and hung,
and attempts of which the other objective was asked; dollars made, the traders' seconds, dollars
lost, dollars of floor that the other objective promised more, those that fills promised, the
squares of these, and their products with the dollars made."""

COUNTS: Final = 7
"""Columns that are whole numbers; they come first."""

SUMS: Final = 7
"""Columns behind them."""

OF_ARMS: Final = (N, FILLS, LOTS, UNITS, COMPLETED, HUNG, DOLLARS, SECONDS, LOST)
"""Columns that say what an arm came to."""


def amounts_of(row: AttemptResult, multiplier: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """An attempt's counts and sums, one for each column.

    Args:
        row: the attempt.
        multiplier: shares a contract of its trader.
    """
    gain = 0.0
    contracts = row.settings.contracts * multiplier
    promised = row.floor * contracts if row.filled else 0.0
    if row.other_floor is not None:
        gain = (row.other_floor - row.floor) * contracts
    counts = (
        1,
        int(row.filled > 0),
        row.filled,
        int(row.outcome != ""),
        int(row.outcome == "COMPLETE"),
        int(row.hung),
        int(row.other_floor is not None),
    )
    return counts, (
        row.dollars,
        row.seconds,
        max(0.0, -row.dollars),
        gain,
        promised,
        promised * promised,
        promised * row.dollars,
    )
