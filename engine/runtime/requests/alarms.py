"""What an operator may ask about alarms: acknowledge one or all the lesser ones, shelve one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.commands import Ask, Command
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError

LESSER: Final = "p2+p3"
"""Names every active alarm that is not of the first priority."""


class AlarmRequests:
    """Acknowledges and shelves as asked; every call raises RefusedError where it cannot.

    Args:
        context: the desk.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self.calls: dict[Ask, Callable[[Command], str]] = {
            Ask.ACKNOWLEDGE: self._acknowledge,
            Ask.SHELVE: self._shelve,
        }

    def before_state(self, command: Command) -> str:
        """The state of the alarm that a command is about; "" where there is none."""
        if command.target == LESSER:
            return f"{len(self._unacked())} unacked"
        alarm = self._context.state.notices.alarms.get(command.target)
        return alarm.state if alarm else ""

    def _unacked(self) -> list[str]:
        """Standing alarms of P2 and P3 that nobody has acknowledged."""
        alarms = self._context.state.notices.alarms
        return [
            name
            for name, record in alarms.items()
            if record.raised.priority > 1 and record.state == "unacked"
        ]

    def _acknowledge(self, command: Command) -> str:
        alarms = self._context.state.notices.alarms
        if command.target == LESSER:
            names = self._unacked()
        elif command.target in alarms:
            names = [command.target] if alarms[command.target].state == "unacked" else []
        else:
            raise RefusedError(f"there is no active alarm {command.target}")
        for name in names:
            self._context.emit(ev.AlarmAcknowledged(self._context.moment.at_ms, name))
        return f"{len(names)} acknowledged"

    def _shelve(self, command: Command) -> str:
        record = self._context.state.notices.alarms.get(command.target)
        if record is None:
            raise RefusedError(f"there is no active alarm {command.target}")
        if record.raised.priority == 1:
            raise RefusedError("a P1 alarm cannot be shelved")
        if not command.reason.strip():
            raise RefusedError("shelving needs a reason")
        return f"{command.target} shelved"
