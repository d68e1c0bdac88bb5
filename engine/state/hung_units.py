"""Units that hung: legged for longer than the ladder's first stages, or never completed."""

from __future__ import annotations

from engine.learning.harm import HUNG_S
from engine.orders.events import CycleEnded
from engine.state.unit import Unit


def hung(event: CycleEnded) -> bool:
    """Whether a finished cycle had hung: legged longer than HUNG_S, or never completed."""
    if event.outcome == "COMPLETE":
        return event.hedge_s > HUNG_S
    return event.outcome != "BUSTED"


class HungUnits:
    """Counts units that hung, each once in a session.

    Args:
        open_units: units with unhedged contracts, by trader and cycle; the caller keeps them.

    Attributes:
        ended: cycles of the session that ended, parked ones too, and had hung.
    """

    def __init__(self, open_units: dict[tuple[str, int], Unit]) -> None:
        self._open = open_units
        self._before: tuple[tuple[str, int], ...] = ()
        self._parked: dict[tuple[str, int], None] = {}
        self.ended = self._again = self._result_c = 0

    def new_session(self, heard_ms: int) -> None:
        """Begin to count afresh.

        Args:
            heard_ms: when the session before was last heard of, epoch milliseconds.
        """
        self._before = tuple(
            key
            for key, unit in self._open.items()
            if unit.outcome == "PARKED" or unit.hangs(heard_ms)
        )
        self._parked.clear()
        self.ended = self._again = self._result_c = 0

    def cycle_ended(self, event: CycleEnded, sign: int) -> None:
        """Count a cycle's end, or (sign -1) take it out again."""
        if not hung(event):
            return
        key = event.trader, event.cycle
        self.ended += sign
        self._again += sign * (key in self._before)
        self._result_c += sign * event.floor_c
        if event.outcome == "PARKED" and sign > 0:
            self._parked[key] = None
        else:
            self._parked.pop(key, None)

    @property
    def mean_c(self) -> int | None:
        """Average result of those that ended, guaranteed cents after fees; None where none did."""
        return round(self._result_c / self.ended) if self.ended else None

    def now(self, now_ms: int) -> int:
        """Units unhedged for longer than HUNG_S at epoch `now_ms`."""
        return sum(unit.hangs(now_ms) for unit in self._open.values())

    def so_far(self, now_ms: int) -> tuple[int, int]:
        """Units that have hung in this session by epoch `now_ms`, each once.

        Returns:
            How many, and how many of them had hung in the session before.
        """
        open_now = [
            key
            for key, unit in self._open.items()
            if key not in self._parked and unit.hangs(now_ms)
        ]
        again = sum(key in self._before for key in open_now)
        return self.ended + len(open_now), self._again + again
