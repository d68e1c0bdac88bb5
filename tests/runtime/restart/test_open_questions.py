"""What an earlier process did not know for certain, the resumed desk goes on asking about."""

from __future__ import annotations

import pytest

from engine import ArbitrageExecutor
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.snapshot import EngineState
from tests.support.executor_world import MORNING_S, alarms, run_for
from tests.support.polled_broker import PolledBroker, canceled, desk_on, events_of, fill

KEY = "AAPL 2026-04-17"


def until_ended(executor: ArbitrageExecutor) -> str:
    """Let time pass until a debit was told cancelled; returns its name."""
    for _ in range(600):
        run_for(executor, 0.1)
        ends = [e for e in events_of(executor) if isinstance(e, ev.EndAwaited)]
        if ends:
            return ends[0].order
    raise AssertionError("no debit ended")


def died(executor: ArbitrageExecutor) -> tuple[list[ev.Event], float]:
    """The process is gone: what it journaled, and the epoch second of that."""
    return events_of(executor), executor.pace.clock.epoch_s()


def test_an_end_that_is_not_final_is_asked_about_until_it_is() -> None:
    broker = PolledBroker()
    first = desk_on(broker)
    name = until_ended(first)
    events, at_s = died(first)
    broker.asked.clear()
    second = desk_on(broker, at_s + 3.0, events)
    trader = second.traders[KEY]
    assert len(trader.ends) == 1
    run_for(second, 100)
    ended_s = next(e.at_ms for e in events if isinstance(e, ev.EndAwaited)) / 1000
    asked = [round(asked_s - ended_s) for order, asked_s in broker.asked if order == name]
    assert asked == [3, 10, 60]
    assert len(trader.ends) == 0
    assert second.context.state.orders.awaited == {}
    third = desk_on(broker, at_s + 200.0, died(second)[0])
    assert len(third.traders[KEY].ends) == 0, "what is final is not asked about again"


def test_an_execution_that_overtook_its_cancellation_is_booked_by_the_next_process() -> None:
    broker = PolledBroker()
    first = desk_on(broker)
    name = until_ended(first)
    events, at_s = died(first)
    broker.answers = lambda order: [fill(order, order.limit_c), *canceled(order)]
    broker.takes = lambda order: [fill(order, order.limit_c)]
    second = desk_on(broker, at_s + 30.0, events)
    run_for(second, 5)
    state = second.context.state
    assert state.orders.known[name].filled == broker.orders[name].quantity
    assert state.orders.late_fills == 1
    parts = [order.part.value for order in broker.orders.values()]
    assert parts == ["D", "C"], "its credit is sold"
    assert not state.money.open_units
    assert not {"BOOK_DIFFERS", "NO_ORDER"} & alarms(second).keys()


def test_an_end_that_nobody_answers_about_keeps_the_next_session_from_being_settled() -> None:
    broker = PolledBroker()
    first = desk_on(broker)
    until_ended(first)
    events, at_s = died(first)
    broker.answers = lambda order: []
    second = desk_on(broker, at_s + 3_600.0, events)
    run_for(second, 1)
    second.stop()
    assert second.state is EngineState.ENDED
    assert second.context.state.ended is not None
    assert "1 end of an order is not final" in second.context.state.ended.reason


@pytest.mark.parametrize("completed", [False, True], ids=["legged", "complete"])
def test_a_price_that_nobody_told_stays_unknown_and_is_asked_for(completed: bool) -> None:
    broker = PolledBroker()
    broker.takes = lambda order: (
        [fill(order, 0)] if order.pays else [fill(order, order.limit_c)] if completed else []
    )
    broker.answers = lambda order: [fill(order, 0)] if order.pays else []
    first = desk_on(broker)
    while len(broker.orders) < 2:
        run_for(first, 0.1)
    events, at_s = died(first)
    assert bool(first.traders[KEY].credits.units) is not completed
    second = desk_on(broker, at_s + 1.0, events)
    trader = second.traders[KEY]
    (record,) = second.context.state.orders.unpriced.values()
    second.resume("*")
    run_for(second, 8)
    assert "PRICE_UNKNOWN" not in alarms(second), "it gets ten seconds, in both processes together"
    assert trader.context.blocked in (Gate.UNKNOWN_ORDER, Gate.UNHEDGED)
    run_for(second, 8)
    assert f"limit {record.intent.limit_c / 100:.2f}" in alarms(second)["PRICE_UNKNOWN"]

    third = desk_on(broker, at_s + 60.0, died(second)[0])
    assert "PRICE_UNKNOWN" in alarms(third)
    told_c = record.intent.limit_c - 3
    broker.answers = lambda order: [fill(order, told_c)] if order.pays else []
    run_for(third, 20)
    debit = third.context.state.orders.known[record.intent.order]
    assert (debit.filled, debit.value_c) == (record.intent.quantity, told_c)
    assert "PRICE_UNKNOWN" not in alarms(third)
    assert not {"BOOK_DIFFERS", "OVERSOLD"} & alarms(third).keys()
    assert third.context.state.orders.unpriced == {}
    assert bool(third.traders[KEY].credits.units) is not completed


def test_a_price_that_turns_out_to_be_the_limit_is_known_by_the_next_process() -> None:
    broker = PolledBroker()
    broker.takes = lambda order: [fill(order, 0)] if order.pays else []
    broker.answers = lambda order: [fill(order, order.limit_c)] if order.pays else []
    first = desk_on(broker)
    while not broker.orders:
        run_for(first, 0.1)
    assert first.context.state.orders.unpriced
    run_for(first, 5)
    assert first.context.state.orders.unpriced == {}
    events, at_s = died(first)
    second = desk_on(broker, at_s + 60.0, events)
    assert not second.traders[KEY].prices
    assert at_s > MORNING_S
