"""Sessions of an executor that runs over many: each date of the exchange begins one of its own.

So does a process that goes on with an earlier one's journal: what it finds may be another venue.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.orders import events as ev
from engine.runtime.alarm_kinds import OF_THE_DAY
from engine.runtime.context import DeskContext


class SessionDays:
    """Begins a session where the phase tells of another date; a desk has one and begins it itself.

    Args:
        context: the desk.
        run, source, fill_model: for the session's row, see SessionStarted.
        seed: of the delays.
        go_on: called once a session of an earlier process goes on, with whether it is a new day.
    """

    def __init__(
        self,
        context: DeskContext,
        run: str,
        source: str,
        fill_model: str,
        seed: int,
        go_on: Callable[[bool], None],
    ) -> None:
        self._context = context
        self._named = run, source, fill_model
        self._seed = seed
        self._go_on = go_on
        self._starts = context.state.starts

    def on_phase(self, event: ev.PhaseChanged) -> None:
        """Begin a session if the phase is of a later session's date than the last one.

        A weekend or a holiday begins none, but for the first. A process that goes on with the
        journal of an earlier one says so by a row of its own, whatever the date.
        """
        context = self._context
        day, calendar = context.session.phase.session_date, context.session.calendar
        today, before = day.isoformat(), context.state.session
        goes_on = before is not None and context.state.starts == self._starts
        if before is not None:
            later = before.session_date < today and calendar.is_session(day)
            if not later and not goes_on:
                return
            today = today if later else before.session_date
        run, source, fill_model = self._named
        context.emit(
            ev.SessionStarted(
                event.at_ms,
                context.config.mode,
                context.config.account,
                run,
                source,
                fill_model,
                self._seed,
                today,
                context.limits.for_the_journal(),
            )
        )
        if before is not None and before.session_date != today:
            self._open_limits(event.at_ms)
        if before is not None and goes_on:
            self._go_on(before.session_date != today)

    def _open_limits(self, at_ms: int) -> None:
        """What the former day's losses closed is open again, but for a halt: a resume lifts it."""
        context = self._context
        for code in OF_THE_DAY:
            context.alarms.clear(at_ms, code, "desk")
        context.flags.open_entries()
        context.gate.new_session()
        for trader in context.traders.values():
            trader.debits.new_session()
