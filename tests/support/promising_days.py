"""Looks at a drawn day as a desk takes them: when one is due, at the end of a quarter hour."""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.learning.evidence.cells import Cells, HourCells, width_class
from engine.learning.evidence.contrasts import within_blocks
from engine.learning.evidence.looks import Asked, Looks
from engine.learning.evidence.promising import (
    FIRST_OTHER_HOURS,
    Finding,
    arm_look,
    smallest_effect,
)
from tests.support.desk_days import Day, Whole

_WIDTHS = np.array([width_class(width) for width in range(2001)])
_PHASES_END = np.array([585, 690, 840, 945])


def look_at_arms(looks: Looks, cells: Cells, asked: Asked) -> Finding | None:
    """What the last look at two arms found; None before the first."""
    return looks.at("arms", arm_look(cells.pairs()), partial(within_blocks, cells), asked)


def promising_arm(day: Day) -> bool:
    """Whether any look of the day found the second arm promising."""
    whole = Cells.summed(
        (day.minute // 15).astype(np.int64),
        (day.chain * 8 + _phases(day)) * 64 + _widths(day),
        day.arm,
        day.dollars,
        day.seconds,
    )
    looks = Looks()
    for end in np.unique(whole.block):
        cells = whole.where(whole.block <= end)
        finding = look_at_arms(looks, cells, Asked(_smallest(cells), 1))
        if finding is not None and finding.promising:
            return True
    return False


def promising_hours(day: Day) -> list[int]:
    """The exchange hours that any look of the day found promising to leave out."""
    hour = (day.minute // 60).astype(np.int64)
    stratum = day.chain * 64 + _widths(day)
    whole = HourCells.summed(np.zeros_like(hour), hour, stratum, day.dollars, day.seconds)
    hours = np.unique(hour).tolist()
    looks = Looks()
    found: set[int] = set()
    for end in hours[FIRST_OTHER_HOURS:]:
        cells = whole.where(whole.hour <= end)
        for each in range(hours[0], end + 1):
            finding = looks.at_hour(each, cells, Asked(_smallest(cells), len(hours)))
            if finding is not None and finding.promising:
                found.add(each)
    return sorted(found)


def _smallest(cells: Cells | HourCells) -> float:
    return smallest_effect(3600 * float(cells.dollars.sum() / cells.seconds.sum()))


def _phases(day: Day) -> Whole:
    return np.searchsorted(_PHASES_END, day.minute, side="right").astype(np.int64)


def _widths(day: Day) -> Whole:
    return _WIDTHS[np.minimum(day.width_c, 2000).astype(np.int64)]
