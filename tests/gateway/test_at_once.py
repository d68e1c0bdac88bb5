"""What happens at once: a question while an order leaves, a bust while an answer is on its way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from engine.brokers.following.order_view import ViewState
from engine.brokers.http.call import Answer, Call, Lost
from engine.brokers.protocol import NotSentError
from engine.gateway.books import NoAnswerError, open_orders
from engine.orders.types import OrderReport, Part, ReportKind
from tests.support.gateway_desk import GatewayDesk
from tests.support.plain_broker import PlainDialect

K = ReportKind
USED = Answer(422, {"refused": "used"})


@pytest.fixture
def desk(tmp_path: Path) -> GatewayDesk:
    return GatewayDesk(tmp_path)


def test_an_order_that_waited_too_long_does_not_leave(desk: GatewayDesk) -> None:
    made = desk.order()
    with pytest.raises(NotSentError, match="waited too long"):
        desk.gateway.submit(made, lambda: True)
    assert desk.broker.posts == []
    desk.gateway.query(made.client_order_id)
    assert desk.kinds(made.client_order_id) == [K.NOT_FOUND]


def test_an_order_that_was_told_as_unknown_does_not_leave_afterwards(desk: GatewayDesk) -> None:
    made = desk.order()
    desk.gateway.query(made.client_order_id)
    assert desk.kinds(made.client_order_id) == [K.NOT_FOUND]
    with pytest.raises(NotSentError, match="told as unknown"):
        desk.gateway.submit(made)
    assert desk.broker.posts == []


def test_an_order_on_its_way_is_not_asked_about_and_not_unknown(desk: GatewayDesk) -> None:
    def while_it_leaves(name: str) -> None:
        desk.clock.move(40.0)
        desk.gateway.query(name)
        desk.gateway.looks.work()

    desk.broker.before_post = while_it_leaves
    name, _ = desk.sent()
    assert desk.kinds(name) == [K.ACK]
    assert desk.notices == []
    assert [call.method for call in desk.broker.calls] == ["POST"]


def test_an_answer_of_before_a_bust_does_not_use_it_up(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.wait(3.0)

    def bust() -> None:
        there.bust(1)
        desk.gateway.ask_about("B1", replaces=True)

    desk.gateway.ask_about("B1", replaces=False)
    desk.broker.meanwhile["/order"] = bust
    desk.wait(5.0)
    assert desk.orders[name].filled == 1
    desk.agree()


def test_an_execution_after_a_bust_counts_whatever_the_clocks_say(desk: GatewayDesk) -> None:
    name, there = desk.sent(quantity=3)
    desk.fill(there, 2)
    desk.wait(3.0)
    there.bust(1)
    desk.gateway.ask_about("B1", replaces=True)
    desk.wait(1.0)
    assert desk.orders[name].filled == 1
    desk.fill(there)
    desk.wait(5.0)
    assert desk.orders[name].filled == 2
    desk.agree()


def test_a_bust_that_the_broker_does_not_explain_is_asked_about_every_two_seconds(desk) -> None:
    _, there = desk.sent()
    desk.fill(there, 2)
    desk.wait(3.0)
    before = len(desk.broker.calls)
    desk.broker.faults["GET"] = ["lost"] * 1000
    desk.gateway.ask_about("B1", replaces=True)
    desk.wait(20.0)
    assert 8 <= len(desk.broker.calls) - before <= 12
    desk.broker.faults.clear()
    there.bust(1)
    desk.wait(3.0)
    desk.agree()


def unknown(desk: GatewayDesk) -> str:
    desk.broker.faults["POST"] = ["cut"]
    made = desk.order()
    desk.gateway.submit(made)
    return made.client_order_id


def test_an_order_that_is_named_while_the_list_is_read_is_followed_on(desk: GatewayDesk) -> None:
    name = unknown(desk)

    def name_it() -> None:
        desk.broker._take({"client": name})
        view = desk.broker.orders[name].view()
        desk.gateway.hear(replace(view, client_id=name, broker_id="B1"))

    desk.broker.faults["GET /order"] = [Answer(404, None)] * 30
    desk.broker.meanwhile["/orders"] = name_it
    desk.wait(60.0)
    assert desk.kinds(name) == [K.ACK]
    desk.broker.faults.clear()
    desk.fill(desk.broker.orders[name], 2)
    desk.wait(11.0)
    desk.agree()


def test_an_order_that_comes_after_it_was_given_up_is_followed_on(desk: GatewayDesk) -> None:
    name = unknown(desk)
    desk.wait(40.0)
    assert desk.kinds(name) == [K.NOT_FOUND]
    desk.broker._take({"client": name})
    there = desk.broker.orders[name]
    desk.gateway.hear(replace(there.view(), client_id=name, broker_id="B1"))
    desk.gateway.query(name)
    assert desk.kinds(name) == [K.NOT_FOUND, K.ACK, K.ACK]
    desk.restart()
    desk.fill(there, 1)
    there.end(ViewState.CANCELED)
    desk.wait(3.0)
    assert desk.kinds(name)[-2:] == [K.FILL, K.CANCELED]


@pytest.mark.parametrize("arrives", [False, True])
def test_an_order_whose_call_raises_what_nobody_foresaw_is_looked_up_until_it_is_known(
    desk: GatewayDesk, *, arrives: bool
) -> None:
    made, send = desk.order(), desk.broker.send

    def raises(call: Call) -> Answer | Lost:
        if arrives:
            send(call)
        desk.broker.send = send  # type: ignore[method-assign]
        raise RuntimeError("nobody foresaw it")

    desk.broker.send = raises  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        desk.gateway.submit(made)
    desk.wait(60.0)
    assert desk.kinds(made.client_order_id) == [K.ACK if arrives else K.NOT_FOUND]
    assert "ORDER_GONE" not in {kind for kind, _ in desk.notices}


@pytest.mark.parametrize("restarted", [False, True])
def test_an_order_that_the_broker_lists_after_it_was_given_up_is_followed_and_cancelled(
    desk: GatewayDesk, *, restarted: bool
) -> None:
    """A guard sees it in the list, asks for its cancel, and was told that it was never there."""
    name = unknown(desk)
    desk.wait(40.0)
    assert desk.kinds(name) == [K.NOT_FOUND]
    desk.broker._take({"client": name})
    if restarted:
        desk.restart()
    rows = open_orders(PlainDialect(), desk.send, desk._notice)
    assert rows is not None
    desk.gateway.listed(rows)
    desk.gateway.cancel(name)
    there = desk.broker.orders[name]
    assert there.state is ViewState.CANCELING
    desk.fill(there, 1)
    there.end(ViewState.CANCELED)
    desk.wait(3.0)
    assert desk.kinds(name)[-2:] == [K.FILL, K.CANCELED]
    calls = len(desk.broker.calls)
    desk.gateway.listed(rows)  # a list that is behind
    assert len(desk.broker.calls) == calls and desk.gateway.working() == ()


def test_what_only_cancels_ends_what_is_listed_though_the_journal_calls_it_over(
    desk: GatewayDesk,
) -> None:
    name = unknown(desk)
    desk.wait(40.0)
    desk.broker._take({"client": name})
    desk.gateway.answer_for("SI1-")
    assert name in desk.gateway.working()
    desk.gateway.cancel(name)
    assert desk.broker.orders[name].state is ViewState.CANCELING


@pytest.mark.parametrize("fault", ["unsent", "cut"])
def test_an_order_that_is_over_and_was_never_there_is_not_looked_up_again(desk, fault) -> None:
    desk.broker.faults["POST"] = [fault]
    made = desk.order()
    name = made.client_order_id
    with suppress(NotSentError):
        desk.gateway.submit(made)
    desk.wait(40.0)
    before = len(desk.broker.calls)
    for ask in (desk.gateway.query, desk.gateway.cancel):
        ask(name)
        desk.wait(30.0)
    assert desk.kinds(name)[-2:] == [K.NOT_FOUND, K.NOT_FOUND]
    assert len(desk.broker.calls) == before
    assert desk.notices == []


def test_a_broker_that_does_not_know_an_order_yet_has_answered(desk: GatewayDesk) -> None:
    name = unknown(desk)
    desk.gateway.query(name)
    assert desk.kinds(name) == []
    desk.broker.faults["GET"] = ["lost"]
    with pytest.raises(NoAnswerError, match="did not say"):
        desk.gateway.query(name)


def test_what_legs_executed_alone_is_told_again(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    there.execute(0, 295)
    desk.wait(40.0)
    (told,) = [report for report in desk.reports if report.kind is K.LEG_FILL]
    desk.gateway.query(name)
    again: list[OrderReport] = [r for r in desk.reports if r.kind is K.LEG_FILL][1:]
    assert again == [told]


def test_the_reason_of_an_id_that_is_called_used_is_told_when_no_order_is_there(desk) -> None:
    desk.broker.faults["POST"] = [USED]
    made = desk.order()
    desk.gateway.submit(made)
    desk.wait(40.0)
    name = made.client_order_id
    assert [(r.kind, r.reason) for r in desk.reports] == [(K.REJECTED, "used")]
    desk.restart()
    desk.gateway.query(name)
    assert [(r.kind, r.reason) for r in desk.reports] == [(K.REJECTED, "used")] * 2


def test_debits_are_closed_and_what_completes_is_not(desk: GatewayDesk) -> None:
    desk.gateway.close_debits("executions cannot be read")
    with pytest.raises(NotSentError, match="no debit is sent: executions cannot be read"):
        desk.gateway.submit(desk.order())
    made = desk.order(2, Part.CREDIT)
    desk.gateway.submit(made)
    assert desk.kinds(made.client_order_id) == [K.ACK]
