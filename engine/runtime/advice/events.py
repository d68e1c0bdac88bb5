"""A recommendation as its row in the journal, read back from it, and as a trial takes it."""

from __future__ import annotations

from typing import Any, Final

from engine.learning.estimators import Z95, Difference
from engine.learning.proposals import DOLLARS, REVERT_RULE, Proposal, unit_of
from engine.learning.verdicts import Verdict
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.trials.levers import Lever
from engine.runtime.trials.starting import Prepared

EXPIRES_AFTER_S: Final = 1800.0
"""Engine seconds after which the attempts must say again what a recommendation says."""


class RecommendationRows:
    """Names recommendations, and writes down in the journal what they say and what comes of them.

    Args:
        context: the desk.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._count = 0

    def next_name(self) -> str:
        """A name that no recommendation of the run has had."""
        self._count += 1
        return f"R{self._count}"

    def known(self, name: str) -> None:
        """A name of an earlier run or process is taken."""
        self._count = max(self._count, int(name.lstrip("R") or 0))

    def say(self, name: str, proposal: Proposal) -> None:
        """Write down what a recommendation says now."""
        expires_s = proposal.made_s + EXPIRES_AFTER_S
        self._context.emit(recommended(self._context.moment.at_ms, name, proposal, expires_s))

    def note(self, name: str, outcome: str, reason: str, *, by_program: bool = False) -> None:
        """Write down what came of a recommendation."""
        at_ms = self._context.moment.at_ms
        self._context.emit(ev.RecommendationSettled(at_ms, name, outcome, reason, by_program))


def recommended(at_ms: int, name: str, proposal: Proposal, expires_s: float) -> ev.Recommended:
    """The row of a recommendation with all its evidence.

    Args:
        at_ms: epoch milliseconds.
        name: the recommendation's.
        proposal: what is advised.
        expires_s: epoch seconds after which the attempts must say so again.
    """
    evidence = {
        "setting": proposal.setting,
        "bounds": proposal.bounds,
        "unit": proposal.unit,
        "effect": _rounded(proposal.effect),
        "effect_low": _rounded(proposal.effect_low),
        "effect_high": _rounded(proposal.effect_high),
        "z": round(proposal.z, 6),
        "arms": [
            {
                "label": arm.label,
                "k": arm.k,
                "n": arm.n,
                "lots_per_attempt": arm.lots_per_attempt,
                "dollars_per_hour": _rounded(arm.dollars_per_hour),
            }
            for arm in proposal.arms
        ],
        "evidence": list(proposal.evidence),
        "revert_rule": proposal.revert_rule,
        "expires_s": expires_s,
    }
    return ev.Recommended(
        at_ms,
        name,
        proposal.trader,
        proposal.kind,
        plain(proposal.before),
        plain(proposal.after),
        proposal.verdict.value,
        evidence,
    )


def proposal_of(made: ev.Recommended) -> Proposal:
    """An approved proposal as far as its row tells; enough to watch it and take it back."""
    evidence = made.evidence
    return Proposal(
        kind=made.kind,
        trader=made.trader,
        setting=evidence.get("setting", ""),
        before=made.before,
        after=made.after,
        bounds=evidence.get("bounds", ""),
        verdict=Verdict(made.verdict),
        unit=unit_of(evidence),
        effect=evidence.get("effect"),
        effect_low=evidence.get("effect_low"),
        effect_high=evidence.get("effect_high"),
        arms=(),
        evidence=(),
        revert_rule=evidence.get("revert_rule", ""),
        made_s=made.at_ms / 1000,
        z=evidence.get("z", Z95),
    )


def asked_trial(
    lever: Lever, prepared: Prepared, told: Difference | None, now_s: float
) -> Proposal:
    """What an operator wants tried.

    Args:
        lever: that was typed.
        prepared: the trial.
        told: what the attempts say of its effect; None where they say nothing.
        now_s: epoch seconds.
    """
    before = next(iter(prepared.before.values()))
    return Proposal(
        lever.word.upper(),
        prepared.trader,
        lever.setting,
        before,
        prepared.after,
        lever.values,
        Verdict.UNPROVEN,
        DOLLARS,
        None if told is None else told.effect,
        None if told is None else told.low,
        None if told is None else told.high,
        (),
        (
            "An operator asked for this trial; no attempts speak for it."
            if told is None
            else "An operator asked for this trial; its effect is computed from attempts so far.",
        ),
        REVERT_RULE,
        now_s,
    )


def predicted(proposal: Proposal) -> dict[str, float]:
    """The effect that a recommendation promises, in dollars a trader-hour; empty for none."""
    low, high = proposal.effect_low, proposal.effect_high
    if proposal.unit != DOLLARS or proposal.effect is None or low is None or high is None:
        return {}
    return {"effect": proposal.effect, "low": low, "high": high}


def plain(value: Any) -> Any:
    """A setting's value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
