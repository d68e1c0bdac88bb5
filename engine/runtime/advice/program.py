"""What a program applies without a trial: recorded as a recommendation that it approved itself.

So the screen shows what is in force and why, `u` takes it back, and the journal says UNPROVEN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.learning.proposals import DESK, Proposal
from engine.learning.verdicts import Verdict
from engine.orders import events as ev
from engine.runtime.advice.advisor import Advice
from engine.runtime.advice.live import ALL_HOURS
from engine.runtime.advice.suggestion import Suggestion, suggestion
from engine.runtime.context import DeskContext
from engine.runtime.requests.settings import SettingRefusedError, check_all, read
from engine.trader.trader import ExpirationTrader

_KINDS: Final = {
    "optimal_contracts": "SIZE",
    "optimal_hours": "HOURS",
    "optimal_cancel_ms": "CANCEL",
}


class ProgramSettings:
    """Applies settings for a program and takes them back; runs in the scheduler's thread.

    Args:
        context: the desk.
        advice: keeps what is applied.
    """

    def __init__(self, context: DeskContext, advice: Advice) -> None:
        self._context = context
        self._advice = advice
        self._calls: list[list[str]] = []
        self._acted = 0

    def apply(self, values: Any) -> None:
        """Apply settings to every trader, or none to any.

        Raises:
            SettingRefusedError: they are not a mapping, a value may not be, or a trial of the
                setting runs; nothing is applied.
        """
        context = self._context
        self._refuse_what_is_tried(values)
        checked, suggested = (
            check_all(context, values),
            suggestion(context, self._advice.tallies.metrics),
        )
        names = []
        for setting, value in checked.items():
            if not context.traders or any(
                read(trader, setting) != value for trader in context.traders.values()
            ):
                names.append(self._applied(setting, value, suggested))
        self._calls.append(names)
        if not names:
            told = [text for setting, text in suggested.why.items() if setting in checked]
            self._act("approve", DESK, "", "", "; ".join(["nothing changed", *told]))

    def undo(self) -> bool:
        """Take back what the last call of `apply` applied; False where none is left."""
        changes = self._advice.in_force
        while self._calls:
            named = self._calls[-1]
            names = [name for name in reversed(named) if name in changes.applied]
            self._calls.pop()
            for name in names:
                changes.take_back(name, "undone", "undo_optimization()")
                self._act("undo", name, "applied", "undone", "undo_optimization()")
            if names or not named:
                return True
        return False

    def reach(self, trader: ExpirationTrader) -> None:
        """Apply to a trader that was added later what was applied to all without a trial."""
        for name, applied in self._advice.in_force.applied.items():
            proposal = applied.proposal
            of_all = proposal.trader == DESK and proposal.verdict is Verdict.UNPROVEN
            if of_all and trader.key not in applied.before:
                self._advice.in_force.put_in_force(name, trader, _value(proposal.after))

    def _refuse_what_is_tried(self, values: Any) -> None:
        """A value under a trial would be neither its before nor its after.

        Raises:
            SettingRefusedError: a trial of one of the settings runs.
        """
        for record in self._context.state.trials.running():
            lever = record.started.lever
            if isinstance(values, Mapping) and lever in values:
                raise SettingRefusedError(f"{record.name} tries {lever} now; stop it first")

    def _applied(self, setting: str, value: Any, suggested: Suggestion) -> str:
        context = self._context
        wanted: dict[str, Any] = dict(suggested.values)
        why = suggested.why[setting]
        if value != wanted[setting]:
            why = f"Chosen by the program; the attempts say {why}"
        traders = list(context.traders.values())
        former = (read(trader, setting) for trader in traders)
        before = next((each for each in former if each != value), value)
        proposal = Proposal(
            _KINDS[setting],
            DESK,
            setting,
            _shown(before),
            _shown(value),
            "",
            Verdict.UNPROVEN,
            "",
            None,
            None,
            None,
            (),
            (f"{why}.", "Applied by a program; no trial has proved it."),
            "Nothing takes it back by itself.",
            context.moment.epoch_s,
        )
        name = self._advice.in_force.apply_unproven(proposal, why)
        for trader in traders:
            self._advice.in_force.put_in_force(name, trader, value)
        self._act("approve", name, "ready", "applied", why)
        return name

    def _act(self, action: str, target: str, before: str, after: str, reason: str) -> None:
        """Journal who asked, as for a request of an operator."""
        self._acted += 1
        self._context.emit(
            ev.OperatorActed(
                self._context.moment.at_ms,
                f"program {self._acted}",
                action,
                target,
                "program",
                "",
                before,
                after,
                "confirmed",
                reason,
            )
        )


def _shown(value: Any) -> Any:
    """A value as a proposal has it: hours as a tuple, all of them where none is excluded."""
    if isinstance(value, list | tuple):
        return tuple(sorted(value)) or ALL_HOURS
    return value


def _value(after: Any) -> Any:
    """The value of a proposal as a setting has it."""
    if isinstance(after, tuple):
        return [] if after == ALL_HOURS else list(after)
    return after
