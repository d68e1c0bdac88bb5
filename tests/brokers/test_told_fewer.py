"""A total that tells fewer contracts than are booked is an alarm, and its chain takes no debit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from engine import OrderReport
from engine.brokers.callbacks.broker import CallbackBroker
from engine.commands import Ask, Command
from engine.orders.types import ReportKind
from tests.support.callback_orders import connected, polled, reported, request
from tests.support.executor_world import (
    MORNING_S,
    PaperBroker,
    alarms,
    fill,
    run_for,
    trading_on,
    until_sent,
)


class Told:
    """What the status callback answers, until a test changes it."""

    def __init__(self, status: str, filled: Any, price: float = 1.5) -> None:
        self.say(status, filled, price)

    def say(self, status: str, filled: Any, price: float = 1.5) -> None:
        self.answer = {"status": status, "filled": filled, "price": price}

    def __call__(self, order: Any) -> dict[str, Any]:
        return self.answer


def push(broker: CallbackBroker, execution: str, quantity: int = 1, price_c: int = 150) -> None:
    report = OrderReport(ReportKind.FILL, "S-1", MORNING_S, "B1", execution, quantity, price_c)
    broker.pushed(report, MORNING_S)


def fewer(broker: CallbackBroker) -> list[tuple[str, int, int]]:
    """Client id, contracts booked and told."""
    texts = [(each.client_order_id, text) for each, text in broker.contradicted()]
    form = re.compile(r"(\d+) contracts booked, the broker tells (\d+)")
    found = [(name, form.fullmatch(text)) for name, text in texts]
    return [(name, int(each[1]), int(each[2])) for name, each in found if each]


def look_for(broker: CallbackBroker, since_s: float, seconds: float) -> None:
    """Ask twice a second."""
    for half in range(round(seconds * 2)):
        polled(broker, MORNING_S + since_s + half / 2)


def test_a_total_that_falls_is_told_with_both_figures() -> None:
    told = Told("working", 2)
    broker, heard = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    look_for(broker, 0, 3)
    assert fewer(broker) == []
    told.say("cancelled", 1)
    look_for(broker, 3, 3)
    assert fewer(broker) == [("S-1", 2, 1)]
    assert [kind for kind, *_ in reported(heard)].count("fill") == 1, "the book is not changed"
    told.say("cancelled", 2)
    look_for(broker, 6, 12)
    assert fewer(broker) == [], "asked again, it agrees"


def test_one_execution_pushed_under_two_ids_is_found_though_the_order_counts_as_filled() -> None:
    told = Told("working", 1)
    broker, heard = connected(order_status_callback=told)
    broker.submit(request(quantity=2), MORNING_S)
    push(broker, "E1")
    push(broker, "E1-again")
    look_for(broker, 0, 5)
    assert [contracts for kind, contracts, _ in reported(heard) if kind == "fill"] == [1, 1]
    assert fewer(broker) == [("S-1", 2, 1)]


def test_a_total_that_only_lags_behind_a_push_or_tells_no_count_is_no_difference() -> None:
    told = Told("working", 0)
    broker, _ = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    push(broker, "E1")
    look_for(broker, 0, 2)
    assert fewer(broker) == []
    told.say("working", 1)
    look_for(broker, 2, 1)
    told.say("working", None)
    look_for(broker, 3, 3)
    assert fewer(broker) == [], "unknown is not zero"


def test_a_bust_that_was_pushed_agrees_with_the_total_and_another_does_not() -> None:
    told = Told("working", 2)
    broker, _ = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    push(broker, "E1", 2)
    look_for(broker, 0, 3)
    bust = OrderReport(ReportKind.CORRECTION, "S-1", MORNING_S, "B1", "E1", 1, 150)
    broker.pushed(bust, MORNING_S)
    told.say("working", 1)
    look_for(broker, 3, 4)
    assert fewer(broker) == []
    broker.pushed(replace(bust, execution_id="E-unheard", quantity=0), MORNING_S)
    told.say("working", 0)
    look_for(broker, 7, 4)
    assert fewer(broker) == [("S-1", 1, 0)]


def test_a_bust_of_what_a_total_counted_first_leaves_the_book_and_the_total_tells() -> None:
    told = Told("working", 2)
    broker, _ = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    look_for(broker, 0, 1)
    push(broker, "E1", 2)
    bust = OrderReport(ReportKind.CORRECTION, "S-1", MORNING_S, "B1", "E1", 0, 150)
    broker.pushed(bust, MORNING_S)
    told.say("working", 0)
    look_for(broker, 1, 4)
    assert fewer(broker) == [("S-1", 2, 0)]


def test_the_chain_takes_no_debit_until_the_broker_or_the_operator_settles_it() -> None:
    told = Told("working", 0)
    broker = PaperBroker()

    def status(order: str) -> dict[str, Any]:
        placed = broker.orders[int(order[1:]) - 1]
        first = {"status": "filled", "filled": 1} if order == "B1" else {}
        return told.answer | first | {"price": placed.limit_price}

    executor = trading_on(broker, order_status_callback=status, cancel_callback=None)
    until_sent(executor, broker, 2)
    executor.on_order_update(fill(broker.orders[1]))
    run_for(executor, 10)
    assert "1 contracts booked, the broker tells 0" in alarms(executor)["BOOK_DIFFERS"]
    sent = len(broker.orders)
    run_for(executor, 60)
    (row,) = executor.get_status()["traders"].values()
    assert (len(broker.orders), row["gate"]) == (sent, "RECONCILE")
    executor.ask(Command(Ask.ACCEPT_POSITIONS, "*", args={"word": "ACCEPT"}))
    told.say("filled", 1)
    run_for(executor, 60)
    assert "BOOK_DIFFERS" not in alarms(executor)
    assert len(broker.orders) > sent


# ---------------------------------------------------------------------- once an order is filled


def asked(broker: CallbackBroker, since_s: float, seconds: float) -> int:
    """How often anything is asked about in a time."""
    times = 0
    for half in range(round(seconds * 2)):
        now_s = MORNING_S + since_s + half / 2
        for one in broker.to_ask(now_s):
            times += 1
            broker.query(one.client_order_id, now_s)
    return times


def test_an_order_that_a_total_filled_is_asked_about_once_more_a_minute_later() -> None:
    broker, _ = connected(order_status_callback=Told("filled", 3))
    broker.submit(request(), MORNING_S)
    assert asked(broker, 0, 60) == 1
    assert asked(broker, 60, 2) == 1
    assert asked(broker, 62, 600) == 0


def test_a_bust_that_nobody_pushes_is_found_a_minute_after_the_order_filled() -> None:
    told = Told("filled", 3)
    broker, heard = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    look_for(broker, 0, 10)
    told.say("filled", 2)
    look_for(broker, 10, 52)
    assert fewer(broker) == [("S-1", 3, 2)]
    assert [kind for kind, *_ in reported(heard)].count("fill") == 1, "the book is not changed"


def test_a_price_that_the_broker_corrects_is_found_and_a_rounded_average_is_none() -> None:
    told = Told("filled", 3, 1.48)
    broker, _ = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    look_for(broker, 0, 10)
    told.say("filled", 3, 1.4767)
    look_for(broker, 10, 52)
    assert broker.contradicted() == ()
    told = Told("filled", 3, 1.48)
    broker, heard = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    look_for(broker, 0, 10)
    told.say("filled", 3, 1.45)
    look_for(broker, 10, 52)
    ((_, text),) = broker.contradicted()
    assert text == "booked at 1.48 a share, the broker tells 1.45"
    told.say("filled", 3, 1.48)
    look_for(broker, 62, 12)
    assert broker.contradicted() == ()
    assert len(heard) == 2, "an acknowledgement and an execution: the book is not changed"


def test_a_question_about_a_filled_order_that_fails_is_put_three_times() -> None:
    fails = False

    def told(_: Any) -> Any:
        if fails:
            raise ConnectionError
        return {"status": "filled", "filled": 3, "price": 1.5}

    broker, _ = connected(order_status_callback=told)
    broker.submit(request(), MORNING_S)
    polled(broker)
    fails, times = True, 0
    for half in range(1, 800):
        now_s = MORNING_S + half / 2
        for one in broker.to_ask(now_s):
            times += 1
            with pytest.raises(ConnectionError):
                broker.query(one.client_order_id, now_s)
    assert times == 3
