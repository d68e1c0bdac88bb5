"""A feed quotes the strikes near the price: those of an open unit may leave it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from engine import OptionChain
from engine.orders import events as ev
from tests.support.executor_world import (
    PaperBroker,
    Placed,
    fill,
    option_chain,
    run_for,
    trading_on,
)


@pytest.mark.parametrize("leaves", ["long", "short", "both", "all"])
def test_a_unit_whose_strikes_are_quoted_no_more_is_followed_on(leaves: str) -> None:
    """The trader failed at the first look for another credit, and nobody completed its unit."""
    bought: list[Placed] = []

    def answer(placed: Placed) -> object:
        if placed.pays and not bought:
            bought.append(placed)
            return fill(placed)
        return placed.order_id

    def quotes(symbol: str, expiration: date) -> OptionChain:
        chain = option_chain(symbol, expiration)
        if not bought:
            return chain
        long, short = (leg.strike for leg in bought[0].legs)
        gone = {"long": [long], "short": [short], "both": [long, short], "all": chain.strike_list}
        kept = ~np.isin(chain.strikes, gone[leaves])
        if leaves == "all":
            kept[-3:] = True
        return OptionChain(
            symbol, expiration, chain.strikes[kept], 100.0, bid=chain.bid[:, kept],
            ask=chain.ask[:, kept],
        )  # fmt: skip

    broker = PaperBroker(answer=answer)
    executor = trading_on(broker, quote_callback=quotes)
    events: list[object] = []
    executor.context.subscribe(ev.TraderFaulted, events.append)
    run_for(executor, 120.0)
    (trader,) = executor.context.traders.values()
    (unit,) = trader.credits.units.values()
    assert events == [] and unit.remaining == bought[0].quantity
    credit = broker.orders[-1]
    assert not credit.pays and credit.quantity == unit.remaining
