"""Sums of attempts as a table of columns, made for as long as questions are asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.learning.evidence.amounts import COUNTS, SUMS
from engine.learning.evidence.block_rows import BlockRows
from engine.learning.evidence.cell_names import CellNames, parts_of
from engine.learning.evidence.cells import Bools, Floats, Whole, summed

Block = tuple[int, int]
"""Ordinal of the exchange date, and quarter hour after midnight."""

Column = NDArray[np.uint32] | Floats
"""Counts or sums of cells."""

Chosen = slice | Bools | Whole
"""Which cells of a part."""

EVERY = slice(None)


class Table:
    """Every cell is an entry, block after block, in the order in which they were begun.

    It is a copy: what is observed later is not in it.

    Args:
        names: of the cells.
        blocks: their sums.

    Attributes:
        traders, settings_of: traders and settings by number.
        session, quarter: of each block.
        block, stratum, settings: numbers, of each cell.
    """

    def __init__(self, names: CellNames, blocks: Mapping[Block, BlockRows]) -> None:
        self._names = names
        self.traders = tuple(names.traders.values)
        self.settings_of = tuple(names.settings.values)
        self.session, self.quarter = np.array(list(blocks), np.int64).reshape(-1, 2).T
        lengths = [len(each.cells) for each in blocks.values()]
        self.block = np.repeat(np.arange(len(blocks)), lengths)
        numbers = np.empty(len(self.block), np.uint64)
        self._counts = np.empty((COUNTS, len(numbers)), np.uint32)
        self._sums = np.empty((SUMS, len(numbers)))
        end = 0
        for each, length in zip(blocks.values(), lengths, strict=True):
            here = slice(end, end := end + length)
            numbers[here], self._counts[:, here], self._sums[:, here] = each.cells.columns()
        self.stratum, self.settings = parts_of(numbers)
        self._floors = [each.floors for each in blocks.values()]
        self._trader_of, self._width_of = names.strata()

    def number_of(self, trader: str) -> int | None:
        """A trader's number; None where it had no attempts."""
        number = self._names.traders.known(trader)
        return number if number is not None and number < len(self.traders) else None

    def column(self, which: int) -> Column:
        """A column of sums, by its number in `amounts`."""
        found: Column = self._counts[which] if which < COUNTS else self._sums[which - COUNTS]
        return found

    @cached_property
    def trader(self) -> Whole:
        """The trader's number, of each cell."""
        found: Whole = self._trader_of[self.stratum]
        return found

    def widths(self, stratum: Whole) -> Whole:
        """The quoted widths of strata."""
        return self._width_of[stratum]

    @cached_property
    def _by_trader(self) -> tuple[Whole, Whole]:
        """Places of the cells, trader after trader, and where each trader's begin."""
        many = len(self.traders)
        trader = self.trader.astype(np.min_scalar_type(many))  # sorts faster the narrower it is
        begins = np.zeros(many + 1, np.int64)
        np.cumsum(np.bincount(self.trader, minlength=many), out=begins[1:])
        return np.argsort(trader, kind="stable"), begins

    def part(self, trader: str | None) -> Part:
        """The cells of a trader, or (None) all; none where the trader is not known."""
        if trader is None:
            return Part(self, EVERY)
        number = self.number_of(trader)
        if number is None:
            return Part(self, slice(0, 0))
        places, begins = self._by_trader
        return Part(self, places[begins[number] : begins[number + 1]])

    def floors(self) -> tuple[Whole, Whole, Floats, Floats]:
        """Block, step, attempts and dollars of each row of floors."""
        found = [each.columns() for each in self._floors]
        block = np.repeat(np.arange(len(found)), [len(each.numbers) for each in found])
        none = np.zeros(0)
        steps = np.concatenate([none, *(each.numbers for each in found)]).astype(np.int64)
        n = np.concatenate([none, *(each.counts[0] for each in found)])
        return block, steps, n, np.concatenate([none, *(each.sums[0] for each in found)])


class Part:
    """Cells of a table in its order: all, or those of one trader.

    Args:
        table: it.
        places: of the cells.
    """

    __slots__ = ("_places", "_table", "block", "settings", "stratum")

    def __init__(self, table: Table, places: slice | Whole) -> None:
        self._table, self._places = table, places
        self.block: Whole = table.block[places]
        self.stratum: Whole = table.stratum[places]
        self.settings: Whole = table.settings[places]

    def __len__(self) -> int:
        return len(self.block)

    @property
    def trader(self) -> Whole:
        """The trader's number, of each cell."""
        return self._table.trader[self._places]

    def column(self, which: int) -> Column:
        """A column of sums, by its number in `amounts`."""
        return self._table.column(which)[self._places]

    def summed(
        self, columns: Sequence[int], group: Whole, groups: int, chosen: Chosen = EVERY
    ) -> Floats:
        """Sums by group, added in the order of the cells.

        Args:
            columns: by their numbers in `amounts`.
            group: of each cell chosen, from 0.
            groups: how many there are.
            chosen: cells; all without.

        Returns:
            A line for each column, an entry for each group.
        """
        return np.array([summed(self.column(each)[chosen], group, groups) for each in columns])
