"""One order at a real broker, and when it has to be asked about next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.brokers.following.followed import ASK_AGAIN_S, Followed
from engine.brokers.http.outcome import ABSENT_S, CANCEL_POLLS_S, CANCEL_STUCK_S, LOOK_UPS_S

POLL_S: Final = 2.0
"""Seconds between two looks at a working order while the stream is down."""

STREAMED_S: Final = 10.0
"""Seconds between two looks at a working order while the stream tells of it."""

GONE_LOOKS_S: Final = (2.0, 5.0, 10.0, 20.0, 30.0, 40.0)
"""Seconds after which an order that the broker no longer knows is asked about; the last gap from
then on."""

UNKNOWN_LOOKS_S: Final = (ABSENT_S + 5.0, ABSENT_S + 15.0, ABSENT_S + 45.0)
"""Seconds after which an order is asked about that nobody has known for ABSENT_S; the last gap from
then on. Each look asks for two lists and the positions, and would take the calls of all others."""


@dataclass(slots=True)
class WatchedOrder:
    """An order that may still execute, or did so lately.

    Args:
        followed: as far as it is followed.
        sent_s: monotonic second at which it left.
        unknown_s: second since which nobody knows whether it arrived; None where that is known.
        gone_s: second since which the broker does not know it; None where it does.
        cancel_s: second of the first cancel that the broker took; None where there is none.
        looked_s: second of the latest look.
        hurry: whether it has to be looked at as soon as possible.
        refused: what the broker said of an id that it took for used; "" where it said nothing.
        busts: how many busts or corrections were told.
        counted: how many of them an answer has counted.
        stuck: whether a cancel has done nothing for long.
        looking: whether a thread asks about it now.
        sending: whether a thread sends it now.
        ended_s: second at which its end was told; None before.
    """

    followed: Followed
    sent_s: float
    unknown_s: float | None = None
    gone_s: float | None = None
    cancel_s: float | None = None
    looked_s: float = -math.inf
    hurry: bool = False
    refused: str = ""
    busts: int = 0
    counted: int = 0
    stuck: bool = False
    looking: bool = False
    sending: bool = False
    ended_s: float | None = None

    @property
    def name(self) -> str:
        """Our id of it."""
        return self.followed.request.client_order_id

    def due_s(self, *, streamed: bool) -> float:
        """The monotonic second of the next look.

        Args:
            streamed: whether the stream tells of orders now.
        """
        if self.hurry:
            return -math.inf
        order, looked_s = self.followed, max(self.looked_s, self.sent_s)
        if self.gone_s is not None:
            return min(_next(GONE_LOOKS_S, self.gone_s, looked_s), order.apart_due_s)
        if self.unknown_s is not None and looked_s - self.unknown_s >= ABSENT_S:
            return _next(UNKNOWN_LOOKS_S, self.unknown_s, looked_s)
        busted = self.busts > self.counted
        if order.ended and order.unclear_s is None and not busted:
            return math.inf
        due_s = looked_s + (STREAMED_S if streamed and not busted else POLL_S)
        if self.unknown_s is not None:
            due_s = min(due_s, _next(LOOK_UPS_S, self.unknown_s, looked_s))
        if self.cancel_s is not None and not self.stuck:
            due_s = min(due_s, _next(CANCEL_POLLS_S, self.cancel_s, looked_s))
        if order.unclear_s is not None and order.legs_told is None:
            due_s = min(due_s, max(order.ask_s, self.looked_s + ASK_AGAIN_S), order.apart_due_s)
        return due_s

    def look(self, now_s: float) -> int:
        """A thread asks about it; the answer counts as many busts as are returned."""
        self.looking, self.looked_s, self.hurry = True, now_s, False
        return self.busts

    def looked(self) -> None:
        """The thread has its answer, or none."""
        self.looking = False

    def soon(self) -> None:
        """It has to be looked at as soon as possible."""
        self.hurry = True

    def leaves(self) -> None:
        """A thread sends it."""
        self.sending = True

    def sent(self) -> None:
        """The thread has its answer, or none."""
        self.sending = False

    def unknown(self, now_s: float, refused: str = "") -> None:
        """Nobody knows whether it arrived; `refused` is what the broker said instead."""
        self.unknown_s, self.refused = now_s, refused

    def known(self, followed: Followed, now_s: float) -> None:
        """An answer of the broker told of it."""
        if followed.ended and not self.followed.ended:
            self.ended_s = now_s
        self.followed = followed
        self.unknown_s = self.gone_s = None

    def gone(self, now_s: float) -> float:
        """The broker answered that it does not know it; seconds for which that holds."""
        self.gone_s = now_s if self.gone_s is None else self.gone_s
        return now_s - self.gone_s

    def follow_on(self, followed: Followed) -> None:
        """It is followed so far without an answer."""
        self.followed = followed

    def cancelling(self, now_s: float) -> None:
        """The broker took a cancel; the time counts from the first one."""
        self.cancel_s = now_s if self.cancel_s is None else self.cancel_s

    def busted(self) -> None:
        """Executions were busted or corrected: a later question's answer replaces the counts."""
        self.busts += 1

    def counts(self, busts: int) -> bool:
        """Whether an answer's counts replace what is known.

        Args:
            busts: how many had been told when the question was asked; an older one counts none.
        """
        replaces = busts > self.counted
        self.counted = max(busts, self.counted)
        return replaces

    def is_stuck(self, now_s: float) -> bool:
        """Whether its cancel has done nothing for long."""
        if self.cancel_s is None or self.followed.ended:
            return False
        self.stuck = now_s - self.cancel_s >= CANCEL_STUCK_S
        return self.stuck


def _next(steps_s: Sequence[float], begin_s: float, looked_s: float) -> float:
    """The next of some seconds after a begin; the last gap from then on."""
    for step_s in steps_s:
        if begin_s + step_s > looked_s:
            return begin_s + step_s
    return looked_s + steps_s[-1] - steps_s[-2]
