"""How long debits and units waited, in so few counts that a point can keep them.

What a Kaplan-Meier estimate needs of a run is how many waits of each length ended with what was
waited for, and how many without. Lengths are counted in steps that grow with them: a day of any
number of attempts is at most some 300 counts.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from engine.orders import events as ev

STEPS_MS: Final = ((10_000, 50), (60_000, 1_000), (3_600_000, 60_000))
"""(below this length, steps of so many milliseconds); what is longer counts as the last."""

COUNTS: Final = ("fill_times", "waits", "hedges", "unhedged")
"""Counts of a run, as in `engine.study.running.Row`."""


def step_ms(waited_ms: int) -> int:
    """The start of the step that holds a wait.

    Args:
        waited_ms: milliseconds; a negative one counts as none.
    """
    waited_ms = max(0, waited_ms)
    for below_ms, step in STEPS_MS:
        if waited_ms < below_ms:
            return waited_ms // step * step
    return STEPS_MS[-1][0]


class WaitingTimes:
    """Counts of waits by the start of their step in milliseconds.

    Attributes:
        fill_times: of debits, from WORKING to the fill.
        waits: of debits that did not fill, from WORKING to the cancel.
        hedges: of units that completed, from the first debit execution to the last credit one.
        unhedged: of units that ended otherwise, or are open, until then.
    """

    def __init__(self) -> None:
        self.fill_times: Counter[int] = Counter()
        self.waits: Counter[int] = Counter()
        self.hedges: Counter[int] = Counter()
        self.unhedged: Counter[int] = Counter()

    def ended(self, event: ev.AttemptEnded) -> None:
        """An attempt is over; one of which no time is known says nothing."""
        if event.filled:
            if event.fill_time_ms is not None:
                self.fill_times[step_ms(event.fill_time_ms)] += 1
        elif event.worked_ms is not None and event.result != "REJECTED":
            self.waits[step_ms(event.worked_ms)] += 1

    def unit_ended(self, completed: bool, legged_ms: int) -> None:
        """A unit is complete, or was given up or is open after so many milliseconds."""
        (self.hedges if completed else self.unhedged)[step_ms(legged_ms)] += 1

    def plain(self) -> dict[str, Any]:
        """The counts by name, shortest first."""
        return {name: dict(sorted(getattr(self, name).items())) for name in COUNTS}
