"""The fill models: when a resting order trades, how much of it, and at what price.

`crossing`: an order trades when the natural market reaches its limit and never otherwise. On
arrival it trades at the natural price, later at its limit, for the market has come to it.

`assumed`: besides, it may trade inside the natural market, after an exponential waiting
time. The rate follows from a documented probability by location, size, phase and chain.

`assumed-width`: the same, but less likely the wider the vertical is quoted. What is quoted wide
leaves more between bid and ask than anybody gives away.

`calibrated`: after a waiting time too, at rates fitted to attempts (`calibrated.py`).
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final, Protocol

from engine.config import Calibration, ConfigError, FillModelParameters, ModelName
from engine.exchange.matching.calibrated import CalibratedFills
from engine.exchange.matching.orders import ExchangeOrder
from engine.exchange.matching.quotes import NaturalMarket
from engine.exchange.matching.sources import MorningQuotes, QuoteSource
from engine.exchange.matching.waiting import (
    Look,
    WaitingFills,
    crosses,
    location_of,
    natural_price_c,
)
from engine.exchange.seeding import Draws
from engine.market.legs import strikes_text
from engine.market.phases import TradingPhase

_DAY_S: Final = 86_400.0


class FillModel(Protocol):
    """Decides whether a working order trades."""

    name: str

    def look(
        self, order: ExchangeOrder, market: NaturalMarket | None, at_s: float, phase: TradingPhase
    ) -> Look:
        """Judge a working order at an instant: on arrival, and at the times that it returned.

        Args:
            order: the order.
            market: its natural market; None while unknown.
            at_s: epoch seconds.
            phase: the trading phase.
        """
        ...

    def could_trade(self, order: ExchangeOrder, market: NaturalMarket) -> bool:
        """Whether an execution may cross with the order's cancellation."""
        ...


class CrossingFills:
    """Fills when the natural market crosses the limit, limited by the displayed size.

    Args:
        quotes: say when they change next.
    """

    name = "crossing"

    def __init__(self, quotes: QuoteSource) -> None:
        self._quotes = quotes

    def look(
        self, order: ExchangeOrder, market: NaturalMarket | None, at_s: float, phase: TradingPhase
    ) -> Look:
        """Judge the order; the displayed size trades once for each change of the quotes."""
        request = order.request
        again_s = self._quotes.next_change_s(request.symbol, request.expiration, at_s)
        if market is None or not crosses(order, market):
            return 0, 0, again_s
        arriving = at_s <= order.working_s
        price_c = natural_price_c(order, market) if arriving else request.limit_c
        return min(order.leaves, market.size), price_c, again_s

    def could_trade(self, order: ExchangeOrder, market: NaturalMarket) -> bool:
        """Only where the market has reached the limit."""
        return market.size > 0 and crosses(order, market)


