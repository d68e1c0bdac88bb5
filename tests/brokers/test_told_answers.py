"""What brokers tell of an order in their own words, signs and prices, and what is booked of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from engine import ArbitrageExecutor, OrderReport
from engine.orders.types import Part, ReportKind
from tests.support.callback_orders import connected, reported, request
from tests.support.executor_world import (
    MORNING_S,
    PaperBroker,
    Placed,
    alarms,
    fill,
    run_for,
    trading_on,
)

STILL_THERE = (
    "PreSubmitted", "PendingSubmit", "pending_cancel", "PENDING-REPLACE", "pending new", "Routed",
    "Live", "In Flight", "held", "stopped", "suspended", "done_for_day", "Received", "Contingent",
    "Cancel Requested", "calculated", "accepted_for_bidding", "ApiPending", "open",
)  # fmt: skip
ENDED = {
    "ApiCancelled": "canceled",
    "Removed": "canceled",
    "Partially Removed": "canceled",
    "Inactive": "rejected",
    "failed": "rejected",
    "error": "rejected",
    "EXPIRED": "expired",
}


def told(answer: Any, **more: Any) -> list[tuple[str, int, int]]:
    """What reaches the engine of one answer about an order that has been acknowledged."""
    broker, heard = connected(order_status_callback=lambda _: answer)
    broker.submit(request(**more), MORNING_S)
    broker.query("S-1", MORNING_S)
    return reported(heard)[1:]


@pytest.mark.parametrize("word", STILL_THERE)
def test_words_for_an_order_that_is_still_there_end_nothing(word: str) -> None:
    assert told({"status": word, "filled": 0}) == [("ack", 0, 0)]


@pytest.mark.parametrize(("word", "kind"), ENDED.items())
def test_words_for_an_end_end_it(word: str, kind: str) -> None:
    assert told({"status": word, "filled": 0}) == [(kind, 0, 0)]


@given(word=st.text(max_size=40), filled=st.integers(1, 3))
def test_what_executed_is_booked_whatever_the_word_is(word: str, filled: int) -> None:
    heard = told({"status": word, "filled": filled, "price": 1.50})
    assert heard[0] == ("fill", filled, 150)


@given(word=st.text(max_size=20), filled=st.integers(0, 3))
def test_a_word_that_nobody_knows_ends_nothing(word: str, filled: int) -> None:
    heard = told({"status": f"on the moon {word}", "filled": filled, "price": 1.50})
    assert heard == [("fill", filled, 150)] * bool(filled) + [("ack", 0, 0)]


class OrderStatus(enum.Enum):
    """A status as brokers' libraries have it: its value a word, or a number beside a name."""

    CANCELED = "canceled"
    PARTIALLY_FILLED = 3


@dataclass
class IbStatus:
    """ib_async's OrderStatus."""

    status: str
    filled: float
    avgFillPrice: float  # noqa: N815


class AlpacaOrder(BaseModel):
    """alpaca-py's Order; its limit is not what it executed at."""

    status: OrderStatus
    filled_qty: str | None
    filled_avg_price: str | None
    limit_price: str = "1.50"
    legs: list[str] = ["two"]


class OwnOrder(NamedTuple):
    """An order of a program of one's own."""

    status: str
    filled: int
    price: float


FILLED_ONE: dict[str, Any] = {
    "alpaca": lambda: AlpacaOrder(
        status=OrderStatus.CANCELED, filled_qty="1", filled_avg_price="1.49"
    ),
    "ib_async": lambda: SimpleNamespace(orderStatus=IbStatus("Cancelled", 1.0, 1.49), fills=[]),
    "tradier": lambda: {
        "order": {
            "status": "canceled",
            "exec_quantity": "1.00000000",
            "avg_fill_price": 1.49,
            "price": 1.5,
            "leg": [],
        }
    },
    "schwab": lambda: {
        "status": "CANCELED",
        "filledQuantity": 1.0,
        "averagePrice": Decimal("1.49"),
    },
    "own": lambda: SimpleNamespace(status="cancelled", filled=1, price=1.49),
    "a named tuple": lambda: OwnOrder("cancelled", 1, 1.49),
    "an enumeration": lambda: {"status": OrderStatus.CANCELED, "filled": 1, "price": 1.49},
}


@pytest.mark.parametrize("library", FILLED_ONE)
def test_what_executed_is_read_from_the_orders_of_libraries(library: str) -> None:
    assert told(FILLED_ONE[library]()) == [("fill", 1, 149), ("canceled", 0, 0)]


def test_an_enumeration_is_read_by_its_value_or_else_its_name() -> None:
    answer = {"status": OrderStatus.PARTIALLY_FILLED, "filled": 2, "price": 1.5}
    assert told(answer) == [("fill", 2, 150)]
    broker, _ = connected(order_status_callback=lambda _: answer)
    broker.submit(request(), MORNING_S)
    broker.query("S-1", MORNING_S)
    assert broker.strange_words() == ()


