"""Executions that are busted or corrected while nobody listens: asked about once, last of all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from engine.brokers.following.order_view import ViewState
from engine.brokers.http.call import Answer, Priority
from engine.gateway.ended_orders import EVERY_S
from engine.orders.types import ReportKind
from tests.support.gateway_desk import GatewayDesk
from tests.support.order_at_broker import OrderAtBroker

K = ReportKind


@pytest.fixture
def desk(tmp_path: Path) -> GatewayDesk:
    return GatewayDesk(tmp_path)


def ended(desk: GatewayDesk, number: int = 1, *, partly: bool = False) -> tuple[str, OrderAtBroker]:
    """An order for two that has executed, or half of it before it was cancelled."""
    name, there = desk.sent(number)
    there.at_s = desk.clock.epoch_s()
    desk.fill(there, 1 if partly else 2)
    there.end(ViewState.CANCELED)
    desk.gateway.query(name)
    assert desk.orders[name].filled == (1 if partly else 2)
    return name, there


def work(desk: GatewayDesk, seconds: float) -> None:
    """Take the turns of a gateway's two threads for a while."""
    latest_s = desk.clock.now_s() + seconds
    while desk.clock.now_s() < latest_s:
        desk.gateway.ended.work()
        desk.wait(1.0)


@pytest.mark.parametrize("partly", [False, True])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_bust_that_nobody_heard_is_found_after_a_gap_and_after_a_start(
    desk: GatewayDesk, *, restarts: bool, partly: bool
) -> None:
    name, there = ended(desk, partly=partly)
    work(desk, 100.0)
    there.bust(1)
    work(desk, 30.0)
    assert desk.orders[name].filled == (1 if partly else 2), "nobody asks without a reason"
    if restarts:
        desk.restart()
    else:
        desk.gateway.ended.ask()
    before = len(desk.reports)
    work(desk, 30.0)
    assert desk.orders[name].filled == (0 if partly else 1)
    assert [each.kind for each in desk.reports[before:]] == [K.CORRECTION]
    calls = len(desk.broker.calls)
    work(desk, 60.0)
    assert len(desk.broker.calls) == calls, "it is asked about once"
    desk.agree()


def test_a_price_that_was_corrected_meanwhile_is_booked(desk: GatewayDesk) -> None:
    name, there = ended(desk)
    work(desk, 100.0)
    there.prices[0][:] = [290, 290]
    there.at_s += 1
    desk.gateway.ended.ask()
    work(desk, 30.0)
    assert desk.kinds(name)[-2:] == [K.CORRECTION, K.CORRECTION]
    desk.agree()


def test_an_answer_that_is_only_behind_takes_nothing_back(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    there.at_s = desk.clock.epoch_s()
    older = desk.broker.told(name)
    desk.fill(there, 2)
    desk.gateway.query(name)
    told = desk.kinds(name)
    desk.broker.faults["GET /order"] = [Answer(200, older)]
    work(desk, 50.0)
    assert desk.broker.faults["GET /order"], "it is not asked about so soon"
    work(desk, 50.0)
    assert not desk.broker.faults["GET /order"]
    assert desk.kinds(name) == told


def test_they_are_asked_about_one_at_a_time_behind_all_else_until_each_is_told(
    desk: GatewayDesk,
) -> None:
    for number in range(1, 5):
        ended(desk, number)
    desk.sent(5)
    desk.clock.move(120.0)
    desk.restart()
    desk.gateway.looks.work()
    begins, looked_s = len(desk.broker.calls), list[float]()
    desk.broker.faults["GET /order"] = ["lost"]
    for _ in range(60):
        before = len(desk.broker.calls)
        desk.gateway.ended.work()
        if len(desk.broker.calls) > before:
            looked_s.append(desk.clock.now_s())
        desk.clock.move(1.0)
    assert len(looked_s) == 5, "one of four was not answered"
    assert all(b - a >= EVERY_S for a, b in pairwise(looked_s))
    assert {call.priority for call in desk.broker.calls[begins:]} == {Priority.BOOKS}


def test_an_answer_without_counts_says_nothing_of_a_bust_and_is_asked_for_again(
    desk: GatewayDesk,
) -> None:
    name, there = ended(desk)
    work(desk, 100.0)
    there.bust(1)
    told = desk.broker.told(name)
    del told["legs"]
    desk.broker.faults["GET /order"] = [Answer(200, told)]
    desk.gateway.ended.ask()
    work(desk, 30.0)
    assert not desk.broker.faults["GET /order"]
    assert desk.orders[name].filled == 1
    desk.agree()
