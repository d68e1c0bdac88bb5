"""Looks at a drawn day as a desk takes them: when one is due, at the end of a quarter hour."""

from __future__ import annotations

import numpy as np

from engine.learning.evidence.cells import Cells, HourCells, width_class
from engine.learning.evidence.contrasts import dropped_hour, within_blocks
from engine.learning.evidence.promising import (
    arm_look,
    hour_look,
    judge,
    look_error,
    smallest_effect,
)
from engine.learning.harm import Conduct
from tests.support.desk_days import Day, Whole

_WIDTHS = np.array([width_class(width) for width in range(2001)])
NO_HARM = (Conduct(), Conduct())

_PHASES_END = np.array([585, 690, 840, 945])


def promising_arm(day: Day) -> bool:
    """Whether any look of the day found the second arm promising."""
    whole = Cells.summed(
        (day.minute // 15).astype(np.int64),
        (day.chain * 8 + _phases(day)) * 64 + _widths(day),
        day.arm,
        day.dollars,
        day.seconds,
    )
    taken = 0
    for end in np.unique(whole.block):
        cells = whole.where(whole.block <= end)
        look = arm_look(cells.pairs())
        if look > taken:
            taken = look
            smallest = smallest_effect(3600 * cells.dollars.sum() / cells.seconds.sum())
            if judge(within_blocks(cells, look_error(look)), smallest, NO_HARM, 0.0).promising:
                return True
    return False


def promising_hours(day: Day) -> list[int]:
    """The exchange hours that any look of the day found promising to leave out."""
    hour = (day.minute // 60).astype(np.int64)
    stratum = day.chain * 64 + _widths(day)
    whole = HourCells.summed(np.zeros_like(hour), hour, stratum, day.dollars, day.seconds)
    hours = np.unique(hour).tolist()
    taken = 0
    found: set[int] = set()
    for count, end in enumerate(hours):
        look = hour_look(count)
        first = look > taken
        taken = look
        cells = whole.where(whole.hour <= end)
        smallest = smallest_effect(3600 * cells.dollars.sum() / cells.seconds.sum())
        for each in hours[: count + 1] if first else [end] if look else []:
            contrast = dropped_hour(cells, each, look_error(look, comparisons=len(hours)))
            if judge(contrast, smallest, NO_HARM, 0.0).promising:
                found.add(each)
    return sorted(found)


def _phases(day: Day) -> Whole:
    return np.searchsorted(_PHASES_END, day.minute, side="right").astype(np.int64)


def _widths(day: Day) -> Whole:
    return _WIDTHS[np.minimum(day.width_c, 2000).astype(np.int64)]
