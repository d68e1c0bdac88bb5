"""Answers of a study: better, worse, or no answer, each about one kind of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.study.statistics import Interval


@dataclass(frozen=True, slots=True)
class Answer:
    """What the study says of an arm: better, worse, or no answer, and why.

    Args:
        arm: its name.
        days: the kind of days that it is about, simulated or recorded.
        answer, reason: in words.
    """

    arm: str
    days: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Compared:
    """An arm's primary figure against others, under one fill model.

    Args:
        control, placebo: mean difference from either on the days compared on.
        held_out: from the control on the held-out days; None where there are none.
    """

    control: Interval
    placebo: Interval
    held_out: Interval | None


def answer_of(arm: str, days: str, compared: Mapping[str, Compared]) -> Answer:
    """Only what every fill model, the placebo and the held-out days agree on is an answer.

    Args:
        arm: its name.
        days: their kind.
        compared: by fill model; empty where no day of this kind is compared on.
    """
    answer, reason = _answer(compared)
    return Answer(arm, days, answer, reason)


def _answer(compared: Mapping[str, Compared]) -> tuple[str, str]:
    if not compared:
        return "no answer", "held-out days alone only confirm"
    signs: dict[str, int] = {}
    for model, each in compared.items():
        if each.control.low is None:
            return "no answer", "two days or more are needed"
        signs[model] = each.control.sign if each.control.sign == each.placebo.sign else 0
        if each.control.sign and not signs[model]:
            return "no answer", f"under {model} it does not differ from the placebo"
    if set(signs.values()) >= {1, -1}:
        better = ", ".join(model for model, sign in signs.items() if sign > 0)
        worse = ", ".join(model for model, sign in signs.items() if sign < 0)
        return "no answer", f"the fill models contradict: better by {better}, worse by {worse}"
    if 0 in signs.values():
        open_ = " and ".join(model for model, sign in signs.items() if not sign)
        return "no answer", f"the interval spans zero under {open_}"
    sign = next(iter(signs.values()))
    against = [model for model, each in compared.items() if not _confirmed(each, sign)]
    if against:
        return "no answer", f"the held-out days do not confirm it under {' and '.join(against)}"
    under = " and ".join(compared) + (" alone" if len(compared) == 1 else "")
    held_out = any(each.held_out is not None for each in compared.values())
    held = "held-out days too" if held_out else "none held out"
    return "better" if sign > 0 else "worse", f"under {under}; {held}"


def _confirmed(compared: Compared, sign: int) -> bool:
    """Whether the held-out days, if any, point the same way."""
    if compared.held_out is None:
        return True
    mean = compared.held_out.mean
    return mean is not None and mean * sign > 0
