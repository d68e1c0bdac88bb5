"""An order that stays without an answer is an alarm; one that answers when asked is none."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.watch.unknown_orders import ALARM_AFTER_S, STAYS_S, UnknownOrders
from tests.support.desks import simulated

KEY = "AAPL 2026-12-04"


@pytest.fixture
def context() -> DeskContext:
    context = simulated().executor.context
    context.now()
    return context


def wait(context: DeskContext, seconds: float) -> tuple[str, ...]:
    context.scheduler.run_until(context.now().now_s + seconds)
    return context.alarms.places("ORDER_UNKNOWN")


def unknown(context: DeskContext, watch: UnknownOrders, order: str) -> None:
    watch.on_unknown(ev.OrderUnknown(context.now().at_ms, KEY, order, "no answer"))


def test_an_order_is_an_alarm_after_five_seconds_without_an_answer(context: DeskContext) -> None:
    watch = UnknownOrders(context)
    unknown(context, watch, "O1")
    assert wait(context, ALARM_AFTER_S - 0.1) == ()
    assert wait(context, 0.2) == (f"{KEY}/O1",)


def test_one_that_stays_unknown_wants_an_answer_of_its_own_though_another_was_answered(
    context: DeskContext,
) -> None:
    watch = UnknownOrders(context)
    unknown(context, watch, "O1")
    wait(context, ALARM_AFTER_S + 0.1)
    (record,) = context.state.notices.alarms.values()
    context.emit(ev.AlarmAcknowledged(context.now().at_ms, record.raised.alarm))
    for order in ("O1", "O2"):
        watch.on_answer(ev.OrderWorking(context.now().at_ms, KEY, "O1", "B1"))
        unknown(context, watch, order)
    wait(context, STAYS_S - 0.1)
    assert record.state == "acked", "what passes is covered by the answer"
    wait(context, 0.2)
    assert record.state == "unacked"
    assert "O2 (asked for 60 s)" in record.places[f"{KEY}/O2"]


def test_one_that_answers_in_time_is_none_and_asked_again_has_the_time_anew(
    context: DeskContext,
) -> None:
    watch = UnknownOrders(context)
    unknown(context, watch, "O1")
    wait(context, 3.0)
    watch.on_answer(ev.OrderWorking(context.now().at_ms, KEY, "O1", "B1"))
    wait(context, 1.0)
    unknown(context, watch, "O1")
    assert wait(context, ALARM_AFTER_S - 0.1) == ()
    assert wait(context, 0.2) == (f"{KEY}/O1",)


def test_the_answer_about_another_order_of_the_chain_clears_nothing(context: DeskContext) -> None:
    watch = UnknownOrders(context)
    unknown(context, watch, "O1")
    unknown(context, watch, "O2")
    wait(context, ALARM_AFTER_S + 0.1)
    watch.on_answer(ev.OrderEnded(context.now().at_ms, KEY, "O2", "cancelled", ""))
    assert context.alarms.places("ORDER_UNKNOWN") == (f"{KEY}/O1",)
