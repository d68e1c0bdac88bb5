"""Held pairs and the chosen pair tell of what they are short how easily it is exercised early."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.runtime.views.trader_detail import trader_detail
from engine.snapshot import HeldLegView, LegView
from tests.support.operator_steps import Operated


def expected(leg: LegView | HeldLegView, underlying: float) -> tuple[float, float] | None:
    """In the money by, and time value left, where the leg is sold."""
    if leg.quantity > 0:
        return None
    inside = max(0.0, underlying - leg.strike if leg.right == "C" else leg.strike - underlying)
    assert leg.bid is not None and leg.ask is not None
    return inside, (leg.bid + leg.ask) / 2 - inside


def told(leg: LegView | HeldLegView) -> tuple[Any, Any] | None:
    return None if leg.inside is None else (leg.inside, leg.time_value)


def test_what_is_sold_tells_how_far_it_is_in_the_money_and_what_time_it_has(desk: Operated) -> None:
    context = desk.context
    desk.executor.snapshots.watch("positions")
    positions = desk.snapshot().positions
    desk.executor.snapshots.watch("")
    assert positions is not None and positions.pairs
    sold = 0
    for pair in positions.pairs:
        price = context.market.underlying(pair.symbol, context.moment.epoch_s)
        assert price is not None
        for leg in pair.legs:
            if leg.bid is None or leg.ask is None:
                continue
            assert told(leg) == expected(leg, price)
            sold += leg.quantity < 0
    assert sold > 10


def test_the_chosen_pair_tells_the_same_of_american_options_alone(desk: Operated) -> None:
    key, trader = next(
        (key, t) for key, t in desk.context.traders.items() if t.debits.chooser.opportunity
    )
    chooser = trader.debits.chooser
    chosen, quotes = chooser.opportunity, trader.last_quotes
    assert chosen is not None and quotes is not None and quotes.chain is not None
    detail = trader_detail(desk.context, trader)
    assert [told(leg) for leg in detail.opportunity_legs] == [
        expected(leg, quotes.chain.underlying_price) for leg in detail.opportunity_legs
    ]
    try:
        chooser.opportunity = replace(chosen, style="european")
        detail = trader_detail(desk.context, trader)
    finally:
        chooser.opportunity = chosen
    assert detail.key == key
    assert [told(leg) for leg in detail.opportunity_legs] == [None] * 4
