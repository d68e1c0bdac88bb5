"""Orders that a broker replaced by itself: another one, which the desk never sent, may execute."""

from __future__ import annotations

from typing import Any

from tests.support.callback_orders import connected, polled, reported, request
from tests.support.executor_world import (
    MORNING_S,
    PaperBroker,
    alarms,
    run_for,
    trading_on,
)


def test_the_successor_that_an_answer_names_is_asked_about_and_cancelled() -> None:
    answers: dict[str, dict[str, Any]] = {
        "B1": {"status": "replaced", "filled_qty": 0, "replaced_by": "B1-b"},
        "B1-b": {"status": "working", "filled": 2, "price": 1.5},
    }
    cancelled: list[str] = []
    broker, heard = connected(
        order_status_callback=lambda order: answers[order],
        cancel_callback=cancelled.append,
    )
    broker.submit(request(), MORNING_S)
    polled(broker)
    assert [text for _, text in broker.replaced()] == ["the broker replaced it by B1-b"]
    polled(broker)
    broker.cancel("S-1", MORNING_S)
    assert reported(heard) == [("ack", 0, 0), ("ack", 0, 0), ("fill", 2, 150), ("ack", 0, 0)]
    assert cancelled == ["B1-b"]
    answers["B1-b"] = {"status": "cancelled", "filled": 2, "price": 1.5}
    polled(broker)
    assert broker.replaced() == ()
    assert reported(heard)[-1] == ("canceled", 0, 0)


def test_a_replaced_order_whose_successor_nobody_names_does_not_end_by_its_own_cancel() -> None:
    broker, heard = connected(
        order_status_callback=lambda order: "replaced", cancel_callback=lambda order: True
    )
    broker.submit(request(), MORNING_S)
    polled(broker)
    broker.cancel("S-1", MORNING_S)
    assert {kind for kind, *_ in reported(heard)} == {"ack"}
    assert [one.client_order_id for one in broker.open_orders()] == ["S-1"]


def test_a_successor_is_not_followed_where_contracts_had_executed_before() -> None:
    told = {"status": "replaced", "filled": 1, "price": 1.5, "replaced_by": "B1-b"}
    asked: list[str] = []

    def status(order: str) -> Any:
        asked.append(order)
        return told

    broker, heard = connected(order_status_callback=status)
    broker.submit(request(), MORNING_S)
    polled(broker)
    polled(broker)
    assert asked == ["B1", "B1"]
    assert ("fill", 1, 150) in reported(heard)
    assert len(broker.replaced()) == 1


def test_the_chain_waits_and_an_alarm_names_the_order() -> None:
    broker = PaperBroker()
    executor = trading_on(broker, order_status_callback=lambda order: "replaced")
    run_for(executor, 120)
    assert len(broker.orders) == 1
    assert "the broker replaced it by" in alarms(executor)["ORDER_UNKNOWN"]
