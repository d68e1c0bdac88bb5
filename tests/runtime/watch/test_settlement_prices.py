"""The price that ends a chain, where the market does not answer."""

from __future__ import annotations

from typing import Any

import pytest

from engine.brokers.remote.link import LinkError
from engine.orders import events as ev
from engine.orders.actions import Quotes
from engine.runtime.lanes import Lanes
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.positions import _shares_taken
from tests.support.settlement_desk import CONDOR, At, Pair, SettlementDesk

LAST_S = 1800.0


class Silent:
    """A market across a network that answers nothing, or what a test says."""

    blocking = True

    def __init__(self, price: float | None = None) -> None:
        self.price = price
        self.asked: list[str] = []

    def underlying(self, symbol: str, now_s: float) -> float:
        self.asked.append(symbol)
        if self.price is None:
            raise LinkError("the exchange did not answer `underlying` in 8 s")
        return self.price


class ByHand:
    """Threads of lanes whose calls the test carries out."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Any, Any]] = []

    def worker(self, name: str) -> ByHand:
        return self

    def make(self, run: Any, told: Any) -> None:
        self.jobs.append((run, told))

    def end(self) -> None:
        self.jobs.clear()

    def carry_out(self) -> None:
        jobs, self.jobs = self.jobs, []
        for run, told in jobs:
            failed = None
            try:
                run()
            except ConnectionError as error:
                failed = error
            told(failed)


def expired_desk() -> SettlementDesk:
    """A desk after the close, whose pairs cancel each other out and wait for a price."""
    desk = SettlementDesk("SPY", At(597.0), last_s=LAST_S)
    opposite = Pair("C", 600.0, 605.0, 590.0, 595.0, debit_c=10, credit_c=20)
    desk.hold(CONDOR, opposite)
    return desk


def test_the_close_goes_on_without_a_price_and_asks_in_a_lane_until_one_comes():
    desk = expired_desk()
    context, core, told = desk.context, desk.core, []
    market, threads = Silent(), ByHand()
    core._on_session_end = lambda: told.append("session end")
    desk.begin()
    desk.run(LAST_S + 1.0)
    context.market, context.lanes = market, Lanes(context.scheduler, 1, threads)
    for trader in context.traders.values():
        trader.context.last_quotes = None
    desk.run(2.0)
    assert told == ["session end"] and not context.flags.halted
    assert context.state.positions.pairs.held() and core.settlements.expired.unpriced
    assert market.asked == [] and len(threads.jobs) == 1, (
        "in a lane, and not in the engine's thread"
    )
    threads.carry_out()
    assert market.asked == ["SPY"] and context.state.positions.pairs.held()
    market.price = 597.0
    desk.run(30.0)
    threads.carry_out()
    desk.run(1.0)
    assert [row.price_c for row in desk.of(ev.ChainSettled)] == [597_00]
    assert not context.state.positions.pairs.held()
    desk.books_agree()


def test_the_latest_quotes_end_a_chain_where_asking_would_block():
    desk = expired_desk()
    market = Silent()
    desk.begin()
    desk.run(LAST_S - 1.0)
    desk.core.settlements.close_day()
    assert desk.of(ev.ChainSettled) == [], "not before the close"
    desk.run(2.0)
    desk.context.market = market
    for trader in desk.context.traders.values():
        trader.context.last_quotes = Quotes(None, 598.5)
    desk.run(2.0)
    assert [row.price_c for row in desk.of(ev.ChainSettled)] == [598_50]
    assert market.asked == []


def test_shares_are_not_taken_over_at_a_price_that_nobody_tells():
    desk = expired_desk()
    desk.begin()
    desk.context.market = Silent()
    for trader in desk.context.traders.values():
        trader.context.last_quotes = None
    with pytest.raises(RefusedError, match="the price of SPY is unknown"):
        _shares_taken(desk.context, "SPY", {"SPY": 100})
