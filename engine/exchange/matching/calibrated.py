"""`calibrated`: orders fill at the rates that were fitted to somebody's own attempts."""

from __future__ import annotations

import math
from typing import Final

from engine.config import Calibration, FillModelParameters
from engine.exchange.matching.orders import ExchangeOrder
from engine.exchange.matching.quotes import NaturalMarket
from engine.exchange.matching.waiting import WaitingFills, location_of
from engine.learning.calibration.rates import CalibratedRates
from engine.market.phases import TradingPhase

_ROUNDING_S: Final = 1e-6
"""More than the difference of two epoch seconds can be wrong by."""


class CalibratedFills(WaitingFills):
    """Fills as the fit says: by location, quoted width, size, phase and time waited.

    Nothing else is assumed: no chain fills better than another, no credit lacks buyers. Where the
    natural market reaches a limit it trades at once, as under every model.

    Args:
        parameters: how often a resting order is judged again.
        fit: the rates.
    """

    name = "calibrated"

    def __init__(self, parameters: FillModelParameters, fit: Calibration) -> None:
        super().__init__(parameters, fit.partial)
        self._rates = CalibratedRates(fit)

    def _rate(
        self,
        order: ExchangeOrder,
        leaves: int,
        market: NaturalMarket,
        at_s: float,
        phase: TradingPhase,
    ) -> float:
        rate = self._rates.at(
            location_of(order, market),
            market.ask_c - market.bid_c,
            leaves,
            phase.value,
            completes=not order.pays,
        )
        factor, _ = self._rates.of_wait(_waited_s(order, at_s))
        return rate * factor

    def _span_s(self, order: ExchangeOrder, at_s: float) -> tuple[float, float]:
        _, until_s = self._rates.of_wait(_waited_s(order, at_s))
        return -math.inf, order.working_s + until_s


def _waited_s(order: ExchangeOrder, at_s: float) -> float:
    """Seconds of working; at the very end of a piece never a little less, for lack of digits."""
    return at_s - order.working_s + _ROUNDING_S