def test_the_limit_of_a_librarys_order_is_not_taken_for_what_it_executed_at() -> None:
    assert told({"status": "filled", "exec_quantity": 1, "price": 1.4}) == [("fill", 1, 0)]


def test_an_order_with_legs_but_no_count_is_refused_with_what_to_return() -> None:
    for answer in (
        {"status": "Cancelled", "legs": [{"remaining_quantity": 0}]},
        SimpleNamespace(status="Filled", size=3, price=1.5, legs=["one", "two"]),
    ):
        with pytest.raises(ValueError, match="return a mapping with status, filled"):
            told(answer)


def test_an_object_that_says_nothing_of_an_order_is_refused_with_what_to_return() -> None:
    with pytest.raises(ValueError, match="object says nothing of an order; return a mapping"):
        told(object())


def test_a_price_is_not_read_where_nothing_executed() -> None:
    for price in (float("nan"), 1.797e308, "", "n/a", None):
        assert told({"status": "working", "filled": 0, "price": price}) == [("ack", 0, 0)]


def test_the_sign_of_a_credit_says_only_which_way_the_money_goes() -> None:
    answer = {"status": "filled", "filled": 1, "price": -1.52}
    assert told(answer, part=Part.CREDIT, quantity=1) == [("fill", 1, 152)]
    pushed = OrderReport(ReportKind.FILL, "S-1", MORNING_S, "", "E1", 1, -152)
    broker, heard = connected()
    broker.submit(request(part=Part.CREDIT, quantity=1), MORNING_S)
    broker.pushed(pushed, MORNING_S)
    assert reported(heard)[1:] == [("fill", 1, 152)]


@pytest.mark.parametrize("price", [0, 0.0, 1.51, -1.50, float("nan"), float("inf"), None, "?"])
def test_a_price_that_a_debit_cannot_have_is_none_until_a_usable_one_is_told(price: Any) -> None:
    answer = {"status": "filled", "filled": 3, "price": price}
    broker, heard = connected(order_status_callback=lambda _: answer)
    broker.submit(request(), MORNING_S)
    broker.query("S-1", MORNING_S)
    broker.query("S-1", MORNING_S)
    assert reported(heard)[1:] == [("fill", 1, 0)] * 3, "once each, at no price"
    answer["price"] = 4.48 / 3
    broker.query("S-1", MORNING_S)
    assert reported(heard)[4:] == [
        ("correction", 1, 149),
        ("correction", 1, 149),
        ("correction", 1, 150),
    ]


@pytest.mark.parametrize("again", [ReportKind.FILL, ReportKind.CORRECTION])
def test_a_pushed_execution_at_no_price_gets_its_price_when_it_is_told_again(
    again: ReportKind,
) -> None:
    broker, heard = connected()
    broker.submit(request(part=Part.CREDIT), MORNING_S)
    for kind, price_c in ((ReportKind.FILL, 149), (again, 151)):
        broker.pushed(OrderReport(kind, "S-1", MORNING_S, "", "E1", 3, price_c), MORNING_S)
    assert reported(heard)[1:] == [("fill", 1, 0)] * 3 + [("correction", 1, 151)] * 3


# ---------------------------------------------------------------------- a whole desk


def desk(tell: Any, answer: Any = lambda placed: placed.order_id, **more: Any) -> Any:
    """A desk whose status callback answers with what `tell` says of an order."""
    broker = PaperBroker(answer)
    by_id = {f"B{number}": number - 1 for number in range(1, 999)}
    if tell is not None:
        more["order_status_callback"] = lambda order_id: tell(broker.orders[by_id[order_id]])
    return broker, trading_on(broker, cancel_callback=lambda _: None, **more)


def paid_and_received(executor: ArbitrageExecutor) -> tuple[float, float]:
    summary = executor.get_status()["position_summary"]
    return summary["total_debit_paid"], summary["total_credit_received"]


@pytest.mark.parametrize("worse", [0.0, 1.20])
def test_a_credit_told_worse_than_its_limit_counts_at_its_limit_and_stops_its_chain(
    worse: float,
) -> None:
    usable = False

    def tell(placed: Placed) -> dict[str, Any]:
        price = placed.limit_price if placed.pays or usable else worse
        return {"status": "filled", "filled": placed.quantity, "price": price}

    broker, executor = desk(tell)
    run_for(executor, 15)
    assert "PRICE_UNKNOWN" not in alarms(executor), "it gets ten seconds"
    run_for(executor, 60)
    debit, credit = broker.orders
    assert paid_and_received(executor) == (debit.limit_price * 100, credit.limit_price * 100)
    assert f"price {worse:.4g}, limit {credit.limit_price:.2f}" in alarms(executor)["PRICE_UNKNOWN"]
    assert next(iter(executor.get_status()["traders"].values()))["gate"] == "UNKNOWN_ORDER"
    usable = True
    run_for(executor, 60)
    assert "PRICE_UNKNOWN" not in alarms(executor)
    assert len(broker.orders) > 2


