"""Looks taken once: what a look found stands, however often it is asked for, until the next."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from engine.learning.evidence.cells import HourCells
from engine.learning.evidence.contrasts import (
    BlockContrast,
    Per,
    dropped_hour,
    scaled,
)
from engine.learning.evidence.promising import Finding, hour_look, judge, look_error
from engine.learning.harm import Conduct


@dataclass(frozen=True, slots=True)
class Asked:
    """What a look is asked about a contrast.

    Args:
        smallest: the smallest gain worth having, in the contrast's unit; None before it is set,
            and no look is taken then.
        comparisons: differences from which the one is chosen that is advised.
        conduct: of both arms' cycles, before and after.
        loss_room: dollars that the desk may lose; 0 or less where it has no such limit.
    """

    smallest: float | None
    comparisons: int
    conduct: tuple[Conduct, Conduct] = (Conduct(), Conduct())
    loss_room: float = 0.0


class Looks:
    """The last look at each comparison; single-threaded.

    Whoever reads a finding after every attempt reads the same until the next look is due. Between
    looks a finding can only get weaker: where the gain is gone it is promising no more.
    """

    def __init__(self) -> None:
        self._taken: dict[Hashable, tuple[int, Finding]] = {}

    def at_hour(
        self,
        hour: int,
        cells: HourCells,
        asked: Asked,
        per: Per = "trader-hour",
        factor: float = 1.0,
    ) -> Finding | None:
        """What the last look at leaving out an exchange hour found; None before the first.

        Args:
            hour: the exchange hour, which is over.
            cells: of all hours that are over, of one session or several.
            asked: about dollars a trader-hour.
            per, factor: what dollars are compared by, and what makes a trader-hour of it.
        """
        sessions = np.unique(cells.session[cells.hour == hour])
        inside = np.isin(cells.session, sessions) & (cells.hour != hour)
        others = len(np.unique(cells.session[inside] * 24 + cells.hour[inside]))
        look = hour_look(others) if len(sessions) else 0
        return self.at(
            ("hour", hour),
            look,
            lambda error: scaled(dropped_hour(cells, hour, error, per), factor),
            asked,
        )

    def at(
        self,
        subject: Hashable,
        look: int,
        contrast: Callable[[float], BlockContrast],
        asked: Asked,
    ) -> Finding | None:
        """What the last look at a comparison found; None before the first.

        Args:
            subject: which comparison.
            look: how many looks it has reached.
            contrast: the difference so far, by the two-sided error of its interval.
            asked: see Asked.
        """
        number, taken = self._taken.get(subject, (0, None))
        if look > number and asked.smallest is not None:
            error = look_error(look, asked.comparisons)
            found = judge(contrast(error), asked.smallest, asked.conduct, asked.loss_room)
            finding = replace(found, z=NormalDist().inv_cdf(1 - error / 2))
            self._taken[subject] = look, finding
            return finding
        if taken is None or not taken.promising:
            return taken
        return _since(taken, contrast(look_error(max(look, 1), asked.comparisons)))


def _since(finding: Finding, now: BlockContrast) -> Finding:
    """A finding in favour, unless the gain is gone since its look."""
    if now.difference is not None and now.difference.effect > 0:
        return finding
    return replace(finding, promising=False, against=("Since the look the gain is gone.",))
