"""Which settings a trader's next attempt uses where a trial decides it, and under what name."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from engine.pricing.rules import Objective
from engine.risk.gates import Gate


class AttemptValues(NamedTuple):
    """Settings of one attempt; what is None is the trader's own.

    Args:
        arm: what the attempt is journaled under; "" where no trial decides it.
        contracts: of the debit.
        cancel_ms: after which an unfilled debit is cancelled.
        buy_at, sell_at: quote locations, 0 the natural bid, 1 the ask.
        minimum_floor: least payoff floor, dollars a share.
        objective: "credit" or "floor".
        delay_s: bounds of the wait before the attempt, seconds.
        hours: exchange hours in which it may go out.
        rests: whether none goes out at all.
    """

    arm: str = ""
    contracts: int | None = None
    cancel_ms: float | None = None
    buy_at: float | None = None
    sell_at: float | None = None
    minimum_floor: float | None = None
    objective: Objective | None = None
    delay_s: tuple[float, float] | None = None
    hours: frozenset[int] | None = None
    rests: bool | None = None

    @property
    def chooses(self) -> bool:
        """Whether it says by which rules the pair is chosen."""
        return not (
            self.buy_at is None
            and self.sell_at is None
            and self.minimum_floor is None
            and self.objective is None
        )


OWN: Final = AttemptValues()
"""An attempt that no trial decides."""


class Arms(Protocol):
    """Asked by a trader before each attempt; the answer holds until the attempt has gone out."""

    def values(self, trader: str) -> AttemptValues:
        """The settings of the trader's next attempt."""

    def stands_still(self, trader: str) -> bool:
        """Whether the automatic order size stays as it is."""

    def met(self, trader: str, gate: Gate | None, now_s: float) -> None:
        """The trader met a closed gate (None: none) at engine second `now_s`."""


class NoTrials:
    """The arms of a trader that no trial concerns, as where a library's user runs it alone."""

    def values(self, trader: str) -> AttemptValues:
        """Its own settings."""
        return OWN

    def stands_still(self, trader: str) -> bool:
        """The fill rate moves the size."""
        return False

    def met(self, trader: str, gate: Gate | None, now_s: float) -> None:
        """Nobody counts it."""


NO_TRIALS: Final = NoTrials()
