"""`assumed-width`: as `assumed` near the money, and less likely the wider a vertical is quoted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from engine.exchange.matching import MatchingEngine
from engine.exchange.matching.models import AssumedWidthFills
from engine.exchange.quotes import SimulatedMarket
from engine.market.chain import CALL, OptionChain
from engine.market.near_the_money import typical_width
from engine.orders.types import OrderReport, ReportKind
from tests.support.exchange_world import (
    CLOSES_S,
    DAY,
    EXPIRATION,
    MORNING_S,
    OPENS_S,
    ORDINARY,
    HeapTimer,
    StillQuotes,
    order,
    phase_of,
)

COUNT = 2500


@dataclass
class MorningOf(StillQuotes):
    """Still quotes that know how wide the morning's verticals were quoted."""

    width: float | None = None

    def morning_width(self, symbol: str, now_s: float) -> float | None:
        return self.width


def share_filled(model: str, reference: float | None) -> float:
    """The share of debits at 0.35 of a vertical quoted 40 cents wide that fill within 2.5 s."""
    quotes = MorningOf(
        {(CALL, 100.0): (5.0, 5.2, 50, 50), (CALL, 105.0): (2.8, 3.0, 50, 50)}, width=reference
    )
    timer = HeapTimer(MORNING_S)
    matching = MatchingEngine(
        quotes,
        timer,
        1,
        phase_of,
        model=model,  # type: ignore[arg-type]
        parameters=ORDINARY,
    )
    working: dict[str, float] = {}
    filled: set[str] = set()

    def hear(report: OrderReport) -> None:
        name = report.client_order_id
        if report.kind is ReportKind.ACK:
            working.setdefault(name, report.at_s)
        elif report.kind is ReportKind.FILL and report.at_s - working[name] <= 2.5:
            filled.add(name)

    matching.connect(hear)
    for number in range(COUNT):
        matching.submit(order(f"S-{number}"), MORNING_S)
    timer.run(MORNING_S + 3.5)
    return len(filled) / COUNT


@pytest.mark.parametrize(
    ("reference", "expected"), [(0.40, 0.45), (0.80, 0.45), (0.20, 0.225), (0.10, 0.1125)]
)
def test_a_vertical_quoted_wider_than_the_mornings_fills_so_much_less_often(
    reference: float, expected: float
) -> None:
    error = 4 * math.sqrt(expected * (1 - expected) / COUNT)
    assert abs(share_filled("assumed-width", reference) - expected) <= error


def test_where_the_width_costs_nothing_the_very_same_orders_fill() -> None:
    assumed = share_filled("assumed", None)
    assert share_filled("assumed-width", 0.40) == assumed
    assert share_filled("assumed-width", None) == assumed


def chain_of(spot: float) -> OptionChain:
    strikes = np.array([80.0, 95.0, 100.0, 105.0, 120.0])
    chain = OptionChain("XYZ", date(2026, 3, 20), strikes, underlying_price=spot)
    chain.bid[:] = [[20, 6, 3, 1, 0.1], [0.1, 1, 3, 6, 20]]
    chain.ask[:] = chain.bid + np.array([2.0, 0.10, 0.20, 0.30, 2.0])
    return chain


def test_the_typical_width_is_the_median_of_neighbours_near_the_money() -> None:
    assert typical_width([chain_of(100.0)]) == pytest.approx(0.40)
    assert typical_width([chain_of(math.nan)]) == pytest.approx(0.40)
    chain = chain_of(100.0)
    chain.bid[CALL, 2] = math.nan
    chain.ask[1, 3] = 0.0
    assert typical_width([chain]) == pytest.approx(0.30)
    assert typical_width([]) is None
    assert typical_width([chain_of(1000.0)]) is None


def test_the_morning_of_a_simulated_day_is_the_same_whenever_it_is_asked_for() -> None:
    market = SimulatedMarket(7, DAY, OPENS_S, CLOSES_S)
    before = market.morning_width("AAPL", OPENS_S + 1.0)
    chain = market.chain("AAPL", EXPIRATION, MORNING_S)
    assert chain is not None
    market.nudge("AAPL", EXPIRATION, -5.0, MORNING_S)
    quotes = market.chain("AAPL", EXPIRATION, MORNING_S + 1.0).bid.copy()  # type: ignore[union-attr]
    assert before is not None and before > 0
    assert market.morning_width("AAPL", CLOSES_S) == before
    after = market.chain("AAPL", EXPIRATION, MORNING_S + 1.0)
    assert after is not None
    np.testing.assert_array_equal(after.bid, quotes)
    assert market.morning_width("SPY", MORNING_S) != before
    assert (
        SimulatedMarket(7, DAY, OPENS_S, CLOSES_S, symbols=["SPY"]).morning_width("AAPL", 0) is None
    )


def test_the_model_asks_for_each_days_morning_once() -> None:
    asked: list[tuple[str, float]] = []

    class Mornings(StillQuotes):
        def morning_width(self, symbol: str, now_s: float) -> float | None:
            asked.append((symbol, now_s))
            return 0.25

    model = AssumedWidthFills(ORDINARY, 1, Mornings({}))
    day_s = 86_400.0
    for at_s in (MORNING_S, MORNING_S + 60.0, MORNING_S + day_s):
        assert model.reference_c("AAPL", at_s) == 25.0
    assert asked == [("AAPL", MORNING_S), ("AAPL", MORNING_S + day_s)]
