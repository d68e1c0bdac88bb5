"""What attempts taught so far: sums by quarter hour, trader, phase, quoted width and settings.

Memory grows with the quarter hours traded, not with the attempts, and holds twenty sessions.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np

from engine.learning.attempt_results import AttemptResult, AttemptSettings
from engine.learning.borrowing.estimates import ChainDay
from engine.learning.borrowing.spells import BlockSums
from engine.learning.evidence.cells import (
    BLOCK_MINUTES,
    Cells,
    CellTable,
    Floats,
    HourCells,
    Stratum,
    width_class,
)
from engine.learning.evidence.realised import PromisedSums
from engine.learning.evidence.sum_rows import Row, SumRows
from engine.learning.harm import Conduct

SESSIONS_KEPT: Final = 20
"""Sessions whose attempts are evidence; older ones are dropped."""

BLOCKS_AN_HOUR: Final = 60 // BLOCK_MINUTES

_N, _FILLS, _LOTS, _UNITS, _COMPLETED, _HUNG, _ASKED = range(7)
_DOLLARS, _SECONDS, _LOST, _OTHER, _PROMISED, _PROMISED2, _BOTH = range(7, 14)
_OF_PROMISES: Final = (_FILLS, _PROMISED, _DOLLARS, _PROMISED2, _BOTH)
_COUNTS: Final = 7
_SUMS: Final = 7

_NOTHING: Final = BlockSums(0.0, 0.0, 0.0)

_Block = tuple[int, int]
_Sums = list[float]
_Cell = tuple[_Block, Stratum, AttemptSettings, Row]
_Value = TypeVar("_Value", bound=Hashable)

_SETTINGS_BITS: Final = 32
_STRATUM: Final = (1 << _SETTINGS_BITS) - 1
_FOUND_FAST: Final = 3
"""Blocks, those used last, whose rows are found without a search: a result may come late."""


FLOOR_STEPS: Final = (0.05, 0.10, 0.20, 0.40)
"""Payoff floors, dollars a share, below which attempts are told apart."""

_BELOW: Final = (*FLOOR_STEPS, math.inf)


class LeftOut(NamedTuple):
    """Attempts that could be left out, by block of time, one an entry.

    Args:
        n, dollars: how many there are, and what they came to.
        seconds: the traders' time of all attempts of the block, left out or not.
    """

    n: Floats
    dollars: Floats
    seconds: Floats


@dataclass(frozen=True, slots=True)
class ArmSums:
    """Attempts with one value of a setting.

    Args:
        attempts, fills, lots: how many, how many of them filled, contracts filled.
        dollars, seconds: what they came to, and the traders' time they took.
        conduct: what became of what filled.
    """

    attempts: int
    fills: int
    lots: int
    dollars: float
    seconds: float
    conduct: Conduct

    @property
    def per_hour(self) -> float:
        """Dollars a trader-hour; 0.0 where no time passed."""
        return self.dollars * 3600 / self.seconds if self.seconds > 0 else 0.0


class _Numbers(Generic[_Value]):
    """Numbers of values from 0, in the order in which they first came."""

    __slots__ = ("_numbers", "values")

    def __init__(self) -> None:
        self._numbers: dict[_Value, int] = {}
        self.values: list[_Value] = []

    def of(self, value: _Value) -> int:
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number


class _BlockRows:
    """A block's sums: cells by settings and stratum, floors by trader and step."""

    __slots__ = ("cells", "floors")

    def __init__(self) -> None:
        self.cells = SumRows(_COUNTS, _SUMS)
        self.floors = SumRows(1, 1)

    def forget_places(self) -> None:
        self.cells.forget_places()
        self.floors.forget_places()


class _Listed:
    """Where a trader's cells are, and the settings that they differ by.

    Args:
        settings: in the order in which cells of them were begun.
        places: of each cell the number of its block, then of its row.
    """

    __slots__ = ("places", "settings")

    def __init__(self) -> None:
        self.places = array("I")
        self.settings: dict[AttemptSettings, None] = {}


_NO_CELLS: Final = _Listed()