class AssumedFills(WaitingFills):
    """Fills by documented probabilities.

    Args:
        parameters: the probabilities.
        seed: the run's; decides how well each chain fills, and how wanted each credit is when.
    """

    name = "assumed"

    def __init__(self, parameters: FillModelParameters, seed: int) -> None:
        super().__init__(parameters, parameters.partial)
        self._seed = seed
        self._chains: dict[tuple[str, date], float] = {}
        self._by_phase = {
            TradingPhase(name): factor for name, factor in parameters.by_phase.items()
        }
        self._longest_s = parameters.reference_s - parameters.dead_s
        self._window = -1
        self._interest_of: dict[tuple[str, date, int, float, float], float] = {}

    def chain_factor(self, symbol: str, expiration: date) -> float:
        """How well a chain fills relative to an ordinary one; the same for a whole run."""
        key = (symbol, expiration)
        factor = self._chains.get(key)
        if factor is None:
            p = self._parameters
            draws = Draws(self._seed, f"liquidity/{symbol}/{expiration}")
            group = draws.uniform()
            if group < p.poor_share:
                low, high = p.poor_factor
            elif group < p.poor_share + p.good_share:
                low, high = p.good_factor
            else:
                low, high = p.ordinary_factor
            factor = self._chains[key] = low + (high - low) * draws.uniform()
        return factor

    def probability(
        self, order: ExchangeOrder, leaves: int, location: float, phase: TradingPhase
    ) -> float:
        """The documented chance that one of `leaves` combinations fills within `reference_s`."""
        p = self._parameters
        sizes = p.by_size
        factor = order.factor
        if factor is None:
            factor = self.chain_factor(order.request.symbol, order.request.expiration)
            if order.completes:
                factor **= p.credit_chain_power
            order.take_factor(factor)
        chance = (
            at_location(p.by_location, location)
            * sizes[min(leaves, len(sizes)) - 1]
            * self._by_phase.get(phase, 0.0)
            * factor
        )
        return min(chance, p.highest)

    def _rate(
        self,
        order: ExchangeOrder,
        leaves: int,
        market: NaturalMarket,
        at_s: float,
        phase: TradingPhase,
    ) -> float:
        """Fills per second: the exponential rate that gives the documented probability."""
        p = self._parameters
        chance = self.probability(order, leaves, location_of(order, market), phase)
        chance *= self._ease(order, market, at_s)
        rate = -math.log1p(-chance) / self._longest_s
        if leaves > market.size:
            rate *= market.size / leaves
        if order.completes:
            rate *= p.credit_ease * self._interest(order, at_s)
        return rate

    def _span_s(self, order: ExchangeOrder, at_s: float) -> tuple[float, float]:
        return order.working_s + self._parameters.dead_s, math.inf

    def _ease(self, order: ExchangeOrder, market: NaturalMarket, at_s: float) -> float:
        """A factor on the probability, by the vertical's quoted width: none."""
        return 1.0

    def _interest(self, order: ExchangeOrder, at_s: float) -> float:
        """How wanted a credit vertical is at present; reordering it changes nothing."""
        p = self._parameters
        request = order.request
        window = int(at_s // p.interest_lasts_s)
        if window != self._window:
            self._window = window
            self._interest_of.clear()
        key = request.symbol, request.expiration, order.right, order.x_strike, order.y_strike
        drawn = self._interest_of.get(key)
        if drawn is None:
            drawn = self._interest_of[key] = Draws(
                self._seed,
                f"interest/{request.symbol}/{request.expiration}/{order.right}"
                f"/{strikes_text(order.x_strike, order.y_strike)}/{window}",
            ).uniform()
        if drawn < p.nobody_share:
            return 0.0
        return p.thin_ease if drawn < p.nobody_share + p.thin_share else 1.0


class AssumedWidthFills(AssumedFills):
    """`assumed`, with every probability x min(1, reference width / quoted width).

    The reference is the median width of the symbol's verticals near the money that morning, so
    that these fill as under `assumed`, unless the parameters name another. Where nobody knows it,
    all do.

    Args:
        parameters: the probabilities.
        seed: as for `AssumedFills`.
        quotes: say how wide the morning's verticals were.
    """

    name = "assumed-width"

    def __init__(self, parameters: FillModelParameters, seed: int, quotes: QuoteSource) -> None:
        super().__init__(parameters, seed)
        self._quotes = quotes if isinstance(quotes, MorningQuotes) else None
        self._reference_c: dict[tuple[str, int], float] = {}

    def reference_c(self, symbol: str, at_s: float) -> float:
        """The width up to which a vertical of the symbol fills as under `assumed`, cents a share.

        Args:
            at_s: epoch seconds; each day has a morning of its own.
        """
        chosen_c = self._parameters.reference_width_c
        if chosen_c is not None:
            return chosen_c
        key = symbol, int(at_s // _DAY_S)
        known = self._reference_c.get(key)
        if known is None:
            width = None if self._quotes is None else self._quotes.morning_width(symbol, at_s)
            known = self._reference_c[key] = math.inf if width is None else width * 100.0
        return known

    def _ease(self, order: ExchangeOrder, market: NaturalMarket, at_s: float) -> float:
        return min(
            1.0, self.reference_c(order.request.symbol, at_s) / (market.ask_c - market.bid_c)
        )


def fill_model(
    name: ModelName,
    quotes: QuoteSource,
    parameters: FillModelParameters,
    seed: int,
    fit: Calibration | None = None,
) -> FillModel:
    """The model of that name; arguments as for the models.

    Raises:
        ConfigError: it is `calibrated`, without a fit.
    """
    if name == "calibrated":
        if fit is None:
            raise ConfigError("calibrated needs a fit; `legdesk calibrate RUN...` makes one")
        return CalibratedFills(parameters, fit)
    if name == "crossing":
        return CrossingFills(quotes)
    if name == "assumed-width":
        return AssumedWidthFills(parameters, seed, quotes)
    return AssumedFills(parameters, seed)


def at_location(pairs: tuple[tuple[float, float], ...], location: float) -> float:
    """Linear interpolation in ascending (location, probability) pairs; 0 below the first."""
    low, chance = pairs[0]
    if location < low:
        return 0.0
    for high, above in pairs:
        if location < high:
            share = (location - low) / (high - low)
            return chance + share * (above - chance)
        low, chance = high, above
    return chance
