"""What attempts tell so far: arms, comparisons within blocks, and what could be left out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from engine.learning.attempt_results import AttemptSettings
from engine.learning.borrowing.estimates import ChainDay
from engine.learning.borrowing.spells import BlockSums
from engine.learning.evidence.amounts import (
    ASKED,
    BOTH,
    DOLLARS,
    FILLS,
    OF_ARMS,
    OTHER,
    PROMISED,
    PROMISED2,
    SECONDS,
    N,
)
from engine.learning.evidence.arms import ArmSums, LeverValues
from engine.learning.evidence.cells import (
    BLOCKS_AN_HOUR,
    FLOOR_STEPS,
    Bools,
    Cells,
    Floats,
    HourCells,
    Whole,
    numbered,
    summed,
)
from engine.learning.evidence.realised import PromisedSums
from engine.learning.evidence.table import Part, Table
from engine.learning.harm import Conduct

_OF_CELLS: Final = (N, DOLLARS, SECONDS)
_OF_PROMISES: Final = (FILLS, PROMISED, DOLLARS, PROMISED2, BOTH)
_HOURS_A_DAY: Final = 24
_AN_HOUR_S: Final = 3600.0


class LeftOut(NamedTuple):
    """Attempts that could be left out, by block of time, one an entry.

    Args:
        n, dollars: how many there are, and what they came to.
        seconds: the traders' time of all attempts of the block, left out or not.
    """

    n: Floats
    dollars: Floats
    seconds: Floats


class Answers:
    """Answers questions about the attempts of a table; made for a round of them, then dropped.

    Blocks, values and strata come in the order in which they were first tried, and sums are added
    in the order in which cells were begun.

    Args:
        table: their sums.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._many_traders = len(table.traders)
        self._many_settings = len(table.settings_of)
        self._hours = table.quarter // BLOCKS_AN_HOUR
        self._levers: dict[str, LeverValues] = {}
        self._tried: dict[str, tuple[int, Whole]] = {}

    # ------------------------------------------------------------------ arms

    def arms(self, lever: str, trader: str | None = None) -> Mapping[Any, ArmSums]:
        """Attempts by value of a setting, in the order in which values were first tried.

        Args:
            lever: a field of AttemptSettings, or "delay" for both its bounds.
            trader: whose attempts; None for everyone's.
        """
        part, values = self._table.part(trader), self._values(lever)
        of = values.number[part.settings]
        group, first = numbered(of)
        sums = part.summed(OF_ARMS, group, len(first)).T.tolist()
        tried = of[first].tolist()
        return {values.values[n]: ArmSums.of(row) for n, row in zip(tried, sums, strict=True)}

    def tried(self, lever: str, trader: str | None = None) -> int:
        """How many values of a setting were tried; the arguments as for `arms`."""
        if lever not in self._tried:
            _, first = self._pairs
            value = self._values(lever).number[self._table.settings[first]]
            tried = np.unique(self._table.trader[first] * self._many_settings + value)
            own = np.bincount(tried // max(self._many_settings, 1), minlength=self._many_traders)
            self._tried[lever] = len(np.unique(value)), own
        everyone, own = self._tried[lever]
        if trader is None:
            return everyone
        at = self._table.number_of(trader)
        return 0 if at is None else int(own[at])

    def total(self, trader: str | None = None) -> ArmSums:
        """All attempts of a trader, or (None) of everyone."""
        at = 0 if trader is None else self._table.number_of(trader)
        if at is None:
            return ArmSums.of((0.0,) * len(OF_ARMS))
        return ArmSums.of((self._everyone if trader is None else self._own)[:, at].tolist())

    def compared(
        self,
        lever: str,
        before: Hashable,
        after: Hashable,
        *,
        trader: str | None = None,
        budgeted: bool = False,
    ) -> Cells:
        """Two values of a setting within blocks, all other settings being equal.

        Args:
            lever, trader: see `arms`.
            before, after: the values.
            budgeted: orders are scarce, so that a block is a trader's session; else it is a quarter
                hour of the desk, because a spell may strike all chains alike.

        Raises:
            ValueError: both are the same.
        """
        if before == after:
            raise ValueError(f"both arms are {before!r}; compare two values")
        part, values = self._table.part(trader), self._values(lever)
        value = values.number[part.settings]
        is_after = value == values.number_of(after)
        chosen = np.flatnonzero(is_after | (value == values.number_of(before)))
        block = part.block[chosen]
        if budgeted:
            block = self._table.session[block] * self._many_traders + part.trader[chosen]
        like = values.others[part.settings[chosen]]
        block, _ = numbered(block)
        stratum, strata = numbered(part.stratum[chosen] * self._many_settings + like)
        cell, first = numbered(block * len(strata) + stratum)
        side = 2 * cell + is_after[chosen]
        sums = part.summed(_OF_CELLS, side, 2 * len(first), chosen).reshape(3, -1, 2)
        return Cells(block[first], stratum[first], *sums)

    def by_block(
        self, lever: str, value: Hashable, trader: str | None = None
    ) -> tuple[Floats, Floats]:
        """Dollars and hours of attempts with a value of a setting, by quarter hour.

        Args:
            lever, trader: see `arms`.
            value: of the setting.
        """
        part, values = self._table.part(trader), self._values(lever)
        chosen = values.number[part.settings] == values.number_of(value)
        group, first = numbered(part.block[chosen])
        hours = part.column(SECONDS)[chosen] / _AN_HOUR_S
        (dollars,) = part.summed((DOLLARS,), group, len(first), chosen)
        return dollars, summed(hours, group, len(first))

    # ------------------------------------------------------------------ what could be left out

    def below_floor(self, step: float, *, by_session: bool = False) -> LeftOut:
        """Attempts on pairs whose floor was below a step of FLOOR_STEPS, of all of them.

        Args:
            step: dollars a share.
            by_session: orders are scarce, so that a block is a session; else a quarter hour.
        """
        everything, table = self._table.part(None), self._table
        group, groups = self._blocks(everything, by_session)
        of_block = np.zeros(len(table.session), np.int64)
        of_block[table.block] = group
        block, reached, n, dollars = table.floors()
        below = reached <= FLOOR_STEPS.index(step)
        at = of_block[block[below]]
        (seconds,) = everything.summed((SECONDS,), group, groups)
        return LeftOut(summed(n[below], at, groups), summed(dollars[below], at, groups), seconds)

    def of_trader(self, trader: str, *, by_session: bool = False) -> LeftOut:
        """A trader's attempts, all of which are left out; `by_session` as in `below_floor`."""
        part = self._table.part(trader)
        return LeftOut(*part.summed(_OF_CELLS, *self._blocks(part, by_session)))

    def of_hour(self, hour: int) -> LeftOut:
        """Everyone's attempts in an exchange hour, of those of all hours, by quarter hour."""
        part = self._table.part(None)
        group, groups = self._blocks(part, False)
        chosen = self._hours[part.block] == hour
        left = part.summed((N, DOLLARS), group[chosen], groups, chosen)
        return LeftOut(*left, *part.summed((SECONDS,), group, groups))

    def _blocks(self, part: Part, by_session: bool) -> tuple[Whole, int]:
        """The number of the block of each cell, and how many blocks there are."""
        group, first = numbered(self._table.session[part.block] if by_session else part.block)
        return group, len(first)

    # ------------------------------------------------------------------ promises

    def others_gain(self, objective: str, trader: str | None = None) -> tuple[Floats, Floats]:
        """What the other objective would have promised more than this one, by block.

        Returns:
            Attempts asked, and dollars of floor gained over all of them had each filled whole.
        """
        part, chosen = self._with_objective(objective, trader, ASKED)
        group, first = numbered(part.block[chosen])
        asked, gain = part.summed((ASKED, OTHER), group, len(first), chosen)
        return asked, gain

    def promised(self, objective: str, trader: str | None = None) -> PromisedSums:
        """What fills promised and made, by block, trader and settings; see `others_gain`."""
        part, chosen = self._with_objective(objective, trader, FILLS)
        block = part.block[chosen]
        code = block * self._many_traders + part.trader[chosen]
        group, first = numbered(code * self._many_settings + part.settings[chosen])
        return PromisedSums(block[first], *part.summed(_OF_PROMISES, group, len(first), chosen))

    def _with_objective(
        self, objective: str, trader: str | None, column: int
    ) -> tuple[Part, Bools]:
        """A trader's cells, and which of them have the objective and a count in a column."""
        part, values = self._table.part(trader), self._values("objective")
        is_it = values.number[part.settings] == values.number_of(objective)
        return part, is_it & (part.column(column) > 0)

    # ------------------------------------------------------------------ hours and days

    def hours(self, trader: str | None = None) -> HourCells:
        """Attempts by exchange hour; strata are trader and quoted width.

        The phase is left out: hours hardly share one, and it is told by the hour as well.
        """
        part, table = self._table.part(trader), self._table
        width = table.widths(part.stratum)
        stratum, strata = numbered(part.trader * (int(width.max(initial=0)) + 1) + width)
        session, hour = table.session[part.block], self._hours[part.block]
        group, first = numbered((session * _HOURS_A_DAY + hour) * len(strata) + stratum)
        sums = part.summed(_OF_CELLS, group, len(first))
        return HourCells(session[first], hour[first], stratum[first], *sums)

    def hour_conduct(self, hour: int) -> tuple[Conduct, Conduct]:
        """What became of what filled in an exchange hour, and in all others."""
        part = self._table.part(None)
        other = (self._hours[part.block] != hour).astype(np.int64)
        inside, outside = part.summed(OF_ARMS, other, 2).T.tolist()
        return ArmSums.of(inside).conduct, ArmSums.of(outside).conduct

    def fills_by_block(
        self, counted: Callable[[str, AttemptSettings], bool]
    ) -> dict[ChainDay, dict[tuple[int, int], BlockSums]]:
        """Attempts, fills and dollars of each chain's day by quarter hour.

        Args:
            counted: whether a trader's attempts with these settings count.
        """
        table = self._table
        traders, settings = table.traders, table.settings_of
        pair, first = self._pairs
        pairs = zip(table.trader[first].tolist(), table.settings[first].tolist(), strict=True)
        counts = np.array([counted(traders[who], settings[what]) for who, what in pairs], np.bool_)
        chosen = counts[pair]
        block, trader = table.block[chosen], table.trader[chosen]
        group, first = numbered(block * self._many_traders + trader)
        sums = table.part(None).summed((N, FILLS, DOLLARS), group, len(first), chosen)
        moments = list(zip(table.session.tolist(), table.quarter.tolist(), strict=True))
        days: dict[ChainDay, dict[tuple[int, int], BlockSums]] = {}
        found = block[first].tolist(), trader[first].tolist(), sums.T.tolist()
        for at, who, row in zip(*found, strict=True):
            day = ChainDay(moments[at][0], traders[who])
            days.setdefault(day, {})[moments[at]] = BlockSums(*row)
        return days

    # ------------------------------------------------------------------ found once

    def _values(self, lever: str) -> LeverValues:
        found = self._levers.get(lever)
        if found is None:
            found = self._levers[lever] = LeverValues(lever, self._table.settings_of)
        return found

    @cached_property
    def _pairs(self) -> tuple[Whole, Whole]:
        """The number of each cell's trader and settings together; a cell of each number."""
        return numbered(self._table.trader * self._many_settings + self._table.settings)

    @cached_property
    def _everyone(self) -> Floats:
        everything = self._table.part(None)
        return everything.summed(OF_ARMS, np.zeros(len(everything), np.int64), 1)

    @cached_property
    def _own(self) -> Floats:
        """Of each trader, by number."""
        return self._table.part(None).summed(OF_ARMS, self._table.trader, self._many_traders)
