"""The levers that advice may pull: how each is told in attempts, in settings and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.learning.attempt_results import AttemptSettings
from engine.learning.evidence.arms import value_of
from engine.learning.ghosts import Ghosts

DESK: Final = "*"
"""The trader of advice that concerns every trader."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One setting that attempts were made with.

    Args:
        field: of AttemptSettings; "delay" for both its bounds.
        setting: as the journal names it.
        kind: as the screen does.
    """

    field: str
    setting: str
    kind: str


TRIED: Final = (
    Lever("contracts", "optimal_contracts", "SIZE"),
    Lever("cancel_ms", "optimal_cancel_ms", "CANCEL"),
    Lever("buy_at", "buy_location", "BUY"),
    Lever("sell_at", "sell_location", "SELL"),
    Lever("minimum_floor", "minimum_floor", "FLOOR"),
    Lever("objective", "objective", "CHOICE"),
    Lever("delay", "delay_s", "DELAY"),
)
"""Levers that are judged by attempts with both values."""

BY_FIELD: Final = {lever.field: lever for lever in TRIED}


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What a trader uses now.

    Args:
        settings: as an attempt of now would be made.
        min_contracts, max_contracts: bounds of its size.
        hours: exchange hours in which debits are allowed.
        busy: whether a trial concerns it, so that nothing is advised about it.
    """

    settings: AttemptSettings
    min_contracts: int = 1
    max_contracts: int = 10
    hours: tuple[int, ...] = (9, 10, 11, 12, 13, 14, 15)
    busy: bool = False

    def value(self, lever: Lever) -> Any:
        """The live value of a lever."""
        return value_of(self.settings, lever.field)


@dataclass(frozen=True, slots=True)
class DeskNow:
    """What advice is computed against.

    Args:
        now_s: epoch seconds.
        session: ordinal of the exchange date.
        minute: exchange minute after midnight.
        traders: by key.
        budgeted: whether orders are scarce.
        reservation: dollars an order must promise, None where orders are free or it is not learned.
        loss_room: dollars that the desk may lose; 0 where it has no such limit.
        ghosts: what the market did after debits were cancelled; None where nobody looked.
    """

    now_s: float
    session: int = 0
    minute: int = 0
    traders: Mapping[str, LiveSettings] = field(default_factory=dict)
    budgeted: bool = False
    reservation: float | None = None
    loss_room: float = 0.0
    ghosts: Ghosts | None = None

    def common(self, lever: Lever) -> Any:
        """The value that every trader has; None where they differ or there is none."""
        values = {trader.value(lever) for trader in self.traders.values()}
        return values.pop() if len(values) == 1 else None

    def common_hours(self) -> tuple[int, ...] | None:
        """The hours that every trader has; None where they differ or there is none."""
        hours = {trader.hours for trader in self.traders.values()}
        return hours.pop() if len(hours) == 1 else None


def shown(lever: Lever, value: Any) -> str:
    """A value as the label of a group: "size 3", "2,500 ms", "buy 0.35"; at most ten characters."""
    match lever.field:
        case "contracts":
            return f"size {value}"
        case "cancel_ms":
            return f"{value:,} ms"
        case "buy_at":
            return f"buy {value:g}"
        case "sell_at":
            return f"sell {value:g}"
        case "minimum_floor":
            return f"floor {value:.2f}"
        case "delay":
            return f"{value[0]:g}-{value[1]:g} s"
    return f"by {value}"


def bounds(lever: Lever, live: LiveSettings) -> str:
    """The values that a lever may have, as a sentence has them."""
    match lever.field:
        case "contracts":
            return f"{live.min_contracts} to {live.max_contracts} contracts"
        case "cancel_ms":
            return "500 to 5,000 ms"
        case "buy_at" | "sell_at":
            return "0 (natural bid) to 1 (natural ask)"
        case "minimum_floor":
            return "dollars a share after fees"
        case "delay":
            return "seconds between attempts"
    return "floor or credit"
