"""remove_symbol: no new debit, what is open completes, and then the trader is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from engine import ArbitrageExecutor
from engine.orders import events as ev
from tests.support.executor_world import (
    FAR,
    NEAR,
    PaperBroker,
    Placed,
    fill,
    run_for,
    trading_on,
)

KEY = f"AAPL {NEAR}"


def trading(answer: Callable[[Placed], Any]) -> tuple[PaperBroker, ArbitrageExecutor]:
    broker = PaperBroker(answer)
    return broker, trading_on(broker)


def debit_alone(placed: Placed) -> Any:
    """Debits fill at once, credits rest."""
    return fill(placed) if placed.pays else placed.order_id


def debits(broker: PaperBroker) -> int:
    return sum(placed.pays for placed in broker.orders)


def until(executor: ArbitrageExecutor, happened: Callable[[], bool]) -> None:
    for _ in range(600):
        if happened():
            return
        run_for(executor, 0.1)
    pytest.fail("it did not happen")


def test_an_idle_chain_is_gone_at_once_and_can_be_added_again() -> None:
    broker, executor = trading(lambda placed: placed.order_id)
    executor.add_symbol("MSFT", [NEAR, FAR])
    assert executor.remove_symbol("msft ", [FAR]) == []
    assert list(executor.traders) == list(executor.get_status()["traders"]) == [KEY, f"MSFT {NEAR}"]
    executor.begin()
    assert "Active Traders: 2" in executor.get_llm_summary()
    assert executor.remove_symbol("AAPL") == executor.remove_symbol("MSFT") == []
    run_for(executor, 60)
    assert (executor.traders, broker.orders) == ({}, [])
    executor.add_symbol("AAPL", [NEAR])
    run_for(executor, 60)
    assert list(executor.traders) == [KEY]
    assert broker.orders


def test_a_live_debit_lives_out_its_timer_and_no_other_follows() -> None:
    broker, executor = trading(lambda placed: placed.order_id)
    until(executor, lambda: debits(broker) == 1)
    assert executor.remove_symbol("AAPL") == [KEY]
    assert executor.traders[KEY].leaving
    until(executor, lambda: not executor.traders)
    assert broker.cancelled == ["B1"]
    run_for(executor, 120)
    assert debits(broker) == 1


@pytest.mark.parametrize("besides", ["running", "paused", "killed"])
def test_an_open_unit_is_completed_before_its_trader_is_gone(besides: str) -> None:
    broker, executor = trading(debit_alone)
    until(executor, lambda: any(not placed.pays for placed in broker.orders))
    if besides == "paused":
        executor.pause()
    if besides == "killed":
        executor.kill()
    assert executor.remove_symbol("AAPL") == [KEY]
    run_for(executor, 3)
    row = executor.get_status()["traders"][KEY]
    assert (row["state"], row["net_contracts"]) == ("HDG", 1)
    credit = [placed for placed in broker.orders if not placed.pays][-1]
    executor.on_order_update(fill(credit))
    run_for(executor, 1)
    assert executor.traders == {}
    assert executor.get_status()["traders"] == {}
    assert executor.get_status()["position_summary"]["total_imbalance"] == 0
    assert executor.balancer.get_balance("AAPL", NEAR).credit_contracts == 1
    run_for(executor, 120)
    assert debits(broker) == 1


def test_a_unit_that_a_kill_parked_keeps_its_trader_until_somebody_decides() -> None:
    broker, executor = trading(debit_alone)
    until(executor, lambda: any(not placed.pays for placed in broker.orders))
    executor.kill(1)
    executor.kill(2)
    run_for(executor, 30)
    assert executor.remove_symbol("AAPL") == [KEY]
    run_for(executor, 600)
    assert executor.get_status()["traders"][KEY]["net_contracts"] == 1


def test_resuming_everything_does_not_bring_a_removed_chain_back() -> None:
    broker, executor = trading(debit_alone)
    until(executor, lambda: debits(broker) == 1)
    executor.remove_symbol("AAPL")
    executor.resume()
    assert executor.get_status()["traders"][KEY]["gate"] == "REMOVED"
    run_for(executor, 1)
    executor.on_order_update(fill([p for p in broker.orders if not p.pays][-1]))
    run_for(executor, 120)
    assert debits(broker) == 1


def test_a_removal_and_an_addition_after_it_are_rows_of_who_asked() -> None:
    _, executor = trading(lambda placed: placed.order_id)
    rows: list[ev.OperatorActed] = []
    executor.context.subscribe(ev.OperatorActed, rows.append)
    executor.remove_symbol("AAPL")
    executor.add_symbol("AAPL", [NEAR])
    executor.add_symbol("AAPL", [NEAR])
    assert [(row.action, row.target, row.who, row.outcome) for row in rows] == [
        ("remove", KEY, "program", "confirmed"),
        ("add", KEY, "program", "confirmed"),
    ]


def test_the_time_of_a_chain_that_was_removed_does_not_count() -> None:
    _, executor = trading(lambda placed: placed.order_id)

    def hours() -> float:
        return executor.context.state.open_time.hours(executor.context.now().at_ms)

    run_for(executor, 360)
    assert executor.remove_symbol("AAPL") == [KEY]
    before = hours()
    assert before == pytest.approx(0.1, abs=1e-3)
    run_for(executor, 360)
    assert hours() == before
    executor.add_symbol("AAPL", [NEAR])
    run_for(executor, 360)
    assert hours() - before == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("symbol", "expirations", "says"),
    [
        ("TSLA", None, "TSLA is not traded; traded are: AAPL 2026-04-17"),
        ("AAPL", [FAR], "AAPL 2026-05-15 is not traded"),
        ("AAPL", [NEAR, FAR], "is not traded"),
        ("AAPL", [], "at least one date"),
        ("AAPL", [None], "not a date"),
        (None, None, "option root"),
    ],
)
def test_what_is_not_traded_cannot_be_removed(
    symbol: Any, expirations: list[date] | None, says: str
) -> None:
    _, executor = trading(lambda placed: placed.order_id)
    with pytest.raises(ValueError, match=says):
        executor.remove_symbol(symbol, expirations)
    assert list(executor.traders) == [KEY]
