"""Limits that need a running desk: quotes at the moment of sending, clocks, orders of others."""

from __future__ import annotations

from datetime import time

import pytest

from engine.brokers.protocol import (
    ContractPosition,
    NotSentError,
    OpenOrder,
    RefusedOrderError,
    ThrottledError,
)
from engine.orders import events as ev
from engine.orders.actions import Submit
from engine.risk.gates import Gate
from engine.run_folder.order_counts import OrderDays
from engine.snapshot import TraderState
from tests.support.operator_steps import Operated


@pytest.fixture
def desk() -> Operated:
    operated = Operated(until=time(15, 0))
    operated.run(30)
    return operated


def test_a_debit_whose_quotes_grew_too_old_before_it_was_sent_never_leaves(desk):
    send = desk.core._dispatch[Submit]
    held: list[str] = []

    def late(trader, action):
        if action.request.pays and not held:
            held.append(action.request.client_order_id)
            action = action._replace(fresh_until_s=desk.context.now().epoch_s - 0.001)
        send(trader, action)

    desk.core._dispatch[Submit] = late
    desk.run_until(lambda: held)
    name = held[0]
    assert name not in {request.client_order_id for _, request in desk.sent}
    (row,) = [e for e in desk.of(ev.OrderEnded) if e.order == name]
    assert row.status == "denied" and "too old" in row.reason
    assert not [e for e in desk.of(ev.AttemptEnded) if e.order == name]
    assert not [e for e in desk.of(ev.OrderSent) if e.order == name]
    trader = desk.context.traders[row.trader]
    assert trader.debits.rejects == 0 and trader.debits.live is None
    before = desk.debits_sent(row.trader)
    desk.run_until(lambda: desk.debits_sent(row.trader) > before, 60)
    assert desk.context.exposure.rejects_since(0) == 0


def test_a_debit_on_fresh_quotes_may_be_sent_for_the_age_that_is_allowed(desk):
    send, seen = desk.core._dispatch[Submit], []

    def look(trader, action):
        if action.request.pays:
            seen.append(action.fresh_until_s - trader.last_quotes.chain.confirmed_s)
        send(trader, action)

    desk.core._dispatch[Submit] = look
    desk.run_until(lambda: seen)
    assert seen[0] == pytest.approx(desk.context.config.limits.max_quote_age_s)


def test_a_broker_whose_clock_differs_stops_debits_until_it_agrees(desk):
    off_s = [3.0]
    desk.context.broker.clock_s = lambda: desk.context.moment.epoch_s + off_s[0]
    desk.run(2.0)
    assert desk.context.gate.desk_gate() is Gate.CLOCK
    assert desk.raised("CLOCK")
    before = desk.debits_sent()
    desk.run(60)
    assert desk.debits_sent() == before
    off_s[0] = 0.2
    desk.run(2.0)
    assert not desk.raised("CLOCK")
    desk.run(60)
    assert desk.debits_sent() > before


def test_an_order_of_somebody_else_in_the_account_is_not_traded_with(desk):
    context = desk.context
    trader = next(iter(context.traders.values()))
    open_orders = desk.venue.open_orders
    legs = tuple(
        ContractPosition(trader.symbol, trader.expiration, right, strike, quantity)
        for right in "CP"
        for strike in trader.last_quotes.chain.strikes
        for quantity in (1, -1)
    )
    desk.venue.open_orders = lambda: (*open_orders(), OpenOrder("", "B9", 1, 0, legs))
    desk.core.books.compare()
    desk.run(5.0)
    before = {key: desk.debits_sent(key) for key in context.traders}
    desk.run(120)
    assert desk.debits_sent(trader.key) == before[trader.key]
    assert any(desk.debits_sent(key) > before[key] for key in context.traders)
    row = next(r for r in desk.snapshot().traders if r.key == trader.key)
    if row.state is not TraderState.HEDGING:
        assert row.gate in ("CROSS", "UNHEDGED")


def test_the_order_budget_warns_once_a_level_and_is_kept_by_day(desk, tmp_path):
    context = desk.context
    context.config.limits.order_budget_enforced = True
    context.config.limits.order_budget_day = 100_000
    path = tmp_path / "orders-by-day.json"
    desk.executor.limits.budget.keep(OrderDays(path))
    desk.run(5.0)
    assert not desk.raised("ORDERS") and not desk.snapshot().totals.orders_ahead
    today = context.session.phase.session_date
    assert (
        OrderDays(path).month(context.session.calendar, today, 0).today == context.exposure.orders
    )
    desk.run_until(lambda: context.exposure.orders > 22)  # a month has fewer sessions
    context.config.limits.order_budget_day = 1
    desk.run_until(lambda: context.gate.desk_gate() is Gate.BUDGET, 300)
    desk.run(2.0)
    (alarm,) = desk.raised("ORDERS")
    assert alarm.priority == 2 and "no more debits" in alarm.what
    assert desk.snapshot().totals.orders_ahead, "the header is coloured where the alarm is raised"
    before, raised = desk.debits_sent(), len(desk.of(ev.AlarmRaised))
    desk.run(60)
    assert desk.debits_sent() == before
    assert [e for e in desk.of(ev.AlarmRaised)[raised:] if e.code == "ORDERS"] == []


def test_an_order_that_did_not_reach_the_broker_is_no_reject_unless_it_was_refused(desk):
    venue, sent = desk.context.broker, desk.context.broker.submit
    errors = [
        ThrottledError("too fast"),
        *(NotSentError("no connection"),) * 5,
        RefusedOrderError("no word for it"),
    ]
    failed: list[str] = []

    def submit(request, now_s):
        if errors and request.pays:
            failed.append(request.client_order_id)
            raise errors.pop(0)
        sent(request, now_s)

    venue.submit = submit
    desk.run_until(lambda: len(failed) == 7)
    desk.run(0.1)
    ends = {e.order: e.status for e in desk.of(ev.OrderEnded)}
    assert [ends[name] for name in failed] == ["denied"] * 6 + ["rejected"]
    assert desk.context.exposure.rejects_since(0) == 1
