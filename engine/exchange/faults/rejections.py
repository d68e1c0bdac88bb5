"""What the exchange rejects for a while: all orders, a halted symbol's, an adjusted chain's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from engine.brokers.protocol import ContractPosition
from engine.exchange.faults.chance import Faults
from engine.market.clock import Clock
from engine.orders.types import OrderRequest

STORM_S: Final = (5.0, 40.0)
"""Bounds of the seconds that a reject storm lasts."""

HALT_S: Final = (10.0, 90.0)
"""Bounds of the seconds that a trading halt lasts."""

ADJUSTED_S: Final = (60.0, 300.0)
"""Bounds of the seconds that a chain's contracts count as adjusted."""

ADJUSTED_ROOT: Final = "1"
"""Follows the root of contracts whose terms a corporate action changed: AAPL becomes AAPL1."""

Chain = tuple[str, date]


class Rejections:
    """Times in which the exchange rejects proper orders.

    Args:
        faults: decides how long each lasts.
        clock: the present.

    Attributes:
        storm_until_s: epoch second until which every order is rejected.
    """

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self.storm_until_s = 0.0
        self._faults, self._clock = faults, clock
        self._halted: dict[str, float] = {}
        self._adjusted: Chain | None = None
        self._adjusted_until_s = 0.0

    def storm(self) -> None:
        """Reject every order for a while."""
        self.storm_until_s = self._ends_s("storm", STORM_S)

    def halt(self, symbol: str) -> None:
        """Halt one symbol for a while."""
        self._halted[symbol] = self._ends_s("halt", HALT_S)

    def adjust(self, chain: Chain) -> None:
        """Count one chain's contracts as adjusted for a while."""
        self._adjusted = chain
        self._adjusted_until_s = self._ends_s("adjusted", ADJUSTED_S)

    @property
    def adjusted(self) -> Chain | None:
        """The chain whose contracts are adjusted now; None where there is none."""
        return self._adjusted if self._clock.epoch_s() < self._adjusted_until_s else None

    def calm(self) -> None:
        """Reject nothing any more."""
        self.storm_until_s = self._adjusted_until_s = 0.0
        self._halted.clear()

    def reason(self, request: OrderRequest, now_s: float) -> str:
        """Why the exchange rejects an order now; "" where it does not."""
        if now_s < self._halted.get(request.symbol, 0.0):
            return f"trading in {request.symbol} is halted"
        if now_s < self.storm_until_s:
            return "the exchange accepts no orders at the moment"
        if self.adjusted == (request.symbol, request.expiration):
            root = request.symbol + ADJUSTED_ROOT
            return f"contract adjusted to {root}: not tradable under {request.symbol}"
        return ""

    def positions(self, rows: Iterable[ContractPosition]) -> tuple[ContractPosition, ...]:
        """Positions as reported: those of an adjusted chain under the root of its new terms."""
        adjusted = self.adjusted
        return tuple(
            replace(row, symbol=row.symbol + ADJUSTED_ROOT)
            if (row.symbol, row.expiration) == adjusted
            else row
            for row in rows
        )

    def _ends_s(self, name: str, lasts_s: tuple[float, float]) -> float:
        return self._clock.epoch_s() + self._faults.between(name, *lasts_s)
