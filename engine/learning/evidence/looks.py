"""Looks taken once: what a look found stands, however often it is asked for, until the next."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from engine.learning.evidence.cells import Cells, HourCells
from engine.learning.evidence.contrasts import BlockContrast, dropped_hour, within_blocks
from engine.learning.evidence.promising import Finding, arm_look, hour_look, judge, look_error
from engine.learning.harm import Conduct


class Looks:
    """The last look at each comparison; single-threaded.

    Whoever reads a finding after every attempt reads the same until the next look is due. Between
    looks a finding can only get weaker: where the gain is gone it is promising no more.
    """

    def __init__(self) -> None:
        self._taken: dict[Hashable, tuple[int, Finding]] = {}

    def at_arms(
        self,
        arms: tuple[Hashable, Hashable],
        cells: Cells,
        smallest: float,
        *,
        comparisons: int,
        conduct: tuple[Conduct, Conduct],
        loss_room: float,
    ) -> Finding | None:
        """What the last look at two values of a setting found; None before the first.

        Args:
            arms: the values, before and after.
            cells: of both, so far.
            smallest: the smallest gain worth having, dollars a trader-hour.
            comparisons: differences from which the one is chosen that is advised.
            conduct, loss_room: see `judge`.
        """
        look = arm_look(cells.pairs())
        due, taken = self._due(arms, look)
        if due:
            contrast = within_blocks(cells, look_error(look, comparisons))
            return self._keep(arms, look, judge(contrast, smallest, conduct, loss_room))
        if taken is None or not taken.promising:
            return taken
        return _since(taken, within_blocks(cells, look_error(max(look, 1), comparisons)))

    def at_hour(
        self,
        hour: int,
        cells: HourCells,
        smallest: float,
        *,
        comparisons: int,
        conduct: tuple[Conduct, Conduct],
        loss_room: float,
    ) -> Finding | None:
        """What the last look at leaving out an exchange hour found; None before the first.

        Args:
            hour: the exchange hour, which is over.
            cells: of all hours that are over, of one session or several.
            smallest, comparisons, conduct, loss_room: see `at_arms`.
        """
        sessions = np.unique(cells.session[cells.hour == hour])
        inside = np.isin(cells.session, sessions) & (cells.hour != hour)
        others = len(np.unique(cells.session[inside] * 24 + cells.hour[inside]))
        look = hour_look(others) if len(sessions) else 0
        due, taken = self._due(hour, look)
        if due:
            contrast = dropped_hour(cells, hour, look_error(look, comparisons))
            return self._keep(hour, look, judge(contrast, smallest, conduct, loss_room))
        if taken is None or not taken.promising:
            return taken
        return _since(taken, dropped_hour(cells, hour, look_error(max(look, 1), comparisons)))

    def _due(self, subject: Hashable, look: int) -> tuple[bool, Finding | None]:
        number, finding = self._taken.get(subject, (0, None))
        return look > number, finding

    def _keep(self, subject: Hashable, look: int, finding: Finding) -> Finding:
        self._taken[subject] = look, finding
        return finding


def _since(finding: Finding, now: BlockContrast) -> Finding:
    """A finding in favour, unless the gain is gone since its look."""
    if now.difference is not None and now.difference.effect > 0:
        return finding
    return replace(finding, promising=False, against=("Since the look the gain is gone.",))
