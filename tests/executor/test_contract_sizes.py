"""What contracts are: the multiplier that is quoted is the one that is traded, or nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine import ArbitrageExecutor, OptionChain
from engine.config import DeskConfig, RiskLimits
from engine.config.broker import LegFeeSettings
from engine.market.ticks import ContractTerms
from tests.support.executor_world import (
    NEAR,
    PaperBroker,
    as_legs,
    as_mappings,
    executor_on,
    fill,
    option_chain,
    run_for,
    virtual,
)

MINI = ContractTerms("american", "physical", 10)
CENT = {"default": LegFeeSettings(commission_c=1, exchange_c=0)}


def minis(symbol: str, expiration: date) -> OptionChain:
    return replace(option_chain(symbol, expiration), multiplier=10)


def mini_rows(symbol: str, expiration: date) -> list[dict[str, Any]]:
    return [{**row, "multiplier": 10} for row in as_mappings(option_chain(symbol, expiration))]


def trading(broker: PaperBroker, terms: ContractTerms | None, quotes: Any) -> ArbitrageExecutor:
    config = DeskConfig(limits=RiskLimits(order_budget_day=90_000), fees=CENT)
    executor = executor_on(
        broker, virtual(), cancel_callback=broker.cancel, quote_callback=quotes, config=config
    )
    executor.add_symbol("AAPL", [NEAR], terms=terms)
    return executor


@pytest.mark.parametrize("quotes", [minis, mini_rows])
def test_quotes_of_another_size_than_is_traded_are_refused(quotes: Any) -> None:
    broker = PaperBroker()
    executor = trading(broker, None, quotes)
    run_for(executor, 60)
    assert broker.orders == []
    (alarm,) = executor.context.state.notices.alarms.values()
    assert "of 10" in "; ".join(alarm.places.values())


@pytest.mark.parametrize("quotes", [minis, mini_rows])
def test_contracts_of_their_own_size_are_traded_by_it(quotes: Any) -> None:
    broker = PaperBroker(answer=fill)
    executor = trading(broker, MINI, quotes)
    run_for(executor, 60)
    paid = sum(order.limit_price * order.quantity for order in broker.orders if order.pays)
    (trader,) = executor.context.traders.values()
    assert paid > 0
    assert executor.context.state.money.paid_c == round(paid * 100) * 10
    assert trader.chain.rules.fee_per_share == pytest.approx(0.004)
    assert trader.last_quotes is not None and trader.last_quotes.chain is not None
    assert trader.last_quotes.chain.multiplier == 10


def test_scanned_rows_are_contracts_of_their_root() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("SPXW", [NEAR])
    (trader,) = executor.context.traders.values()
    found = trader.scan_opportunities(as_legs(option_chain("SPXW")), 100.0)
    assert found and {each.label for each in found if each.floor >= 0} == {"ARB"}
    assert {(each.style, each.settlement) for each in found} == {("european", "cash")}
