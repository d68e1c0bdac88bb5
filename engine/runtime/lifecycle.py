"""How a session begins, drains and ends, and the state that readers see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.orders import events as ev
from engine.runtime.core import Core
from engine.runtime.requests.operator import Operator
from engine.runtime.views.held_quotes import HeldQuotes
from engine.runtime.watch.limits import LimitWatch
from engine.snapshot import EngineState

_LOOK_EVERY_S: Final = 0.05
_LAST_CANCELS_S: Final = 3.0
"""Engine seconds that the last cancels get to be confirmed."""


class Lifecycle:
    """Begins and ends one session; only in the scheduler's thread, or where none runs.

    Args:
        core: steps the traders.
        operator: cancels what works at the end.
        limits: looked at once at the beginning.
        warnings: where a failing end is reported.

    Attributes:
        state: RUN between begin and end; what an operator closed is in `shown`.
    """

    def __init__(
        self, core: Core, operator: Operator, limits: LimitWatch, warnings: list[str]
    ) -> None:
        self._core = core
        self.context = core.context
        self.operator = operator
        self.state = EngineState.STARTING
        self._at_end: list[Callable[[], None]] = []
        self._limits = limits
        self._warnings = warnings

    def at_end(self, call: Callable[[], None]) -> None:
        """Call something once the session's last row is written, before the journal closes."""
        self._at_end.append(call)

    def warm_up(self) -> None:
        """The session runs flat out for a while before anybody looks at it."""
        self.state = EngineState.WARMING

    def warmed_up(self) -> None:
        """The warm-up is over; a session that drains or has ended meanwhile stays as it is."""
        if self.state is EngineState.WARMING:
            self.state = EngineState.RUN

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
        """Begin the orderly end; `finish` follows when all is quiet.

        Args:
            within_s: engine seconds that completing orders get.
        """
        if self.state in (EngineState.DRAINING, EngineState.ENDED):
            return
        context, scheduler = self.context, self.context.scheduler
        self.state = EngineState.DRAINING
        context.flags.halt()
        self.operator.cancel_all("stop", debits_only=True)
        deadline_s = context.now().now_s + within_s

        def look(_: Any) -> None:
            busy = context.state.orders.live or any(
                t.credits.units for t in context.traders.values()
            )
            now_s = context.now().now_s
            if busy and now_s < deadline_s and not context.flags.frozen:
                scheduler.call_at(now_s + _LOOK_EVERY_S, look)
                return
            if context.state.orders.live:
                context.flags.freeze()
                self.operator.cancel_all("stop")
                if now_s < deadline_s + _LAST_CANCELS_S:
                    scheduler.call_at(now_s + _LOOK_EVERY_S, look)
                    return
            self.finish()
            scheduler.stop()

        look(None)

    def _value(self) -> None:
        """Record what closing everything held would bring: a journal holds no quotes."""
        context = self.context
        held = context.state.contracts.contracts()
        if held:
            contracts = sum(map(abs, held.values()))
            value_c = HeldQuotes(context).liquidation_c()
            context.emit(ev.PositionsValued(context.moment.at_ms, contracts, value_c))

    def finish(self) -> None:
        """Write the session's last row; nothing works at the broker any more."""
        if self.state is EngineState.ENDED:
            return
        context = self.context
        context.now()
        if context.running:
            context.end()
            self._core.books.compare()
            self._value()
            open_orders = len(context.state.orders.live)
            reason = "settled" if not open_orders else f"{open_orders} orders without an answer"
            context.emit(ev.SessionEnded(context.moment.at_ms, reason))
        self.state = EngineState.ENDED
        self.context.flags.end()
        for call in self._at_end:
            call()
        try:
            context.journal.close()
        except Exception as error:
            self._warnings.append(f"journal: {error}")
