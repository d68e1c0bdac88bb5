"""Advice from values that were tried: the dollars of attempts with another value of one setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.learning.evidence.answers import Answers
from engine.learning.evidence.arms import ArmSums
from engine.learning.evidence.contrasts import BlockContrast, scaled, within_blocks
from engine.learning.evidence.looks import Asked, Looks
from engine.learning.evidence.promising import ERROR, FIRST_PAIRS, arm_look
from engine.learning.proposals import Proposal
from engine.learning.proposing.advised import Change, advised, strength
from engine.learning.proposing.levers import (
    DESK,
    TRIED,
    DeskNow,
    Lever,
    LiveSettings,
    bounds,
    shown,
)

LEAST_TRIED: Final = 10
"""Attempts below which a value counts as not tried."""


def tried_values(
    told: Answers, now: DeskNow, looks: Looks, smallest: float | None
) -> list[Proposal]:
    """For the desk and each trader the best value of each setting that was tried.

    A value is advised for all where every trader uses the same now; for one trader where it differs
    from the others, or where the desk has more than one.

    Args:
        told: what attempts tell so far.
        now: what is in use.
        looks: keeps what each look found.
        smallest: the smallest gain worth having, dollars a trader-hour; None before it is set.
    """
    found: list[Proposal] = []
    for lever in TRIED:
        for trader, live in _whom(now, lever):
            best = _best(told, now, looks, smallest, lever, trader, live)
            if best is not None:
                found.append(best)
    return found


def _whom(now: DeskNow, lever: Lever) -> Iterator[tuple[str | None, LiveSettings]]:
    everyone = now.traders
    if everyone and now.common(lever) is not None and not any(t.busy for t in everyone.values()):
        yield None, next(iter(everyone.values()))
    if len(everyone) > 1:
        yield from ((key, live) for key, live in everyone.items() if not live.busy)


def _best(
    told: Answers,
    now: DeskNow,
    looks: Looks,
    smallest: float | None,
    lever: Lever,
    trader: str | None,
    live: LiveSettings,
) -> Proposal | None:
    """The change of a setting with the most to be said for it; None where nothing is."""
    if told.tried(lever.field, trader) < 2:
        return None
    arms = told.arms(lever.field, trader)
    before = live.value(lever)
    others = [
        value
        for value, arm in arms.items()
        if value != before and arm.attempts >= LEAST_TRIED and _allowed(lever, value, live)
    ]
    if before not in arms or not others:
        return None
    asked = _Question(lever, trader, live, before, len(others))
    judged = [_judged(told, now, looks, smallest, asked, value, arms) for value in others]
    return max((each for each in judged if each is not None), key=strength, default=None)


@dataclass(frozen=True, slots=True)
class _Question:
    """One comparison: whose setting, its live values, and how many it is chosen from."""

    lever: Lever
    trader: str | None
    live: LiveSettings
    before: Any
    comparisons: int


def _judged(
    told: Answers,
    now: DeskNow,
    looks: Looks,
    smallest: float | None,
    asked: _Question,
    after: Any,
    arms: Mapping[Any, ArmSums],
) -> Proposal | None:
    """A comparison as advice; None where the estimate speaks against it."""
    lever, trader, before = asked.lever, asked.trader, asked.before
    sides = arms[before], arms[after]
    cells = told.compared(lever.field, before, after, trader=trader, budgeted=now.budgeted)
    # Where orders are scarce dollars an attempt count, at the attempts that an hour has now.
    hourly = sides[0].attempts * 3600 / max(sides[0].seconds, 1.0)

    def contrast(error: float) -> BlockContrast:
        if now.budgeted:
            return scaled(within_blocks(cells, error, "attempt"), hourly)
        return within_blocks(cells, error)

    finding = looks.at(
        (lever.field, trader, before, after),
        arm_look(cells.pairs()),
        contrast,
        Asked(smallest, asked.comparisons, (sides[0].conduct, sides[1].conduct), now.loss_room),
    )
    gap = contrast(ERROR).difference if finding is None else finding.contrast.difference
    if gap is None or gap.effect <= 0:
        return None
    words = [
        (shown(lever, value), side) for value, side in zip((before, after), sides, strict=True)
    ]
    change = Change(
        lever.kind, trader or DESK, lever.setting, before, after, bounds(lever, asked.live)
    )
    missing = f"{cells.pairs()} of {FIRST_PAIRS} quarter hours in which both were tried"
    if now.budgeted:
        missing = f"{cells.pairs()} of {FIRST_PAIRS} sessions in which both were tried"
    return advised(change, finding, missing, words, (), now.now_s)


def _allowed(lever: Lever, value: Any, live: LiveSettings) -> bool:
    return lever.field != "contracts" or live.min_contracts <= value <= live.max_contracts
