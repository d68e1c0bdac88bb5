"""Each trader's course of the session: samples where its figures changed, and marks."""

from __future__ import annotations

import pickle
import zlib
from array import array
from typing import Final

from engine.risk.day_loss import DayLoss
from engine.snapshot.day import DayMark, TraderDayView, TraderSample
from engine.state.alarm_record import AlarmRecord
from engine.state.notices import Notices
from engine.state.trader_totals import TraderTotals

TRADER_MS: Final = 300_000
"""Time between two samples of each trader: those of 1,000 take 5 MB a session."""

MOST_TRADER_SAMPLES: Final = 320
"""Of a trader; beyond, every other one goes."""

MOST_TRADER_MARKS: Final = 48
"""Of each trader, the last ones."""

_MARKS_PACKED: Final = 8
"""So many of a trader's marks are packed at a time."""

_FIELDS: Final = len(TraderSample._fields)


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


class TraderDays:
    """Keeps the courses of all traders.

    Args:
        traders, losses, notices: the parts of the state that are looked at.
    """

    __slots__ = ("_from_ms", "_losses", "_marks", "_most_alarms", "_notices", "_rows", "_traders")

    def __init__(self, traders: dict[str, TraderTotals], losses: DayLoss, notices: Notices) -> None:
        self._traders = traders
        self._losses = losses
        self._notices = notices
        self.clear()

    def clear(self) -> None:
        """A session of another date begins."""
        self._from_ms = 0
        self._rows: dict[str, array[int]] = {}
        self._marks: dict[str, _Marks] = {}
        self._most_alarms: dict[str, int] = {}

    def sample(self, at_ms: int) -> None:
        """Keep a row of each trader whose figures changed since its last.

        Args:
            at_ms: epoch milliseconds.
        """
        if not self._rows:
            self._from_ms = at_ms
        most, active = self._most_alarms, self._alarms()
        for key, totals in self._traders.items():
            row = self._rows.get(key)
            if row is None:
                row = self._rows[key] = array("i")
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
            if tuple(row[1 - _FIELDS :]) != figures:
                self._rows[key] = _longer(row, (at_ms - self._from_ms, *figures))
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
        row, marks = self._rows.get(trader, ()), self._marks.get(trader)
        samples = tuple(
            TraderSample(self._from_ms + row[start], *row[start + 1 : start + _FIELDS])
            for start in range(0, len(row), _FIELDS)
        )
        return TraderDayView(
            samples,
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


def _longer(row: array[int], sample: tuple[int, ...]) -> array[int]:
    """A trader's samples and one more: four bytes a figure, eight where one needs them."""
    before = len(row)
    try:
        row.extend(sample)
    except OverflowError:
        row = array("q", row[:before])
        row.extend(sample)
    return _thinned(row) if len(row) > _FIELDS * MOST_TRADER_SAMPLES else row


def _thinned(row: array[int]) -> array[int]:
    """Every other sample of a trader's, the first and the last among them.

    The next one has the alarms, a sample's last figure, of the one that goes.
    """
    kept = array(row.typecode)
    for start in range(0, len(row) - _FIELDS, 2 * _FIELDS):
        kept.extend(row[start : start + _FIELDS])
        if start:
            kept[-1] = max(kept[-1], row[start - 1])
    kept.extend(row[-_FIELDS:])
    if len(row) // _FIELDS % 2:
        kept[-1] = max(kept[-1], row[-_FIELDS - 1])
    return kept
