"""Executions of orders that the desk has forgotten, or never had."""

from __future__ import annotations

from engine import ArbitrageExecutor, OrderReport
from engine.commands import Ask, Command
from engine.orders.types import ReportKind
from tests.support.executor_world import (
    MORNING_S,
    PaperBroker,
    alarms,
    fill,
    run_for,
    trading_on,
)


def traded() -> ArbitrageExecutor:
    """A desk that has forgotten whose its first orders were."""
    executor = trading_on(PaperBroker(fill))
    run_for(executor, 30)
    (trader,) = executor.traders.values()
    for number in range(1065):
        executor.core.orders.own(f"later-{number}", trader)
    return executor


def executed(executor: ArbitrageExecutor, name: str, execution: str) -> OrderReport:
    return OrderReport(ReportKind.FILL, name, MORNING_S, "", execution, 2, 241)


def test_an_execution_whose_owner_is_forgotten_is_an_alarm_with_its_figures() -> None:
    executor = traded()
    name = next(iter(executor.context.state.orders.known))
    executor.core.orders.on_report(executed(executor, name, "E-late"))
    assert f"{name}, 2 contracts at 2.41" in alarms(executor)["NO_ORDER"]
    run_for(executor, 60)
    assert "NO_ORDER" in alarms(executor), "it stands until somebody has looked"
    executor.ask(Command(Ask.ACCEPT_POSITIONS, "*", args={"word": "ACCEPT"}))
    assert "NO_ORDER" not in alarms(executor)


def test_a_known_execution_told_once_more_is_none() -> None:
    executor = traded()
    record = next(iter(executor.context.state.orders.known.values()))
    executor.core.orders.on_report(executed(executor, record.intent.order, record.executions[0]))
    assert "NO_ORDER" not in alarms(executor)


def test_so_many_of_them_share_an_alarm_that_their_number_is_bounded() -> None:
    executor = traded()
    for number in range(40):
        executor.core.orders.on_report(executed(executor, f"gone-{number}", f"E{number}"))
    assert len(executor.context.alarms.places("NO_ORDER")) == 9
