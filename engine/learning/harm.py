"""Signs that a value does harm: hung units, credits that do not complete, losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HUNG_S: Final = 5.0
"""A unit legged longer than this counts as hung."""

HUNG_FACTOR: Final = 2.0
HUNG_FROM: Final = 3
COMPLETION_FROM: Final = 30
COMPLETION_FLOOR: Final = 0.97
LOSS_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the cycles of one arm went.

    Args:
        attempts: that ended.
        units: legged units that are over; one that is still being completed does not count yet.
        completed: those of them whose credit filled.
        hung: those that left the first stages of the ladder.
        lost: dollars lost by scratches and unwinds, 0 or more.
    """

    attempts: int = 0
    units: int = 0
    completed: int = 0
    hung: int = 0
    lost: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.completed <= self.units and 0 <= self.hung <= self.units):
            raise ValueError(
                f"{self.completed} completed and {self.hung} hung of {self.units} units: neither "
                "may be more than the units"
            )

    def __add__(self, other: Conduct) -> Conduct:
        return Conduct(
            self.attempts + other.attempts,
            self.units + other.units,
            self.completed + other.completed,
            self.hung + other.hung,
            self.lost + other.lost,
        )


def signs_of_harm(before: Conduct, after: Conduct, loss_room: float) -> tuple[str, ...]:
    """Sentences that speak against the arm after; empty where none does.

    Hung units are compared by attempt, so that the arm used more often does not look worse.

    Args:
        before, after: the arms; `before` is the value in force.
        loss_room: dollars that the desk may lose; 0 or less where it has no such limit.
    """
    signs = []
    allowed = HUNG_FACTOR * before.hung * after.attempts / max(before.attempts, 1)
    if after.hung >= HUNG_FROM and after.hung > allowed:
        signs.append(
            f"{after.hung} of {after.attempts} attempts hung, more than {HUNG_FACTOR:g} times as "
            f"often as before ({before.hung} of {before.attempts})."
        )
    if after.units >= COMPLETION_FROM and after.completed < COMPLETION_FLOOR * after.units:
        signs.append(
            f"{after.completed} of {after.units} units were completed, below "
            f"{COMPLETION_FLOOR:.0%}."
        )
    if loss_room > 0 and after.lost > LOSS_SHARE * loss_room:
        signs.append(
            f"{after.lost:,.2f} $ were lost, more than {LOSS_SHARE:.0%} of the loss room of "
            f"{loss_room:,.2f} $."
        )
    return tuple(signs)
