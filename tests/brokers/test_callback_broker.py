"""A broker behind callbacks: what they may answer, and one report for each contract executed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from engine import OrderReport, SpreadLeg
from engine.brokers.callbacks.answers import checked
from engine.brokers.callbacks.broker import CallbackBroker
from engine.brokers.callbacks.placed_orders import KEPT_ORDERS
from engine.orders.types import ReportKind
from tests.support.callback_orders import connected, polled, reported, request
from tests.support.executor_world import MORNING_S, NEAR

# ---------------------------------------------------------------------- the order callback


def test_an_order_is_called_positionally_with_sided_legs_and_a_price_on_the_tick() -> None:
    calls: list[tuple[Any, ...]] = []
    given = datetime(2026, 4, 17, 16, 0)

    def order(*arguments: Any) -> str:
        calls.append(arguments)
        return "B1"

    broker, heard = connected(order, expirations={("AAPL", NEAR): given})
    broker.submit(request(), MORNING_S)
    ((symbol, legs, quantity, limit_price, expiration),) = calls
    assert (symbol, quantity, limit_price) == ("AAPL", 3, 1.5)
    assert isinstance(limit_price, float)
    assert all(isinstance(one, SpreadLeg) for one in legs)
    assert [one.side for one in legs] == ["buy", "sell"]
    assert expiration is given, "the callback sees the expiration as the program named it"
    assert reported(heard) == [("ack", 0, 0)]
    assert heard[0].broker_order_id == "B1"


def test_our_order_id_is_passed_only_where_the_signature_takes_it() -> None:
    seen: list[str | None] = []

    def named(
        symbol: str, legs: Any, quantity: int, limit_price: float, expiration: date,
        client_order_id: str | None = None,
    ) -> str:  # fmt: skip
        seen.append(client_order_id)
        return "B1"

    def anything(*given: Any, **more: Any) -> str:
        seen.append(more.get("client_order_id"))
        return "B2"

    def plain(symbol: str, legs: Any, quantity: int, limit_price: float, expiration: date) -> str:
        seen.append(None)
        return "B3"

    for order in (named, anything, plain):
        connected(order)[0].submit(request(), MORNING_S)
    assert seen == ["S-1", "S-1", None]


@pytest.mark.parametrize("answer", [None, False, True, ""])
def test_an_answer_that_names_no_order_is_an_error_and_never_an_acknowledgement(
    answer: Any,
) -> None:
    broker, heard = connected(lambda *given: answer)
    with pytest.raises(ValueError, match="no order id"):
        broker.submit(request(), MORNING_S)
    assert heard == []
    assert [order.client_order_id for order in broker.open_orders()] == ["S-1"]


def test_an_id_may_be_anything_even_zero() -> None:
    broker, heard = connected(lambda *given: 0, cancel_callback=lambda order_id: order_id == 0)
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert [report.kind.value for report in heard] == ["ack", "canceled"]


def test_a_broker_that_answers_at_once_is_acknowledged_and_filled() -> None:
    answer = OrderReport(ReportKind.FILL, "", MORNING_S, "B7", "E1", 3, 149)
    broker, heard = connected(lambda *given: answer)
    broker.submit(request(), MORNING_S)
    assert reported(heard) == [("ack", 0, 0), ("fill", 3, 149)]
    assert {report.client_order_id for report in heard} == {"S-1"}
    assert broker.open_orders() == ()


def test_a_rejection_at_once_keeps_its_reason_cleaned() -> None:
    answer = OrderReport(
        ReportKind.REJECTED, "", MORNING_S, reason="no \x1b[31mpower\n" + "x" * 500
    )
    broker, heard = connected(lambda *given: answer)
    broker.submit(request(), MORNING_S)
    assert [report.kind for report in heard] == [ReportKind.REJECTED]
    assert heard[0].reason.isprintable()
    assert len(heard[0].reason) <= 160


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantity": 0}, "quantity is 0"),
        ({"quantity": 1.5}, "quantity is 1.5"),
        ({"price_c": 1.5}, "price_c is 1.5; it must be a whole number of -100000000 or more cents"),
    ],
)
def test_an_execution_that_cannot_be_booked_is_refused_in_words(
    changes: dict[str, Any], message: str
) -> None:
    figures: dict[str, Any] = {"execution_id": "E1", "quantity": 1, "price_c": 150} | changes
    with pytest.raises(ValueError, match=message):
        checked(OrderReport(ReportKind.FILL, "S-1", MORNING_S, **figures))


# ---------------------------------------------------------------------- the status callback


def test_a_mapping_tells_totals_and_each_contract_is_reported_once_at_its_own_price() -> None:
    status: dict[str, Any] = {}
    broker, heard = connected(order_status_callback=lambda order_id: status)
    broker.submit(request(limit_c=151), MORNING_S)
    for filled, average in ((0, None), (1, 1.48), (1, 1.48), (3, 1.50)):
        status |= {"status": "working", "filled": filled, "price": average}
        polled(broker)
    fills = [row for row in reported(heard) if row[0] == "fill"]
    assert fills == [("fill", 1, 148), ("fill", 2, 151)]
    assert broker.to_ask(MORNING_S) == (), "an order that filled is not asked after again"


def test_the_word_filled_fills_the_whole_order_at_no_price_where_none_is_told() -> None:
    broker, heard = connected(order_status_callback=lambda order_id: "FILLED")
    broker.submit(request(), MORNING_S)
    polled(broker)
    assert reported(heard)[1:] == [("fill", 1, 0)] * 3


def test_a_cancelled_order_that_filled_in_part_reports_the_fill_first() -> None:
    answer = {"status": "cancelled", "filled": 2, "price": 1.5, "reason": "asked"}
    broker, heard = connected(order_status_callback=lambda order_id: answer)
    broker.submit(request(), MORNING_S)
    polled(broker)
    assert reported(heard)[1:] == [("fill", 2, 150), ("canceled", 0, 0)]


def test_a_status_may_be_a_report_or_a_list_of_them() -> None:
    first = OrderReport(ReportKind.FILL, "", MORNING_S, "B1", "E1", 1, 150)
    second = OrderReport(ReportKind.FILL, "", MORNING_S, "B1", "E2", 2, 149)
    answers = [first, [first, second], [first, second]]
    broker, heard = connected(order_status_callback=lambda order_id: answers.pop(0))
    broker.submit(request(), MORNING_S)
    polled(broker)
    polled(broker)
    assert reported(heard)[1:] == [("fill", 1, 150), ("fill", 2, 149)]


def test_an_execution_that_was_counted_in_a_total_is_not_booked_again_when_it_is_pushed() -> None:
    status = {"status": "partial", "filled": 1, "price": 1.5}
    broker, heard = connected(order_status_callback=lambda order_id: status)
    broker.submit(request(), MORNING_S)
    polled(broker)
    for execution in ("E1", "E2"):
        broker.pushed(
            OrderReport(ReportKind.FILL, "", MORNING_S, "B1", execution, 1, 150), MORNING_S
        )
    status["filled"] = 2
    polled(broker)
    assert sum(quantity for kind, quantity, _ in reported(heard) if kind == "fill") == 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": "working", "filled": 4}, "4 of 3"),
        ({"status": "working", "filled": float("nan")}, "no number of contracts"),
        ({"status": "working", "filled": 1.5}, "no number of contracts"),
        ({}, "neither status nor filled contracts"),
        ([{"status": "filled"}], "must be an engine.OrderReport, not dict"),
    ],
)
def test_a_status_that_cannot_be_believed_changes_nothing(answer: Any, message: str) -> None:
    broker, heard = connected(order_status_callback=lambda order_id: answer)
    broker.submit(request(), MORNING_S)
    with pytest.raises(ValueError, match=message):
        broker.query("S-1", MORNING_S)
    assert reported(heard) == [("ack", 0, 0)]
    assert [one.client_order_id for one in broker.to_ask(MORNING_S)] == ["S-1"], (
        "and is asked for again"
    )


def test_one_question_at_a_time_is_on_its_way_about_an_order() -> None:
    broker, _ = connected(order_status_callback=lambda order_id: None)
    broker.submit(request(), MORNING_S)
    assert len(broker.to_ask(MORNING_S)) == 1
    assert broker.to_ask(MORNING_S) == ()
    broker.query("S-1", MORNING_S)
    assert len(broker.to_ask(MORNING_S)) == 1


# ---------------------------------------------------------------------- pushes and cancels


def test_a_report_pushed_before_the_order_callback_returned_is_not_lost() -> None:
    broker: CallbackBroker

    def order(*given: Any) -> str:
        broker.pushed(OrderReport(ReportKind.FILL, "", MORNING_S, "B1", "E1", 3, 150), MORNING_S)
        return "B1"

    broker, heard = connected(order)
    broker.submit(request(), MORNING_S)
    assert reported(heard) == [("ack", 0, 0), ("fill", 3, 150)]
    assert {report.client_order_id for report in heard} == {"S-1"}


def test_a_report_of_somebody_elses_order_reaches_nobody() -> None:
    broker, heard = connected()
    broker.submit(request(), MORNING_S)
    broker.pushed(OrderReport(ReportKind.FILL, "", MORNING_S, "X9", "E1", 3, 150), MORNING_S)
    assert reported(heard) == [("ack", 0, 0)]


def test_a_confirmed_cancel_asks_for_fills_first() -> None:
    answers = [{"status": "cancelled", "filled": 1, "price": 1.5}]
    broker, heard = connected(
        cancel_callback=lambda order_id: True, order_status_callback=lambda _: answers[0]
    )
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert reported(heard)[1:] == [("fill", 1, 150), ("canceled", 0, 0)]


@pytest.mark.parametrize("answer", [None, False])
def test_a_cancel_that_is_not_confirmed_ends_nothing(answer: Any) -> None:
    broker, heard = connected(cancel_callback=lambda order_id: answer)
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert reported(heard) == [("ack", 0, 0)]
    assert len(broker.open_orders()) == 1


def test_a_cancel_may_be_answered_by_a_report() -> None:
    refused = OrderReport(ReportKind.CANCEL_REJECTED, "", MORNING_S, "B1", reason="too late")
    broker, heard = connected(cancel_callback=lambda order_id: refused)
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert [report.kind.value for report in heard] == ["ack", "cancel_rejected"]


def test_ended_orders_are_forgotten_in_time_and_open_ones_never() -> None:
    names = iter(range(10**6))
    broker, _ = connected(lambda *given: next(names), cancel_callback=lambda order_id: True)
    broker.submit(request("OPEN"), MORNING_S)
    for number in range(KEPT_ORDERS + 700):
        broker.submit(request(f"S-{number}"), MORNING_S)
        broker.cancel(f"S-{number}", MORNING_S)
    assert len(broker._orders._placed) <= KEPT_ORDERS + 1
    assert len(broker._orders._clients) == len(broker._orders._placed)
    assert [order.client_order_id for order in broker.open_orders()] == ["OPEN"]
