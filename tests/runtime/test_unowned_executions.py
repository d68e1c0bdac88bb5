"""Executions of orders that the desk has forgotten, or never had."""

from __future__ import annotations

from engine import ArbitrageExecutor, OrderReport
from engine.book.contract_keys import ContractKey
from engine.commands import Ask, Command
from engine.orders import events as ev
from engine.orders.types import ReportKind
from engine.risk.gates import Gate
from tests.support.executor_world import (
    MORNING_S,
    PaperBroker,
    alarms,
    fill,
    run_for,
    trading_on,
)
from tests.support.operator_steps import Operated


def traded() -> ArbitrageExecutor:
    """A desk that has bought and sold."""
    executor = trading_on(PaperBroker(fill))
    run_for(executor, 30)
    return executor


def executed(executor: ArbitrageExecutor, name: str, execution: str) -> OrderReport:
    return OrderReport(ReportKind.FILL, name, MORNING_S, "", execution, 2, 241)


def test_an_execution_whose_owner_is_forgotten_is_an_alarm_with_its_figures() -> None:
    executor = traded()
    name = "S0-earlier-1C1"
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


def test_nothing_is_done_about_an_order_that_its_trader_knows_and_the_book_does_not() -> None:
    """The trader sold for a credit that was taken back: the book had it sold twice."""
    desk = Operated()
    orders = desk.context.state.orders
    orders.keep(12)
    desk.run_until(lambda: any(e.outcome == "COMPLETE" for e in desk.of(ev.CycleEnded)))
    (key,) = {event.trader for event in desk.of(ev.CycleEnded)}
    sold = next(
        e for e in desk.of(ev.Executed) if e.trader == key and "C" in e.order.rpartition("-")[2]
    )
    desk.run_until(lambda: sold.order not in orders.known)
    for trader in desk.context.traders.values():
        trader.pause()
    desk.nothing_open()
    assert desk.context.traders[key].find(sold.order) is not None
    sent = len(desk.sent)
    again = OrderReport(ReportKind.FILL, sold.order, 2.0, "B7", sold.execution, 1, sold.price_c)
    desk.core.orders.on_report(again)
    assert desk.raised("BOOK_DIFFERS") == [], "it is told once more, and nothing is to be done"
    desk.core.orders.on_report(
        OrderReport(ReportKind.CORRECTION, sold.order, 2.0, "B7", sold.execution, 0, sold.price_c)
    )
    (alarm,) = desk.raised("BOOK_DIFFERS")
    assert alarm.where == f"{key}/{sold.order}", "what nobody hedges closes its chain"
    assert f"{sold.order}, {sold.execution} is now 0 contracts at" in alarm.what
    assert "(buys " in alarm.what and "too old: not booked, nothing hedged" in alarm.what
    trader = desk.context.traders[key]
    gate = trader.context.gate.chain_gate(key, trader.exposure, desk.now_s)
    assert gate is Gate.RECONCILE, "at once: no limit counts what nobody hedges"
    desk.run(60)
    assert desk.context.flags.unreconciled == set(), "this broker's positions agree"
    assert desk.sent[sent:] == []
    assert not desk.context.state.money.open_units


def test_a_credit_that_rests_while_many_others_are_sent_is_booked_when_it_fills() -> None:
    """A parked unit's credit rests for hours: its fill, then, was one of no order of the desk."""
    desk = Operated()
    key = desk.legged()
    trader = desk.context.traders[key]
    (unit,) = trader.credits.units.values()
    order, before = unit.order, unit.credited
    assert order is not None
    for number in range(1001 + 64 * len(desk.context.traders)):
        desk.core.orders.own(f"later-{number}", trader)
    name, limit_c = order.request.client_order_id, order.request.limit_c
    desk.core.orders.on_report(
        OrderReport(ReportKind.FILL, name, 2.0, "B7", "E-rested", 1, limit_c)
    )
    assert desk.raised("NO_ORDER") == []
    assert (unit.credited, desk.context.state.orders.known[name].filled) == (before + 1, 1)


def test_what_is_taken_back_of_a_remembered_order_is_booked_however_many_were_sent_since() -> None:
    desk = Operated()
    desk.run_until(lambda: any(e.outcome == "COMPLETE" for e in desk.of(ev.CycleEnded)))
    sold = next(e for e in desk.of(ev.Executed) if "C" in e.order.rpartition("-")[2])
    trader = desk.context.traders[sold.trader]
    for number in range(1001 + 64 * len(desk.context.traders)):
        desk.core.orders.own(f"later-{number}", trader)
    desk.core.orders.on_report(
        OrderReport(ReportKind.CORRECTION, sold.order, 2.0, "B7", sold.execution, 0, sold.price_c)
    )
    assert desk.raised("NO_ORDER") == []
    assert desk.context.state.orders.corrections == 1
    assert trader.credits.units, "its contract is without a credit again"


def test_what_executed_of_an_order_that_its_trader_has_forgotten_is_booked_and_completed() -> None:
    """A trader remembers 48 debits without a fill, the book 16,384 orders: a late fill of one of
    the others was an alarm alone, where a restart would have booked and completed it."""
    desk = Operated()

    def cancelled() -> list[ev.OrderEnded]:
        ends: list[ev.OrderEnded] = desk.of(ev.OrderEnded)
        return [e for e in ends if e.status == "canceled" and "D" in e.order.rpartition("-")[2]]

    desk.run_until(cancelled)
    name, key = cancelled()[0].order, cancelled()[0].trader
    trader = desk.context.traders[key]
    desk.run_until(lambda: trader.find(name) is None, within_s=3_000)
    record = desk.context.state.orders.known[name]
    intent, lates = record.intent, desk.context.state.orders.late_fills
    late = OrderReport(ReportKind.FILL, name, 2.0, "B7", "E-late", 1, intent.limit_c)
    for _ in range(2):  # the second time it is told once more
        desk.core.orders.on_report(late)
    assert desk.raised("BOOK_DIFFERS") == []
    assert record.filled == 1 and desk.context.state.orders.late_fills == lates + 1
    (unit,) = (each for each in trader.credits.units.values() if each.cycle == intent.cycle)
    assert (unit.filled, unit.remaining) == (1, 1)
    leg = ContractKey(trader.symbol, trader.expiration.isoformat(), intent.right, intent.buy_strike)
    held = desk.context.exposure.chains[key].held[leg.right, leg.strike]
    assert trader.exposure.legged == 1 and held == desk.context.state.contracts.held(leg)
    desk.run_until(lambda: unit.remaining == 0)
    ends = [e for e in desk.of(ev.CycleEnded) if (e.trader, e.cycle) == (key, intent.cycle)]
    assert [e.contracts for e in ends] == [1]
    assert trader.exposure.legged == 0
