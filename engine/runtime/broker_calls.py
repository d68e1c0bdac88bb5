"""Calls to the broker about orders, in threads that may hang: two of a kind about one order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from engine.runtime.context import DeskContext
from engine.runtime.lanes import Begin, Lane
from engine.trader.trader import ExpirationTrader

SAME_CALLS: Final = 2
"""Cancels, and queries, of one order that may be out at a time: where one hangs, another try."""


class BrokerCalls:
    """Makes calls that may block, and says where they hang.

    Args:
        context: the desk's shared parts.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._out: Counter[tuple[str, str]] = Counter()
        self._hung: Counter[tuple[str, str]] = Counter()

    def make(
        self,
        lane: Lane | None,
        trader: ExpirationTrader,
        name: str,
        begin: Begin,
        failed: Callable[[BaseException], None],
        *,
        give_up: Callable[[], None] | None = None,
    ) -> None:
        """Make a call that may fail; a failed one is not repeated, silence leads to UNKNOWN.

        Args:
            lane: in whose threads it may block; None to make it here. Of calls about one order
                that hang at most SAME_CALLS are out.
            trader, name: whose order it is about.
            begin: returns the call once it can be made, None where it need not be.
            failed: told why a call failed, in the scheduler's thread.
            give_up: told where no thread was free for it in time, and it will not be made.
        """
        if lane is not None and self._context.broker.blocking:
            same = lane.name, name
            if self._out[same] < SAME_CALLS:
                self._out[same] += 1
                hung: list[bool] = []

                def late() -> None:
                    hung.append(True)
                    self._late(trader, same)

                def back() -> None:
                    self._back(trader, same, bool(hung))

                lane.submit(begin, failed=failed, late=late, give_up=give_up, ended=back)
            return
        call = begin()
        if call is None:
            return
        try:
            call()
        except Exception as error:
            self._context.scheduler.post(partial(failed, error))

    def _late(self, trader: ExpirationTrader, same: tuple[str, str]) -> None:
        """A call hangs; where no other about its order is made for that, say so."""
        self._hung[same] += 1
        if self._hung[same] >= SAME_CALLS:
            (kind, name), at_ms = same, self._context.now().at_ms
            text = f"{SAME_CALLS} {kind} of order {name}, so no more of these are made"
            self._context.alarms.say(at_ms, "CALLS_HANG", f"{trader.key}/{name} {kind}", text)

    def _back(self, trader: ExpirationTrader, same: tuple[str, str], hung: bool) -> None:
        """A call has returned, failed, or was given up; `hung`: it had counted as hung."""
        self._out[same] -= 1
        if not self._out[same]:
            del self._out[same]
        if hung:
            self._hung[same] -= 1
            if self._hung[same] == SAME_CALLS - 1:
                at_ms, where = self._context.now().at_ms, f"{trader.key}/{same[1]} {same[0]}"
                self._context.alarms.clear(at_ms, "CALLS_HANG", where)
            if not self._hung[same]:
                del self._hung[same]
