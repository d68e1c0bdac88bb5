"""What an operator may ask about recommendations: approve, reject, put aside, take back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from engine.commands import NO_NEXT_ATTEMPT, Ask, Command
from engine.learning.estimators import Z95
from engine.learning.proposals import Proposal
from engine.runtime.advice.advisor import Advice
from engine.runtime.advice.events import asked_trial, plain, predicted
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.typed_words import ACCEPT_WORD, typed_word
from engine.runtime.trials.levers import typed_trial
from engine.runtime.trials.starting import Planner, Prepared

LONGEST_ASIDE_MIN: Final = 24 * 60


class AdviceRequests:
    """Decides recommendations as asked; every call raises RefusedError where it cannot.

    Args:
        context: the desk.
        advice: its recommendations.
        planner: plans the trials that approvals start.
        ending: whether the orderly end has begun.

    Attributes:
        advice: may be replaced before the desk runs.
        calls: what carries each request out.
    """

    def __init__(
        self,
        context: DeskContext,
        advice: Advice,
        planner: Planner,
        ending: Callable[[], bool],
    ) -> None:
        self._context = context
        self._planner = planner
        self.advice = advice
        self._ending = ending
        self.calls: dict[Ask, Callable[[Command], str]] = {
            Ask.APPROVE: self._approve,
            Ask.REJECT: self._reject,
            Ask.SNOOZE: self._snooze,
            Ask.UNDO: self._undo,
            Ask.TRIAL: self._trial,
            Ask.STOP_TRIAL: self._stop_trial,
        }

    def before_state(self, command: Command) -> str:
        """The state of the recommendation that a command is about; "" where there is none."""
        name = command.target
        trials = self._context.state.trials
        if command.ask is Ask.TRIAL:
            return f"{len(trials.running())} running"
        if command.ask is Ask.STOP_TRIAL:
            trial = trials.records.get(name)
            return "" if trial is None else trial.ended.end if trial.ended else "running"
        if command.ask is Ask.UNDO and name == "*":
            name = next(reversed(self.advice.in_force.applied), "")
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
        answered = self.advice.answered(proposal)
        if answered:
            raise RefusedError(answered)
        if self._ending():
            raise RefusedError(NO_NEXT_ATTEMPT)
        word = typed_word(command)
        if word:
            if word != ACCEPT_WORD or not command.reason.strip():
                raise RefusedError(
                    f"type the word {ACCEPT_WORD} and a reason to apply it without a trial"
                )
            self.advice.approve(name, command.reason)
            return f"{name} applied, UNPROVEN, from the next attempt on; u takes it back"
        return self._try(name, proposal)

    def _try(self, name: str, proposal: Proposal) -> str:
        """Start the trial that would prove a recommendation."""
        after = plain(proposal.after)
        at_least = predicted(proposal).get("low", 0.0)
        prepared = self._planner.prepare(proposal.setting, proposal.trader, after, at_least)
        refusal = self._planner.refusal(prepared)
        if refusal:
            raise RefusedError(f"{name} cannot be tried: {refusal}")
        return self._begin(name, proposal, prepared)

    def _begin(self, name: str, proposal: Proposal, prepared: Prepared) -> str:
        started = self._planner.started(prepared, name, self._promised(proposal, prepared))
        self.advice.try_out(name, proposal, started)
        length = prepared.length
        return (
            f"{started.trial} tries {name}: a verdict in about {length.attempts:,} attempts, "
            f"{length.sessions:,} session{'s' * (length.sessions != 1)}; X stops it"
        )

    def _promised(self, proposal: Proposal, prepared: Prepared) -> dict[str, float]:
        """What a trial is held to, in dollars a trader-hour; empty for nothing."""
        told = predicted(proposal)
        if not told:
            return {}
        trials, rate = self._context.state.trials, prepared.plan.rate
        effect, wider = told["effect"], Z95 / proposal.z
        low, high = (effect + wider * (told[end] - effect) for end in ("low", "high"))
        held = trials.promised(effect, low, high, rate)
        return dict(zip(("effect", "low", "high"), held, strict=True))

    # ------------------------------------------------------------------ asked for by an operator

    def _trial(self, command: Command) -> str:
        if self._ending():
            raise RefusedError(NO_NEXT_ATTEMPT)
        typed = typed_trial(str(command.args.get("word", "")))
        lever = typed.lever
        prepared = self._planner.prepare(lever.setting, typed.trader, typed.value, gain=typed.gain)
        told = self.advice.expected(lever.setting, typed.trader, prepared.after)
        proposal = asked_trial(lever, prepared, told, self._context.moment.epoch_s)
        answered = self.advice.answered(proposal)
        refusal = answered or self._planner.refusal(prepared, typed=True)
        if refusal:
            raise RefusedError(refusal)
        return self._begin(self.advice.asked_for(proposal), proposal, prepared)

    def _stop_trial(self, command: Command) -> str:
        trials = self._context.state.trials
        running = trials.running()
        name = command.target
        if name == "*" and len(running) == 1:
            name = running[0].name
        record = trials.records.get(name)
        if record is None:
            names = ", ".join(each.name for each in running) or "none"
            raise RefusedError(f"there is no trial {name}; running: {names}")
        if not record.running:
            raise RefusedError(f"{name} has ended: {record.ended.end if record.ended else ''}")
        reason = command.reason.strip() or "an operator ended it"
        self.advice.trials.stop(record, f"Stopped: {reason}.")
        return f"{name} stopped; the former values are in force"

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
        applied = list(self.advice.in_force.applied)
        name = applied[-1] if command.target == "*" and applied else command.target
        if name not in self.advice.in_force.applied:
            raise RefusedError("nothing applied to take back")
        self.advice.in_force.take_back(name, "undone", command.reason)
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
