"""Resting orders that fill inside the natural market after a waiting time; models say how soon."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from engine.config import FillModelParameters
from engine.exchange.matching.orders import ExchangeOrder, tick_c
from engine.exchange.matching.quotes import NaturalMarket
from engine.market.phases import TradingPhase

Look = tuple[int, int, float | None]
"""Combinations that trade now (0: none), cents per share, and when to look again."""


class WaitingFills(ABC):
    """Fills after an exponential waiting time whose rate follows the market; at once beyond it.

    A model of its own says the rate (`_rate`) and for how long it holds (`_span_s`).

    Args:
        parameters: how often a resting order is judged again.
        partial: share of the executions of orders for several that fill only some of them.
    """

    name = ""

    def __init__(self, parameters: FillModelParameters, partial: float) -> None:
        self._parameters = parameters
        self._partial = partial

    def look(
        self, order: ExchangeOrder, market: NaturalMarket | None, at_s: float, phase: TradingPhase
    ) -> Look:
        """Judge the order: use up its waiting time at the old rate, then set the new one."""
        review_s = at_s + self._parameters.review_s
        due = order.wait_until(at_s)
        if market is not None and crosses(order, market):
            arriving = at_s <= order.working_s
            price_c = natural_price_c(order, market) if arriving else order.request.limit_c
            order.stop_waiting()
            return min(order.leaves, market.size), price_c, review_s
        rate = 0.0 if market is None else self._rate(order, order.leaves, market, at_s, phase)
        quantity = 0
        if due and market is not None:
            # The market may have become worse since the waiting time was drawn.
            if market.size > 0 and order.draws.uniform() * order.rate <= rate:
                quantity = min(self._share(order), market.size)
                if quantity < order.leaves:
                    rate = self._rate(order, order.leaves - quantity, market, at_s, phase)
            order.wait_anew()
        from_s, until_s = self._span_s(order, at_s)
        again_s = order.next_fill_s(rate, max(at_s, from_s), min(until_s, review_s))
        return quantity, order.request.limit_c, again_s

    def could_trade(self, order: ExchangeOrder, market: NaturalMarket) -> bool:
        """Where the order had a chance to fill."""
        return market.size > 0 and (order.rate > 0 or crosses(order, market))

    @abstractmethod
    def _rate(
        self,
        order: ExchangeOrder,
        leaves: int,
        market: NaturalMarket,
        at_s: float,
        phase: TradingPhase,
    ) -> float:
        """Fills per second of one that is `leaves` combinations large."""

    @abstractmethod
    def _span_s(self, order: ExchangeOrder, at_s: float) -> tuple[float, float]:
        """Epoch seconds from which the rate of now counts, and until which it holds."""

    def _share(self, order: ExchangeOrder) -> int:
        if order.leaves > 1 and order.draws.uniform() < self._partial:
            return 1 + int(order.draws.uniform() * (order.leaves - 1))
        return order.leaves


def location_of(order: ExchangeOrder, market: NaturalMarket) -> float:
    """How far the limit lies through the natural market from our side: 0 joins it, 1 crosses."""
    limit_c = order.request.limit_c
    through_c = limit_c - market.bid_c if order.pays else market.ask_c - limit_c
    return through_c / (market.ask_c - market.bid_c)


def crosses(order: ExchangeOrder, market: NaturalMarket) -> bool:
    """Whether the natural market has reached the limit."""
    limit_c = order.request.limit_c
    return limit_c >= market.ask_c if order.pays else 0 < limit_c <= market.bid_c


def natural_price_c(order: ExchangeOrder, market: NaturalMarket) -> int:
    """The natural price against us on the combination's tick, never worse than the limit."""
    tick = tick_c(order.request.symbol)
    if order.pays:
        price_c = math.ceil(market.ask_c / tick) * tick
        return max(tick, min(price_c, order.request.limit_c))
    return max(math.floor(market.bid_c / tick) * tick, order.request.limit_c)
