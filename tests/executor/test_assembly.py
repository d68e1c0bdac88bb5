"""What an executor is put together of: symbols, callbacks and components, said where one is missing."""

from __future__ import annotations

from typing import Any

import pytest

from engine import ArbitrageExecutor
from engine.snapshot import EngineState
from tests.support.executor_world import (
    FAR,
    NEAR,
    PaperBroker,
    executor_on,
    fill,
    run_for,
    virtual,
)
from tests.support.running_executor import Running, Start


def test_components_assigned_after_add_symbol_reach_the_traders_that_exist() -> None:
    from engine import CreditMaximizer, OptimizationMetrics, PositionBalancer

    broker = PaperBroker(fill)
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [NEAR, FAR])
    balancer = PositionBalancer(max_imbalance=3, force_balance_at_close=True)
    maximizer = CreditMaximizer(min_credit_threshold=0.012, max_spread_width=15, prefer_atm=True)
    metrics = OptimizationMetrics()
    executor.balancer, executor.credit_maximizer, executor.metrics = balancer, maximizer, metrics
    executor.add_symbol("MSFT", [NEAR])
    for trader in executor.traders.values():
        assert trader.balancer is balancer
        assert trader.credit_maximizer is maximizer
        assert trader.chain.rules.max_width == 15
        assert trader.chain.rules.min_net_credit == 0.012
        assert trader.gate.limits.max_imbalance_chain == 3
    assert executor.get_status()["position_summary"]["chains"] == 3
    run_for(executor, 120)
    assert balancer.get_summary()["net_premium"] > 0
    assert metrics.total().n == sum(
        row["session_attempts"] for row in executor.get_status()["traders"].values()
    )
    assert set(executor.advice.tallies.own) == set(executor.traders), (
        "advice follows the new metrics"
    )


@pytest.mark.parametrize("name", ["balancer", "credit_maximizer", "metrics"])
def test_components_cannot_be_replaced_while_the_executor_runs(running: Start, name: str) -> None:
    one = running()
    one.executor.get_status()
    present = getattr(one.executor, name)
    with pytest.raises(RuntimeError, match=f"{name} cannot be replaced while the executor runs"):
        setattr(one.executor, name, present)


@pytest.mark.parametrize(
    ("symbol", "expirations", "says"),
    [
        ("", [NEAR], "name the option root"),
        ("AAPL", NEAR, "pass a list of dates"),
        ("AAPL", "2026-04-17", "pass a list of dates"),
        ("AAPL", [NEAR, "2026-05-15"], "is not a date or datetime"),
    ],
)
def test_a_symbol_that_cannot_be_traded_is_refused_as_a_whole(
    symbol: str, expirations: Any, says: str
) -> None:
    executor = executor_on(PaperBroker(), virtual())
    with pytest.raises(ValueError, match=says):
        executor.add_symbol(symbol, expirations)
    assert executor.traders == {}


def test_small_letters_name_the_same_symbol_as_capitals() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol(" aapl", [NEAR])
    executor.add_symbol("AAPL", [NEAR])
    assert list(executor.traders) == ["AAPL 2026-04-17"]


def test_an_executor_is_a_block_that_starts_it_and_stops_it_in_order() -> None:
    one = Running(PaperBroker(), cancel_callback=lambda order_id: True)
    one.executor.add_symbol("AAPL", [NEAR])
    with one.executor as executor:
        assert executor.call(lambda: executor.active)
    assert executor.snapshot().state is EngineState.ENDED


def test_an_expiration_added_twice_is_one_trader() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR, NEAR])
    executor.add_symbol("AAPL", [NEAR])
    assert list(executor.traders) == ["AAPL 2026-04-17"]


def test_an_executor_without_callbacks_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="needs an order_callback or a broker"):
        ArbitrageExecutor(quote_callback=lambda symbol, day: None)
    with pytest.raises(ValueError, match="needs a quote_callback or a market"):
        ArbitrageExecutor(order_callback=lambda *given: "B1")


def test_starting_without_a_way_to_cancel_says_so_once() -> None:
    broker = PaperBroker()
    one = Running(broker)
    one.executor.add_symbol("AAPL", [NEAR])
    with pytest.warns(RuntimeWarning, match="one order is out at a time") as said:
        one.executor.start()
        one.executor.start()
    one.stop()
    assert len(said) == 1
    assert len(one.executor.warnings) == 1
