"""Each trader's course of the session: samples where its figures changed, and marks."""

from __future__ import annotations

import pickle
import zlib
from array import array
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Final

import numpy as np

from engine.risk.day_loss import DayLoss
from engine.snapshot.day import DayMark, TraderDayView, TraderSample
from engine.state.alarm_record import AlarmRecord
from engine.state.notices import Notices
from engine.state.trader_totals import TraderTotals

TRADER_MS: Final = 300_000
"""Time between two samples of each trader: those of 1,000 take 2 MB a session."""

MOST_TRADER_SAMPLES: Final = 320
"""Of a trader; beyond, every other one goes."""

MOST_TRADER_MARKS: Final = 48
"""Of each trader, the last ones."""

_MARKS_PACKED: Final = 8
"""So many of a trader's marks are packed at a time."""

_SAMPLES_PACKED: Final = 12
"""So many of a trader's samples are packed at a time: those of an hour in which it traded."""

_FIELDS: Final = len(TraderSample._fields)
_FOUR_BYTES: Final = 1 << 31


class _Marks:
    """A trader's last marks: all but the newest are packed, a seventh of their bytes each."""

    __slots__ = ("_last", "_packed")

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: list[DayMark] = []

    def add(self, made: DayMark) -> None:
        """Keep one more, and forget the oldest where there are too many."""
        last = self._last
        last.append(made)
        if len(last) < 2 * _MARKS_PACKED:
            return
        rows = [tuple(mark) for mark in last[:_MARKS_PACKED]]
        del last[:_MARKS_PACKED]
        self._packed.append(zlib.compress(pickle.dumps(rows, pickle.HIGHEST_PROTOCOL)))
        if len(self._packed) > MOST_TRADER_MARKS // _MARKS_PACKED:
            del self._packed[0]

    def all(self) -> tuple[DayMark, ...]:
        """The last MOST_TRADER_MARKS, oldest first."""
        rows = [row for data in self._packed for row in pickle.loads(zlib.decompress(data))]
        return (*(DayMark(*row) for row in rows), *self._last)[-MOST_TRADER_MARKS:]


_Figures = tuple[int, ...]
"""A sample: milliseconds since the first of any trader, and the figures of a TraderSample."""


class _Samples:
    """A trader's samples: all but the newest are packed, 15 of 36 bytes each.

    Packed are columns of differences, as most figures go up by little or stay.
    """

    __slots__ = ("_last", "_packed")

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: array[int] = array("q")

    def __len__(self) -> int:
        return len(self._packed) * _SAMPLES_PACKED + len(self._last) // _FIELDS

    def add(self, sample: _Figures) -> None:
        """Keep one more; where there are too many, every other one goes."""
        self._last.extend(sample)
        if len(self) > MOST_TRADER_SAMPLES:
            kept = _thinned(self.all())
            self._packed, self._last = [], array("q", chain.from_iterable(kept))
        while len(self._last) > _SAMPLES_PACKED * _FIELDS:
            self._packed.append(_packed(self._last[: _SAMPLES_PACKED * _FIELDS]))
            del self._last[: _SAMPLES_PACKED * _FIELDS]

    def last(self) -> _Figures:
        """The newest; nothing before the first."""
        return tuple(self._last[-_FIELDS:])

    def all(self) -> list[_Figures]:
        """Every sample, oldest first."""
        return [*chain.from_iterable(map(_unpacked, self._packed)), *_rows(self._last)]


def _packed(samples: array[int]) -> bytes:
    """Samples, one behind the other, as differences figure by figure; their first bytes first."""
    columns: list[int] = []
    for figure in range(_FIELDS):
        column = samples[figure::_FIELDS]
        columns += [column[0], *(later - now for now, later in pairwise(column))]
    width = 4 if max(map(abs, columns)) < _FOUR_BYTES else 8
    numbers = np.array(columns, f"<i{width}").view(np.uint8).reshape(-1, width)
    return zlib.compress(numbers.T.tobytes())


