"""An order that the broker knows no more: ended once it is nowhere, kept where it may have executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.brokers.http.call import Answer
from engine.gateway.journal import GatewayJournal
from engine.orders.transitions import OrderState
from engine.orders.types import ReportKind
from tests.support.gateway_desk import GatewayDesk

K = ReportKind


@pytest.fixture
def desk(tmp_path: Path) -> GatewayDesk:
    return GatewayDesk(tmp_path)


def forgotten(desk: GatewayDesk, name: str) -> None:
    """The broker knows neither the order nor its id any more; what it executed stays held."""
    held = desk.broker.positions()
    desk.broker.positions = lambda: held  # type: ignore[method-assign]
    del desk.broker.orders[name]


def test_it_ends_as_cancelled_after_half_a_minute_and_keeps_what_was_filled(desk) -> None:
    name, there = desk.sent()
    desk.fill(there)
    desk.wait(3.0)
    forgotten(desk, name)
    desk.wait(30.0)
    assert desk.kinds(name) == [K.ACK, K.FILL]
    desk.wait(10.0)
    assert desk.kinds(name) == [K.ACK, K.FILL, K.CANCELED]
    assert (desk.orders[name].state, desk.orders[name].filled) == (OrderState.CANCELED, 1)
    ((kind, text),) = desk.notices
    assert kind == "ORDER_GONE" and "look at the account" in text
    assert desk.gateway.working() == ()
    calls = len(desk.broker.calls)
    desk.wait(600.0)
    assert len(desk.broker.calls) == calls, "it is asked about for ever"
    desk.restart()
    assert desk.gateway.working() == ()
    assert len(desk.journal.written.ledger.executions) == 1


def test_one_that_is_known_again_meanwhile_works_on(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    desk.broker.faults["GET /order"] = [Answer(404, None)] * 5
    desk.wait(60.0)
    assert desk.kinds(name) == [K.ACK]
    desk.fill(there, 2)
    desk.wait(5.0)
    desk.agree()
    assert desk.notices == []


@pytest.mark.parametrize("part", ["the list", "our id"])
def test_one_that_is_still_somewhere_works_on(desk: GatewayDesk, part: str) -> None:
    name, _ = desk.sent()
    answer = desk.broker._answer

    def hidden(call):
        by_ours = "client" in dict(call.query)
        if call.path == "/order" and not (part == "our id" and by_ours):
            return Answer(404, None)
        if call.path == "/orders" and call.method == "GET" and part == "our id":
            return Answer(200, {"rows": [], "next": None})
        return answer(call)

    desk.broker._answer = hidden  # type: ignore[method-assign]
    desk.wait(120.0)
    assert desk.kinds(name) == [K.ACK]


def test_one_whose_contracts_the_account_holds_may_have_executed_and_does_not_end(desk) -> None:
    name, there = desk.sent()
    desk.fill(there)
    forgotten(desk, name)
    desk.wait(120.0)
    assert desk.kinds(name) == [K.ACK]
    ((kind, text),) = desk.notices
    assert kind == "ORDER_GONE" and "may have executed" in text
    assert desk.clock.now_s() - desk.told_s[kind, text] <= 11.0, "it holds, and is told again"
    desk.broker.positions = dict  # closed by hand at the broker
    desk.wait(60.0)
    assert desk.kinds(name) == [K.ACK, K.CANCELED]


def test_nothing_ends_while_the_broker_does_not_say_what_is_open_and_held(desk) -> None:
    name, _ = desk.sent()
    forgotten(desk, name)
    for path in ("/orders", "/positions"):
        desk.broker.faults[f"GET {path}"] = [Answer(500, None)] * 100
        desk.wait(120.0)
        assert desk.kinds(name) == [K.ACK]
        desk.broker.faults.clear()
    desk.wait(30.0)
    assert desk.kinds(name) == [K.ACK, K.CANCELED]


def test_one_that_never_was_named_is_not_called_missing_while_its_contracts_are_held(desk) -> None:
    desk.broker.faults["POST"] = ["lost"]
    name, there = desk.sent()
    desk.fill(there)
    forgotten(desk, name)
    desk.wait(120.0)
    assert desk.kinds(name) == []
    calls = len(desk.broker.calls)
    desk.wait(60.0)
    assert 4 <= len(desk.broker.calls) - calls <= 15, "it takes the calls of all others"
    desk.broker.positions = dict
    desk.wait(60.0)
    assert desk.kinds(name) == [K.NOT_FOUND]


def test_a_process_that_begins_meanwhile_counts_anew(desk: GatewayDesk) -> None:
    name, _ = desk.sent()
    forgotten(desk, name)
    desk.wait(20.0)
    desk.restart()
    desk.wait(20.0)
    assert desk.kinds(name) == [K.ACK]
    desk.wait(30.0)
    assert desk.kinds(name) == [K.ACK, K.CANCELED]


def test_one_that_todays_list_alone_has_is_followed_from_there(desk: GatewayDesk) -> None:
    """Filled, closed again by another hand, and its look-up by our id lags behind."""
    desk.broker.faults["POST"] = ["lost"]
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.broker.positions = dict  # type: ignore[method-assign]
    answer = desk.broker._answer

    def without_our_id(call):
        if call.path == "/order" and "client" in dict(call.query):
            return Answer(404, None)
        return answer(call)

    desk.broker._answer = without_our_id  # type: ignore[method-assign]
    desk.wait(60.0)
    assert desk.kinds(name) == [K.ACK, K.FILL, K.FILL]
    assert K.NOT_FOUND not in desk.kinds(name)
    desk.agree()


def test_one_that_todays_list_may_have_is_not_given_up(desk: GatewayDesk) -> None:
    desk.broker.faults["POST"] = ["cut"]
    desk.broker.faults["GET /orders/today"] = [Answer(503, None)] * 40
    made = desk.order()
    desk.gateway.submit(made)
    desk.wait(90.0)
    assert desk.kinds(made.client_order_id) == []
    desk.broker.faults.clear()
    desk.wait(60.0)
    assert desk.kinds(made.client_order_id) == [K.NOT_FOUND]


def test_what_executed_is_written_though_the_orders_own_line_cannot_be(
    desk: GatewayDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, there = desk.sent()
    desk.fill(there, 2)

    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(desk.journal, "named", full)
        desk.gateway.query(name)
    assert len(GatewayJournal(desk.folder).written.ledger.executions) == 2
    assert ("JOURNAL", "executions cannot be written: No space left on device") in desk.notices
