"""What an operator may ask about recommendations: approve, reject, put aside, take back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from engine.commands import Ask, Command
from engine.runtime.advice.advisor import Advice
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.typed_words import ACCEPT_WORD, typed_word

LONGEST_ASIDE_MIN: Final = 24 * 60


class AdviceRequests:
    """Decides recommendations as asked; every call raises RefusedError where it cannot.

    Args:
        context: the desk.
        advice: its recommendations.
        ending: whether the orderly end has begun.

    Attributes:
        advice: may be replaced before the desk runs.
        calls: what carries each request out.
    """

    def __init__(self, context: DeskContext, advice: Advice, ending: Callable[[], bool]) -> None:
        self._context = context
        self.advice = advice
        self._ending = ending
        self.calls: dict[Ask, Callable[[Command], str]] = {
            Ask.APPROVE: self._approve,
            Ask.REJECT: self._reject,
            Ask.SNOOZE: self._snooze,
            Ask.UNDO: self._undo,
        }

    def before_state(self, command: Command) -> str:
        """The state of the recommendation that a command is about; "" where there is none."""
        name = command.target
        if command.ask is Ask.UNDO and name == "*":
            name = next(reversed(self.advice.applied), "")
        record = self._context.state.notices.recommendations.get(name)
        return record.state if record else ""

    def _ready(self, name: str) -> str:
        if name not in self.advice.ready:
            record = self._context.state.notices.recommendations.get(name)
            was = f"it is {record.state}" if record else "there is none of that name"
            raise RefusedError(f"{name} cannot be decided: {was}")
        return name

    def _approve(self, command: Command) -> str:
        name = self._ready(command.target)
        proposal = self.advice.ready[name]
        drift = self.advice.drifted(name)
        if drift:
            raise RefusedError(f"{name} no longer fits: {drift}")
        proved = proposal.verdict.value == "SEPARATED"
        typed = typed_word(command) == ACCEPT_WORD and bool(command.reason.strip())
        if not (proved or typed):
            raise RefusedError(
                f"the evidence is {proposal.verdict.value}: type the word {ACCEPT_WORD} "
                "and a reason to approve it all the same"
            )
        if self._ending():
            raise RefusedError("the desk is ending; there is no next attempt")
        self.advice.approve(name, command.reason)
        return f"{name} applied from the next attempt on; u takes it back"

    def _reject(self, command: Command) -> str:
        self.advice.reject(self._ready(command.target), command.reason)
        return f"{command.target} rejected"

    def _snooze(self, command: Command) -> str:
        minutes = _minutes(command.args.get("minutes", 30))
        self.advice.put_aside(self._ready(command.target), minutes)
        return f"{command.target} put aside for {minutes:g} min"

    def _bring_back(self, command: Command) -> str:
        name, advice = command.target, self.advice
        mine = advice.refused[name]
        for other, ready in advice.ready.items():
            if (ready.kind, ready.trader) == (mine.kind, mine.trader):
                raise RefusedError(f"{other} is about the same setting; decide {other} first")
        advice.bring_back(name, command.reason)
        return f"{name} waits for an answer again"

    def _undo(self, command: Command) -> str:
        if command.target in self.advice.refused:
            return self._bring_back(command)
        applied = list(self.advice.applied)
        name = applied[-1] if command.target == "*" and applied else command.target
        if name not in self.advice.applied:
            raise RefusedError("nothing applied to take back")
        later = self.advice.built_on(name)
        if later:
            raise RefusedError(f"{later} changed the same setting since; undo {later} first")
        self.advice.take_back(name, "undone", command.reason)
        return f"{name} undone; the former values are back"


def _minutes(given: Any) -> float:
    """Minutes as a number that makes sense.

    Raises:
        RefusedError: it is none.
    """
    try:
        minutes = float(given)
    except (TypeError, ValueError):
        minutes = math.nan
    if not 0 < minutes <= LONGEST_ASIDE_MIN:
        raise RefusedError(f"{given!r} minutes make no sense; give 1 to {LONGEST_ASIDE_MIN}")
    return minutes
