"""Orders that have ended cost the looks nothing, and are looked at again when something is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.gateway.watched import WatchedOrder
from tests.support.gateway_desk import GatewayDesk


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The orders of which it was asked when they are due."""
    names: list[str] = []
    due_s = WatchedOrder.due_s

    def counted(watched: WatchedOrder, *, streamed: bool) -> float:
        names.append(watched.name)
        return due_s(watched, streamed=streamed)

    monkeypatch.setattr(WatchedOrder, "due_s", counted)
    return names


def test_a_turn_costs_by_the_orders_that_work_not_by_those_that_ever_did(
    asked: list[str], tmp_path: Path
) -> None:
    desk = GatewayDesk(tmp_path)
    for number in range(1, 9):
        _, there = desk.sent(number)
        desk.fill(there, 2)
    desk.wait(30.0)
    works, there = desk.sent(9)
    desk.wait(5.0)
    asked.clear()
    desk.wait(10.0)
    assert asked and set(asked) == {works}
    desk.fill(there, 2)
    desk.wait(10.0)
    asked.clear()
    desk.wait(60.0)
    assert asked == []
    first = desk.broker.orders["SI1-20-1-1D1"]
    first.bust(1)
    desk.gateway.ask_about("B1", replaces=True)
    desk.wait(10.0)
    assert set(asked) == {"SI1-20-1-1D1"}
    assert desk.orders["SI1-20-1-1D1"].filled == 1
    desk.agree()
