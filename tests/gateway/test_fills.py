"""Executions that nobody listened to: whose they are is said when it is certain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.http.call import Answer
from engine.gateway.fills import FILE, FillReplay
from tests.support.gateway_desk import GatewayDesk

SYMBOL = "AAPL270115C00100000"


class Reading(GatewayDesk):
    """A desk's account whose executions are read since a cursor."""

    def restart(self) -> None:
        super().restart()
        self.replay = FillReplay(
            self.folder,
            self.gateway._dialect,
            self.send,
            self.gateway,
            self.clock,
            lambda kind, text: self.notices.append((kind, text)),
        )

    def executed(self, name: str, order: str, **odd: Any) -> None:
        row = {"name": name, "order": order, "at": 1.0, "symbol": SYMBOL, "side": "buy"}
        self.broker.fills.append({**row, "price_c": 295, **odd})

    def waits(self) -> bool:
        return self.replay.unsettled

    def kinds_of_notices(self) -> list[str]:
        return [kind for kind, _ in self.notices]


@pytest.fixture
def desk(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def test_what_traded_before_the_first_start_is_not_told(desk: Reading) -> None:
    desk.executed("F1", "B99")
    assert desk.replay.read()
    desk.clock.move(60.0)
    desk.replay.read()
    assert desk.notices == []
    assert json.loads((desk.folder / FILE).read_text())["cursor"] == "F1"


def test_an_execution_of_another_hand_is_told_once_and_survives_no_restart(desk: Reading) -> None:
    desk.replay.read()
    desk.executed("F1", "B99")
    desk.replay.read()
    assert desk.notices == [], "an answer that names its order may be on its way"
    assert desk.waits()
    desk.clock.move(11.0)
    desk.replay.read()
    desk.replay.read()
    assert desk.kinds_of_notices() == ["FOREIGN_FILL"]
    assert not desk.waits()
    desk.restart()
    desk.replay.read()
    desk.clock.move(11.0)
    desk.replay.read()
    assert desk.kinds_of_notices() == ["FOREIGN_FILL"]


def test_an_execution_of_an_order_that_is_not_named_yet_is_ours(desk: Reading) -> None:
    desk.replay.read()
    desk.broker.faults["POST"] = ["lost"]
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.executed("F1", "B1-buy")
    desk.replay.read()
    desk.wait(1.0)
    before = len(desk.broker.calls)
    desk.clock.move(11.0)
    desk.replay.read()
    desk.gateway.looks.work()
    assert desk.notices == []
    assert len(desk.broker.calls) > before + 1, "its order is asked about"
    assert desk.orders[name].filled == 2
    desk.agree()


def test_one_that_waits_for_its_owner_is_read_again_after_a_restart(desk: Reading) -> None:
    desk.replay.read()
    desk.executed("F1", "B99")
    desk.replay.read()
    desk.restart()
    desk.replay.read()
    desk.clock.move(11.0)
    desk.replay.read()
    assert desk.kinds_of_notices() == ["FOREIGN_FILL"]


def test_what_the_broker_does_not_say_is_asked_again(desk: Reading) -> None:
    desk.broker.faults["GET"] = ["lost", Answer(500, None)]
    assert [desk.replay.read() for _ in range(2)] == [False, False]
    assert not (desk.folder / FILE).exists()
    assert desk.replay.read()
