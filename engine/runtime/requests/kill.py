"""The kill: entries closed and latched, orders cancelled and confirmed, lifted by a typed word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.commands import KILL_OPEN, NO_ANSWER, they_differ
from engine.runtime.core import Core

CONFIRM_EVERY_S: Final = 0.25
CONFIRMED_WITHIN_S: Final = 5.0
"""Open orders are named in an alarm when the second stage has not ended them by then."""

_NAMED: Final = 8


class Kill:
    """Closes entries for good, and cancels every order of the desk.

    Args:
        core: steps the traders.
        on_latch: told the stage at which the latch closes, 0 when it opens, where it outlives the
            process; may raise OSError.
    """

    def __init__(self, core: Core, on_latch: Callable[[int], None]) -> None:
        self._core = core
        self.context = core.context
        self._on_latch = on_latch
        self._confirming = False

    def found_latched(self, stage: int) -> None:
        """An earlier process left the latch closed: it holds from the first moment on."""
        flags = self.context.flags
        flags.kill(stage)

    def press(self, stage: int, again: str = "again") -> str:
        """Kill; returns what happens now.

        Args:
            stage: 1 closes entries, 2 cancels every order of the desk as well. A second stage is
                never taken back by a first.
            again: what asks for the second stage where this one came from.
        """
        flags = self.context.flags
        stopped = f"entries {'were stopped before' if flags.killed else 'stopped'}"
        flags.kill(stage)
        stopped += self._latch()
        if not flags.frozen:
            return f"{stopped}; completing orders go on; {again} cancels all"
        shares = (order.client_order_id for order in self._core.shares.working())
        count = self.cancel_all("kill") + self._core.shares.cancel(shares)
        if not self._confirming:
            self._confirming = True
            self._confirm(self.context.moment.now_s + CONFIRMED_WITHIN_S)
        orders = "1 order" if count == 1 else f"{count} orders"
        return f"{stopped}; cancelling {orders}; legged units are parked"

    def _latch(self) -> str:
        context = self.context
        try:
            self._on_latch(2 if context.flags.frozen else 1)
        except OSError as error:
            reason = error.strerror or str(error)
            context.alarms.raise_(context.moment.at_ms, "LATCH", "desk", reason)
            return ", latched in memory only"
        context.alarms.clear(context.moment.at_ms, "LATCH", "desk")
        return " and latched"

    def survivors(self) -> list[str]:
        """The desk's orders that may still execute, by its own record or by the broker's.

        A kill leaves other orders of the account alone, whatever their names.

        Raises:
            Exception: the broker could not be asked.
        """
        orders = self.context.state.orders
        prefixes = tuple({trader.ids.prefix for trader in self.context.traders.values()})
        working = {order.client_order_id for order in self._core.broker_books.working()}
        ours = {name for name in working if name in orders.known or name.startswith(prefixes)}
        shares = self._core.shares
        ours |= {name for name in working if shares.is_ours(name)}
        ours |= {f"an order of {root} shares on its way" for root in shares.being_sent()}
        return sorted(ours | orders.live.keys())

    def _confirm(self, due_s: float) -> None:
        """Look until nothing is open; the broker is asked beside the engine's thread."""
        self._core.broker_books.ask_first(lambda: self._confirmed(due_s))

    def _confirmed(self, due_s: float) -> None:
        """Name in an alarm what is still open at `due_s`, and look again."""
        context = self.context
        moment = context.now()
        if not context.running or not context.flags.frozen:
            self._confirming = False
            return
        try:
            left = self.survivors()
            self._core.shares.cancel(filter(self._core.shares.is_ours, left))
            text = ", ".join(left[:_NAMED]) + (" ..." if len(left) > _NAMED else "")
        except Exception as error:
            left, text = [""], f"the broker cannot be asked: {type(error).__name__}: {error}"[:160]
        if not left:
            self._confirming = False
            context.alarms.clear(moment.at_ms, "KILL_OPEN", "desk")
            return
        if moment.now_s >= due_s:
            context.alarms.raise_(moment.at_ms, "KILL_OPEN", "desk", text)
        self.cancel_all("kill")
        context.scheduler.call_at(moment.now_s + CONFIRM_EVERY_S, lambda _: self._confirm(due_s))

    def cancel_all(self, reason: str, *, debits_only: bool = False) -> int:
        """Cancel every live order of the desk; returns how many cancels went out.

        Args:
            reason: for the orders' rows.
            debits_only: completing orders go on.
        """
        context = self.context
        moment = context.now()
        before = context.exposure.cancels
        for trader in context.traders.values():
            with self._core.acting(trader):
                trader.debits.cancel(reason, moment)
                if not debits_only:
                    trader.credits.abandon(reason, moment)
        return context.exposure.cancels - before

    def refusal(self) -> str:
        """Why the kill cannot be lifted now, after comparing the books; "" where it can."""
        context, books = self.context, self._core.books
        books.compare()
        if context.alarms.is_raised("NOT_COMPARED", "desk"):
            return "the broker's positions cannot be read; settle that first"
        if books.difference or books.suspects:
            what = books.difference or ", ".join(sorted(books.suspects))
            return they_differ(what)
        if context.state.orders.unknown:
            return NO_ANSWER
        if context.flags.frozen and self.survivors():
            return KILL_OPEN
        return ""

    def lift(self) -> None:
        """Open the latch; every trader is left paused.

        Raises:
            OSError: the latch stays, for it could not be removed where it outlives the process.
        """
        self._on_latch(0)
        for trader in self.context.traders.values():
            trader.pause()
        self.context.flags.lift_kill()
