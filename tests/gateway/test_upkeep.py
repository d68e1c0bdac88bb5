"""How often a gateway reads the account's executions."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from engine.gateway.running import Upkeep
from tests.support.waiting_clock import WaitingClock


def test_executions_that_wait_for_their_owner_do_not_take_the_calls_of_all_others() -> None:
    clock, read_s = WaitingClock(), list[float]()

    def read() -> bool:
        read_s.append(clock.now_s())
        return True

    odd = SimpleNamespace(hear_answers=lambda: None)
    fills = SimpleNamespace(read=read, unsettled=True, odd=odd)
    up: Any = SimpleNamespace(orders=SimpleNamespace(up=True), feed=SimpleNamespace(refused=0))
    orders: Any = SimpleNamespace(
        seek_strays=lambda: None,
        looks=SimpleNamespace(at_all=list),
        ended=SimpleNamespace(ask=list, work=list),
    )
    parts: Any = SimpleNamespace(
        orders=orders,
        fills=fills,
        books=SimpleNamespace(ask_account=lambda: None),
        ends=SimpleNamespace(read=lambda: None),
        charges=SimpleNamespace(read=lambda: None),
    )
    shares: Any = SimpleNamespace()
    upkeep = Upkeep(up, parts, shares, clock)
    upkeep._gap()
    for _ in range(60):
        clock.move(upkeep._ask())
    assert 15 <= len(read_s) <= 22
    assert max(b - a for a, b in pairwise(read_s)) <= 10.0
    fills.unsettled = False
    for _ in range(10):
        clock.move(upkeep._ask())
    upkeep._gap()
    before = len(read_s)
    upkeep._ask()
    assert len(read_s) == before + 1, "after a gap at once"
