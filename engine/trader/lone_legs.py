"""Alarms for a leg that executed and stays without the other."""

from __future__ import annotations

import math
from typing import Final

from engine.market.session import Moment
from engine.orders.actions import Action, Warn
from engine.orders.states import Order

LONE_LEG_S: Final = 30.0
"""How long one leg's executions may wait for the other's before it is an alarm."""


class LoneLegs:
    """Knows which orders of one trader have executed in one leg only.

    Args:
        key: the trader's key.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._due_s: dict[str, float] = {}

    def watch(self, order: Order, moment: Moment, out: list[Action]) -> None:
        """Start or end the time that one leg's executions may wait for the other's."""
        name = order.request.client_order_id
        if order.incomplete_legs:
            self._due_s.setdefault(name, moment.now_s + LONE_LEG_S)
        elif self._due_s.pop(name, None) is not None:
            out.append(Warn("BOOK_DIFFERS", f"{self._key}/{name}", False))

    def warn(self, moment: Moment, out: list[Action]) -> None:
        """Raise the alarm of every order whose time is over."""
        for name, due_s in self._due_s.items():
            if moment.now_s >= due_s:
                self._due_s[name] = math.inf
                text = f"one leg of order {name} filled without the other"
                out.append(Warn("BOOK_DIFFERS", f"{self._key}/{name}: {text}", True))

    def wake_s(self) -> float:
        """Engine second at which the next time is over."""
        return min(self._due_s.values(), default=math.inf)

    def __bool__(self) -> bool:
        return bool(self._due_s)
