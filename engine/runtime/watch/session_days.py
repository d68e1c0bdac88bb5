"""Sessions of an executor that runs over many: each date of the exchange begins one of its own."""

from __future__ import annotations

from engine.orders import events as ev
from engine.runtime.alarm_kinds import OF_THE_DAY
from engine.runtime.context import DeskContext


class SessionDays:
    """Begins a session where the phase tells of another date; a desk has one and begins it itself.

    Args:
        context: the desk.
        run, source: for the session's row, see SessionStarted.
        seed: of the delays.
    """

    def __init__(self, context: DeskContext, run: str, source: str, seed: int) -> None:
        self._context = context
        self._named = run, source
        self._seed = seed

    def on_phase(self, event: ev.PhaseChanged) -> None:
        """Begin a session if the phase is of a later session's date than the last one.

        A weekend or a holiday begins none, but for the first.
        """
        context = self._context
        day, calendar = context.session.phase.session_date, context.session.calendar
        today, before = day.isoformat(), context.state.session
        if before is not None and (before.session_date >= today or not calendar.is_session(day)):
            return
        run, source = self._named
        context.emit(
            ev.SessionStarted(
                event.at_ms,
                context.config.mode,
                context.config.account,
                run,
                source,
                "",
                self._seed,
                today,
                context.config.for_the_journal(),
            )
        )
        if before is not None:
            self._open_limits(event.at_ms)

    def _open_limits(self, at_ms: int) -> None:
        """What the former day's losses closed is open again, but for a halt: a resume lifts it."""
        context = self._context
        for code in OF_THE_DAY:
            context.alarms.clear(at_ms, code, "desk")
        context.flags.open_entries()
        context.gate.new_session()
        for trader in context.traders.values():
            trader.debits.new_session()
