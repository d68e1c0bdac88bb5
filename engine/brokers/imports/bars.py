"""Bars out of rows: the grid found, ticks gathered, repeats settled, standing quotes repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Ints
from engine.brokers.imports.spill import Records

REPEAT_BARS: Final = 5
"""A standing quote gets a row in so many bars; replay takes a contract for silent after ten."""

_LEAST_SHARE: Final = 0.5
_DAY_S: Final = 86_400


def ends_of_bars(ts_ms: Ints, bar_s: int) -> Ints:
    """The end of the bar that each moment belongs to, both in milliseconds since 1970."""
    bar_ms = bar_s * 1000
    ends: Ints = -(-ts_ms // bar_ms) * bar_ms
    return ends


def bar_of_grid(moments_ms: Iterable[int]) -> int | None:
    """Seconds of a bar, by the commonest distance of neighbouring moments within a day.

    Args:
        moments_ms: distinct ends of bars, in any order.

    Returns:
        None where there is one moment a day, or where most distances differ: those are no bars.
    """
    at_s = np.array(sorted(moments_ms), dtype=np.int64) / 1000.0
    gaps = np.diff(at_s)
    gaps = gaps[gaps < _DAY_S / 2]
    if not len(gaps):
        return None
    (gap, count), *_ = Counter(gaps.tolist()).most_common(1)
    if count < _LEAST_SHARE * len(gaps) or gap != int(gap):
        return None
    return int(gap)


def last_of_bars(records: Records) -> NDArray[np.intp]:
    """Of ticks, the positions of the last of each contract and bar, ascending in time."""
    order = np.lexsort((records["sequence"], records["order"], records["contract"], records["ts"]))
    ts, contract = records["ts"][order], records["contract"][order]
    is_last = np.ones(len(order), dtype=np.bool_)
    is_last[:-1] = (np.diff(ts) != 0) | (np.diff(contract) != 0)
    return order[is_last]


def settled(records: Records) -> tuple[Records, int, Records]:
    """Rows of a slice of which each contract has one a bar at most.

    Args:
        records: in the order in which they came.

    Returns:
        The rows, sorted by time and else in their order; how many equal ones were left out; and
        one of each contract and bar whose rows contradict each other, none of which is kept.
    """
    order = np.lexsort((records["contract"], records["ts"]))
    ts, contract = records["ts"][order], records["contract"][order]
    same = (np.diff(ts) == 0) & (np.diff(contract) == 0)
    if not same.any():
        return records[np.argsort(records["ts"], kind="stable")], 0, records[:0]
    group = np.concatenate(([0], np.cumsum(~same)))
    first_of = order[np.flatnonzero(np.concatenate(([True], ~same)))]
    equal = _equal(records[order], records[first_of[group]])
    contradicted = np.zeros(len(first_of), dtype=np.bool_)
    contradicted[group[~equal]] = True
    kept = np.sort(first_of[~contradicted])
    left_out = int(np.count_nonzero(equal & ~contradicted[group])) - len(kept)
    rows = records[kept]
    return rows[np.argsort(rows["ts"], kind="stable")], left_out, records[first_of[contradicted]]


def _equal(one: Records, other: Records) -> NDArray[np.bool_]:
    """Which rows have the same values, unknown ones being equal."""
    same = np.ones(len(one), dtype=np.bool_)
    for name in one.dtype.names or ():
        a, b = one[name], other[name]
        same &= (a == b) | ((a != a) & (b != b))
    return same


class DayVolumes:
    """Volume so far that day, out of the volume of intervals."""

    def __init__(self) -> None:
        self._so_far: dict[int, float] = {}
        self._day = 0

    def add(self, day: int, records: Records) -> None:
        """Replace the volumes of a slice's rows, ascending in time, by those of the day so far."""
        if day != self._day:
            self._day = day
            self._so_far.clear()
        so_far, volume = self._so_far, records["volume"]
        contracts, of_row = np.unique(records["contract"], return_inverse=True)
        ordered = np.argsort(of_row, kind="stable")
        counted = np.nan_to_num(volume[ordered])
        sums = np.cumsum(counted)
        starts = np.searchsorted(of_row[ordered], np.arange(len(contracts)))
        before = np.concatenate(([0.0], sums))[starts]
        earlier = np.array([so_far.get(each, 0.0) for each in contracts.tolist()])
        total = sums - before[of_row[ordered]] + earlier[of_row[ordered]]
        known = ~np.isnan(volume)
        result = np.empty(len(records))
        result[ordered] = total
        records["volume"] = np.where(known, result, np.nan)
        ends = np.concatenate((starts[1:], [len(ordered)])) - 1
        so_far.update(zip(contracts.tolist(), total[ends].tolist(), strict=True))