def _unpacked(data: bytes) -> Iterator[_Figures]:
    """The samples of which `_packed` made these bytes."""
    read = zlib.decompress(data)
    width = len(read) // (_FIELDS * _SAMPLES_PACKED)
    planes = np.frombuffer(read, np.uint8).reshape(width, -1)
    columns = planes.T.copy().view(f"<i{width}").reshape(_FIELDS, _SAMPLES_PACKED)
    return zip(*columns.cumsum(axis=1, dtype=np.int64).tolist(), strict=True)


def _rows(samples: array[int]) -> Iterator[_Figures]:
    """Samples that lie one behind the other."""
    return zip(*(samples[figure::_FIELDS] for figure in range(_FIELDS)), strict=True)


def _thinned(samples: list[_Figures]) -> list[_Figures]:
    """Every other sample of a trader's, the first and the last among them.

    The next one has the alarms, a sample's last figure, of the one that goes.
    """
    kept = samples[:1]
    for before, sample in zip(samples[1::2], samples[2::2], strict=False):
        kept.append((*sample[:-1], max(before[-1], sample[-1])))
    if len(samples) % 2 == 0:
        kept.append(samples[-1])
    return kept


class TraderDays:
    """Keeps the courses of all traders.

    Args:
        traders, losses, notices: the parts of the state that are looked at.
    """

    __slots__ = (
        "_from_ms",
        "_losses",
        "_marks",
        "_most_alarms",
        "_notices",
        "_samples",
        "_traders",
    )

    def __init__(self, traders: dict[str, TraderTotals], losses: DayLoss, notices: Notices) -> None:
        self._traders = traders
        self._losses = losses
        self._notices = notices
        self.clear()

    def clear(self) -> None:
        """A session of another date begins."""
        self._from_ms = 0
        self._samples: dict[str, _Samples] = {}
        self._marks: dict[str, _Marks] = {}
        self._most_alarms: dict[str, int] = {}

    def sample(self, at_ms: int) -> None:
        """Keep a row of each trader whose figures changed since its last.

        Args:
            at_ms: epoch milliseconds.
        """
        if not self._samples:
            self._from_ms = at_ms
        most, active = self._most_alarms, self._alarms()
        for key, totals in self._traders.items():
            samples = self._samples.get(key)
            if samples is None:
                samples = self._samples[key] = _Samples()
            figures = (
                totals.floor_c,
                totals.attempts,
                totals.fills,
                totals.net,
                totals.open_c,
                totals.orders,
                -self._losses.of(key),
                max(most.get(key, 0), active.get(key, 0)),
            )
            if samples.last()[1:] != figures:
                samples.add((at_ms - self._from_ms, *figures))
        self._most_alarms = active  # those that go on are of the next stretch too

    def count_alarms(self, trader: str) -> None:
        """An alarm came up or holds otherwise in one of a trader's places.

        Args:
            trader: its key; what is none is left out.
        """
        if trader in self._traders:
            active = sum(_is_at(alarm, trader) for alarm in self._notices.alarms.values())
            self._most_alarms[trader] = max(self._most_alarms.get(trader, 0), active)

    def _alarms(self) -> dict[str, int]:
        """How many active alarms each trader has that has any."""
        found: dict[str, int] = {}
        for alarm in self._notices.alarms.values():
            if alarm.active:
                for trader in {where.partition("/")[0] for where in alarm.places}:
                    found[trader] = found.get(trader, 0) + 1
        return found

    def mark(self, trader: str, made: DayMark) -> None:
        """Mark a moment of one trader."""
        marks = self._marks.get(trader)
        if marks is None:
            marks = self._marks[trader] = _Marks()
        marks.add(made)

    def view_of(self, trader: str) -> TraderDayView:
        """One trader's course."""
        kept, marks = self._samples.get(trader), self._marks.get(trader)
        rows = () if kept is None else kept.all()
        return TraderDayView(
            tuple(TraderSample(self._from_ms + at_ms, *figures) for at_ms, *figures in rows),
            () if marks is None else marks.all(),
            -self._losses.of(trader),
            sum(_is_at(alarm, trader) for alarm in self._notices.alarms.values()),
        )


def _is_at(alarm: AlarmRecord, trader: str) -> bool:
    """Whether an alarm is active in a place of a trader's."""
    if not alarm.active:
        return False
    within = trader + "/"
    return any(where == trader or where.startswith(within) for where in alarm.places)
