"""Numbers in place of what tells cells apart, so that a cell's name is eight bytes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.learning.attempt_results import AttemptResult, AttemptSettings
from engine.learning.evidence.cells import Whole, width_class

_Value = TypeVar("_Value", bound=Hashable)

_SETTINGS_BITS: Final = 32
_STRATUM: Final = (1 << _SETTINGS_BITS) - 1

_WIDTH_BITS: Final = 16
"""Enough for the class of any width that a number can tell, which is at most 4,096."""

_TRADER_AT: Final = 2 * _WIDTH_BITS


class Numbers(Generic[_Value]):
    """Numbers of values from 0, in the order in which they first came."""

    __slots__ = ("_numbers", "values")

    def __init__(self) -> None:
        self._numbers: dict[_Value, int] = {}
        self.values: list[_Value] = []

    def of(self, value: _Value) -> int:
        """The value's number; a new one has the next."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number

    def known(self, value: _Value) -> int | None:
        """The value's number; None where it never came."""
        return self._numbers.get(value)


class CellNames:
    """Numbers of strata and settings, and of both together.

    Attributes:
        traders, settings: numbers of them.
    """

    def __init__(self) -> None:
        self.traders: Numbers[str] = Numbers()
        self.settings: Numbers[AttemptSettings] = Numbers()
        self._phases: Numbers[str] = Numbers()
        self._strata, self._number_of = array("Q"), array("I")
        self._trader_of, self._width_of = array("I"), array("I")

    def of(self, row: AttemptResult) -> int:
        """The number of an attempt's cell among those of its block; below 2**64."""
        trader, width = self.traders.of(row.trader), width_class(row.width_c)
        number = self._stratum(trader, self._phases.of(row.phase), width)
        return self.settings.of(row.settings) << _SETTINGS_BITS | number

    def _stratum(self, trader: int, phase: int, width: int) -> int:
        """The number of what two attempts must share, their block aside, to be compared.

        A new one has the next. Those that came are in two sorted arrays: twelve bytes each, where
        a dict of them takes 150.
        """
        code = trader << _TRADER_AT | phase << _WIDTH_BITS | width
        at = bisect_left(self._strata, code)
        if at == len(self._strata) or self._strata[at] != code:
            self._strata.insert(at, code)
            self._number_of.insert(at, len(self._trader_of))
            self._trader_of.append(trader)
            self._width_of.append(width)
        return self._number_of[at]

    def strata(self) -> tuple[Whole, Whole]:
        """The trader's number and the quoted width of each stratum."""
        return np.array(self._trader_of, np.int64), np.array(self._width_of, np.int64)


def parts_of(numbers: NDArray[np.uint64]) -> tuple[Whole, Whole]:
    """The numbers of stratum and settings that make those of cells."""
    return (
        (numbers & np.uint64(_STRATUM)).astype(np.int64),
        (numbers >> np.uint64(_SETTINGS_BITS)).astype(np.int64),
    )
