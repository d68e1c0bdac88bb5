"""Limits tightened while the desk runs: journaled, taken back exactly, never looser than written.

The journal decides: a request becomes a row, the state folds it, and the limits in force follow the
state. So a desk that goes on with its journal has what was in force, and nothing else has to be
kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.commands import Ask, Command
from engine.config.names import number_text
from engine.config.tightening import SECTION, LimitError, require_live, tightened
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError


class LimitRequests:
    """Tightens a limit, and takes back its last change.

    Args:
        context: the desk.
        others: what else can be undone, where a request names no limit.

    Attributes:
        calls: what carries each request out; RefusedError where it cannot.
    """

    def __init__(self, context: DeskContext, others: Callable[[Command], str]) -> None:
        self._context = context
        self._others = others
        self.calls: dict[Ask, Callable[[Command], str]] = {
            Ask.TIGHTEN: self._tighten,
            Ask.UNDO: self._undo,
        }

    def before_state(self, command: Command) -> str:
        """The value of the limit that a command is about; "" where there is none."""
        values = self._context.config.limits.model_dump()
        return str(values.get(command.target.removeprefix(SECTION), ""))

    def _tighten(self, command: Command) -> str:
        name = self._named(command)
        limits = self._context.config.limits
        before = getattr(limits, name)
        try:
            after = tightened(limits, name, command.args.get("value"))
        except LimitError as error:
            raise RefusedError(str(error)) from None
        self._refuse_drift(command, name, before)
        return self._change(command, name, before, after, undo=False)

    def _undo(self, command: Command) -> str:
        if not command.target.startswith(SECTION):
            return self._others(command)
        name = self._named(command)
        last = self._context.state.limits.last(name)
        if last is None:
            raise RefusedError(f"{command.target} is as the settings say: nothing to take back")
        now = getattr(self._context.config.limits, name)
        self._refuse_drift(command, name, now)
        return self._change(command, name, now, last.before, undo=True)

    def _named(self, command: Command) -> str:
        name = command.target.removeprefix(SECTION)
        try:
            require_live(name)
        except LimitError as error:
            raise RefusedError(str(error)) from None
        return name

    def _refuse_drift(self, command: Command, name: str, now: Any) -> None:
        """Refuse what was decided for another value than the one in force."""
        if command.args.get("seen", now) != now:
            raise RefusedError(f"{SECTION}{name} is {number_text(name, now)} by now: look again")

    def _change(self, command: Command, name: str, before: Any, after: Any, *, undo: bool) -> str:
        context = self._context
        why = command.reason or command.who
        context.emit(ev.LimitChanged(context.moment.at_ms, name, before, after, undo, why))
        back = ", back" if undo else ""
        change = f"{number_text(name, before)} -> {number_text(name, after)}"
        return f"{SECTION}{name} {change}{back}"
