"""Sessions of an executor that runs over many: each date of the exchange begins one of its own."""

from __future__ import annotations

from engine.orders import events as ev
from engine.runtime.alarms import OF_THE_DAY
from engine.runtime.core import Core


class SessionDays:
    """Begins a session where the phase tells of another date; a desk has one and begins it itself.

    Args:
        core: the desk.
        run, source: for the session's row, see SessionStarted.
        seed: of the delays.
    """

    def __init__(self, core: Core, run: str, source: str, seed: int) -> None:
        self._core = core
        self._named = run, source
        self._seed = seed

    def on_phase(self, event: ev.PhaseChanged) -> None:
        """Begin a session if the phase is of another date than the last one."""
        core = self._core
        today = core.session.phase.session_date.isoformat()
        before = core.state.session
        if before is not None and before.session_date >= today:
            return
        run, source = self._named
        core.emit(
            ev.SessionStarted(
                event.at_ms,
                core.config.mode,
                core.config.account,
                run,
                source,
                "",
                self._seed,
                today,
                core.config.for_the_journal(),
            )
        )
        if before is not None:
            self._open_limits(event.at_ms)

    def _open_limits(self, at_ms: int) -> None:
        """What the former day's losses closed is open again, but for a halt: a resume lifts it."""
        core = self._core
        for code in OF_THE_DAY:
            core.alarms.clear(at_ms, code, "desk")
        core.flags.open_entries()
        core.gate.new_session()
        for trader in core.traders.values():
            trader.debits.new_session()