class StandingQuotes:
    """Repeats the quotes that stand, of a source that tells only changes.

    A quote is standing from its last row on; a row is repeated in each REPEAT_BARS-th bar after
    it, until the session's end.

    Args:
        bar_s: length of a bar, seconds.
        kind: of the records.
    """

    def __init__(self, bar_s: int, kind: np.dtype[Any]) -> None:
        self._bar_ms = bar_s * 1000
        self._kind = kind
        self._start_day()

    def _start_day(self) -> None:
        self._rows: Records = np.empty(0, dtype=self._kind)
        self._due: Ints = np.empty(0, dtype=np.int64)
        self._next_ms = 0

    def bars(self, records: Records, end_ms: int) -> Iterator[Records]:
        """The rows of a slice, ascending in time, bar by bar, with the repeated ones.

        Args:
            records: later than all before; one a contract and bar.
            end_ms: end of the session, ms since 1970: after it nothing is repeated.
        """
        edges = np.flatnonzero(np.diff(records["ts"])) + 1
        for rows in np.split(records, edges):
            ts = int(rows["ts"][0])
            yield from self._until(min(ts - self._bar_ms, end_ms))
            yield self._with_due(ts, rows) if ts <= end_ms else rows
            self._remember(ts, rows)

    def rest_of_day(self, end_ms: int) -> Iterator[Records]:
        """What is repeated after the last row of a day, until the session's end."""
        yield from self._until(end_ms)
        self._start_day()

    def _until(self, last_ms: int) -> Iterator[Records]:
        none = np.empty(0, dtype=self._kind)
        while self._next_ms and self._next_ms <= last_ms:
            rows = self._with_due(self._next_ms, none)
            if not len(rows):
                # One row says that the bar was there, and that nothing changed in it.
                rows = self._repeat(self._standing()[:1], self._next_ms)
            if len(rows):
                yield rows
            self._next_ms += self._bar_ms

    def _standing(self) -> NDArray[np.intp]:
        """The contracts whose quotes stand, the one that is due first in front."""
        standing = np.flatnonzero(self._due < np.iinfo(np.int64).max)
        return standing[np.argsort(self._due[standing], kind="stable")]

    def _repeat(self, contracts: NDArray[np.intp], ts: int) -> Records:
        """The standing rows of some contracts as those of the bar that ends at `ts`."""
        repeated = self._rows[contracts]
        repeated["ts"] = ts
        self._due[repeated["contract"]] = ts + REPEAT_BARS * self._bar_ms
        return repeated

    def _with_due(self, ts: int, rows: Records) -> Records:
        """The rows of a bar, and those that are due and have none."""
        due = np.flatnonzero(self._due <= ts)
        if len(due) and len(rows):
            due = due[~np.isin(due, rows["contract"])]
        return np.concatenate((rows, self._repeat(due, ts))) if len(due) else rows

    def _remember(self, ts: int, rows: Records) -> None:
        most = int(rows["contract"].max()) + 1
        if most > len(self._rows):
            wider = np.empty(max(most, 2 * len(self._rows)), dtype=self._kind)
            due = np.full(len(wider), np.iinfo(np.int64).max)
            wider[: len(self._rows)], due[: len(self._due)] = self._rows, self._due
            self._rows, self._due = wider, due
        at = rows["contract"]
        self._rows[at] = rows
        stands = ~np.isnan(rows["bid"]) | ~np.isnan(rows["ask"])
        self._due[at] = np.where(stands, ts + REPEAT_BARS * self._bar_ms, np.iinfo(np.int64).max)
        self._next_ms = ts + self._bar_ms