def test_a_debit_without_a_price_gets_its_credit_and_its_price_later() -> None:
    price: list[float | None] = [None]

    def tell(placed: Placed) -> dict[str, Any]:
        told_now = price[0] if placed.order_id == "B1" else placed.limit_price
        return {"status": "filled", "filled": placed.quantity, "price": told_now}

    broker, executor = desk(tell)
    run_for(executor, 20)
    assert [placed.pays for placed in broker.orders] == [True, False]
    price[0] = broker.orders[0].limit_price - 0.03
    run_for(executor, 20)
    summary = executor.get_status()["position_summary"]
    paid = sum(placed.limit_price for placed in broker.orders if placed.pays) - 0.03
    assert summary["total_debit_paid"] == pytest.approx(paid * 100)
    assert summary["total_imbalance"] == 0
    assert not {"PRICE_UNKNOWN", "BOOK_DIFFERS", "OVERSOLD"} & alarms(executor).keys()


def test_a_status_word_that_nobody_knows_is_named_once() -> None:
    _, executor = desk(lambda _: {"status": "on the moon", "filled": 0})
    run_for(executor, 30)
    assert "'on the moon'" in alarms(executor)["STATUS_WORD"]
    raised = executor.context.state.notices.alarms.values()
    assert [each.raised.code for each in raised].count("STATUS_WORD") == 1


def test_a_pushed_report_finds_its_order_by_a_number_as_by_its_text() -> None:
    broker, executor = desk(None, answer=lambda placed: int(placed.order_id[1:]))
    while not broker.orders:
        run_for(executor, 1)
    named = fill(broker.orders[0])
    numbers: dict[str, Any] = {"broker_order_id": 1, "execution_id": 7}
    executor.on_order_update(replace(named, **numbers))
    run_for(executor, 1)
    assert executor.get_status()["position_summary"]["total_imbalance"] == 1
    assert len(broker.orders) == 2


def test_an_execution_of_no_order_is_an_alarm_that_names_it_until_its_order_is_known() -> None:
    _, executor = desk(None)
    executor.on_order_update(
        OrderReport(ReportKind.FILL, "", MORNING_S, "X-77", "E1", quantity=2, price_c=241)
    )
    run_for(executor, 4)
    assert "NO_ORDER" not in alarms(executor)
    run_for(executor, 4)
    assert "X-77, 2 contracts at 2.41" in alarms(executor)["NO_ORDER"]


def test_one_id_for_every_order_is_an_error_that_says_so() -> None:
    broker, heard = connected(lambda *_: "B1")
    broker.submit(request("S-1"), MORNING_S)
    with pytest.raises(ValueError, match="'B1' for two orders; each order must have an id"):
        broker.submit(request("S-2"), MORNING_S)
    assert [report.client_order_id for report in heard] == ["S-1"]


def execution(name: str, order_id: str, client: str = "") -> OrderReport:
    return OrderReport(ReportKind.FILL, client, MORNING_S, order_id, name, 1, 150)


def test_an_answer_about_another_order_is_booked_on_that_order_or_refused() -> None:
    answers = iter(
        ([execution("E1", "B2"), execution("E2", "B1"), execution("E3", "", "S-2")],
         execution("E4", "X9"), [execution("E5", "X9"), execution("E6", "B1")])
    )  # fmt: skip
    ids = iter(("B1", "B2"))
    broker, heard = connected(lambda *_: next(ids), order_status_callback=lambda _: next(answers))
    for name in ("S-1", "S-2"):
        broker.submit(request(name), MORNING_S)
    broker.query("S-1", MORNING_S)
    for _ in range(2):
        with pytest.raises(ValueError, match="asked about order B1 the answer is about X9"):
            broker.query("S-1", MORNING_S)
    executed = {(r.execution_id, r.client_order_id) for r in heard if r.execution_id}
    assert executed == {("E1", "S-2"), ("E2", "S-1"), ("E3", "S-2"), ("E6", "S-1")}


def test_the_sign_of_what_a_credit_filled_says_only_that_it_was_sold() -> None:
    answer = {"status": "filled", "filled": -1, "price": 1.52}
    assert told(answer, part=Part.CREDIT, quantity=1) == [("fill", 1, 152)]
    with pytest.raises(ValueError, match="filled is -1 of 1"):
        told(answer, quantity=1)


def test_a_push_that_names_an_order_both_ways_tells_the_id_that_the_callback_did_not() -> None:
    def arrived_and_timed_out(*_: Any) -> str:
        raise TimeoutError("no answer")

    cancelled: list[Any] = []
    broker, _ = connected(arrived_and_timed_out, cancel_callback=cancelled.append)
    with pytest.raises(TimeoutError):
        broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    broker.pushed(OrderReport(ReportKind.ACK, "S-1", MORNING_S, "B7"), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert cancelled == ["B7"]
