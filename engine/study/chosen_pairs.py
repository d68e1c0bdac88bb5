"""What a run's attempts say beyond sums: floors at mid of the pairs chosen, and dollars by hour.

A pair whose floor at mid after fees exceeds zero is suspect: real quotes do not leave that for
long (docs/decisions/stale-or-mispriced.md). On recorded quotes a fill model cannot know who would
have traded, so what a result owes to such pairs is told apart.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from engine.learning.attempt_results import AttemptResult
from engine.orders import events as ev

SUMS: Final = (
    "suspect", "mid_unknown", "mid_limit_c", "mid_floor_c", "suspect_floor_c", "plain_floor_c",
    "mid_unknown_floor_c",
)  # fmt: skip
"""Figures of a trader, as in `engine.study.running.Row`."""


class ChosenPairs:
    """Sums over the pairs for which debits went out, by trader; single-threaded.

    Counts and promises are those of attempts as they end. Results are those of cycles as they
    finish, and follow what is told anew of them.

    Attributes:
        hour_floor_c: cents of finished cycles by the exchange hour in which their debit was sent.
    """

    def __init__(self) -> None:
        self.hour_floor_c: Counter[int] = Counter()
        self._sums: dict[str, Counter[str]] = {}
        self._chosen: dict[str, ev.PairChosen] = {}
        self._multipliers: dict[str, int] = {}

    def added(self, event: ev.TraderAdded) -> None:
        """A trader's contracts have this multiplier."""
        self._multipliers[event.trader] = event.multiplier
        self._sums.setdefault(event.trader, Counter())

    def chosen(self, event: ev.PairChosen) -> None:
        """A trader sends a debit for this pair; it has one attempt at a time."""
        self._chosen[event.trader] = event

    def ended(self, event: ev.AttemptEnded) -> None:
        """The attempt is over; a rejected one counts nowhere."""
        if event.result == "REJECTED" and not event.filled:
            return
        pair, sums = self._chosen[event.trader], self._sums[event.trader]
        mid_floor = pair.mid_floor
        if mid_floor is None:
            sums["mid_unknown"] += 1
            return
        sums["suspect"] += mid_floor > 0
        contracts = event.filled * self._multipliers[event.trader]
        sums["mid_limit_c"] += round(pair.floor * 100 * contracts)
        sums["mid_floor_c"] += round(mid_floor * 100 * contracts)

    def result(self, row: AttemptResult, sign: int) -> None:
        """An observer of attempts: a cycle came to this, or with -1 does so no more."""
        if row.outcome in ("", "PARKED"):
            return
        floor_c = sign * round(row.dollars * 100)
        if row.mid_floor is None:
            kind = "mid_unknown_floor_c"
        else:
            kind = "suspect_floor_c" if row.mid_floor > 0 else "plain_floor_c"
        self._sums[row.trader][kind] += floor_c
        self.hour_floor_c[row.minute // 60] += floor_c

    def of(self, trader: str) -> dict[str, Any]:
        """A trader's figures by name."""
        sums = self._sums[trader]
        return {name: sums[name] for name in SUMS}