class Evidence:
    """Sums the rows of attempts; an observer of AttemptResults, single-threaded.

    Rows of another venue or fill model begin new evidence: what was before is forgotten.

    Args:
        multiplier_of: a trader's contract multiplier.
    """

    def __init__(self, multiplier_of: Callable[[str], int] = lambda trader: 100) -> None:
        self._multiplier_of = multiplier_of
        self._blocks: dict[_Block, _BlockRows] = {}
        self._found_fast: list[_BlockRows] = []
        self._strata: _Numbers[Stratum] = _Numbers()
        self._settings: _Numbers[AttemptSettings] = _Numbers()
        self._sessions: list[int] = []
        self._listed: dict[str | None, _Listed] = {}
        self.venue = ""
        self.attempts = 0

    def observe(self, row: AttemptResult, sign: int) -> None:
        """Add a row, or take one back that was added before."""
        if row.venue != self.venue and sign < 0:
            return
        self.at_venue(row.venue)
        if row.session not in self._sessions:
            if sign < 0:
                return
            self._new_session(row.session)
        block = self._block((row.session, row.minute // BLOCK_MINUTES))
        stratum = Stratum(row.trader, row.phase, width_class(row.width_c))
        number = self._settings.of(row.settings) << _SETTINGS_BITS | self._strata.of(stratum)
        if block.cells.add(number, *self._amounts(row), sign):
            self._listed.clear()
        step = bisect_right(FLOOR_STEPS, row.floor)
        block.floors.add(step, (1,), (row.dollars,), sign)
        self.attempts += sign

    def _block(self, key: _Block) -> _BlockRows:
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = _BlockRows()
        found_fast = self._found_fast
        if block not in found_fast:
            found_fast.append(block)
            if len(found_fast) > _FOUND_FAST:
                found_fast.pop(0).forget_places()
        return block

    def _amounts(self, row: AttemptResult) -> tuple[tuple[int, ...], tuple[float, ...]]:
        asked = row.other_floor is not None
        gain = 0.0
        contracts = row.settings.contracts * self._multiplier_of(row.trader)
        promised = row.floor * contracts if row.filled else 0.0
        if row.other_floor is not None:
            gain = (row.other_floor - row.floor) * contracts
        counts = (
            1,
            int(row.filled > 0),
            row.filled,
            int(row.outcome != ""),
            int(row.outcome == "COMPLETE"),
            int(row.hung),
            int(asked),
        )
        return counts, (
            row.dollars,
            row.seconds,
            max(0.0, -row.dollars),
            gain,
            promised,
            promised * promised,
            promised * row.dollars,
        )

    def at_venue(self, venue: str) -> None:
        """Attempts are made at this venue from here on: those of another are forgotten."""
        if venue != self.venue:
            self._begin_anew(venue)

    def _begin_anew(self, venue: str) -> None:
        self._blocks.clear()
        self._found_fast.clear()
        self._strata, self._settings = _Numbers(), _Numbers()
        self._sessions.clear()
        self._listed.clear()
        self.venue, self.attempts = venue, 0

    def _new_session(self, session: int) -> None:
        self._sessions.append(session)
        if len(self._sessions) > SESSIONS_KEPT:
            gone = self._sessions.pop(0)
            self._listed.clear()
            for key in [each for each in self._blocks if each[0] == gone]:
                rows = self._blocks.pop(key).cells.rows()
                self.attempts -= round(sum(sums[_N] for _, sums in rows))

    @property
    def blocks(self) -> int:
        """Quarter hours in which anything was tried."""
        return len(self._blocks)

    # ------------------------------------------------------------------ what was tried

    def arms(self, lever: str, trader: str | None = None) -> Mapping[Any, ArmSums]:
        """Attempts by value of a setting, in the order in which values were first tried.

        Args:
            lever: a field of AttemptSettings, or "delay" for both its bounds.
            trader: whose attempts; None for everyone's.
        """
        found: dict[Any, _Sums] = {}
        for _, _, settings, sums in self._cells(trader):
            value = value_of(settings, lever)
            before = found.get(value)
            found[value] = list(sums if before is None else map(add, before, sums))
        return {value: _arm(sums) for value, sums in found.items()}

    def tried(self, lever: str, trader: str | None = None) -> int:
        """How many values of a setting were tried; the arguments as for `arms`."""
        return len({value_of(settings, lever) for settings in self._of(trader).settings})

    def total(self, trader: str | None = None) -> ArmSums:
        """All attempts of a trader, or (None) of everyone."""
        total = [0.0] * (_COUNTS + _SUMS)
        for _, _, _, sums in self._cells(trader):
            total = list(map(add, total, sums))
        return _arm(total)

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
        sides = {before: 0, after: 1}
        table = CellTable()
        for (session, quarter), stratum, settings, sums in self._cells(trader):
            side = sides.get(value_of(settings, lever))
            if side is not None:
                block = (session, stratum.trader) if budgeted else (session, quarter)
                part = sums[_N], sums[_DOLLARS], sums[_SECONDS]
                table.add(block, (stratum, _others(settings, lever)), side, part)
        return table.cells()

    def below_floor(self, step: float, *, by_session: bool = False) -> LeftOut:
        """Attempts on pairs whose floor was below a step of FLOOR_STEPS, of all of them.

        Args:
            step: dollars a share.
            by_session: orders are scarce, so that a block is a session; else a quarter hour.
        """
        parts = (
            (key, n, dollars)
            for key, block in self._blocks.items()
            for number, (n, dollars) in block.floors.rows()
            if _BELOW[number] <= step
        )
        return self._left_out(None, parts, by_session)

    def by_block(
        self, lever: str, value: Hashable, trader: str | None = None
    ) -> tuple[Floats, Floats]:
        """Dollars and hours of attempts with a value of a setting, by quarter hour.

        Args:
            lever, trader: see `arms`.
            value: of the setting.
        """
        blocks: dict[_Block, Floats] = {}
        for block, _, settings, sums in self._cells(trader):
            if value_of(settings, lever) == value:
                found = blocks.setdefault(block, np.zeros(2))
                found += (sums[_DOLLARS], sums[_SECONDS] / 3600)
        table = np.array(list(blocks.values())).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def of_trader(self, trader: str, *, by_session: bool = False) -> LeftOut:
        """A trader's attempts, all of which are left out; `by_session` as in `below_floor`."""
        parts = ((block, sums[_N], sums[_DOLLARS]) for block, _, _, sums in self._cells(trader))
        return self._left_out(trader, parts, by_session)

    def of_hour(self, hour: int) -> LeftOut:
        """Everyone's attempts in an exchange hour, of those of all hours, by quarter hour."""
        parts = (
            (block, sums[_N], sums[_DOLLARS])
            for block, _, _, sums in self._cells(None)
            if block[1] // BLOCKS_AN_HOUR == hour
        )
        return self._left_out(None, parts, False)

    def _left_out(
        self,
        trader: str | None,
        parts: Iterable[tuple[_Block, float, float]],
        by_session: bool,
    ) -> LeftOut:
        blocks: dict[Hashable, _Sums] = {}
        for block, _, _, sums in self._cells(trader):
            found = blocks.setdefault(block[0] if by_session else block, [0.0, 0.0, 0.0])
            found[2] += sums[_SECONDS]
        for block, n, dollars in parts:
            found = blocks[block[0] if by_session else block]
            found[0] += n
            found[1] += dollars
        return LeftOut(*np.array(list(blocks.values())).reshape(-1, 3).T)

    def others_gain(self, objective: str, trader: str | None = None) -> tuple[Floats, Floats]:
        """What the other objective would have promised more than this one, by block.

        Returns:
            Attempts asked, and dollars of floor gained over all of them had each filled whole.
        """
        blocks: dict[_Block, _Sums] = {}
        for block, _, settings, sums in self._cells(trader):
            if sums[_ASKED] and settings.objective == objective:
                found = blocks.setdefault(block, [0.0, 0.0])
                found[0] += sums[_ASKED]
                found[1] += sums[_OTHER]
        table = np.array(list(blocks.values())).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def promised(self, objective: str, trader: str | None = None) -> list[PromisedSums]:
        """What fills promised and made, by block, trader and settings; see `others_gain`."""
        groups: dict[tuple[_Block, str, AttemptSettings], tuple[float, ...]] = {}
        for block, stratum, settings, sums in self._cells(trader):
            if sums[_FILLS] and settings.objective == objective:
                place = block, stratum.trader, settings
                found = tuple(sums[each] for each in _OF_PROMISES)
                before = groups.get(place)
                groups[place] = found if before is None else tuple(map(add, before, found))
        return [PromisedSums(block, *found) for (block, _, _), found in groups.items()]

    def hours(self, trader: str | None = None) -> HourCells:
        """Attempts by exchange hour; strata are trader and quoted width.

        The phase is left out: hours hardly share one, and it is told by the hour as well.
        """
        strata: dict[tuple[str, int], int] = {}
        rows: dict[tuple[int, int, int], _Sums] = {}
        for (session, quarter), stratum, _, sums in self._cells(trader):
            code = strata.setdefault((stratum.trader, stratum.width), len(strata))
            key = (session, quarter // BLOCKS_AN_HOUR, code)
            row = rows.setdefault(key, [0.0, 0.0, 0.0])
            row[0] += sums[_N]
            row[1] += sums[_DOLLARS]
            row[2] += sums[_SECONDS]
        codes = np.array(list(rows), dtype=np.int64).reshape(-1, 3)
        figures = np.array(list(rows.values())).reshape(-1, 3)
        return HourCells(*codes.T, *figures.T)

    def fills_by_block(
        self, sessions: int, counted: Callable[[str, AttemptSettings], bool]
    ) -> dict[ChainDay, dict[tuple[int, int], BlockSums]]:
        """Attempts, fills and dollars of each chain's day by quarter hour.

        Args:
            sessions: how many of the latest ones.
            counted: whether a trader's attempts with these settings count.
        """
        latest = set(self._sessions[-sessions:])
        days: dict[ChainDay, dict[tuple[int, int], BlockSums]] = {}
        for block, stratum, settings, sums in self._cells(None):
            if block[0] in latest and counted(stratum.trader, settings):
                blocks = days.setdefault(ChainDay(block[0], stratum.trader), {})
                n, fills, dollars = blocks.get(block, _NOTHING)
                blocks[block] = BlockSums(
                    n + sums[_N], fills + sums[_FILLS], dollars + sums[_DOLLARS]
                )
        return days

    def hour_conduct(self, hour: int) -> tuple[Conduct, Conduct]:
        """What became of what filled in an exchange hour, and in all others."""
        sides = [[0.0] * (_COUNTS + _SUMS) for _ in range(2)]
        for (_, quarter), _, _, sums in self._cells(None):
            side = quarter // BLOCKS_AN_HOUR != hour
            sides[side] = list(map(add, sides[side], sums))
        return _arm(sides[0]).conduct, _arm(sides[1]).conduct

    def _cells(self, trader: str | None) -> Iterator[_Cell]:
        """The cells of a trader, or (None) all, in the order in which they were begun."""
        strata, settings = self._strata.values, self._settings.values
        if trader is None:
            for key, block in self._blocks.items():
                for number, sums in block.cells.rows():
                    yield key, strata[number & _STRATUM], settings[number >> _SETTINGS_BITS], sums
            return
        blocks = list(self._blocks.items())
        places = iter(self._of(trader).places)
        for key, block in (blocks[at] for at in places):
            at = next(places)
            number = block.cells.numbers[at]
            stratum = strata[number & _STRATUM]
            yield key, stratum, settings[number >> _SETTINGS_BITS], block.cells.row(at)

    def _of(self, trader: str | None) -> _Listed:
        """Where the cells are of a trader, or (None) all; kept until one begins or is gone."""
        if not self._listed:
            everyone = self._listed[None] = _Listed()
            strata, settings = self._strata.values, self._settings.values
            for at_block, block in enumerate(self._blocks.values()):
                for at, number in enumerate(block.cells.numbers):
                    name = strata[number & _STRATUM].trader
                    own = self._listed.get(name)
                    if own is None:
                        own = self._listed[name] = _Listed()
                    own.places.extend((at_block, at))
                    tried = settings[number >> _SETTINGS_BITS]
                    own.settings[tried] = everyone.settings[tried] = None
        return self._listed.get(trader, _NO_CELLS)


def value_of(settings: AttemptSettings, lever: str) -> Any:
    """The value of one setting; "delay" is both its bounds."""
    if lever == "delay":
        return settings.delay_low_s, settings.delay_high_s
    return getattr(settings, lever)


def _others(settings: AttemptSettings, lever: str) -> tuple[Any, ...]:
    """All settings but one."""
    left_out = ("delay_low_s", "delay_high_s") if lever == "delay" else (lever,)
    return tuple(
        value
        for name, value in zip(settings._fields, settings, strict=True)
        if name not in left_out
    )


def _arm(sums: Sequence[float]) -> ArmSums:
    n, fills, lots, units, completed, hung = map(round, sums[:_ASKED])
    conduct = Conduct(n, units, completed, hung, sums[_LOST])
    return ArmSums(n, fills, lots, sums[_DOLLARS], sums[_SECONDS], conduct)
