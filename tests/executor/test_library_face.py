"""What a program's author meets: types, names, copies and texts of the objects."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from typing import Any, Literal, assert_type

import pytest

from engine import (
    ArbitrageExecutor,
    CreditMaximizer,
    ExecutorStatus,
    ExpirationCategory,
    OptimizationMetrics,
    PositionBalancer,
    PositionSummary,
    TradingPhase,
    TwoPartSpreadStrategy,
    create_arbitrage_executor,
)
from engine.risk.gates import Gate
from engine.snapshot import TraderState
from tests.support.executor_world import (
    NEAR,
    PaperBroker,
    fill,
    option_chain,
    price,
    quotes,
    run_for,
    trading_on,
)


@pytest.fixture(scope="module")
def traded() -> ArbitrageExecutor:
    executor = trading_on(PaperBroker(fill))
    run_for(executor, 60)
    return executor


# ---------------------------------------------------------------------- names and types


def test_a_misspelled_argument_is_refused_with_the_name_that_was_meant() -> None:
    cancel, order = PaperBroker().cancel, PaperBroker().order
    with pytest.raises(TypeError, match="did you mean 'cancel_callback'"):
        create_arbitrage_executor(order, quotes, price, cancel_calback=cancel)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"ArbitrageExecutor has no argument.*'order_status_call"):
        ArbitrageExecutor(order, quotes, order_statuscallback=cancel)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'wibble'; it takes order_callback, quote_callback"):
        create_arbitrage_executor(order, quotes, price, wibble=1)  # type: ignore[call-arg]


def test_help_names_every_argument_of_the_factory_and_of_the_executor() -> None:
    for named in (create_arbitrage_executor, ArbitrageExecutor):
        parameters = inspect.signature(named).parameters
        assert {"cancel_callback", "order_status_callback", "journal_path"} <= set(parameters)
        assert not any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def test_what_an_executor_returns_has_types_and_is_plain_text_and_numbers(
    traded: ArbitrageExecutor,
) -> None:
    status = traded.get_status()
    assert_type(status, ExecutorStatus)
    assert_type(status["phase"], TradingPhase)
    assert_type(status["position_summary"], PositionSummary)
    (trader,) = status["traders"].values()
    assert_type(trader["state"], TraderState)
    assert_type(trader["gate"], Gate | Literal[""])
    assert_type(trader["category"], ExpirationCategory)
    assert_type(traded.optimize_parameters()["optimal_hours"], list[int])
    read = json.loads(json.dumps(status))
    assert read == status
    assert (read["phase"], read["traders"]["AAPL 2026-04-17"]["state"]) == ("MORNING", "RUN")
    assert f"{status['phase']} {trader['category']}" == "MORNING MONTHLY"


# ---------------------------------------------------------------------- copies


def copies(value: Any) -> list[Any]:
    return [pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)]


def test_a_balancer_can_be_pickled_and_copied_and_its_copies_go_on_alone() -> None:
    balancer = PositionBalancer(max_imbalance=3)
    balancer.record_debit_fill("AAPL", NEAR, contracts=2, cost=1.50)
    for copied in copies(balancer):
        assert copied.get_summary() == balancer.get_summary()
        copied.record_credit_fill("AAPL", NEAR, contracts=2, credit=1.60)
        assert copied.get_balance("AAPL", NEAR).net_premium == 20.0
    assert balancer.get_balance("AAPL", NEAR).net_contracts == 2
    balance = balancer.get_balance("AAPL", NEAR)
    assert copies(balance) == [balance] * 3


def test_metrics_can_be_pickled_and_copied_and_their_copies_go_on_alone() -> None:
    metrics = OptimizationMetrics()
    for number in range(20):
        metrics.record_attempt(2, 10, "medium", number % 2 == 0, 1500)
    for copied in copies(metrics):
        assert copied.by_size() == metrics.by_size()
        assert copied.get_optimal_cancel_time_ms() == metrics.get_optimal_cancel_time_ms()
        copied.record_attempt(2, 10, "medium", True, 1500)
        assert copied.total().n == 21
    assert metrics.total().n == 20


def test_a_running_executors_records_can_be_copied_and_the_executor_says_that_it_cannot(
    traded: ArbitrageExecutor,
) -> None:
    for value in (traded.balancer, traded.metrics, traded.get_status(), traded.snapshot()):
        assert len(copies(value)) == 3
    with pytest.raises(TypeError, match=r"cannot be copied; copy its balancer.*get_status\(\)"):
        pickle.dumps(traded)
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.deepcopy(traded)
    (trader,) = traded.traders.values()
    with pytest.raises(TypeError, match="a trader belongs to its executor"):
        pickle.dumps(trader)


# ---------------------------------------------------------------------- texts


def test_every_object_of_the_library_says_what_it_holds(traded: ArbitrageExecutor) -> None:
    (trader,) = traded.traders.values()
    filled = trader.debits.fills
    said = {
        repr(traded): "ArbitrageExecutor(RUN, 1 traders, mode SIM, broker callbacks",
        repr(trader): f"ExpirationTrader(AAPL 2026-04-17, RUN, {filled}/{filled} attempts filled",
        repr(trader.chain): "ScannedChain(AAPL 2026-04-17, rule safe, widest 10 points)",
        repr(traded.balancer): "PositionBalancer(max_imbalance=5, force_balance_at_close=True: 1/1",
        repr(traded.metrics): f"OptimizationMetrics({filled} of {filled} attempts filled; contra",
        repr(option_chain()): "OptionChain(AAPL 2026-04-17, 17 strikes 80 to 120, underlying 100",
        repr(TwoPartSpreadStrategy("AAPL", NEAR)): "TwoPartSpreadStrategy(AAPL 2026-04-17, SCAN",
        repr(CreditMaximizer()): "CreditMaximizer(min_credit_threshold=0.0, max_spread_width=10",
    }
    for text, begins in said.items():
        assert text.startswith(begins)
    assert "AAPL" in repr(trader.scan_opportunities(option_chain(), 100.0)[0])
