"""How a session begins, drains and ends, and the state that readers see."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from engine.book.contracts import ContractBook
from engine.orders import events as ev
from engine.orders.events.session import DIFFERENCE, UNANSWERED
from engine.orders.ladder import Stage
from engine.runtime.core import Core
from engine.runtime.requests.operator import Operator
from engine.runtime.views.held_quotes import liquidation_c
from engine.runtime.watch.limits import LimitWatch
from engine.snapshot import EndingView, EngineState

_LOOK_EVERY_S: Final = 0.05
_COMPARE_EVERY_S: Final = 0.5
_LAST_CANCELS_S: Final = 3.0
"""Engine seconds that the last cancels get to be confirmed."""


class Lifecycle:
    """Begins and ends one session; only in the scheduler's thread, or where none runs.

    Args:
        core: steps the traders.
        operator: cancels what works at the end.
        limits: looked at once at the beginning.
        warnings: where a failing end is reported.
        compared: says how the book differs from the broker's own ledger, money included.
        tell_last: journals what has not been told yet, before the session's last rows.

    Attributes:
        state: RUN between begin and end; what an operator closed is in `shown`.
    """

    def __init__(
        self,
        core: Core,
        operator: Operator,
        limits: LimitWatch,
        warnings: list[str],
        compared: Callable[[ContractBook], str],
        tell_last: Callable[[], None],
    ) -> None:
        self._core = core
        self.context = core.context
        self.operator = operator
        self.state = EngineState.STARTING
        self._at_end: list[Callable[[], None]] = []
        self._before_end: list[Callable[[], None]] = []
        self._deadline_s = -math.inf
        self._final_by_s: float | None = None
        self._look = 0
        self._limits = limits
        self._warnings = warnings
        self._compared = compared
        self._tell_last = tell_last

    def at_end(self, call: Callable[[], None]) -> None:
        """Call something once the session's last row is written, before the journal closes."""
        self._at_end.append(call)

    def before_end(self, call: Callable[[], None]) -> None:
        """Call something before the session's last rows are written."""
        self._before_end.append(call)

    def warm_up(self) -> None:
        """The session runs flat out for a while before anybody looks at it."""
        self.state = EngineState.WARMING

    def warmed_up(self) -> bool:
        """The warm-up is over; a session that drains or has ended meanwhile stays as it is.

        Returns:
            Whether there was one.
        """
        was_warming = self.state is EngineState.WARMING
        if was_warming:
            self.state = EngineState.RUN
        return was_warming

    def shown(self) -> EngineState:
        """The state as readers see it: with what a limit or an operator closed."""
        flags = self.context.flags
        killed = flags.killed or flags.frozen
        if self.state is not EngineState.RUN and not (killed and self.state is EngineState.WARMING):
            return self.state
        if flags.frozen:
            return EngineState.KILLING if self.context.state.orders.live else EngineState.KILLED
        if flags.killed:
            return EngineState.KILLED
        if flags.halted:
            return EngineState.HALTED
        return EngineState.EXIT_ONLY if flags.exit_only else EngineState.RUN

    def begin(self) -> None:
        """Start the session without running it."""
        context = self.context
        if context.running:
            return
        self.state = EngineState.RUN
        if not context.flags.definite_answers:
            context.alarms.raise_(context.now().at_ms, "NO_CANCEL", "desk")
        self._core.begin()
        self._limits.begin()

    def end(self, within_s: float) -> None:
        """Begin the orderly end; `finish` follows when all is quiet and every end is final.

        An execution may arrive after its order was told cancelled, so the end waits a while
        (`limits.final_ends_within_s`) where an end is not final or book and broker differ. Asked
        again, completing orders get the shorter of the two times; with 0 while nothing but ends is
        waited for, that is given up.

        Args:
            within_s: engine seconds that completing orders get.
        """
        if self.state is EngineState.ENDED:
            return
        deadline_s = self.context.now().now_s + within_s
        if self.state is EngineState.DRAINING:
            self._deadline_s = min(self._deadline_s, deadline_s)
            if self._final_by_s is not None and within_s <= 0:
                self._final_by_s = -math.inf
            self._look_at_end(None)
            return
        self.state = EngineState.DRAINING
        self.context.flags.halt()
        self.operator.cancel_all("stop", debits_only=True)
        self._deadline_s = deadline_s
        self._look_at_end(None)

    def _look_at_end(self, look: int | None) -> None:
        """Finish, or look again soon.

        Args:
            look: which look was due; None where one is wanted at once, in place of what is due.
        """
        if self.state is not EngineState.DRAINING or look not in (None, self._look):
            return
        self._look += 1
        again_s = self._not_before()
        if again_s is None:
            self.finish()
            self.context.scheduler.stop()
        else:
            self.context.scheduler.call_at(again_s, self._look_at_end, self._look)

    def _not_before(self) -> float | None:
        """Engine second of the next look at an end that has to wait; None where it has not."""
        context = self.context
        now_s = context.now().now_s
        live = bool(context.state.orders.live)
        if (live or self._open_units()) and now_s < self._deadline_s and not context.flags.frozen:
            return now_s + _LOOK_EVERY_S
        if live:
            context.flags.freeze()
            self.operator.cancel_all("stop")
            if now_s < self._deadline_s + _LAST_CANCELS_S:
                return now_s + _LOOK_EVERY_S
        if self._final_by_s is None:
            self._final_by_s = now_s + context.config.limits.final_ends_within_s
            context.flags.close_ends(self._final_by_s)
            for trader in context.traders.values():
                if trader.ends:
                    self._core.wake_by(trader, now_s)
        if now_s < self._final_by_s and self._may_change():
            return min(self._final_by_s, now_s + _COMPARE_EVERY_S)
        return None

    def _open_units(self) -> int:
        return sum(len(trader.credits.units) for trader in self.context.traders.values())

    def ending(self) -> EndingView | None:
        """What an end under way waits for; None where none is under way."""
        if self.state is not EngineState.DRAINING:
            return None
        waits, by_s = self._final_by_s is not None, self._final_by_s or self._deadline_s
        rows = self._core.books.rows
        return EndingView(
            left_s=max(0.0, by_s - self.context.now().now_s),
            orders=len(self.context.state.orders.live),
            units=self._open_units(),
            ends=self._open_ends() if waits else None,
            difference="; ".join(dict.fromkeys(rows.values())) if waits else "",
        )

    def _value(self) -> None:
        """Record what closing everything held would bring: a journal holds no quotes."""
        context = self.context
        held = context.state.contracts.contracts()
        if held:
            contracts = sum(map(abs, held.values()))
            value_c = liquidation_c(context)
            context.emit(ev.PositionsValued(context.moment.at_ms, contracts, value_c))

    def _may_change(self) -> bool:
        """Whether an execution may still be on its way: an end is not final, or books differ."""
        if self._open_ends() or self.context.state.orders.live:
            return True
        books = self._core.books
        return not books.look_last() or bool(books.rows)

    def _open_ends(self) -> int:
        return sum(len(trader.ends) for trader in self.context.traders.values())

    def _how_it_ended(self) -> str:
        """Whether everything is settled, or what is not."""
        rest = []
        if live := len(self.context.state.orders.live):
            rest.append(f"{live} order{'s' * (live > 1)} {UNANSWERED}")
        if ends := self._open_ends():
            what = "end of an order is" if ends == 1 else "ends of orders are"
            rest.append(f"{ends} {what} not final")
        if self._core.books.difference:
            rest.append(f"book != broker: {self._core.books.difference}")
        elif self.context.alarms.is_raised("NOT_COMPARED", "desk"):
            rest.append("book and broker could not be compared")
        return f"{DIFFERENCE}: {'; '.join(rest)}" if rest else "settled"

    def _taken_over(self) -> bool:
        """Whether the journal has a session that nobody ended, though none of it has run here."""
        state = self.context.state
        return state.session is not None and state.ended is None

    def _park_what_is_open(self) -> None:
        """Leave every legged unit to the operator, with its alarm: nothing completes it any more.

        A credit that an operator let rest stays so decided for the next process.
        """
        for trader in self.context.traders.values():
            with self._core.acting(trader):
                for unit in trader.credits.units.values():
                    if unit.remaining > 0 and unit.stage is not Stage.PARKED:
                        trader.credits.park(unit, self.context.moment, "the desk ended")

    def finish(self) -> None:
        """Write the session's last row; nothing works at the broker any more."""
        if self.state is EngineState.ENDED:
            return
        context = self.context
        context.now()
        if context.running or self._taken_over():
            context.end()
            self._park_what_is_open()
            self._core.post_trade.close()
            for call in self._before_end:
                call()
            book = context.state.contracts
            self._core.books.compare_last(lambda: self._compared(book))
            self._tell_last()
            self._value()
            context.emit(ev.SessionEnded(context.moment.at_ms, self._how_it_ended()))
        self.state = EngineState.ENDED
        self.context.flags.end()
        for call in self._at_end:
            call()
        try:
            context.journal.close()
        except Exception as error:
            self._warnings.append(f"journal: {error}")
